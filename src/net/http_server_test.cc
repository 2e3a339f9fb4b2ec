// The server over real sockets: framing, answers from other threads, uploads, stopping.

#include "net/http_server.h"

#include <atomic>
#include <mutex>

#include "base/random.h"
#include "net/http_client.h"
#include "net/test_peer.h"

namespace throughline::net {
namespace {

std::string url_of(const HttpServer& server) {
    return "http://127.0.0.1:" + std::to_string(server.port());
}

TEST(HttpServer, AnswersManyRequestsOnOneConnection) {
    const auto server = serve();
    RawPeer peer(*server);
    for (int i = 0; i < 50; ++i) {
        const std::string body = "body" + std::to_string(i);
        peer.send(post("/x?y=" + std::to_string(i), body));
        const auto answer = peer.read_until(body);
        EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\nDate: ")) << answer;
        EXPECT_TRUE(answer.ends_with("POST /x?y=" + std::to_string(i) + ' ' + body)) << answer;
        EXPECT_EQ(answer.find("Connection:"), std::string::npos);
    }
    EXPECT_EQ(server->connections(), 1u);
}

TEST(HttpServer, AnswersPipelinedRequestsInOrder) {
    const auto server = serve();
    RawPeer peer(*server);
    std::string wire;
    for (int i = 0; i < 2000; ++i) wire += post("/" + std::to_string(i), "b");
    wire += "GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    std::thread writer([&] { peer.send(wire); });
    const std::string all = peer.read_all();
    writer.join();
    size_t at = 0;
    for (int i = 0; i < 2000; ++i) {
        at = all.find("\r\n\r\nPOST /" + std::to_string(i) + " b", at);
        ASSERT_NE(at, std::string::npos) << i;
    }
    EXPECT_NE(all.find("GET /last ", at), std::string::npos);
    EXPECT_TRUE(peer.has_ended());
}

TEST(HttpServer, TakesRequestsHoweverTheyAreCut) {
    const auto server = serve();
    SeededRandom random(5);
    const std::string one =
        "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        "5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nT: v\r\n\r\n";
    const std::string wire = one + post("/d", "second") + one;
    for (int round = 0; round < 30; ++round) {
        RawPeer peer(*server);
        for (size_t at = 0; at < wire.size();) {
            const size_t size = std::min<size_t>(wire.size() - at, 1 + random.below(60));
            peer.send(std::string_view(wire).substr(at, size));
            at += size;
            if (random.chance(0.3)) std::this_thread::sleep_for(std::chrono::microseconds(200));
        }
        peer.read_until("POST /c hello world");
        peer.read_until("POST /d second");
        EXPECT_TRUE(peer.read_until("POST /c hello world").ends_with("hello world"));
    }
}

TEST(HttpServer, BodiesHaveRoomForAParserToReadPastTheirEnd) {
    std::atomic<bool> has_room{true};
    HttpHandlers handlers;
    handlers.handle = [&](HttpRequest&& request, Responder responder) {
        if (request.body.capacity() < request.body.size() + kBodyPaddingBytes) has_room = false;
        responder.send(HttpResponse::empty());
    };
    const auto server = serve({}, std::move(handlers));
    auto client = HttpClient::make(url_of(*server)).value();
    std::string varied;
    while (varied.size() < 300'000) varied += std::to_string(varied.size() * 7919 % 10007);
    for (const size_t size : {1u, 15u, 16u, 1000u, 300'000u}) {
        const std::string body = varied.substr(0, size);
        EXPECT_EQ(client.post("/", body).value().status, 204);
        EXPECT_EQ(client.post("/", gzip(body), {{"Content-Encoding", "gzip"}}).value().status, 204);
    }
    EXPECT_TRUE(has_room);
}

TEST(HttpServer, InflatesBodies) {
    const auto server = serve();
    auto client = HttpClient::make(url_of(*server)).value();
    const std::string text(200'000, 'q');
    std::string varied;
    for (int i = 0; i < 30'000; ++i) varied += std::to_string(i * 7919 % 10007) + ',';
    for (const auto& body : {std::string("{}"), varied}) {
        const auto answer = client.post("/z", gzip(body), {{"Content-Encoding", "gzip"}});
        EXPECT_EQ(answer.value().body, "POST /z " + body);
    }
}

TEST(HttpServer, SpeaksHttp10) {
    const auto server = serve();
    RawPeer closing(*server);
    closing.send("GET /a HTTP/1.0\r\n\r\n");
    EXPECT_NE(closing.read_all().find("Connection: close"), std::string::npos);
    EXPECT_TRUE(closing.has_ended());
    RawPeer keeping(*server);
    keeping.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_NE(keeping.read_until("GET /a ").find("Connection: keep-alive"), std::string::npos);
    keeping.send("GET /b HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_TRUE(keeping.read_until("GET /b ").ends_with("GET /b "));
}

TEST(HttpServer, AnswersHeadWithoutABody) {
    const auto server = serve();
    RawPeer peer(*server);
    peer.send("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n");
    const auto answers = peer.read_until("GET /b ");
    EXPECT_NE(answers.find("Content-Length: 8\r\n\r\nHTTP/1.1 200"), std::string::npos) << answers;
}

TEST(HttpServer, ContinuesWhenAsked) {
    const auto server = serve();
    RawPeer peer(*server);
    peer.send("POST /e HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    EXPECT_EQ(peer.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    peer.send("abc");
    EXPECT_TRUE(peer.read_until("POST /e abc").ends_with("POST /e abc"));
}

TEST(HttpServer, AnswersAHalfClosedClient) {
    const auto server = serve();
    RawPeer peer(*server);
    peer.send(post("/half", "x"));
    peer.finish_sending();
    EXPECT_TRUE(peer.read_all().ends_with("POST /half x"));
}

TEST(HttpServer, AnswersFromAnotherThreadInBatches) {
    std::mutex mutex;
    std::vector<std::pair<std::string, Responder>> waiting;
    HttpHandlers handlers;
    handlers.handle = [&](HttpRequest&& request, Responder responder) {
        const std::lock_guard lock(mutex);
        waiting.emplace_back(std::move(request.body), std::move(responder));
    };
    const auto server = serve({.io_threads = 2}, std::move(handlers));
    std::atomic<bool> stops{false};
    std::thread fold([&] {
        while (!stops) {
            std::vector<std::pair<std::string, Responder>> epoch;
            {
                const std::lock_guard lock(mutex);
                epoch.swap(waiting);
            }
            const ResponseBatch batch;
            for (auto& [body, responder] : epoch) responder.send(HttpResponse::text(200, body));
        }
    });
    std::vector<std::thread> clients;
    std::atomic<int> right{0};
    for (int c = 0; c < 8; ++c) {
        clients.emplace_back([&, c] {
            auto client = HttpClient::make(url_of(*server)).value();
            for (int i = 0; i < 200; ++i) {
                const std::string body = std::to_string(c) + '/' + std::to_string(i);
                const auto answer = client.post("/", body);
                if (answer && answer.value().body == body) ++right;
            }
        });
    }
    for (auto& client : clients) client.join();
    stops = true;
    fold.join();
    EXPECT_EQ(right, 1600);
}

TEST(HttpServer, AnAnswerCanBeMadeOnTheThreadThatSendsIt) {
    std::mutex mutex;
    std::vector<std::pair<std::thread::id, Responder>> waiting;
    std::atomic<int> made{0};
    HttpHandlers handlers;
    handlers.handle = [&](HttpRequest&&, Responder responder) {
        const std::lock_guard lock(mutex);
        waiting.emplace_back(std::this_thread::get_id(), std::move(responder));
    };
    const auto server = serve({}, std::move(handlers));
    const auto answer_one = [&] {
        for (;; std::this_thread::yield()) {
            const std::lock_guard lock(mutex);
            if (waiting.empty()) continue;
            auto [io_thread, responder] = std::move(waiting.back());
            waiting.pop_back();
            responder.send_made([&made, io_thread = io_thread] {
                ++made;
                return HttpResponse::text(std::this_thread::get_id() == io_thread ? 200 : 500, "x");
            });
            return;
        }
    };
    std::thread fold(answer_one);
    EXPECT_EQ(HttpClient::make(url_of(*server)).value().get("/").value().status, 200);
    fold.join();
    EXPECT_EQ(made, 1);

    // It runs too when nobody waits any more: there may be more in it than an answer.
    RawPeer gone(*server);
    gone.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    ASSERT_TRUE(eventually([&] {
        const std::lock_guard lock(mutex);
        return !waiting.empty();
    }));
    gone.reset();
    ASSERT_TRUE(eventually([&] { return server->connections() == 0; }));
    answer_one();
    EXPECT_TRUE(eventually([&] { return made == 2; }));
}

TEST(HttpServer, ADroppedResponderAnswers500) {
    HttpHandlers handlers;
    handlers.handle = [](HttpRequest&&, Responder) {};
    const auto server = serve({}, std::move(handlers));
    auto client = HttpClient::make(url_of(*server)).value();
    EXPECT_EQ(client.get("/").value().status, 500);
    EXPECT_EQ(client.get("/").value().status, 500);
}

TEST(HttpServer, AnAnswerToAClientThatHasGoneIsANoOp) {
    std::mutex mutex;
    std::vector<Responder> kept;
    HttpHandlers handlers;
    handlers.handle = [&](HttpRequest&& request, Responder responder) {
        if (request.path() != "/keep") return responder.send(HttpResponse::empty());
        const std::lock_guard lock(mutex);
        kept.push_back(std::move(responder));
    };
    auto server = serve({}, std::move(handlers));
    RawPeer gone(*server);
    gone.send("GET /keep HTTP/1.1\r\nHost: a\r\n\r\n");
    const auto has_one = [&] {
        const std::lock_guard lock(mutex);
        return kept.size() == 1;
    };
    ASSERT_TRUE(eventually(has_one));
    gone.reset();
    ASSERT_TRUE(eventually([&] { return server->connections() == 0; }));
    // The next connection gets the same slot, and must not get the old answer.
    RawPeer next(*server);
    next.send("GET /keep HTTP/1.1\r\nHost: a\r\n\r\n");
    ASSERT_TRUE(eventually([&] {
        const std::lock_guard lock(mutex);
        return kept.size() == 2;
    }));
    kept[0].send(HttpResponse::text(200, "for the first"));
    kept[1].send(HttpResponse::text(200, "for the second"));
    EXPECT_TRUE(next.read_until("second").ends_with("\r\n\r\nfor the second"));

    RawPeer last(*server);
    last.send("GET /keep HTTP/1.1\r\nHost: a\r\n\r\n");
    ASSERT_TRUE(eventually([&] {
        const std::lock_guard lock(mutex);
        return kept.size() == 3;
    }));
    server.reset();
    kept[2].send(HttpResponse::empty());  // The server itself has gone.
}

TEST(HttpServer, TellsWhoMindsThatAClientHungUp) {
    std::mutex mutex;
    std::vector<Responder> kept;
    HttpHandlers handlers;
    handlers.handle = [&](HttpRequest&&, Responder responder) {
        const std::lock_guard lock(mutex);
        kept.push_back(std::move(responder));
    };
    auto server = serve({}, std::move(handlers));
    const auto ask = [&](RawPeer& peer) -> Responder& {
        const size_t before = kept.size();
        peer.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
        EXPECT_TRUE(eventually([&] {
            const std::lock_guard lock(mutex);
            return kept.size() > before;
        }));
        return kept.back();
    };
    kept.reserve(4);
    std::atomic<int> gone = 0;
    const auto count = [&] { ++gone; };

    auto leaves = std::make_unique<RawPeer>(*server);
    ask(*leaves).watch(count);
    leaves.reset();
    EXPECT_TRUE(eventually([&] { return gone == 1; }));

    RawPeer resets(*server);
    ask(resets).watch(count);
    resets.reset();
    EXPECT_TRUE(eventually([&] { return gone == 2; }));
    ASSERT_TRUE(eventually([&] { return server->connections() == 1; }));
    kept.back().watch(count);  // It had gone before: told at once.
    EXPECT_EQ(gone, 3);

    RawPeer stays(*server);
    Responder& answered = ask(stays);
    answered.watch(count);
    answered.send(HttpResponse::text(200, "in time"));
    EXPECT_TRUE(stays.read_until("in time").ends_with("in time"));
    stays.reset();
    ASSERT_TRUE(eventually([&] { return server->connections() == 1; }));
    EXPECT_EQ(gone, 3);  // Answered: nobody minds any more.
}

TEST(HttpServer, SendsLargeAnswersToSlowReaders) {
    HttpHandlers handlers;
    handlers.handle = [](HttpRequest&&, Responder responder) {
        responder.send(HttpResponse::text(200, std::string(20 << 20, '.') + "end"));
    };
    const auto server = serve({}, std::move(handlers));
    RawPeer peer(*server);
    peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    EXPECT_GT(peer.read_until("end").size(), 20u << 20);
    EXPECT_GT(peer.read_until("end").size(), 20u << 20);
}

/// Counts what comes; stops at `bytes_max`.
struct CountingSink : BodySink {
    CountingSink(std::atomic<uint64_t>& sunk, std::atomic<int>& destroyed, uint64_t max)
        : bytes(sunk), ends(destroyed), bytes_max(max) {}
    ~CountingSink() override { ++ends; }
    bool write(std::string_view piece) override {
        bytes += piece.size();
        return bytes < bytes_max;
    }
    void finish(Responder responder) override {
        responder.send(HttpResponse::text(200, std::to_string(bytes)));
    }
    std::atomic<uint64_t>& bytes;
    std::atomic<int>& ends;
    uint64_t bytes_max;
};

class Upload : public testing::Test {
protected:
    void start(uint64_t bytes_max = UINT64_MAX) {
        HttpHandlers handlers;
        handlers.handle = echo;
        handlers.upload = [this, bytes_max](const RequestHead& head) -> std::unique_ptr<BodySink> {
            if (head.path() != "/import") return nullptr;
            return std::make_unique<CountingSink>(bytes_, ends_, bytes_max);
        };
        server_ = serve({.body_bytes_max = 1000}, std::move(handlers));
    }
    std::atomic<uint64_t> bytes_{0};
    std::atomic<int> ends_{0};
    std::unique_ptr<HttpServer> server_;
};

TEST_F(Upload, StreamsBodiesBeyondTheLimitOfOthers) {
    start();
    auto client = HttpClient::make(url_of(*server_)).value();
    uint64_t left = 30 << 20;
    const auto source = [&](char* into, size_t room) -> Result<size_t> {
        const size_t size = std::min<uint64_t>(room, left);
        std::fill(into, into + size, 'x');
        left -= size;
        return size;
    };
    const auto answer = client.send({.method = "POST", .target = "/import", .source = source});
    EXPECT_EQ(answer.value().body, std::to_string(30 << 20));
    EXPECT_EQ(client.post("/import", std::string(5000, 'y')).value().status, 200);
    EXPECT_EQ(client.post("/other", std::string(5000, 'y')).value().status, 413);
}

TEST_F(Upload, InflatesAsItGoes) {
    start();
    auto client = HttpClient::make(url_of(*server_)).value();
    std::string text;
    for (uint64_t i = 0; i < 2'000'000; ++i) text += std::to_string(i * 7919 % 10007) + ',';
    const auto answer = client.post("/import", gzip(text, 1), {{"Content-Encoding", "gzip"}});
    EXPECT_EQ(answer.value().body, std::to_string(text.size()));
}

TEST_F(Upload, ASinkThatIsFullAnswersAtOnce) {
    start(100'000);
    auto client = HttpClient::make(url_of(*server_)).value();
    const auto endless = [](char* into, size_t room) -> Result<size_t> {
        std::fill(into, into + room, 'x');
        return room;
    };
    const auto answer = client.send({.method = "POST", .target = "/import", .source = endless});
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer.value().status, 200);
    EXPECT_LT(bytes_, 1u << 20);
}

TEST_F(Upload, AResetInMidBodyDropsTheSink) {
    start();
    RawPeer peer(*server_);
    peer.send("POST /import HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nsome");
    ASSERT_TRUE(eventually([&] { return bytes_ == 4; }));
    peer.reset();
    EXPECT_TRUE(eventually([&] { return ends_ == 1; }));
    EXPECT_TRUE(eventually([&] { return server_->connections() == 0; }));
}

TEST(HttpServer, AGracefulStopAnswersWhatIsInFlight) {
    std::atomic<bool> has_come{false};
    std::vector<Responder> kept;
    HttpHandlers handlers;
    handlers.handle = [&](HttpRequest&&, Responder responder) {
        kept.push_back(std::move(responder));
        has_come = true;
    };
    const auto server = serve({.io_threads = 2}, std::move(handlers));
    RawPeer idle(*server);
    RawPeer busy(*server);
    busy.send(post("/", "x"));
    ASSERT_TRUE(eventually([&] { return has_come && server->connections() == 2; }));
    std::thread stopper([&] { server->stop(std::chrono::seconds(5)); });
    idle.read_all(1000);
    EXPECT_TRUE(idle.has_ended());
    kept[0].send(HttpResponse::text(200, "done"));
    const auto answer = busy.read_all();
    stopper.join();
    EXPECT_NE(answer.find("Connection: close"), std::string::npos);
    EXPECT_TRUE(answer.ends_with("done"));
    EXPECT_FALSE(connect_to("127.0.0.1", server->port(), kSecond));
}

TEST(HttpServer, AStopDoesNotWaitBeyondItsGrace) {
    std::atomic<bool> has_come{false};
    std::vector<Responder> kept;
    HttpHandlers handlers;
    handlers.handle = [&](HttpRequest&&, Responder responder) {
        kept.push_back(std::move(responder));
        has_come = true;
    };
    const auto server = serve({}, std::move(handlers));
    RawPeer peer(*server);
    peer.send(post("/", "x"));
    ASSERT_TRUE(eventually([&] { return has_come.load(); }));
    const Micros before = system_clock().monotonic();
    server->stop(std::chrono::milliseconds(100));
    EXPECT_LT(system_clock().monotonic() - before, kSecond);
    kept.clear();
}

TEST(HttpServer, TellsWhyItCannotListen) {
    const auto first = serve();
    HttpHandlers handlers;
    handlers.handle = echo;
    const auto second =
        HttpServer::start({.port = first->port()}, std::move(handlers), system_clock());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Code::Unavailable);
}

}  // namespace
}  // namespace throughline::net
