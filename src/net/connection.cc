#include "net/connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <charconv>

#include "net/event_loop.h"

namespace throughline::net {

namespace {

constexpr Micros kLingerTimeout = 2 * kSecond;

bool is_clean(std::string_view text) {
    return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

void append_number(std::string& out, uint64_t number, int base = 10) {
    char text[20];
    const auto [end, error] = std::to_chars(text, text + sizeof text, number, base);
    TL_ASSERT(error == std::errc{});
    out.append(text, end);
}

bool may_have_body(int status) {
    return status >= 200 && status != 204 && status != 304;
}

}  // namespace

Connection::Connection(EventLoop& loop, ServerCore& core, Socket socket, uint64_t id)
    : loop_(loop), core_(core), socket_(std::move(socket)), id_(id) {
    if (core_.tls) tls_.emplace(TlsSession::accept(*core_.tls));
    set_deadline(loop_.now() + core_.options.idle_timeout);
}

Connection::~Connection() {
    abort();
}

void Connection::set_deadline(Micros at) {
    deadline_ = at;
    loop_.note_deadline(at);
}

void Connection::abort() {
    if (is_dead()) return;
    phase_ = Phase::Dead;
    socket_.close();
    sink_.reset();
    if (stream_) stream_->is_closed = true;
    if (peer_state_) peer_state_->leave();
    core_.budget->give_back(std::exchange(charged_bytes_, 0));
}

void Connection::on_ready(Readiness ready) {
    has_peer_ended_ |= ready.peer_ended;
    is_readable_ |= ready.can_read;
    // Who hangs up while waiting does not want the answer. Who has hung up before that, does: some
    // clients close their direction as soon as they have asked.
    if (ready.peer_ended && phase_ == Phase::Waiting) peer_state_->leave();
    if (ready.is_broken || (phase_ == Phase::Streaming && has_peer_ended_)) return abort();
    if (ready.can_write && !out_.is_empty()) flush();
    advance();
}

void Connection::on_deadline() {
    const HttpError too_slow{408, "request_timeout", "request: took too long to arrive"};
    if (!out_.is_empty()) return abort();
    if (phase_ == Phase::Body && body_error_) return refuse_body(After::Close);
    if (phase_ == Phase::Body || (phase_ == Phase::Head && is_head_begun_)) {
        return refuse(too_slow, After::Close);
    }
    abort();
}

void Connection::begin_stop() {
    if (phase_ == Phase::Streaming) return end_stream();
    if (phase_ == Phase::Linger) return abort();
    if (phase_ != Phase::Head || is_head_begun_) return;  // respond() will close.
    closes_ = true;
    flush();
}

void Connection::on_letter(Letter letter) {
    const bool is_begin =
        letter.kind == Letter::Kind::Response || letter.kind == Letter::Kind::StreamBegin;
    const Phase expected = is_begin ? Phase::Waiting : Phase::Streaming;
    if (letter.exchange != exchange_ || phase_ != expected) {
        if (letter.stream) letter.stream->is_closed = true;
        return;
    }
    switch (letter.kind) {
        case Letter::Kind::Response:
            respond(std::move(letter.response));
            break;
        case Letter::Kind::StreamBegin:
            begin_stream(std::move(letter.response), std::move(letter.stream));
            break;
        case Letter::Kind::StreamBytes:
            write_stream(letter.response.body);
            break;
        case Letter::Kind::StreamEnd:
            end_stream();
            break;
        case Letter::Kind::StreamAbort:
            abort();
            break;
    }
    advance();
}

/// Answers a request the handler never sees. Whatever is left of its body is thrown away as it
/// comes (KeepAlive), or until the peer has read the answer (Close).
void Connection::refuse(const HttpError& error, After after) {
    // Nobody waits for a `100 Continue` that is not going to come.
    const bool is_body_awaited = framing_.expects_continue && wire_bytes_ == 0;
    closes_ |= after == After::Close || !framing_.keeps_alive || is_body_awaited;
    has_unread_body_ = is_reading_body_ || after == After::Close;
    const bool discards = is_reading_body_ && !closes_;

    sink_.reset();
    inflater_.reset();
    core_.budget->give_back(std::exchange(charged_bytes_, 0));
    const bool has_head = request_.headers_count() > 0 || !request_.target().empty();
    auto response = core_.refusal(error, has_head ? &request_ : nullptr);
    request_.body = {};
    respond(std::move(response));
    if (discards && phase_ == Phase::Head) {
        phase_ = Phase::Discard;
        set_body_deadline();
    }
}

/// Has the body that body_error_ is about kept and answered by who can; else refuses it.
void Connection::refuse_body(After after) {
    const HttpError error = *body_error_;
    if (!keeps_refused()) return refuse(error, after);
    // The answer waits until what is kept is on disk. A rest of the body would have to wait too.
    closes_ |= after == After::Close || is_reading_body_;
    has_unread_body_ = is_reading_body_ || after == After::Close;
    inflater_.reset();
    const uint64_t bytes_max = core_.options.refused_bytes_max;
    if (request_.body.size() > bytes_max) request_.body.resize(bytes_max);
    const uint64_t bytes = framing_.is_chunked ? wire_bytes_ : framing_.content_length;
    RefusedBody refused{.head = std::move(request_),
                        .status = error.status,
                        .code = error.code,
                        .message = std::string(error.message),
                        .begin = std::move(request_.body),
                        .is_inflated = inflated_bytes_ > 0,
                        .bytes = bytes};
    core_.handlers.refuse_body(std::move(refused), await_answer());
}

void Connection::respond(HttpResponse response) {
    closes_ |= response.close_connection || !framing_.keeps_alive || core_.is_stopping;
    const bool has_body = may_have_body(response.status);
    write_head(response, has_body ? std::optional(response.body.size()) : std::nullopt);
    if (has_body && !is_head_request_) {
        if (!tls_) {
            out_.push_body(std::move(response.body));
        } else if (!tls_->send(response.body, out_.head())) {
            return abort();
        }
    }
    end_exchange();
}

void Connection::write_head(const HttpResponse& response, std::optional<size_t> length) {
    std::string plain;
    std::string& head = tls_ ? plain : out_.head();
    head += "HTTP/1.1 ";
    append_number(head, static_cast<uint64_t>(response.status));
    head += ' ';
    head += status_reason(response.status);
    head += "\r\n";
    head += loop_.date_line();
    if (!response.content_type.empty()) {
        head += "Content-Type: ";
        head += response.content_type;
        head += "\r\n";
    }
    if (length) {
        head += "Content-Length: ";
        append_number(head, *length);
        head += "\r\n";
    }
    if (is_stream_chunked_) head += "Transfer-Encoding: chunked\r\n";
    if (closes_) head += "Connection: close\r\n";
    if (!closes_ && is_http_1_0_) head += "Connection: keep-alive\r\n";
    for (const auto& header : response.headers) {
        if (!is_clean(header.name) || !is_clean(header.value)) {
            TL_BUG("net.response_header_unclean");
            continue;
        }
        head += header.name;
        head += ": ";
        head += header.value;
        head += "\r\n";
    }
    head += "\r\n";
    if (tls_ && !tls_->send(plain, out_.head())) abort();
}

void Connection::begin_stream(HttpResponse head, std::shared_ptr<StreamState> state) {
    stream_ = std::move(state);
    is_stream_chunked_ = !is_http_1_0_ && !is_head_request_ && may_have_body(head.status);
    // Without chunks the end of the body is the end of the connection.
    closes_ |= head.close_connection || !framing_.keeps_alive || !is_stream_chunked_;
    write_head(head, std::nullopt);
    if (is_dead()) return;
    phase_ = Phase::Streaming;
    if (is_head_request_ || !may_have_body(head.status) || core_.is_stopping) return end_stream();
    if (has_peer_ended_) return abort();
    flush();
}

void Connection::write_stream(std::string_view bytes) {
    std::string framed;
    if (is_stream_chunked_) {
        append_number(framed, bytes.size(), 16);
        framed += "\r\n";
        framed += bytes;
        framed += "\r\n";
    } else {
        framed = bytes;
    }
    if (!tls_) {
        out_.head() += framed;
    } else if (!tls_->send(framed, out_.head())) {
        return abort();
    }
    stream_queued_bytes_ += bytes.size();
    flush();
}

void Connection::end_stream() {
    if (is_stream_chunked_) {
        constexpr std::string_view kLastChunk = "0\r\n\r\n";
        if (!tls_) {
            out_.head() += kLastChunk;
        } else if (!tls_->send(kLastChunk, out_.head())) {
            return abort();
        }
    }
    closes_ |= core_.is_stopping;
    stream_->is_closed = true;
    stream_.reset();
    stream_queued_bytes_ = 0;
    is_stream_chunked_ = false;
    end_exchange();
}

/// The answer is queued whole: makes room for the next request.
void Connection::end_exchange() {
    if (is_dead()) return;
    phase_ = Phase::Head;
    is_head_begun_ = false;
    set_deadline(loop_.now() + core_.options.idle_timeout);
    flush();
}

void Connection::flush() {
    if (is_dead()) return;
    size_t sent = 0;
    const auto outcome = out_.send(socket_.fd(), sent);
    if (outcome == Output::Outcome::Broken) return abort();
    if (stream_) {
        const size_t left = outcome == Output::Outcome::Done
                                ? 0
                                : stream_queued_bytes_ - std::min(sent, stream_queued_bytes_);
        stream_->buffered_bytes -= stream_queued_bytes_ - left;
        stream_queued_bytes_ = left;
    }
    if (outcome == Output::Outcome::Blocked) {
        // The deadline moves only when the client takes something, or first stops taking.
        if (sent > 0 || !is_blocked_) set_deadline(loop_.now() + core_.options.write_timeout);
        is_blocked_ = true;
        return;
    }
    if (std::exchange(is_blocked_, false)) {
        const bool is_idle = phase_ == Phase::Head || phase_ == Phase::Linger;
        set_deadline(is_idle ? loop_.now() + core_.options.idle_timeout : EventLoop::kNever);
    }
    if (closes_ && phase_ == Phase::Head) say_goodbye();
}

void Connection::say_goodbye() {
    if (tls_) {
        tls_->end(out_.head());
        size_t sent = 0;
        out_.send(socket_.fd(), sent);  // If it does not fit, the peer sees the end all the same.
    }
    const bool may_have_unread =
        has_unread_body_ || is_readable_ || pending_from_ < pending_.size();
    if (!may_have_unread || has_peer_ended_) return abort();
    ::shutdown(socket_.fd(), SHUT_WR);
    phase_ = Phase::Linger;
    set_deadline(loop_.now() + kLingerTimeout);
}

}  // namespace throughline::net
