#include "net/http_parser.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace throughline::net {

namespace {

constexpr size_t kMethodBytesMax = 32;
constexpr size_t kIgnoredBytesMax = 8 * 1024;  // Chunk extensions and trailers of one message.
constexpr unsigned kChunkSizeDigitsMax = 15;   // Below 2^60: cannot overflow.

constexpr std::array<bool, 256> make_token_table() {
    std::array<bool, 256> table{};
    for (int c = '0'; c <= '9'; ++c) table[static_cast<size_t>(c)] = true;
    for (int c = 'a'; c <= 'z'; ++c) table[static_cast<size_t>(c)] = true;
    for (int c = 'A'; c <= 'Z'; ++c) table[static_cast<size_t>(c)] = true;
    for (const char c : std::string_view("!#$%&'*+-.^_`|~")) table[static_cast<size_t>(c)] = true;
    return table;
}
constexpr auto kToken = make_token_table();

bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return kToken[static_cast<unsigned char>(c)];
    });
}

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

HttpError bad(std::string_view message) {
    return {400, "bad_request", message};
}

Method method_of(std::string_view name) {
    if (name == "GET") return Method::Get;
    if (name == "POST") return Method::Post;
    if (name == "PUT") return Method::Put;
    if (name == "DELETE") return Method::Delete;
    if (name == "HEAD") return Method::Head;
    if (name == "OPTIONS") return Method::Options;
    if (name == "PATCH") return Method::Patch;
    return Method::Other;
}

Encoding encoding_of(std::string_view value) {
    if (value.empty() || equals_ignoring_case(value, "identity")) return Encoding::Identity;
    for (const std::string_view known : {"gzip", "x-gzip", "deflate"}) {
        if (equals_ignoring_case(value, known)) return Encoding::Compressed;
    }
    return Encoding::Unknown;
}

}  // namespace

size_t HeadFinder::find(std::string_view bytes) {
    // The last three bytes seen may begin the blank line.
    const size_t from = scanned_ > 3 ? scanned_ - 3 : 0;
    const size_t at = bytes.find("\r\n\r\n", from);
    scanned_ = bytes.size();
    return at == std::string_view::npos ? 0 : at + 4;
}

bool split_header_line(std::string_view line, std::string_view& name, std::string_view& value) {
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) return false;
    name = line.substr(0, colon);
    value = line.substr(colon + 1);
    while (!value.empty() && (value.front() == ' ' || value.front() == '\t'))
        value.remove_prefix(1);
    while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
    return is_token(name) && std::none_of(value.begin(), value.end(),
                                          [](char c) { return is_control(c) && c != '\t'; });
}

std::optional<uint64_t> parse_content_length(std::string_view text) {
    uint64_t length = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    if (length > static_cast<uint64_t>(INT64_MAX)) return std::nullopt;
    return length;
}

std::optional<HttpError> HeadParser::parse(std::string_view bytes, RequestHead& head,
                                           Framing& framing) const {
    if (bytes.size() > limits_.bytes_max) {
        return HttpError{431, "headers_too_large", "request: headers: too many bytes"};
    }
    head.bytes_.assign(bytes);
    head.headers_.clear();
    size_t at = 0;
    if (auto error = parse_request_line(head, at)) return error;
    if (auto error = parse_headers(head, at)) return error;
    return frame_request(head, framing);
}

