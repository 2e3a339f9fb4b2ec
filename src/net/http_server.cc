#include "net/http_server.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "base/log.h"
#include "net/event_loop.h"
#include "net/server_core.h"
#include "net/socket.h"

namespace throughline::net {

struct HttpServer::Parts {
    Parts(HttpServerOptions options, HttpHandlers handlers, const Clock& clock)
        : core(std::move(options), std::move(handlers), clock) {}

    void accept_waiting();
    EventLoop& least_busy();

    ServerCore core;
    Socket listener;
    uint16_t port = 0;
    std::vector<std::unique_ptr<EventLoop>> loops;  // The first one accepts.
};

namespace {

constexpr int kAcceptsPerTurn = 64;

/// Tells a client that there is no place for it. Best effort: it may never be read.
void turn_away(const Socket& socket, const ServerCore& core) {
    if (core.tls) return;
    const auto response =
        core.refusal({503, "unavailable", "server: too many connections, try again"}, nullptr);
    const std::string text =
        "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\n"
        "Content-Type: application/json\r\nContent-Length: " +
        std::to_string(response.body.size()) + "\r\n\r\n" + response.body;
    [[maybe_unused]] const auto sent =
        ::send(socket.fd(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    ::shutdown(socket.fd(), SHUT_WR);
}

}  // namespace

EventLoop& HttpServer::Parts::least_busy() {
    return **std::min_element(loops.begin(), loops.end(), [](const auto& a, const auto& b) {
        return a->connections() < b->connections();
    });
}

void HttpServer::Parts::accept_waiting() {
    for (int i = 0; i < kAcceptsPerTurn; ++i) {
        std::string peer;
        Socket socket = accept_from(listener, peer);
        if (!socket) {
            if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM) return;
            log_warn("net.accept_failed", {{"errno", errno}});
            return loops.front()->pause_listening();
        }
        if (core.connections.fetch_add(1) >= core.options.connections_max) {
            core.connections.fetch_sub(1);
            turn_away(socket, core);
            continue;
        }
        least_busy().adopt(std::move(socket), std::move(peer));
    }
}

HttpServer::HttpServer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Result<std::unique_ptr<HttpServer>> HttpServer::start(HttpServerOptions options,
                                                      HttpHandlers handlers, const Clock& clock) {
    TL_ASSERT(handlers.handle);
    if (options.io_threads == 0) return Error::invalid("net: io_threads: at least 1");
    auto parts = std::make_unique<Parts>(std::move(options), std::move(handlers), clock);
    const auto& settings = parts->core.options;
    if (!settings.tls_certificate_path.empty()) {
        TL_TRY_ASSIGN(parts->core.tls,
                      TlsContext::for_server(settings.tls_certificate_path, settings.tls_key_path));
    }
    TL_TRY_ASSIGN(parts->listener, listen_on(settings.address, settings.port));
    parts->port = local_port(parts->listener);
    for (size_t i = 0; i < settings.io_threads; ++i) {
        parts->loops.push_back(std::make_unique<EventLoop>(parts->core));
    }
    Parts* const accepting = parts.get();
    parts->loops.front()->listen(parts->listener, [accepting] { accepting->accept_waiting(); });
    for (auto& loop : parts->loops) loop->start();
    return std::unique_ptr<HttpServer>(new HttpServer(std::move(parts)));
}

HttpServer::~HttpServer() {
    stop(std::chrono::milliseconds(0));
}

uint16_t HttpServer::port() const {
    return parts_->port;
}

size_t HttpServer::connections() const {
    return parts_->core.connections;
}

void HttpServer::stop(std::chrono::milliseconds grace) {
    parts_->core.is_stopping = true;
    for (auto& loop : parts_->loops) loop->stop(std::chrono::microseconds(grace).count());
    for (auto& loop : parts_->loops) loop->join();
    parts_->listener.close();
}

}  // namespace throughline::net
