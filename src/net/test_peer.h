// For the tests of this module: a server on loopback and a client that sends exactly the bytes it
// is told to.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "base/time.h"
#include "net/http_server.h"
#include "net/socket.h"

namespace throughline::net {

/// Echoes: the body is `METHOD target body`.
inline void echo(HttpRequest&& request, Responder responder) {
    std::string text = std::string(request.method_name()) + ' ' + std::string(request.target()) +
                       ' ' + request.body;
    responder.send(HttpResponse::text(200, std::move(text)));
}

inline std::unique_ptr<HttpServer> serve(HttpServerOptions options = {},
                                         HttpHandlers handlers = {}) {
    if (!handlers.handle) handlers.handle = echo;
    auto server = HttpServer::start(std::move(options), std::move(handlers), system_clock());
    EXPECT_TRUE(server) << (server ? "" : server.error().message);
    return std::move(server).value();
}

/// Waits for something another thread does: 20 seconds, for a sanitizer on a busy machine.
template <typename Condition>
bool eventually(Condition condition) {
    for (int i = 0; i < 4000; ++i) {
        if (condition()) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return condition();
}

class RawPeer {
public:
    explicit RawPeer(const HttpServer& server)
        : socket_(connect_to("127.0.0.1", server.port(), kSecond).value()) {}

    void send(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t sent = ::send(socket_.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent > 0) bytes.remove_prefix(static_cast<size_t>(sent));
            if (sent < 0 && errno != EAGAIN) return;
            if (sent < 0) wait(POLLOUT, 3000);
        }
    }

    /// Reads until `text` has come; returns everything up to and with it, or what there is.
    std::string read_until(std::string_view text, int timeout_ms = 3000) {
        size_t from = 0;
        for (;;) {
            const size_t at = inbox_.find(text, from);
            if (at != std::string::npos) {
                std::string got = inbox_.substr(0, at + text.size());
                inbox_.erase(0, got.size());
                return got;
            }
            from = inbox_.size() - std::min(inbox_.size(), text.size());
            if (!read_some(timeout_ms)) return std::exchange(inbox_, {});
        }
    }

    /// Reads until the server hangs up.
    std::string read_all(int timeout_ms = 3000) {
        while (read_some(timeout_ms)) {
        }
        return std::exchange(inbox_, {});
    }

    /// Whether the server has hung up (and not merely fallen silent).
    bool has_ended() const { return has_ended_; }
    void finish_sending() { ::shutdown(socket_.fd(), SHUT_WR); }
    /// Hangs up with a reset instead of a goodbye.
    void reset() {
        const linger now{.l_onoff = 1, .l_linger = 0};
        setsockopt(socket_.fd(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
        socket_.close();
    }
    void shrink_receive_buffer() {
        const int bytes = 4096;
        setsockopt(socket_.fd(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    }

private:
    bool wait(short events, int timeout_ms) {
        pollfd ready{.fd = socket_.fd(), .events = events, .revents = 0};
        return poll(&ready, 1, timeout_ms) == 1;
    }
    bool read_some(int timeout_ms) {
        if (!wait(POLLIN, timeout_ms)) return false;
        char buffer[65536];
        const ssize_t got = recv(socket_.fd(), buffer, sizeof buffer, 0);
        if (got <= 0) {
            has_ended_ = true;
            return false;
        }
        inbox_.append(buffer, static_cast<size_t>(got));
        return true;
    }

    Socket socket_;
    std::string inbox_;
    bool has_ended_ = false;
};

inline std::string post(std::string_view target, std::string_view body,
                        std::string_view headers = "") {
    return "POST " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n" + std::string(headers) +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

}  // namespace throughline::net
