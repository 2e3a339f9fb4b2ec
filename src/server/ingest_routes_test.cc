// Ingest over a socket: what the server as a whole makes of bodies that it cannot read.
#include <cmath>

#include "net/http_client.h"
#include "server/reject_routes.h"
#include "server/server.h"
#include "server/source_routes.h"
#include "server/test_api.h"

namespace throughline::server {
namespace {

using testing::Answer;
using testing::TestApi;

constexpr std::string_view kEvent =
    R"({"type":"track","event":"Paid","messageId":"m1","userId":"u1"})";

constexpr std::string_view kSettings =
    R"({"name":"x","settings":{"keep_ip":false,"late_after_hours":24,"phone_region":null,)"
    R"("party":"first","purpose":null,"trust":50,"allow_alias_of_user_ids":false,)"
    R"("webhook_mapping":"shopify-orders"}})";

class Ingest : public ::testing::Test {
protected:
    Ingest() {
        const Answer made = api_.call("PUT /api/sources/web", kSettings);
        EXPECT_EQ(made.status, 201) << made.body;
        key_ = made.item("write_keys", 0).find("key").as_string();
        ServerOptions options;
        options.http.body_bytes_max = 1 << 20;
        options.http.refused_bytes_max = 1000;
        auto server = Server::start(api_.engine(), system_clock(), std::move(options));
        EXPECT_TRUE(server) << server.error().message;
        server_ = std::move(*server);
        auto client = net::HttpClient::make("http://127.0.0.1:" + std::to_string(server_->port()));
        client_ = std::make_unique<net::HttpClient>(std::move(*client));
    }

    net::HttpResponse send(std::string target, std::string_view body, std::string_view key) {
        return client_
            ->post(std::move(target), body,
                   {{"Content-Encoding", "gzip"}, {"X-Write-Key", std::string(key)}})
            .value();
    }
    Answer rejects() { return api_.call("GET /api/rejects"); }