std::optional<HttpError> HeadParser::parse_request_line(RequestHead& head, size_t& at) {
    const std::string_view all = head.bytes_;
    while (all.substr(at).starts_with("\r\n")) at += 2;  // RFC 9112 2.2: ignore empty lines.
    const size_t end = all.find("\r\n", at);
    if (end == std::string_view::npos) return bad("request: no request line");
    const std::string_view line = all.substr(at, end - at);

    const size_t first = line.find(' ');
    const size_t last = line.rfind(' ');
    if (first == std::string_view::npos || first == last) {
        return bad("request: the first line is not `method target version`");
    }
    const auto method = line.substr(0, first);
    const auto target = line.substr(first + 1, last - first - 1);
    const auto version = line.substr(last + 1);
    if (!is_token(method) || method.size() > kMethodBytesMax) {
        return bad("request: method: not a token");
    }
    if (target.empty() || std::any_of(target.begin(), target.end(),
                                      [](char c) { return is_control(c) || c == ' '; })) {
        return bad("request: target: is empty, or holds a blank or a control character");
    }
    if (version.size() != 8 || !version.starts_with("HTTP/") || version[6] != '.' ||
        version[5] < '0' || version[5] > '9' || version[7] < '0' || version[7] > '9') {
        return bad("request: version: not HTTP/1.0 or HTTP/1.1");
    }
    if (version[5] != '1') return HttpError{505, "version_not_supported", "request: not HTTP/1"};

    head.version_minor_ = version[7] == '0' ? 0 : 1;
    head.method_ = method_of(method);
    head.method_name_ = {static_cast<uint32_t>(at), static_cast<uint32_t>(method.size())};
    head.target_ = {static_cast<uint32_t>(at + first + 1), static_cast<uint32_t>(target.size())};
    at = end + 2;
    return parse_target(head);
}

/// Leaves path and query of an absolute-form target; refuses the forms that only proxies take.
std::optional<HttpError> HeadParser::parse_target(RequestHead& head) {
    const std::string_view target = head.target();
    if (target.starts_with('/')) return std::nullopt;
    if (target == "*" && head.method_ == Method::Options) return std::nullopt;
    const size_t scheme = target.find("://");
    if (scheme == std::string_view::npos ||
        (!equals_ignoring_case(target.substr(0, scheme), "http") &&
         !equals_ignoring_case(target.substr(0, scheme), "https"))) {
        return bad("request: target: neither a path nor an http url");
    }
    const size_t path = target.find('/', scheme + 3);
    if (path == std::string_view::npos) {
        return bad("request: target: a url without a path");
    }
    head.target_.at += static_cast<uint32_t>(path);
    head.target_.size -= static_cast<uint32_t>(path);
    return std::nullopt;
}

std::optional<HttpError> HeadParser::parse_headers(RequestHead& head, size_t at) const {
    const std::string_view all = head.bytes_;
    head.headers_.reserve(16);
    for (;;) {
        const size_t end = all.find("\r\n", at);
        if (end == std::string_view::npos) return bad("request: headers: no end");
        if (end == at) return std::nullopt;
        if (head.headers_.size() == limits_.headers_max) {
            return HttpError{431, "headers_too_large", "request: headers: too many"};
        }
        std::string_view name;
        std::string_view value;
        if (!split_header_line(all.substr(at, end - at), name, value)) {
            return bad("request: headers: a line is not `name: value`");
        }
        const auto span = [&](std::string_view part) {
            return RequestHead::Span{static_cast<uint32_t>(part.data() - all.data()),
                                     static_cast<uint32_t>(part.size())};
        };
        head.headers_.push_back({span(name), span(value)});
        at = end + 2;
    }
}

