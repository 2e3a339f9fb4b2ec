// Everything about a person, as one document.
#include "server/export.h"

#include <thread>

#include "net/http_client.h"
#include "privacy/reading.h"
#include "server/test_people.h"

namespace throughline::server {
namespace {

using testing::Answer;
using testing::PeopleTest;

class Exports : public PeopleTest {
protected:
    Answer export_of(std::string_view ref) {
        const auto person = PersonExport::make(*app, ref);
        EXPECT_TRUE(person) << person.error().message;
        std::string text;
        const Status written = person->write([&](std::string_view piece) {
            text += piece;
            return true;
        });
        EXPECT_TRUE(written);
        auto doc = model::doc_from_json(text);
        EXPECT_TRUE(doc) << text.substr(0, 200);
        return {.status = 200, .doc = doc ? *doc : std::string()};
    }
    static std::string reject(const std::string& body) {
        std::string doc;
        model::DocWriter out(doc);
        const size_t mark = out.open_object();
        out.field("source", int64_t{1});
        out.field("code", "no_type");
        out.field("message", "event: type: missing");
        out.field("received", kNow);
        out.field("path", "batch");
        out.field("body", body);
        out.close(mark);
        return model::make_record(model::RecordKind::Reject, doc);
    }
};

TEST_F(Exports, HoldAllThatTheOtherRoutesShow) {
    std::vector<engine::testing::EventSpec> specs;
    for (int i = 0; i < 450; ++i) {  // More than two pages.
        const Micros time = kNow - i * kSecond;
        specs.push_back({.user = i % 2 == 0 ? "u1" : "", .anonymous = "a-1", .time = time});
        specs.push_back({.user = "other", .time = time});
    }
    send_all(specs);
    const Answer all = export_of("user_id:u1");
    EXPECT_EQ(all.at("profile"), get("/api/profiles/user_id:u1").json());
    EXPECT_EQ(all.at("explanation"), get("/api/profiles/user_id:u1/explain").json());
    ASSERT_EQ(all.size("events"), 450u);
    const Answer page = get("/api/profiles/user_id:u1/events?limit=500");
    EXPECT_EQ(all.at("events"), page.at("items"));
    EXPECT_EQ(all.at("rejects"), "[]");
}

TEST_F(Exports, HoldAllThatSheSaidOfConsent) {
    for (const char* name : {"Consent Given", "Consent Withdrawn"}) {
        send({.user = "u1",
              .name = name,
              .extra = R"({"properties":{"purpose":"marketing"}})",
              .flags = privacy::kEventConsent});
    }
    const Answer all = export_of("user_id:u1");
    ASSERT_EQ(all.size("statements"), 2u);
    EXPECT_EQ(all.at("statements.0.key"), "marketing");
    EXPECT_EQ(all.at("statements.0.identifier.value"), "u1");
}

TEST_F(Exports, HoldTheRejectsThatNameHer) {
    send({.user = "u1", .email = "elif@example.com"});
    std::vector<std::string> rejects{reject(R"({"userId":"somebody else"})"),
                                     reject(R"({"traits":{"email":"elif@example.com"}})")};
    for (int i = 0; i < 1200; ++i)
        rejects.push_back(reject(R"({"nobody":)" + std::to_string(i) + "}"));
    rejects.push_back(reject(R"({"again":"elif@example.com"})"));
    submit(rejects);
    const Answer all = export_of("email:elif@example.com");
    ASSERT_EQ(all.size("rejects"), 2u);
    EXPECT_EQ(all.at("rejects.0.raw"), R"({"traits":{"email":"elif@example.com"}})");
    EXPECT_EQ(all.at("rejects.0.code"), "no_type");
    EXPECT_EQ(all.at("rejects.0.source"), "web");
    EXPECT_EQ(all.at("rejects.1.raw"), R"({"again":"elif@example.com"})");
}

TEST_F(Exports, StopWhenNoMoreIsWanted) {
    send_all(std::vector<engine::testing::EventSpec>(450, {.user = "u1"}));
    const auto person = PersonExport::make(*app, "user_id:u1");
    ASSERT_TRUE(person);
    size_t pieces = 0;
    EXPECT_TRUE(person->write([&](std::string_view) { return ++pieces < 3; }));
    EXPECT_EQ(pieces, 3u);
}

// Over a socket: 3 MB through a buffer of 256 KB, to a client that takes its time.
TEST_F(Exports, AreStreamedNoFasterThanTheClientTakesThem) {
    const std::string filler(10'000, 'x');
    const engine::testing::EventSpec large{
        .user = "u1", .extra = R"({"properties":{"filler":")" + filler + R"("}})"};
    for (int batch = 0; batch < 10; ++batch) {  // A submission must fit into a file of the log.
        send_all(std::vector<engine::testing::EventSpec>(30, large));
    }
    std::thread worker;
    auto server = net::HttpServer::start(
        {},
        {.handle =
             [&](net::HttpRequest&& http, net::Responder responder) {
                 worker = std::thread(
                     [&, http = std::move(http), responder = std::move(responder)]() mutable {
                         const RouteMatch match = router.match(http.method(), http.path());
                         ApiRequest request{.http = http,
                                            .caller = {},
                                            .parameters = match.parameters,
                                            .body_doc = {}};
                         match.route->stream(request, std::move(responder));
                     });
             },
         .upload = {},
         .admit = {},
         .refuse = {},
         .refuse_body = {}},
        system_clock());
    ASSERT_TRUE(server) << server.error().message;
    auto client = net::HttpClient::make("http://127.0.0.1:" + std::to_string((*server)->port()));
    ASSERT_TRUE(client);

    std::string text;
    net::ClientRequest request{.target = "/api/profiles/user_id%3Au1/export"};
    request.on_body = [&](std::string_view piece) {
        if (text.size() < 500'000) std::this_thread::sleep_for(std::chrono::milliseconds(2));
        text += piece;
        return true;
    };
    const auto response = client->send(request);
    ASSERT_TRUE(response) << response.error().message;
    worker.join();
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->header("Content-Disposition"),
              "attachment; filename=\"throughline-" + get("/api/profiles/user_id:u1").at("id") +
                  ".json\"");
    const auto doc = model::doc_from_json(text);
    ASSERT_TRUE(doc) << "cut off after " << text.size();
    EXPECT_EQ(Answer({.status = 200, .doc = *doc}).size("events"), 300u);

    const auto missing = client->get("/api/profiles/user_id%3Anobody/export");
    ASSERT_TRUE(missing);
    worker.join();
    EXPECT_EQ(missing->status, 404);
    (*server)->stop(std::chrono::milliseconds(0));
}

}  // namespace
}  // namespace throughline::server
