#include "net/http_client.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <limits>

#include "net/http_parser.h"

namespace throughline::net {

namespace {

constexpr size_t kHeadBytesMax = 64 * 1024;
constexpr size_t kReadBytes = 64 * 1024;
constexpr uint64_t kUntilEnd = std::numeric_limits<uint64_t>::max();

Error system_error(const char* what) {
    return Error::unavailable(std::string("http: ") + what + ": " + std::strerror(errno));
}
Error cut_short() {
    return Error::unavailable("http: the server closed the connection early");
}
Error not_http() {
    return Error::internal("http: the answer is not HTTP/1");
}

/// Returns what poll reports, or an error when nothing happens in time.
Result<short> wait_for(int fd, short events, Micros timeout) {
    pollfd wait{.fd = fd, .events = events, .revents = 0};
    for (;;) {
        const int ready = poll(&wait, 1, static_cast<int>(timeout / 1000));
        if (ready > 0) return wait.revents;
        if (ready == 0) return Error{Code::DeadlineExceeded, "http: no answer in time"};
        if (errno != EINTR) return system_error("poll");
    }
}

Result<int> parse_status_line(std::string_view line) {
    int status = 0;
    if (!line.starts_with("HTTP/1.") || line.size() < 12 || line[8] != ' ') return not_http();
    const auto [end, error] = std::from_chars(line.data() + 9, line.data() + 12, status);
    if (error != std::errc{} || end != line.data() + 12 || status < 100) return not_http();
    return status;
}

}  // namespace

HttpClient::HttpClient(Url url, HttpClientOptions options, std::unique_ptr<TlsContext> tls)
    : url_(std::move(url)), options_(std::move(options)), context_(std::move(tls)) {}

Result<HttpClient> HttpClient::make(std::string_view text, HttpClientOptions options) {
    TL_TRY_ASSIGN(Url url, parse_url(text));
    if (url.target.ends_with('/')) url.target.pop_back();
    std::unique_ptr<TlsContext> context;
    if (url.is_tls) {
        const auto verify =
            options.verifies_peer ? TlsContext::Verify::Peer : TlsContext::Verify::Nothing;
        TL_TRY_ASSIGN(context, TlsContext::for_client(verify, options.authorities_path));
    }
    return HttpClient(std::move(url), std::move(options), std::move(context));
}

void HttpClient::disconnect() {
    socket_.close();
    tls_.reset();
    wire_out_.clear();
    inbox_.clear();
    has_ended_ = false;
    keeps_alive_ = true;
}

/// Whether the server has hung up since the last answer, or says things nobody asked for.
bool HttpClient::is_stale() const {
    if (!inbox_.empty() || has_ended_ || !keeps_alive_) return true;
    char byte = 0;
    const ssize_t got = recv(socket_.fd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    // Under TLS the server may have sent session tickets, which wait for the next read.
    return got == 0 || (got > 0 && !tls_) || (got < 0 && errno != EAGAIN);
}

Status HttpClient::connect() {
    if (socket_ && !is_stale()) return {};
    disconnect();
    TL_TRY_ASSIGN(socket_, connect_to(url_.host, url_.port, options_.connect_timeout));
    if (!context_) return {};
    tls_ = std::make_unique<TlsSession>(TlsSession::connect(*context_, url_.host));
    TL_TRY(tls_->begin(wire_out_));
    TL_TRY(flush_wire());
    while (!tls_->is_ready()) {
        if (has_ended_) return cut_short();
        TL_TRY(read_more());
    }
    return {};
}

Result<HttpResponse> HttpClient::send(const ClientRequest& request) {
    HttpResponse response;
    Status status = connect();
    if (status) status = exchange(request, response);
    if (!status || !keeps_alive_) disconnect();
    if (!status) return status.error();
    return response;
}

Status HttpClient::exchange(const ClientRequest& request, HttpResponse& response) {
    keeps_alive_ = true;
    std::string head = request_head(request);
    if (request.source) {
        TL_TRY(write(head));
        TL_TRY(write_source(request));
    } else {
        head += request.body;
        TL_TRY(write(head));
    }
    uint64_t length = 0;
    bool is_chunked = false;
    do {
        TL_TRY(read_head(response, length, is_chunked));
    } while (response.status < 200);
    const bool has_body =
        request.method != "HEAD" && response.status != 204 && response.status != 304;
    if (!has_body) return {};
    return is_chunked ? read_chunks(request, response) : read_body(request, response, length);
}

std::string HttpClient::request_head(const ClientRequest& request) const {
    std::string head = request.method + ' ' + url_.target + request.target + " HTTP/1.1\r\nHost: ";
    head += url_.host.find(':') == std::string::npos ? url_.host : '[' + url_.host + ']';
    head += ':' + std::to_string(url_.port) + "\r\n";
    for (const auto* headers : {&options_.headers, &request.headers}) {
        for (const auto& header : *headers) head += header.name + ": " + header.value + "\r\n";
    }
    if (request.source) {
        head += "Transfer-Encoding: chunked\r\n";
    } else if (!request.body.empty() || request.method == "POST" || request.method == "PUT") {
        head += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
    }
    head += "\r\n";
    return head;
}

/// Sends bytes; stops without an error once the server has begun to answer, because it may have
/// refused the request and read no further.
Status HttpClient::write(std::string_view bytes) {
    if (tls_) {
        TL_TRY(tls_->send(bytes, wire_out_));
    } else {
        wire_out_ += bytes;
    }
    return flush_wire();
}

Status HttpClient::flush_wire() {
    size_t from = 0;
    while (from < wire_out_.size()) {
        const ssize_t sent =
            ::send(socket_.fd(), wire_out_.data() + from, wire_out_.size() - from, MSG_NOSIGNAL);
        if (sent >= 0) {
            from += static_cast<size_t>(sent);
            continue;
        }
        if (errno == EINTR) continue;
        if ((errno == EPIPE || errno == ECONNRESET) && !inbox_.empty()) break;
        if (errno != EAGAIN) return system_error("send");
        TL_TRY_ASSIGN(const short ready,
                      wait_for(socket_.fd(), POLLIN | POLLOUT, options_.timeout));
        if ((ready & POLLOUT) != 0) continue;
        const std::string unsent = std::exchange(wire_out_, {}).substr(from);
        from = 0;
        TL_TRY(read_more());
        wire_out_ = unsent + wire_out_;
        if (!inbox_.empty() || has_ended_) {
            keeps_alive_ = false;
            break;
        }
    }
    wire_out_.clear();
    return {};
}

Status HttpClient::write_source(const ClientRequest& request) {
    std::string piece(kReadBytes, '\0');
    for (;;) {
        TL_TRY_ASSIGN(const size_t size, request.source(piece.data(), piece.size()));
        char length[20];
        const auto end = std::to_chars(length, length + sizeof length, size, 16).ptr;
        std::string chunk(length, end);
        chunk += "\r\n";
        chunk.append(piece, 0, size);
        chunk += "\r\n";
        TL_TRY(write(chunk));
        if (size == 0) return {};
        // An answer before the end of the body is a refusal.
        pollfd peek{.fd = socket_.fd(), .events = POLLIN, .revents = 0};
        if (poll(&peek, 1, 0) == 1) TL_TRY(read_more());
        if (!inbox_.empty() || has_ended_) {
            keeps_alive_ = false;
            return {};
        }
    }
}

/// Waits for bytes and adds what they say to inbox_.
Status HttpClient::read_more() {
    TL_TRY(wait_for(socket_.fd(), POLLIN, options_.timeout));
    char buffer[kReadBytes];
    const ssize_t got = recv(socket_.fd(), buffer, sizeof buffer, 0);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return {};
    if (got < 0) return system_error("receive");
    has_ended_ = got == 0;
    const std::string_view bytes(buffer, static_cast<size_t>(got));
    if (!tls_) {
        inbox_ += bytes;
        return {};
    }
    const Status status = tls_->receive(bytes, inbox_, wire_out_);
    if (!wire_out_.empty()) TL_TRY(flush_wire());
    return status;
}

Status HttpClient::read_head(HttpResponse& response, uint64_t& length, bool& is_chunked) {
    HeadFinder finder;
    size_t size = 0;
    while ((size = finder.find(inbox_)) == 0) {
        if (has_ended_) return cut_short();
        if (inbox_.size() > kHeadBytesMax) return not_http();
        TL_TRY(read_more());
    }
    const std::string head = inbox_.substr(0, size - 2);
    inbox_.erase(0, size);
    size_t at = head.find("\r\n") + 2;
    TL_TRY_ASSIGN(const int status, parse_status_line(std::string_view(head).substr(0, at - 2)));
    response = {.status = status};
    length = kUntilEnd;
    is_chunked = false;
    while (at < head.size()) {
        const size_t end = head.find("\r\n", at);
        std::string_view name;
        std::string_view value;
        if (!split_header_line(std::string_view(head).substr(at, end - at), name, value)) {
            return not_http();
        }
        at = end + 2;
        response.headers.push_back({std::string(name), std::string(value)});
        if (equals_ignoring_case(name, "content-type")) response.content_type = value;
        if (equals_ignoring_case(name, "transfer-encoding"))
            is_chunked = has_token(value, "chunked");
        if (equals_ignoring_case(name, "connection") && has_token(value, "close")) {
            keeps_alive_ = false;
        }
        if (!equals_ignoring_case(name, "content-length")) continue;
        const auto parsed = parse_content_length(value);
        if (!parsed) return not_http();
        length = *parsed;
    }
    return {};
}

Status HttpClient::take_body(const ClientRequest& request, HttpResponse& response,
                             std::string_view bytes) {
    if (request.on_body) {
        if (request.on_body(bytes)) return {};
        return Error{Code::Cancelled, "http: not wanted any more"};
    }
    if (response.body.size() + bytes.size() > options_.body_bytes_max) {
        return Error::exhausted("http: the answer is larger than " +
                                std::to_string(options_.body_bytes_max) + " bytes");
    }
    response.body += bytes;
    return {};
}

Status HttpClient::read_body(const ClientRequest& request, HttpResponse& response,
                             uint64_t length) {
    if (length == kUntilEnd) keeps_alive_ = false;
    while (length > 0) {
        const std::string_view bytes =
            std::string_view(inbox_).substr(0, std::min<uint64_t>(length, inbox_.size()));
        if (!bytes.empty()) TL_TRY(take_body(request, response, bytes));
        if (length != kUntilEnd) length -= bytes.size();
        inbox_.erase(0, bytes.size());
        if (length == 0) break;
        if (has_ended_) {
            if (length == kUntilEnd) break;
            return cut_short();
        }
        TL_TRY(read_more());
    }
    return {};
}

Status HttpClient::read_chunks(const ClientRequest& request, HttpResponse& response) {
    ChunkedDecoder decoder;
    for (;;) {
        std::string_view in = inbox_;
        std::string_view piece;
        const auto state = decoder.next(in, piece);
        if (state == ChunkedDecoder::State::Bad) return not_http();
        if (state == ChunkedDecoder::State::Data) TL_TRY(take_body(request, response, piece));
        inbox_.erase(0, inbox_.size() - in.size());
        if (state == ChunkedDecoder::State::Done) return {};
        if (state == ChunkedDecoder::State::Data) continue;
        if (has_ended_) return cut_short();
        TL_TRY(read_more());
    }
}

Result<HttpResponse> HttpClient::get(std::string target) {
    return send({.method = "GET", .target = std::move(target)});
}

Result<HttpResponse> HttpClient::post(std::string target, std::string_view body,
                                      std::vector<Header> headers) {
    return send({.method = "POST",
                 .target = std::move(target),
                 .headers = std::move(headers),
                 .body = body});
}

Result<HttpResponse> HttpClient::put(std::string target, std::string_view body,
                                     std::vector<Header> headers) {
    return send({.method = "PUT",
                 .target = std::move(target),
                 .headers = std::move(headers),
                 .body = body});
}

Result<HttpResponse> HttpClient::del(std::string target) {
    return send({.method = "DELETE", .target = std::move(target)});
}

Result<HttpResponse> HttpClient::post_file(std::string target, const std::string& path,
                                           std::vector<Header> headers) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return Error::not_found("http: file: cannot be opened");
    const auto source = [&file](char* into, size_t room) -> Result<size_t> {
        file.read(into, static_cast<std::streamsize>(room));
        if (file.bad()) return Error::unavailable("http: file: cannot be read");
        return static_cast<size_t>(file.gcount());
    };
    return send({.method = "POST",
                 .target = std::move(target),
                 .headers = std::move(headers),
                 .source = source});
}

}  // namespace throughline::net
