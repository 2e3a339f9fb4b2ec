// One connection of the server: what was read, what is being answered, what is left to send.
//
//   Head ──▶ Body ──▶ Waiting ──▶ Head …        (the handler answers while Waiting)
//     └─refused──▶ Discard ──▶ Head              (the rest of a refused body is thrown away)
//                  Streaming                     (an EventStream is open)
//                  Linger                        (said goodbye; reading until the peer does too, so
//                                                 that a reset cannot overtake the last answer)
//
// Layer 1. Owned by its EventLoop's thread. Internal to net.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/http_parser.h"
#include "net/inflate.h"
#include "net/mailbox.h"
#include "net/output.h"
#include "net/server_core.h"
#include "net/socket.h"
#include "net/tls.h"

namespace throughline::net {

class EventLoop;

/// What epoll reports.
struct Readiness {
    bool can_read = false;
    bool can_write = false;
    bool peer_ended = false;
    bool is_broken = false;
};

class Connection {
public:
    Connection(EventLoop& loop, ServerCore& core, Socket socket, uint64_t id);
    ~Connection();
    void set_peer(std::string peer) { peer_ = std::move(peer); }

    uint64_t id() const { return id_; }
    bool is_dead() const { return phase_ == Phase::Dead; }
    Micros deadline() const { return deadline_; }

    void on_ready(Readiness ready);
    void on_letter(Letter letter);
    void on_deadline();
    /// Reads and handles until there is nothing more to do, or others should have their turn.
    void advance();
    /// Ends after the request in flight; at once when there is none.
    void begin_stop();
    void abort();

private:
    enum class Phase : unsigned char { Head, Body, Discard, Waiting, Streaming, Linger, Dead };

    // Reading: connection_read.cc.
    bool wants_input() const;
    void read_once();
    void take(std::string_view in);
    void consume_pending();
    std::string_view consume(std::string_view in);
    bool take_head(std::string_view& in);
    void start_body();
    std::optional<HttpError> admit_body();
    void take_body(std::string_view& in);
    bool take_wire_piece(std::string_view piece);
    bool take_compressed_piece(std::string_view piece);
    bool append_body(std::string_view bytes);
    bool append_refused(std::string_view piece);
    bool keep_as_sent(std::string_view piece);
    bool has_inflated() const;
    bool charge(uint64_t bytes);
    bool keeps_refused() const;
    enum class After : unsigned char { KeepAlive, Close };
    After after_error() const;
    void set_inflate_error(const Error& error);
    void end_body_early();
    void finish_body();
    void dispatch();
    Responder await_answer();
    void discard(std::string_view& in);
    void set_body_deadline();

    // Answering: connection.cc.
    void refuse(const HttpError& error, After after);
    void refuse_body(After after);
    void respond(HttpResponse response);
    void write_head(const HttpResponse& response, std::optional<size_t> length);
    void begin_stream(HttpResponse head, std::shared_ptr<StreamState> state);
    void write_stream(std::string_view bytes);
    void end_stream();
    void end_exchange();
    void flush();
    void say_goodbye();
    void set_deadline(Micros at);

    EventLoop& loop_;
    ServerCore& core_;
    Socket socket_;
    const uint64_t id_;
    std::string peer_;
    std::optional<TlsSession> tls_;

    Phase phase_ = Phase::Head;
    bool is_readable_ = false;      // The socket may have bytes (edge-triggered: remembered here).
    bool has_peer_ended_ = false;   // It will send nothing more.
    bool closes_ = false;           // After what is queued has been sent.
    bool has_unread_body_ = false;  // When closing: bytes are still to come.
    bool is_blocked_ = false;       // The socket takes no more for now.
    bool is_head_begun_ = false;    // Some of the next head is in pending_.
    bool is_reading_body_ = false;  // The request's body has not ended yet.
    bool is_head_request_ = false;
    bool is_http_1_0_ = false;
    bool is_stream_chunked_ = false;
    Micros deadline_ = 0;

    std::string pending_;      // Read and not yet consumed.
    size_t pending_from_ = 0;  // Where in it the unconsumed begins.

    // The request being read or answered.
    uint64_t exchange_ = 0;
    HeadFinder finder_;
    HttpRequest request_;
    Framing framing_;
    ChunkedDecoder chunked_;
    std::unique_ptr<Inflater> inflater_;
    std::unique_ptr<BodySink> sink_;
    std::optional<HttpError> body_error_;
    std::string body_error_text_;  // What body_error_->message points at, if it was made up here.
    std::string undelivered_;      // The begin of a compressed body, until something came of it.
    bool is_sink_full_ = false;
    uint64_t body_left_ = 0;       // By content-length.
    uint64_t wire_bytes_ = 0;      // Of the body, so far.
    uint64_t inflated_bytes_ = 0;  // Likewise, after inflating.
    uint64_t charged_bytes_ = 0;   // To the budget, for this body.
    Micros body_began_ = 0;

    Output out_;
    std::shared_ptr<StreamState> stream_;    // Shared with the EventStream, which may end first.
    size_t stream_queued_bytes_ = 0;         // Payload in out_.
    std::shared_ptr<PeerState> peer_state_;  // Shared with responders, which may outlive this.
};

}  // namespace throughline::net
