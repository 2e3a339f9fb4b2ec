// An HTTP/1.1 server: bytes in, whole requests out to a handler, answers back from any thread.
//
// Each connection belongs to one I/O thread and has at most one request in flight; further requests
// sent meanwhile (pipelining) wait in the socket. A request reaches the handler on its I/O thread,
// with its body complete and inflated, and is answered through its Responder whenever and wherever
// the answer is known.
//
// Layer 1. HttpServer, Responder, EventStream: see each. Cost: README.md.
// Left out: HTTP/2, WebSocket, Brotli, ranges (put a proxy in front).
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "net/http.h"
#include "net/inflate.h"

namespace throughline::net {

class Mailbox;
class ServerCore;
struct PeerState;
struct StreamState;

/// A body that goes out in pieces while it comes into being: server-sent events, long exports.
///
/// Used by one thread at a time. Ends the body when destroyed.
class EventStream {
public:
    EventStream() = default;
    EventStream(EventStream&&) noexcept;
    EventStream& operator=(EventStream&&) noexcept;
    ~EventStream();

    /// Queues bytes. Returns false once the client is gone, or is so slow that more than
    /// HttpServerOptions::stream_buffer_bytes_max wait for it: it is then disconnected, and
    /// whoever it was comes back and asks anew.
    bool write(std::string_view bytes);
    bool is_closed() const;
    /// Bytes queued and not yet taken by the client's socket.
    size_t buffered_bytes() const;
    void end();

private:
    friend class Responder;
    explicit EventStream(std::shared_ptr<StreamState> state) : state_(std::move(state)) {}
    std::shared_ptr<StreamState> state_;  // Shared with the connection, which may end first.
};

/// The right and the duty to answer one request. Dropped unanswered, it answers 500. When the
/// client has gone, answering does nothing.
///
/// Movable to any thread; used by one at a time. Cost of send(): a lock and a push, and one
/// system call when the I/O thread sleeps (see ResponseBatch).
class Responder {
public:
    Responder() = default;
    Responder(std::shared_ptr<Mailbox> mailbox, uint64_t connection, uint64_t exchange,
              size_t charged_bytes, std::shared_ptr<PeerState> peer);
    Responder(Responder&&) noexcept;
    Responder& operator=(Responder&&) noexcept;
    ~Responder();

    /// Requires: not answered yet.
    void send(HttpResponse response);
    /// Sends what `make` returns. It runs once, on the connection's I/O thread, also when the
    /// client has gone; never when the server has stopped. For threads that answer many in a row.
    void send_made(std::function<HttpResponse()> make);
    /// Sends status and headers of `head` (its body is ignored) and leaves the body open.
    EventStream stream(HttpResponse head);
    /// Calls `on_gone` when the client hangs up before it is answered: at once if it has, else once
    /// and soon, on the connection's I/O thread, where it must not wait. A client that only closes
    /// its own direction after asking counts as gone. It may still come while send() runs.
    void watch(std::function<void()> on_gone);
    explicit operator bool() const { return mailbox_ != nullptr; }

private:
    std::shared_ptr<Mailbox> release();