    TestApi api_{{add_source_routes, add_reject_routes}};
    std::string key_;
    std::unique_ptr<Server> server_;
    std::unique_ptr<net::HttpClient> client_;
};

TEST_F(Ingest, ADamagedBodyStandsInQuarantineAndIsReplayedMended) {
    std::string bad_sum = net::gzip(kEvent);
    bad_sum[bad_sum.size() - 6] = static_cast<char>(bad_sum[bad_sum.size() - 6] ^ 1);
    const auto answer = send("/v1/track", bad_sum, key_);
    EXPECT_EQ(answer.status, 400);
    EXPECT_NE(answer.body.find(R"("code":"bad_encoding")"), answer.body.npos) << answer.body;

    const Answer list = rejects();
    ASSERT_EQ(list.count("items"), 1u) << list.body;
    const model::DocView row = list.item("items", 0);
    EXPECT_EQ(row.find("source").as_string(), "web");
    EXPECT_EQ(row.find("code").as_string(), "bad_encoding");
    EXPECT_EQ(row.find("raw").as_string(), kEvent);
    EXPECT_EQ(row.find("path").as_string(), "/v1/track");
    EXPECT_EQ(row.find("message").as_string(),
              "body: compressed data is damaged; sent " + std::to_string(bad_sum.size()) +
                  " bytes, kept " + std::to_string(kEvent.size()) + " inflated");

    const std::string id(row.find("id").as_string());
    const Answer replayed = api_.call("POST /api/rejects/" + id + "/replay", "{}");
    EXPECT_EQ(replayed.number("accepted"), 1) << replayed.body;
}

TEST_F(Ingest, ACutBodyAndABombAreKeptAsFarAsTheyGo) {
    std::string text = R"({"batch":[)";
    for (int i = 0; text.size() < 100'000; ++i) text += std::to_string(i * 7919 % 10007) + ",";
    const std::string packed = net::gzip(text);
    EXPECT_EQ(send("/v1/batch", packed.substr(0, packed.size() / 2), key_).status, 400);
    ASSERT_EQ(rejects().count("items"), 1u);
    EXPECT_EQ(rejects().item("items", 0).find("raw").as_string(), text.substr(0, 1000));

    EXPECT_EQ(send("/v1/batch", net::gzip(std::string(3'000'000, 'b')), key_).status, 400);
    ASSERT_EQ(rejects().count("items"), 2u);
    EXPECT_EQ(rejects().item("items", 0).find("raw").as_string(), std::string(1000, 'b'));

    EXPECT_EQ(send("/v1/batch", std::string(1'100'000, 'x'), key_).status, 413);
    ASSERT_EQ(rejects().count("items"), 3u);
    EXPECT_EQ(rejects().item("items", 0).find("message").as_string(),
              "body: larger than this server takes; sent 1100000 bytes, kept 1000");
}

TEST_F(Ingest, AWebhooksDamagedBodyGoesThroughItsMappingWhenMended) {
    EXPECT_EQ(send("/v1/webhook/web", "{not gzip, not JSON", key_).status, 400);
    const Answer list = rejects();
    ASSERT_EQ(list.count("items"), 1u);
    EXPECT_EQ(list.item("items", 0).find("raw").as_string(), "{not gzip, not JSON");
    const std::string id(list.item("items", 0).find("id").as_string());
    const Answer replayed = api_.call(
        "POST /api/rejects/" + id + "/replay",
        R"({"body":"{\"id\":7,\"email\":\"a@example.org\",\"created_at\":\"2026-01-02T03:04:05Z\",\"total_price\":\"1.00\",\"currency\":\"EUR\",\"line_items\":[]}"})");
    EXPECT_EQ(replayed.number("accepted"), 1) << replayed.body;
}

// What docs/operations.md tells to watch.
TEST_F(Ingest, MetricsTellOfTheLastCheckpoint) {
    const auto gauge = [&](const std::string& name) {
        const std::string text = client_->get("/metrics")->body;
        const size_t at = text.find("\nthroughline_" + name + " ");
        EXPECT_NE(at, text.npos) << name;
        return std::stod(text.substr(text.find(' ', at)));
    };
    const double now = static_cast<double>(system_clock().now()) * 1e-6;
    EXPECT_EQ(gauge("last_checkpoint_seconds"), 0);
    EXPECT_EQ(client_->post("/v1/track", kEvent, {{"X-Write-Key", key_}})->status, 200);
    ASSERT_TRUE(api_.engine().checkpoint());
    EXPECT_GE(gauge("last_checkpoint_seconds"), std::floor(now));
    EXPECT_EQ(gauge("checkpoint_failures"), 0);
}

// Whoever sends to a web hook does not send it again after a 400.
TEST_F(Ingest, WhatComesBeforeAMappingWasChosenWaitsForIt) {
    const auto with_mapping = [](std::string_view mapping) {
        std::string settings(kSettings);
        return settings.replace(settings.find(R"("shopify-orders")"), 16, mapping);
    };
    ASSERT_EQ(api_.call("PUT /api/sources/web", with_mapping("null")).status, 200);
    const auto answer = client_->post("/v1/webhook/web",
                                      R"({"id":7,"email":"a@example.org",)"
                                      R"("created_at":"2026-01-02T03:04:05Z",)"
                                      R"("total_price":"1.00","currency":"EUR","line_items":[]})",
                                      {{"X-Write-Key", key_}});
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 400);
    EXPECT_NE(answer->body.find(R"("code":"no_mapping")"), answer->body.npos) << answer->body;
    ASSERT_EQ(rejects().count("items"), 1u);
    const std::string id(rejects().item("items", 0).find("id").as_string());
    ASSERT_EQ(api_.call("PUT /api/sources/web", kSettings).status, 200);
    const Answer replayed = api_.call("POST /api/rejects/" + id + "/replay", "{}");
    EXPECT_EQ(replayed.number("accepted"), 1) << replayed.body;
}

TEST_F(Ingest, NobodysDamagedBodyIsAnsweredButNotKept) {
    EXPECT_EQ(send("/v1/track", "no gzip", "nobody's key").status, 400);
    EXPECT_EQ(send("/v1/webhook/other", "no gzip", key_).status, 400);
    EXPECT_EQ(rejects().count("items"), 0u);
}

}  // namespace
}  // namespace throughline::server
