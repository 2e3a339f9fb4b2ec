#include "net/http_call.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "net/test_peer.h"

namespace throughline::net {
namespace {

HttpCallResult call(const std::string& url, HttpCallOptions options, std::string_view body = "{}") {
    auto caller = HttpCaller::make(std::move(options));
    EXPECT_TRUE(caller);
    return caller->post(url, {{"Content-Type", "application/json"}, {"X-Key", "7"}}, body);
}

std::string url_of(const HttpServer& server, std::string_view path) {
    return "http://127.0.0.1:" + std::to_string(server.port()) + std::string(path);
}

TEST(HttpCall, TellsTheStatusAndWhatTheServerAskedFor) {
    std::string seen;
    const auto server = serve(
        {}, {.handle = [&](HttpRequest&& request, Responder responder) {
            seen = std::string(request.method_name()) + ' ' + std::string(request.target()) + ' ' +
                   std::string(request.header("x-key").value_or("")) + ' ' + request.body;
            responder.send(HttpResponse::text(429, "slower").with("Retry-After", "7"));
        }});
    const std::string body(2 << 20, 'x');  // Longer than what libcurl would ask permission for.
    const auto result = call(url_of(*server, "/in?a=b"), {.allows_private = true}, body);
    EXPECT_EQ(result.status, 429);
    EXPECT_TRUE(result.was_begun);
    EXPECT_EQ(result.retry_after, 7 * kSecond);
    EXPECT_EQ(seen, "POST /in?a=b 7 " + body);
}

TEST(HttpCall, EndsSoonOnceItIsCancelled) {
    const Socket listener = listen_on("127.0.0.1", 0).value();
    const std::string silent = "http://127.0.0.1:" + std::to_string(local_port(listener)) + '/';
    std::atomic<bool> is_cancelled = false;
    std::thread canceller([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        is_cancelled = true;
    });
    const Micros began = system_clock().monotonic();
    const auto result = call(silent, {.allows_private = true, .is_cancelled = &is_cancelled});
    canceller.join();
    EXPECT_EQ(result.status, 0);
    EXPECT_TRUE(result.was_begun);
    EXPECT_LT(system_clock().monotonic() - began, 5 * kSecond);
}

TEST(HttpCall, FollowsNobodyElsewhere) {
    int calls = 0;
    const auto server =
        serve({}, {.handle = [&](HttpRequest&&, Responder responder) {
                  ++calls;
                  responder.send(HttpResponse::text(307, "").with("Location", "/elsewhere"));
              }});
    EXPECT_EQ(call(url_of(*server, "/"), {.allows_private = true}).status, 307);
    EXPECT_EQ(calls, 1);
}

TEST(HttpCall, NeverReachesAPrivateAddressByAnyOfItsNames) {
    int calls = 0;
    const auto server =
        serve({.address = "::"}, {.handle = [&](HttpRequest&&, Responder responder) {
                  ++calls;
                  responder.send(HttpResponse::empty());
              }});
    const std::string port = ':' + std::to_string(server->port()) + '/';
    for (const char* host : {"127.0.0.1", "localhost", "[::1]", "0.0.0.0", "[::ffff:127.0.0.1]",
                             "2130706433", "0x7f000001", "127.1", "[::]"}) {
        const auto result = call("http://" + std::string(host) + port, {});
        EXPECT_TRUE(result.is_forbidden) << host;
        EXPECT_EQ(result.status, 0) << host;
        EXPECT_FALSE(result.was_begun) << host;
    }
    EXPECT_EQ(calls, 0);
}

TEST(HttpCall, KnowsWhetherItHadBegun) {
    const Socket listener = listen_on("127.0.0.1", 0).value();
    const std::string silent = "http://127.0.0.1:" + std::to_string(local_port(listener)) + '/';
    const auto hung = call(silent, {.timeout = kSecond / 4, .allows_private = true});
    EXPECT_EQ(hung.status, 0);
    EXPECT_TRUE(hung.was_begun);

    auto free_port = listen_on("127.0.0.1", 0).value();
    const std::string nobody = "http://127.0.0.1:" + std::to_string(local_port(free_port)) + '/';
    free_port.close();
    const auto refused = call(nobody, {.allows_private = true});
    EXPECT_EQ(refused.status, 0);
    EXPECT_FALSE(refused.was_begun);
    EXPECT_FALSE(refused.is_forbidden);
    EXPECT_FALSE(call("http://no-such-host.invalid/", {}).was_begun);
}

TEST(HttpCall, KeepsItsConnectionOnlyWhenToldTo) {
    std::unique_ptr<HttpServer> server =
        serve({}, {.handle = [&](HttpRequest&&, Responder responder) {
                  responder.send(HttpResponse::empty());
              }});
    for (const bool keeps : {true, false}) {
        auto caller = HttpCaller::make({.allows_private = true, .keeps_connection = keeps}).value();
        for (int i = 0; i < 3; ++i)
            EXPECT_EQ(caller.post(url_of(*server, "/"), {}, "").status, 204);
        if (keeps) {
            EXPECT_EQ(server->connections(), 1u);
        } else {
            EXPECT_TRUE(eventually([&] { return server->connections() == 0; }));
        }
    }
}

}  // namespace
}  // namespace throughline::net
