#include "channel/webhook_sender.h"

#include <gtest/gtest.h>

#include "base/base64.h"
#include "net/http_server.h"

namespace throughline::channel {
namespace {

const FakeClock kClock(1'614'265'330 * kSecond);

/// A receiver on loopback that notes what it is sent.
class WebhookTest : public testing::Test {
protected:
    void SetUp() override {
        auto started = net::HttpServer::start(
            {},
            {.handle =
                 [this](net::HttpRequest&& request, net::Responder responder) {
                     ++calls;
                     key = request.header("Idempotency-Key").value_or("");
                     id = request.header("webhook-id").value_or("");
                     timestamp = request.header("webhook-timestamp").value_or("");
                     signature = request.header("webhook-signature").value_or("");
                     body = request.body;
                     responder.send(net::HttpResponse::empty(status));
                 }},
            system_clock());
        server = std::move(started).value();
    }
    Outcome send(bool heeds_key, bool allows_private = true) {
        auto sender = WebhookSender::make({.secret = std::string(24, 's'),
                                           .heeds_key = heeds_key,
                                           .call = {.allows_private = allows_private}},
                                          kClock);
        EXPECT_TRUE(sender);
        return (*sender)->send(
            {.key = {1, 2},
             .to = "http://127.0.0.1:" + std::to_string(server->port()) + "/hook",
             .content = Call{"{\"a\":1}"}});
    }

    std::unique_ptr<net::HttpServer> server;
    int status = 204;
    int calls = 0;
    std::string key, id, timestamp, signature, body;
};

TEST_F(WebhookTest, CarriesKeyTimeAndSignature) {
    EXPECT_EQ(send(true).verdict, Verdict::Delivered);
    EXPECT_EQ(key, "00000000000000010000000000000002");
    EXPECT_EQ(id, key);
    EXPECT_EQ(timestamp, "1614265330");
    EXPECT_EQ(body, "{\"a\":1}");
    EXPECT_EQ(signature, webhook_signature(std::string(24, 's'), key, 1'614'265'330, body));
}

TEST(WebhookSignature, IsThatOfTheStandardsExample) {
    // The example of the specification and its libraries.
    const std::string secret = decode_base64("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").value();
    EXPECT_EQ(webhook_signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1'614'265'330,
                                "{\"test\": 2432232314}"),
              "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST_F(WebhookTest, JudgesByTheStatus) {
    status = 500;
    EXPECT_EQ(send(true).verdict, Verdict::Uncertain);
    EXPECT_EQ(send(false).verdict, Verdict::Uncertain);
    status = 410;
    EXPECT_EQ(send(true), (Outcome{Verdict::Refused, Stage::Content, 410, "", 0}));
}

TEST_F(WebhookTest, NeverCallsAPrivateAddressUnlessAllowed) {
    const Outcome outcome = send(true, false);
    EXPECT_EQ(outcome.verdict, Verdict::Refused);
    EXPECT_EQ(outcome.detail, "the host has no public address");
    EXPECT_EQ(calls, 0);
}

TEST_F(WebhookTest, RefusesWhatIsNoCall) {
    auto sender = WebhookSender::make({.secret = std::string(24, 's')}, kClock).value();
    for (const char* url : {"", "ftp://a.example/", "file:///etc/passwd",
                            "https://a.example/\r\nX: y", "https://user:pass@a.example/"}) {
        const Outcome outcome = sender->send({.to = url, .content = Call{}});
        EXPECT_EQ(outcome.verdict, Verdict::Refused) << url;
        EXPECT_EQ(outcome.stage, Stage::Compose) << url;
    }
    EXPECT_EQ(sender->send({.to = "https://a.example/", .content = Email{}}).verdict,
              Verdict::Refused);
    EXPECT_EQ(sender->send({.to = "https://a.example/", .content = Call{"", "a\r\nb"}}).verdict,
              Verdict::Refused);
    EXPECT_FALSE(WebhookSender::make({.secret = "short"}, kClock));
}

}  // namespace
}  // namespace throughline::channel
