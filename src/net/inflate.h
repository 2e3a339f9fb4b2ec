// Inflating bodies that came from outside, with a bound on what they may become.
//
// The format is told by the bytes: gzip (also several members in a row), zlib, else raw deflate,
// because clients send all three under `Content-Encoding: deflate`. A body is good only when its
// stream is whole: one cut short is an error, and so are bytes behind its end.
//
// Layer 1. Inflater: used by one thread at a time. Cost: that of zlib.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace throughline::net {

struct InflateLimits {
    uint64_t bytes_max = 4 * 1024 * 1024;  // Of output.
    uint64_t ratio_max = 100;              // Output over input...
    // ...once there is more output than this: twice the 500 KB that SDKs put into a batch. Events
    // that repeat a large context compress better than 100 to 1, and a refusal would lose them.
    uint64_t ratio_from_bytes = 1024 * 1024;
};

/// Inflates a stream that arrives in pieces.
class Inflater {
public:
    /// Takes the next piece of output; false stops with an error.
    using Sink = std::function<bool(std::string_view)>;

    explicit Inflater(InflateLimits limits);
    ~Inflater();
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;

    /// Errors: InvalidArgument for damage or too high a ratio, ResourceExhausted beyond bytes_max,
    /// Cancelled when the sink refused. After an error the Inflater is of no further use.
    Status write(std::string_view input, const Sink& sink);

    /// Errors: InvalidArgument when the stream is not whole.
    Status finish() const;

    /// Whether the bytes so far begin as gzip or zlib do. Else they are taken for raw deflate, and
    /// what they inflate to before they turn out to be damaged says nothing.
    bool has_header() const { return has_header_; }

private:
    struct Stream;

    Status start();
    Status inflate_pending(const Sink& sink);
    Status deliver(size_t bytes, const Sink& sink);

    InflateLimits limits_;
    std::unique_ptr<Stream> stream_;
    std::string start_;  // The first bytes, until they tell the format.
    uint64_t input_bytes_ = 0;
    uint64_t output_bytes_ = 0;
    bool is_started_ = false;
    bool is_gzip_ = false;
    bool has_header_ = false;
    bool is_member_done_ = false;
};

/// Inflates a whole body.
Result<std::string> inflate(std::string_view input, const InflateLimits& limits);

/// Compresses as gzip; for tests, clients and responses.
std::string gzip(std::string_view input, int level = 6);

}  // namespace throughline::net
