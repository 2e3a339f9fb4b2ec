// What the server refuses, and how it says so.

#include <atomic>
#include <mutex>

#include "net/http_client.h"
#include "net/test_peer.h"

namespace throughline::net {
namespace {

/// Short times, so that slow clients are caught within the test's patience.
HttpServerOptions hasty() {
    HttpServerOptions options;
    options.idle_timeout = 200'000;
    options.head_timeout = 100'000;
    options.body_grace = 100'000;
    options.write_timeout = 200'000;
    return options;
}

TEST(HttpLimits, ABadRequestIsAnsweredAndTheConnectionClosed) {
    const auto server = serve();
    RawPeer peer(*server);
    peer.send("NOT HTTP\r\n\r\n");
    const auto answer = peer.read_all();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 Bad Request\r\n")) << answer;
    EXPECT_NE(answer.find(R"({"code":"bad_request","message":")"), std::string::npos) << answer;
    EXPECT_TRUE(peer.has_ended());
}

TEST(HttpLimits, OversizeBodiesGet413BeforeTheyAreRead) {
    const auto server = serve({.body_bytes_max = 1000});
    RawPeer declared(*server);
    declared.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n");
    EXPECT_NE(declared.read_all().find("payload_too_large"), std::string::npos);
    RawPeer chunked(*server);
    chunked.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" +
                 std::string(1001, 'x'));
    EXPECT_TRUE(chunked.read_all().starts_with("HTTP/1.1 413"));
    RawPeer exact(*server);
    exact.send(post("/", std::string(1000, 'x')));
    EXPECT_TRUE(exact.read_until("\r\n").starts_with("HTTP/1.1 200"));
}

TEST(HttpLimits, TheAnswerToAnOversizeBodySurvivesTheClientSendingOn) {
    const auto server = serve({.body_bytes_max = 1000});
    RawPeer peer(*server);
    peer.send(post("/", std::string(2 << 20, 'x')));
    EXPECT_NE(peer.read_all().find("payload_too_large"), std::string::npos);
}

TEST(HttpLimits, InflatedBodiesAreBoundToo) {
    HttpServerOptions options;
    options.inflate = {.bytes_max = 200'000, .ratio_max = 50, .ratio_from_bytes = 10'000};
    const auto server = serve(options);
    auto client = HttpClient::make("http://127.0.0.1:" + std::to_string(server->port())).value();
    const auto status = [&](const std::string& body) {
        return client.post("/", body, {{"Content-Encoding", "gzip"}}).value().status;
    };
    std::string varied;
    for (int i = 0; varied.size() < 300'000; ++i) varied += std::to_string(i * 7919 % 10007);
    EXPECT_EQ(status(gzip(varied.substr(0, 200'000))), 200);
    EXPECT_EQ(status(gzip(varied)), 413);
    EXPECT_EQ(status(gzip(std::string(100'000, 'a'))), 400) << "ratio";
    EXPECT_EQ(status(gzip(varied.substr(0, 100'000)).substr(0, 10'000)), 400) << "cut short";
    EXPECT_EQ(status("{}"), 400) << "not compressed at all";
}

TEST(HttpLimits, AConnectionSurvivesABadBodyOfKnownSize) {
    const auto server = serve();
    RawPeer peer(*server);
    peer.send(post("/", "this is not gzip", "Content-Encoding: gzip\r\n") + post("/next", "good"));
    const auto answers = peer.read_until("POST /next good");
    EXPECT_TRUE(answers.starts_with("HTTP/1.1 400")) << answers;
    EXPECT_TRUE(answers.ends_with("POST /next good")) << answers;
    RawPeer brotli(*server);
    brotli.send(post("/", "xyz", "Content-Encoding: br\r\n") + post("/next", "good"));
    EXPECT_TRUE(brotli.read_until("good").starts_with("HTTP/1.1 415"));
}

TEST(HttpLimits, OversizeHeadsGet431) {
    const auto server = serve({.head_bytes_max = 2000});
    RawPeer peer(*server);
    peer.send("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(3000, 'x'));
    EXPECT_TRUE(peer.read_all().starts_with("HTTP/1.1 431"));
}

TEST(HttpLimits, RefusalsAreTheCallersToDress) {
    HttpHandlers handlers;
    handlers.refuse = [](int status, std::string_view code, std::string_view message,
                         const RequestHead* head) {
        const auto origin = head == nullptr ? std::nullopt : head->header("Origin");
        return HttpResponse::error(status, code, message)
            .with("Access-Control-Allow-Origin", std::string(origin.value_or("none")));
    };
    const auto server = serve({.body_bytes_max = 10}, std::move(handlers));
    RawPeer peer(*server);
    peer.send(post("/", std::string(11, 'x'), "Origin: https://shop.example\r\n"));
    EXPECT_NE(peer.read_all().find("Access-Control-Allow-Origin: https://shop.example"),
              std::string::npos);
    RawPeer headless(*server);
    headless.send("NONSENSE\r\n\r\n");
    EXPECT_NE(headless.read_all().find("Access-Control-Allow-Origin: none"), std::string::npos);
}

/// What a server handed over of refused bodies; each is answered with its status and a mark.
struct KeptBodies {
    HttpHandlers handlers() {
        HttpHandlers handlers;
        handlers.refuse_body = [this](RefusedBody&& body, Responder responder) {
            const int status = body.status;
            {
                const std::lock_guard lock(mutex);
                bodies.push_back(std::move(body));
            }
            responder.send(HttpResponse::text(status, "kept"));
        };
        return handlers;
    }
    RefusedBody last() {
        const std::lock_guard lock(mutex);
        return bodies.empty() ? RefusedBody{} : bodies.back();
    }

    std::mutex mutex;
    std::vector<RefusedBody> bodies;
};

TEST(HttpLimits, ADamagedBodyIsHandedOverAsFarAsItCouldBeRead) {
    KeptBodies kept;
    const auto server = serve({}, kept.handlers());
    RawPeer peer(*server);
    const auto refused = [&](std::string_view body, std::string_view headers) {
        peer.send(post("/v1/batch?q=1", body, headers));
        const auto answer = peer.read_until("kept");
        EXPECT_TRUE(answer.starts_with("HTTP/1.1 4")) << answer;
        return kept.last();
    };
    constexpr std::string_view kGzip = "Content-Encoding: gzip\r\n";
    std::string text;
    for (int i = 0; text.size() < 300'000; ++i) text += std::to_string(i * 7919 % 10007);
    const std::string packed = gzip(text);

    const auto cut = refused(packed.substr(0, packed.size() / 2), kGzip);
    EXPECT_EQ(cut.status, 400);
    EXPECT_EQ(cut.code, "bad_encoding");
    EXPECT_EQ(cut.message, "body: compressed data is cut short");
    EXPECT_EQ(cut.head.target(), "/v1/batch?q=1");
    EXPECT_TRUE(cut.is_inflated);
    EXPECT_EQ(cut.bytes, packed.size() / 2);
    EXPECT_GT(cut.begin.size(), 100'000u);
    EXPECT_TRUE(text.starts_with(cut.begin));

    std::string bad_sum = packed;
    bad_sum[bad_sum.size() - 6] = static_cast<char>(bad_sum[bad_sum.size() - 6] ^ 1);
    EXPECT_EQ(refused(bad_sum, kGzip).begin, text);

    const auto plain = refused("{\"not\":\"gzip\"}", kGzip);
    EXPECT_EQ(plain.begin, "{\"not\":\"gzip\"}");
    EXPECT_FALSE(plain.is_inflated);
    const std::string short_head = packed.substr(0, 7);
    EXPECT_EQ(refused(short_head, kGzip).begin, short_head);

    const auto brotli = refused("brotli", "Content-Encoding: br\r\n");
    EXPECT_EQ(brotli.status, 415);
    EXPECT_EQ(brotli.begin, "brotli");
    peer.send(post("/", "good"));
    EXPECT_TRUE(peer.read_until("POST / good").ends_with("POST / good")) << "it lives";
}

TEST(HttpLimits, OfAnOversizeBodyTheBeginIsHandedOver) {
    KeptBodies kept;
    HttpServerOptions options{.body_bytes_max = 1'000'000, .refused_bytes_max = 20'000};
    options.inflate = {.bytes_max = 1'000'000, .ratio_max = 50, .ratio_from_bytes = 100'000};
    const auto server = serve(options, kept.handlers());
    const auto refused = [&](const std::string& request) {
        RawPeer peer(*server);
        peer.send(request);
        const auto answer = peer.read_all();
        EXPECT_TRUE(answer.starts_with("HTTP/1.1 4") && answer.ends_with("kept")) << answer;
        return kept.last();
    };
    const auto bomb = refused(post("/", gzip(std::string(900'000, 'b')),
                                   "Content-Encoding: gzip\r\nConnection: close\r\n"));
    EXPECT_EQ(bomb.begin, std::string(20'000, 'b'));
    EXPECT_EQ(bomb.message, "body: inflates to more than 50 times its size");

    const auto declared = refused(post("/", std::string(1'000'001, 'x')));
    EXPECT_EQ(declared.status, 413);
    EXPECT_EQ(declared.begin, std::string(20'000, 'x'));
    EXPECT_EQ(declared.bytes, 1'000'001u);

    const auto chunked =
        refused("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" +
                std::string("f4241\r\n") + std::string(1'000'001, 'y'));
    EXPECT_EQ(chunked.status, 413);
    EXPECT_EQ(chunked.begin, std::string(20'000, 'y'));
}

TEST(HttpLimits, WhatIsNotAdmittedGets503AndTheConnectionLives) {
    std::atomic<bool> is_open{false};
    HttpHandlers handlers;
    handlers.admit = [&](uint64_t) { return is_open.load(); };
    const auto server = serve({}, std::move(handlers));
    RawPeer peer(*server);
    const std::string body(100'000, 'x');
    for (int i = 0; i < 3; ++i) {
        peer.send(post("/", body));
        const auto answer = peer.read_until("\r\n\r\n");
        EXPECT_TRUE(answer.starts_with("HTTP/1.1 503")) << answer;
        EXPECT_NE(answer.find("Retry-After: 1\r\n"), std::string::npos);
        peer.read_until("}");
    }
    is_open = true;
    peer.send(post("/", body));
    EXPECT_TRUE(peer.read_until("\r\n\r\n").starts_with("HTTP/1.1 200"));
}

TEST(HttpLimits, BodiesInFlightAreBoundOverAllConnections) {
    std::mutex mutex;
    std::vector<Responder> kept;
    HttpHandlers handlers;
    handlers.handle = [&](HttpRequest&&, Responder responder) {
        const std::lock_guard lock(mutex);
        kept.push_back(std::move(responder));
    };
    const auto count = [&] {
        const std::lock_guard lock(mutex);
        return kept.size();
    };
    const auto server = serve({.bodies_bytes_max = 250'000}, std::move(handlers));
    const std::string body(100'000, 'x');
    RawPeer first(*server);
    RawPeer second(*server);
    RawPeer third(*server);
    first.send(post("/", body));
    second.send(post("/", body));
    ASSERT_TRUE(eventually([&] { return count() == 2; }));
    third.send(post("/", body));
    EXPECT_TRUE(third.read_until("}").starts_with("HTTP/1.1 503"));
    {
        const std::lock_guard lock(mutex);
        kept.clear();
    }
    EXPECT_TRUE(first.read_until("\r\n").starts_with("HTTP/1.1 500"));
    // A reset in mid-body gives back what it had taken, too.
    RawPeer gone(*server);
    gone.send(post("/", body).substr(0, 50'000));
    ASSERT_TRUE(eventually([&] { return server->connections() == 4; }));
    gone.reset();
    ASSERT_TRUE(eventually([&] { return server->connections() == 3; }));
    third.send(post("/", body));
    second.send(post("/", body));
    EXPECT_TRUE(eventually([&] { return count() == 2; }));
    kept.clear();
}

TEST(HttpLimits, SlowHeadsGet408) {
    const auto server = serve(hasty());
    RawPeer peer(*server);
    peer.send("GET / HTTP/1.1\r\n");
    EXPECT_TRUE(peer.read_all().starts_with("HTTP/1.1 408"));
    EXPECT_TRUE(peer.has_ended());
}

TEST(HttpLimits, BodiesBelowTheLeastRateGet408) {
    const auto server = serve(hasty());
    RawPeer silent(*server);
    silent.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
    EXPECT_TRUE(silent.read_all().starts_with("HTTP/1.1 408"));
    // 100 bytes each 20 ms is 5 kB/s, below the 16 KiB/s asked for, and never silent.
    RawPeer dripping(*server);
    dripping.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
    std::string answer;
    for (int i = 0; i < 100 && answer.empty(); ++i) {
        dripping.send(std::string(100, 'x'));
        answer = dripping.read_until("\r\n", 20);
    }
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 408")) << answer;
}

TEST(HttpLimits, IdleConnectionsAreClosedWithoutAWord) {
    const auto server = serve(hasty());
    RawPeer peer(*server);
    peer.send(post("/", "x"));
    EXPECT_TRUE(peer.read_all().ends_with("POST / x"));
    EXPECT_TRUE(peer.has_ended());
    EXPECT_TRUE(eventually([&] { return server->connections() == 0; }));
}

TEST(HttpLimits, AClientThatDoesNotReadIsDropped) {
    HttpHandlers handlers;
    handlers.handle = [](HttpRequest&&, Responder responder) {
        responder.send(HttpResponse::text(200, std::string(50 << 20, 'z')));
    };
    const auto server = serve(hasty(), std::move(handlers));
    RawPeer peer(*server);
    peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_TRUE(eventually([&] { return server->connections() == 1; }));
    EXPECT_TRUE(eventually([&] { return server->connections() == 0; }));
}

TEST(HttpLimits, ConnectionsBeyondTheLimitAreTurnedAway) {
    const auto server = serve({.connections_max = 2});
    RawPeer first(*server);
    RawPeer second(*server);
    ASSERT_TRUE(eventually([&] { return server->connections() == 2; }));
    RawPeer third(*server);
    EXPECT_TRUE(third.read_all().starts_with("HTTP/1.1 503"));
    first.reset();
    ASSERT_TRUE(eventually([&] { return server->connections() == 1; }));
    RawPeer fourth(*server);
    fourth.send(post("/", "x"));
    EXPECT_TRUE(fourth.read_until("POST / x").ends_with("POST / x"));
}

}  // namespace
}  // namespace throughline::net