std::optional<HttpError> frame_request(const RequestHead& head, Framing& framing) {
    framing = {};
    framing.keeps_alive = head.version_minor() == 1;
    size_t hosts = 0;
    bool has_length = false;
    for (size_t i = 0; i < head.headers_count(); ++i) {
        const auto [name, value] = head.header_at(i);
        if (equals_ignoring_case(name, "content-length")) {
            const auto length = parse_content_length(value);
            if (!length || has_length) return bad("request: content-length: not one number");
            framing.content_length = *length;
            has_length = true;
        } else if (equals_ignoring_case(name, "transfer-encoding")) {
            if (head.version_minor() == 0) {
                return bad("request: transfer-encoding: not in HTTP/1.0");
            }
            if (framing.is_chunked || !equals_ignoring_case(value, "chunked")) {
                return HttpError{501, "not_implemented",
                                 "request: transfer-encoding: only chunked"};
            }
            framing.is_chunked = true;
        } else if (equals_ignoring_case(name, "host")) {
            ++hosts;
        } else if (equals_ignoring_case(name, "connection")) {
            if (has_token(value, "close"))
                framing.keeps_alive = false;
            else if (has_token(value, "keep-alive"))
                framing.keeps_alive = true;
        } else if (equals_ignoring_case(name, "expect")) {
            if (!equals_ignoring_case(value, "100-continue")) {
                return HttpError{417, "expectation_failed", "request: expect: only 100-continue"};
            }
            framing.expects_continue = head.version_minor() == 1;
        } else if (equals_ignoring_case(name, "content-encoding")) {
            framing.encoding = encoding_of(value);
        }
    }
    if (framing.is_chunked && has_length) {
        return bad("request: both content-length and transfer-encoding");
    }
    if (hosts > 1 || (hosts == 0 && head.version_minor() == 1)) {
        return bad("request: host: exactly one is needed");
    }
    return std::nullopt;
}

ChunkedDecoder::State ChunkedDecoder::next(std::string_view& in, std::string_view& data) {
    for (;;) {
        if (at_ == At::Done) return State::Done;
        if (at_ == At::Bad) return State::Bad;
        if (in.empty()) return State::NeedsMore;
        if (at_ == At::Payload) {
            data = in.substr(0, std::min<uint64_t>(size_, in.size()));
            in.remove_prefix(data.size());
            size_ -= data.size();
            if (size_ == 0) at_ = At::PayloadCr;
            return State::Data;
        }
        step(in.front());
        in.remove_prefix(1);
    }
}

void ChunkedDecoder::step(char c) {
    const auto expect = [&](char wanted, At then) { at_ = c == wanted ? then : At::Bad; };
    const auto ignore = [&] {
        // A line feed alone does not end a line; other readers might think it does.
        if (c == '\n' || ++ignored_bytes_ > kIgnoredBytesMax) at_ = At::Bad;
    };
    switch (at_) {
        case At::Size:
            return step_size(c);
        case At::Extension:
            return c == '\r' ? static_cast<void>(at_ = At::SizeLf) : ignore();
        case At::SizeLf:
            return c == '\n' ? end_size() : static_cast<void>(at_ = At::Bad);
        case At::PayloadCr:
            return expect('\r', At::PayloadLf);
        case At::PayloadLf:
            return expect('\n', At::Size);
        case At::TrailerStart:
            if (c == '\r') return static_cast<void>(at_ = At::EndLf);
            at_ = At::TrailerLine;
            return ignore();
        case At::TrailerLine:
            return c == '\r' ? static_cast<void>(at_ = At::TrailerLf) : ignore();
        case At::TrailerLf:
            return expect('\n', At::TrailerStart);
        case At::EndLf:
            return expect('\n', At::Done);
        case At::Payload:
        case At::Done:
        case At::Bad:
            return;
    }
}

void ChunkedDecoder::step_size(char c) {
    unsigned digit = 16;
    if (c >= '0' && c <= '9') digit = static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') digit = static_cast<unsigned>(c - 'a') + 10;
    if (c >= 'A' && c <= 'F') digit = static_cast<unsigned>(c - 'A') + 10;
    if (digit < 16 && digits_ < kChunkSizeDigitsMax) {
        size_ = size_ * 16 + digit;
        ++digits_;
    } else if (digits_ > 0 && c == '\r') {
        at_ = At::SizeLf;
    } else if (digits_ > 0 && (c == ';' || c == ' ' || c == '\t')) {
        at_ = At::Extension;
    } else {
        at_ = At::Bad;
    }
}

void ChunkedDecoder::end_size() {
    digits_ = 0;
    at_ = size_ == 0 ? At::TrailerStart : At::Payload;
}

}  // namespace throughline::net
