// The HTTP/1 grammar (RFC 9112) over bytes in memory: heads and chunked bodies.
//
// Strict where leniency lets two readers disagree about where a message ends (request smuggling):
// lines end in CRLF, no blank before a colon, no folded headers, Content-Length is digits and is
// sent once, never beside Transfer-Encoding, whose only value is `chunked`. A body's framing is
// decided here once (Framing) and nowhere else.
//
// Layer 1. Pure: no sockets, no clock. Cost: two passes over a head.
#pragma once

#include <cstdint>
#include <string_view>

#include "net/http.h"

namespace throughline::net {

/// A request we refuse, as status and machine-readable code.
struct HttpError {
    int status = 400;
    std::string_view code = "bad_request";
    std::string_view message;
};

enum class Encoding : unsigned char { Identity, Compressed, Unknown };

/// What a head says about the message.
struct Framing {
    bool is_chunked = false;
    uint64_t content_length = 0;  // 0 when chunked or absent.
    bool keeps_alive = true;
    bool expects_continue = false;
    Encoding encoding = Encoding::Identity;
    bool has_body() const { return is_chunked || content_length > 0; }
};

struct HeadLimits {
    size_t bytes_max = 16 * 1024;
    size_t headers_max = 100;
};

/// Finds the end of a head in a growing buffer without reading any byte twice.
class HeadFinder {
public:
    /// Returns the size of the head at the start of `bytes`, blank line included, or 0 while it is
    /// incomplete. Requires: `bytes` begins with what it began with at the last call.
    size_t find(std::string_view bytes);
    void reset() { scanned_ = 0; }

private:
    size_t scanned_ = 0;
};

class HeadParser {
public:
    explicit HeadParser(HeadLimits limits) : limits_(limits) {}

    /// Parses a whole request head, the blank line included, into `head` and `framing`. Returns
    /// nothing when it is good.
    std::optional<HttpError> parse(std::string_view bytes, RequestHead& head,
                                   Framing& framing) const;

private:
    static std::optional<HttpError> parse_request_line(RequestHead& head, size_t& at);
    static std::optional<HttpError> parse_target(RequestHead& head);
    std::optional<HttpError> parse_headers(RequestHead& head, size_t at) const;

    HeadLimits limits_;
};

/// Decides the framing of a request from its headers.
std::optional<HttpError> frame_request(const RequestHead& head, Framing& framing);

/// One `name: value` line without its CRLF; false when it is not one. Views into `line`.
bool split_header_line(std::string_view line, std::string_view& name, std::string_view& value);

/// Reads a Content-Length: digits only, below 2^63.
std::optional<uint64_t> parse_content_length(std::string_view text);

/// Takes a chunked body (RFC 9112 7.1) apart as it arrives. Chunk extensions and trailers are
/// bounded and thrown away.
class ChunkedDecoder {
public:
    enum class State : unsigned char { NeedsMore, Data, Done, Bad };

    /// Consumes bytes from the front of `in`. On Data, `data` is the next piece of the body: call
    /// again. On Done, `in` holds what follows the message.
    State next(std::string_view& in, std::string_view& data);

    void reset() { *this = ChunkedDecoder{}; }

private:
    enum class At : unsigned char {
        Size,
        Extension,
        SizeLf,
        Payload,
        PayloadCr,
        PayloadLf,
        TrailerStart,
        TrailerLine,
        TrailerLf,
        EndLf,
        Done,
        Bad
    };

    void step(char c);
    void step_size(char c);
    void end_size();

    At at_ = At::Size;
    uint64_t size_ = 0;         // Of the current chunk: what is left of it.
    unsigned digits_ = 0;       // Hex digits of the size line so far.
    size_t ignored_bytes_ = 0;  // Extensions and trailers so far.
};

}  // namespace throughline::net
