// The reading half of Connection: bytes from the socket to a request for the handler.

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "net/connection.h"
#include "net/event_loop.h"

namespace throughline::net {

namespace {

constexpr int kReadsPerTurn = 8;  // Then the other connections have theirs.
constexpr uint64_t kChargeStep = 64 * 1024;
constexpr size_t kUndeliveredMax =
    4 * 1024;  // More than a gzip head with a name and a Huffman table.

constexpr HttpError kTooLarge{413, "payload_too_large", "body: larger than this server takes"};
constexpr HttpError kBusy{503, "unavailable", "server: has too much in hand, try again"};

}  // namespace

bool Connection::wants_input() const {
    switch (phase_) {
        // A client that does not take its answers gets no further ones.
        case Phase::Head:
            return out_.is_empty() && !closes_;
        case Phase::Body:
        case Phase::Discard:
        case Phase::Linger:
            return true;
        case Phase::Waiting:
        case Phase::Streaming:
        case Phase::Dead:
            return false;
    }
    return false;
}

void Connection::advance() {
    for (int reads = 0; !is_dead(); ++reads) {
        if (pending_from_ < pending_.size()) consume_pending();
        if (!wants_input() || !is_readable_) return;
        if (reads == kReadsPerTurn) return loop_.resume_later(id_);
        read_once();
    }
}

void Connection::read_once() {
    const auto scratch = loop_.scratch();
    const ssize_t got = recv(socket_.fd(), scratch.data(), scratch.size(), 0);
    if (got < 0) {
        if (errno == EAGAIN) {
            is_readable_ = false;
        } else if (errno != EINTR) {
            abort();
        }
        return;
    }
    if (got == 0) return abort();
    // A short read has emptied the socket, and what comes later raises a new event (epoll(7)),
    // unless that was the end, which has been reported already.
    if (static_cast<size_t>(got) < scratch.size()) is_readable_ = has_peer_ended_;
    const std::string_view bytes(scratch.data(), static_cast<size_t>(got));
    if (!tls_) return take(bytes);

    std::string& plain = loop_.plain_scratch();
    plain.clear();
    const Status status = tls_->receive(bytes, plain, out_.head());
    if (!out_.is_empty()) flush();
    if (!status) return abort();
    if (!is_dead() && !plain.empty()) take(plain);
}

void Connection::take(std::string_view in) {
    if (pending_from_ == pending_.size()) {
        const auto rest = consume(in);
        pending_.assign(rest);
        pending_from_ = 0;
        return;
    }
    pending_.erase(0, std::exchange(pending_from_, 0));
    pending_ += in;
    consume_pending();
}

void Connection::consume_pending() {
    const auto rest = consume(std::string_view(pending_).substr(pending_from_));
    pending_from_ = pending_.size() - rest.size();
    if (!rest.empty()) return;
    pending_ = {};
    pending_from_ = 0;
}

/// Returns what must wait.
std::string_view Connection::consume(std::string_view in) {
    while (!in.empty() && wants_input()) {
        switch (phase_) {
            case Phase::Head:
                if (!take_head(in)) return in;
                break;
            case Phase::Body:
                take_body(in);
                break;
            case Phase::Discard:
                discard(in);
                break;
            case Phase::Linger:
                in = {};
                break;
            case Phase::Waiting:
            case Phase::Streaming:
            case Phase::Dead:
                return in;
        }
    }
    return in;
}

/// Returns false while the head is incomplete.
bool Connection::take_head(std::string_view& in) {
    const auto& options = core_.options;
    if (!is_head_begun_) {
        while (in.starts_with("\r\n")) in.remove_prefix(2);  // RFC 9112 2.2.
        if (in.empty()) return true;
        request_ = {};
        framing_ = {};
        is_reading_body_ = false;
        wire_bytes_ = 0;
        ++exchange_;
    }
    const size_t size = finder_.find(in);
    if (size == 0 && in.size() < options.head_bytes_max) {
        if (!std::exchange(is_head_begun_, true)) {
            set_deadline(loop_.now() + options.head_timeout);
        }
        return false;
    }
    finder_.reset();
    is_head_begun_ = false;
    is_head_request_ = false;
    is_http_1_0_ = false;
    const HeadParser parser(
        {.bytes_max = options.head_bytes_max, .headers_max = options.headers_max});
    const auto bytes = in.substr(0, size == 0 ? in.size() : size);
    const auto error = parser.parse(bytes, request_, framing_);
    in.remove_prefix(bytes.size());
    if (error) {
        request_ = {};
        refuse(*error, After::Close);
        return true;
    }
    request_.peer = peer_;
    request_.is_tls = tls_.has_value();
    request_.received_us = core_.clock.now();
    is_head_request_ = request_.method() == Method::Head;
    is_http_1_0_ = request_.version_minor() == 0;
    start_body();
    return true;
}

void Connection::start_body() {
    chunked_.reset();
    body_left_ = framing_.content_length;
    inflated_bytes_ = 0;
    undelivered_.clear();
    is_sink_full_ = false;
    body_error_.reset();
    is_reading_body_ = framing_.has_body();
    body_began_ = loop_.now();
    sink_ = core_.handlers.upload ? core_.handlers.upload(request_) : nullptr;
    if (!is_reading_body_) return dispatch();

    const uint64_t bytes_max =
        sink_ ? core_.options.upload_bytes_max : core_.options.body_bytes_max;
    body_error_ = framing_.content_length > bytes_max ? kTooLarge : admit_body();
    // Who waits for `100 Continue` has not sent anything that could be kept.
    if (body_error_ && (!keeps_refused() || framing_.expects_continue)) {
        return refuse(*body_error_, after_error());
    }
    if (framing_.expects_continue) {
        constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
        if (!tls_) {
            out_.head() += kContinue;
        } else if (!tls_->send(kContinue, out_.head())) {
            return abort();
        }
        flush();
        if (is_dead()) return;
    }
    phase_ = Phase::Body;
    set_body_deadline();
}

std::optional<HttpError> Connection::admit_body() {
    if (framing_.encoding == Encoding::Unknown) {
        return HttpError{415, "unsupported_encoding", "body: content-encoding: gzip or deflate"};
    }
    const bool is_compressed = framing_.encoding == Encoding::Compressed;
    if (sink_) {
        InflateLimits limits = core_.options.inflate;
        limits.bytes_max = core_.options.upload_bytes_max;
        if (is_compressed) inflater_ = std::make_unique<Inflater>(limits);
        return std::nullopt;
    }
    if (core_.handlers.admit && !core_.handlers.admit(framing_.content_length)) return kBusy;
    if (is_compressed) {
        inflater_ = std::make_unique<Inflater>(core_.options.inflate);
        return std::nullopt;
    }
    if (!core_.budget->take(framing_.content_length)) return kBusy;
    charged_bytes_ = framing_.content_length;
    request_.body.reserve(framing_.content_length + kBodyPaddingBytes);
    return std::nullopt;
}

/// Lets a body be as slow as the slowest rate we bear, and silent for the grace in all.
void Connection::set_body_deadline() {
    const auto& options = core_.options;
    const auto earned =
        wire_bytes_ * static_cast<uint64_t>(kSecond) / options.body_bytes_per_second_min;
    set_deadline(body_began_ + options.body_grace + static_cast<Micros>(earned));
}

void Connection::take_body(std::string_view& in) {
    bool is_done = false;
    while (!is_done) {
        std::string_view piece;
        if (framing_.is_chunked) {
            const auto state = chunked_.next(in, piece);
            if (state == ChunkedDecoder::State::NeedsMore) break;
            if (state == ChunkedDecoder::State::Bad) {
                body_error_ = {400, "bad_request", "body: chunks are damaged"};
                return refuse_body(After::Close);
            }
            is_done = state == ChunkedDecoder::State::Done;
        } else {
            piece = in.substr(0, std::min<uint64_t>(in.size(), body_left_));
            in.remove_prefix(piece.size());
            body_left_ -= piece.size();
            is_done = body_left_ == 0;
            if (piece.empty() && !is_done) break;
        }
        if (is_done) is_reading_body_ = false;
        if (!piece.empty() && !take_wire_piece(piece)) return end_body_early();
    }
    if (is_done) {
        finish_body();
    } else {
        set_body_deadline();
    }
}

/// Takes body bytes as they were sent. False: body_error_ or is_sink_full_ tells why.
bool Connection::take_wire_piece(std::string_view piece) {
    wire_bytes_ += piece.size();
    if (body_error_) return append_refused(piece);
    const uint64_t bytes_max =
        sink_ ? core_.options.upload_bytes_max : core_.options.body_bytes_max;
    if (wire_bytes_ > bytes_max) {
        body_error_ = kTooLarge;
        return false;
    }
    return inflater_ ? take_compressed_piece(piece) : append_body(piece);
}

bool Connection::take_compressed_piece(std::string_view piece) {
    const Status status =
        inflater_->write(piece, [this](std::string_view bytes) { return append_body(bytes); });
    if (status) {
        if (!has_inflated()) undelivered_ += piece.substr(0, kUndeliveredMax - undelivered_.size());
        return true;
    }
    if (body_error_ || is_sink_full_) return false;
    set_inflate_error(status.error());
    return keep_as_sent(piece);
}

/// Whether something came of a compressed body that may be what it was.
bool Connection::has_inflated() const {
    return inflated_bytes_ > 0 && inflater_->has_header();
}

/// Puts a damaged body back to how it was sent, of which `piece` is the last, when there is nothing
/// better and all of it is still there: it may not be compressed at all. True: more is wanted.
bool Connection::keep_as_sent(std::string_view piece) {
    const bool has_all = undelivered_.size() + piece.size() == wire_bytes_;
    if (has_inflated() || !has_all || !keeps_refused()) return false;
    inflated_bytes_ = 0;
    request_.body.clear();
    return append_refused(undelivered_) && append_refused(piece);
}

/// Takes bytes of a body that is refused already. False: no more are wanted.
bool Connection::append_refused(std::string_view piece) {
    const uint64_t bytes_max = core_.options.refused_bytes_max;
    request_.body += piece.substr(0, bytes_max - request_.body.size());
    return charge(request_.body.size()) && request_.body.size() < bytes_max;
}

/// Whether the body that body_error_ is about is kept. What is only too much for now is sent again.
bool Connection::keeps_refused() const {
    return core_.handlers.refuse_body && !sink_ && body_error_->status != 503;
}

void Connection::set_inflate_error(const Error& error) {
    body_error_text_ = error.message;
    body_error_ = error.code == Code::ResourceExhausted
                      ? HttpError{413, "payload_too_large", body_error_text_}
                      : HttpError{400, "bad_encoding", body_error_text_};
}

/// Takes body bytes as the handler shall see them.
bool Connection::append_body(std::string_view bytes) {
    if (sink_) {
        is_sink_full_ = !sink_->write(bytes);
        return !is_sink_full_;
    }
    if (inflater_) inflated_bytes_ += bytes.size();
    if (!charge(request_.body.size() + bytes.size())) return false;
    request_.body += bytes;
    return true;
}

/// Charges a body of so many bytes to the budget. False: body_error_ is set.
bool Connection::charge(uint64_t bytes) {
    if (bytes <= charged_bytes_) return true;
    const uint64_t more = std::max(bytes - charged_bytes_, kChargeStep);
    if (!core_.budget->take(more)) {
        body_error_ = kBusy;
        return false;
    }
    charged_bytes_ += more;
    return true;
}

void Connection::end_body_early() {
    if (is_sink_full_) {
        closes_ |= is_reading_body_;
        has_unread_body_ = is_reading_body_;
        inflater_.reset();
        return dispatch();
    }
    refuse_body(after_error());
}

Connection::After Connection::after_error() const {
    return body_error_->status == 413 ? After::Close : After::KeepAlive;
}

void Connection::finish_body() {
    if (inflater_ && !body_error_) {
        if (const Status status = inflater_->finish(); !status) {
            set_inflate_error(status.error());
            keep_as_sent({});
        }
    }
    inflater_.reset();
    if (body_error_) return refuse_body(after_error());
    request_.body.reserve(request_.body.size() + kBodyPaddingBytes);
    dispatch();
}

Responder Connection::await_answer() {
    phase_ = Phase::Waiting;
    set_deadline(is_blocked_ ? deadline_ : EventLoop::kNever);
    if (!peer_state_) peer_state_ = std::make_shared<PeerState>();
    return Responder(loop_.mailbox(), id_, exchange_, std::exchange(charged_bytes_, 0),
                     peer_state_);
}

void Connection::dispatch() {
    Responder responder = await_answer();
    if (sink_) {
        const auto sink = std::move(sink_);
        sink->finish(std::move(responder));
    } else {
        core_.handlers.handle(std::move(request_), std::move(responder));
    }
}

/// Throws away the rest of a refused body.
void Connection::discard(std::string_view& in) {
    const size_t before = in.size();
    bool is_done = false;
    bool is_bad = false;
    if (framing_.is_chunked) {
        std::string_view piece;
        auto state = ChunkedDecoder::State::Data;
        while (state == ChunkedDecoder::State::Data) state = chunked_.next(in, piece);
        is_done = state == ChunkedDecoder::State::Done;
        is_bad = state == ChunkedDecoder::State::Bad;
    } else {
        const uint64_t taken = std::min<uint64_t>(in.size(), body_left_);
        in.remove_prefix(taken);
        body_left_ -= taken;
        is_done = body_left_ == 0;
    }
    wire_bytes_ += before - in.size();
    if (is_bad || wire_bytes_ > core_.options.body_bytes_max) {
        closes_ = true;
        has_unread_body_ = true;
        is_done = true;
    }
    if (!is_done) return set_body_deadline();
    is_reading_body_ = false;
    end_exchange();
}

}  // namespace throughline::net