    std::shared_ptr<Mailbox> mailbox_;  // Shared with its I/O thread, which may end first.
    uint64_t connection_ = 0;
    uint64_t exchange_ = 0;
    size_t charged_bytes_ = 0;         // Given back to the budget for bodies.
    std::shared_ptr<PeerState> peer_;  // Shared with the connection, which may end first.
    bool is_watching_ = false;
};

/// While one lives on a thread, answers sent there wake the I/O threads only once, when it ends.
class ResponseBatch {
public:
    ResponseBatch();
    ~ResponseBatch();
    ResponseBatch(const ResponseBatch&) = delete;
    ResponseBatch& operator=(const ResponseBatch&) = delete;

private:
    friend class Mailbox;
    std::vector<std::shared_ptr<Mailbox>> waiting_;
    ResponseBatch* outer_;
};

/// Takes a body too large for memory, piece by piece, on the connection's I/O thread: write() may
/// append to a file, and must not wait for anything slower. Destroyed without finish() when the
/// client goes away in the middle, or its body is refused.
class BodySink {
public:
    virtual ~BodySink() = default;
    /// Takes the next inflated bytes. False: no more is wanted, finish() follows at once.
    virtual bool write(std::string_view bytes) = 0;
    virtual void finish(Responder responder) = 0;
};

/// A request that is refused for its body.
struct RefusedBody {
    RequestHead head;
    int status = 400;
    std::string_view code;  // Static storage.
    std::string message;
    std::string begin;         // What could be read: inflated as far as it was whole, else as
                               // it was sent; at most HttpServerOptions::refused_bytes_max.
    bool is_inflated = false;  // Which of the two.
    uint64_t bytes = 0;        // Of the whole body on the wire; read so far when chunked.
};

struct HttpHandlers {
    /// Answers a request. Runs on an I/O thread: it must not wait.
    std::function<void(HttpRequest&&, Responder)> handle;
    /// Returns a sink when the body of this request is to be streamed. Optional.
    std::function<std::unique_ptr<BodySink>(const RequestHead&)> upload;
    /// Whether a body of so many bytes (0: not known) may come in now; else the answer is 503 at
    /// once and the body is thrown away as it comes. Optional.
    std::function<bool(uint64_t content_length)> admit;
    /// Makes the answer to a request that is refused before handle() sees it, e.g. to add CORS
    /// headers. `head` is null when the head itself is bad. Optional: HttpResponse::error.
    std::function<HttpResponse(int status, std::string_view code, std::string_view message,
                               const RequestHead* head)>
        refuse;
    /// Answers a request whose body is damaged, too large, or in an encoding that is not known, and
    /// may keep what came of it. Like handle(). Optional: refuse, and nothing is kept.
    std::function<void(RefusedBody&&, Responder)> refuse_body;
};

struct HttpServerOptions {
    std::string address = "127.0.0.1";  // Name or address to listen on.
    uint16_t port = 0;                  // 0: any free one; see HttpServer::port().
    size_t io_threads = 1;
    size_t connections_max = 10'000;  // Further ones get 503 and are closed.

    size_t head_bytes_max = 16 * 1024;
    size_t headers_max = 100;
    uint64_t body_bytes_max = 4 * 1024 * 1024;  // On the wire.
    InflateLimits inflate = {};                 // Of compressed bodies.
    uint64_t upload_bytes_max = 64ULL << 30;    // Of streamed bodies, on the wire and inflated.
    uint64_t refused_bytes_max = 512 * 1024;    // Kept of a body that is refused: SDKs send 500 KB.
    uint64_t bodies_bytes_max = 256 << 20;      // Of all bodies read and not yet answered.
    size_t stream_buffer_bytes_max = 256 * 1024;

    Micros idle_timeout = 75 * kSecond;  // Between requests.
    Micros head_timeout = 10 * kSecond;  // From a head's first byte to its last.
    Micros body_grace = 30 * kSecond;    // A body may be silent so long in all, beyond...
    uint64_t body_bytes_per_second_min = 16 * 1024;  // ...the time it takes at this rate.
    Micros write_timeout = 30 * kSecond;  // Without the client taking a byte of its answer.

    std::string tls_certificate_path = {};  // PEM, chain included. Empty: plain HTTP.
    std::string tls_key_path = {};          // PEM.
};

/// Thread-safe.
class HttpServer {
public:
    /// Listens and starts its threads. `clock` must outlive the server, and its monotonic time must
    /// pass. Errors: Unavailable when the address cannot be had, InvalidArgument for bad TLS files.
    static Result<std::unique_ptr<HttpServer>> start(HttpServerOptions options,
                                                     HttpHandlers handlers, const Clock& clock);
    /// Stops without grace unless stop() was called.
    ~HttpServer();

    uint16_t port() const;
    size_t connections() const;

    /// Stops accepting, closes idle connections and streams, lets requests in flight be answered,
    /// and closes what is left after `grace`. Returns when all threads have ended.
    void stop(std::chrono::milliseconds grace);

private:
    struct Parts;
    explicit HttpServer(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace throughline::net
