#include "net/inflate.h"

#include <zlib.h>

#include <array>
#include <cstring>
#include <limits>

namespace throughline::net {

namespace {

constexpr int kWindowBits = 15;
constexpr int kGzip = 16;  // Added to the window bits (zlib.h, inflateInit2).

bool is_gzip_start(std::string_view two) {
    return two == "\x1f\x8b";
}

bool is_zlib_start(std::string_view two) {
    const unsigned first = static_cast<unsigned char>(two[0]);
    const unsigned second = static_cast<unsigned char>(two[1]);
    return (first & 0x0f) == Z_DEFLATED && (first >> 4) <= 7 && (first * 256 + second) % 31 == 0;
}

Error damaged() {
    return Error::invalid("body: compressed data is damaged");
}

}  // namespace

struct Inflater::Stream {
    Stream() = default;
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;
    ~Stream() {
        if (is_open) inflateEnd(&z);
    }

    z_stream z{};
    bool is_open = false;
    std::array<char, 32 * 1024> out;
};

Inflater::Inflater(InflateLimits limits) : limits_(limits), stream_(std::make_unique<Stream>()) {}
Inflater::~Inflater() = default;

Status Inflater::start() {
    is_started_ = true;
    is_gzip_ = is_gzip_start(start_);
    int bits = -kWindowBits;
    if (is_gzip_)
        bits = kWindowBits + kGzip;
    else if (is_zlib_start(start_))
        bits = kWindowBits;
    has_header_ = bits > 0;
    if (inflateInit2(&stream_->z, bits) != Z_OK) {
        return Error::unavailable("body: no memory to inflate it");
    }
    stream_->is_open = true;
    return {};
}

Status Inflater::write(std::string_view input, const Sink& sink) {
    if (input.size() > std::numeric_limits<uInt>::max()) {
        return Error::invalid("body: a piece is larger than 4 GiB");
    }
    input_bytes_ += input.size();
    if (!is_started_) {
        const size_t taken = std::min(input.size(), 2 - start_.size());
        start_ += input.substr(0, taken);
        input.remove_prefix(taken);
        if (start_.size() < 2) return {};
        TL_TRY(start());
        stream_->z.next_in = reinterpret_cast<Bytef*>(start_.data());
        stream_->z.avail_in = static_cast<uInt>(start_.size());
        TL_TRY(inflate_pending(sink));
    }
    // zlib does not write through next_in.
    stream_->z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
    stream_->z.avail_in = static_cast<uInt>(input.size());
    return inflate_pending(sink);
}

Status Inflater::inflate_pending(const Sink& sink) {
    z_stream& z = stream_->z;
    for (;;) {
        if (is_member_done_) {
            if (z.avail_in == 0) return {};
            // RFC 1952 2.2: a gzip file is a row of members.
            if (!is_gzip_ || inflateReset(&z) != Z_OK) return damaged();
            is_member_done_ = false;
        }
        z.next_out = reinterpret_cast<Bytef*>(stream_->out.data());
        z.avail_out = static_cast<uInt>(stream_->out.size());
        const int outcome = ::inflate(&z, Z_NO_FLUSH);
        TL_TRY(deliver(stream_->out.size() - z.avail_out, sink));
        if (outcome == Z_STREAM_END) {
            is_member_done_ = true;
            continue;
        }
        if (outcome == Z_BUF_ERROR) return {};  // Nothing to do: needs more input.
        if (outcome != Z_OK) return damaged();
        if (z.avail_in == 0 && z.avail_out > 0) return {};
    }
}

Status Inflater::deliver(size_t bytes, const Sink& sink) {
    if (bytes == 0) return {};
    output_bytes_ += bytes;
    if (output_bytes_ > limits_.bytes_max) {
        return Error::exhausted("body: larger than " + std::to_string(limits_.bytes_max) +
                                " bytes when inflated");
    }
    if (output_bytes_ > limits_.ratio_from_bytes &&
        output_bytes_ / limits_.ratio_max > input_bytes_) {
        return Error::invalid("body: inflates to more than " + std::to_string(limits_.ratio_max) +
                              " times its size");
    }
    if (!sink({stream_->out.data(), bytes})) {
        return Error{Code::Cancelled, "body: not wanted any more"};
    }
    return {};
}

Status Inflater::finish() const {
    if (!is_member_done_) return Error::invalid("body: compressed data is cut short");
    return {};
}

Result<std::string> inflate(std::string_view input, const InflateLimits& limits) {
    std::string out;
    Inflater inflater(limits);
    TL_TRY(inflater.write(input, [&](std::string_view piece) {
        out += piece;
        return true;
    }));
    TL_TRY(inflater.finish());
    return out;
}

std::string gzip(std::string_view input, int level) {
    z_stream z{};
    constexpr int kMemoryLevel = 8;  // zlib's default.
    TL_ASSERT(deflateInit2(&z, level, Z_DEFLATED, kWindowBits + kGzip, kMemoryLevel,
                           Z_DEFAULT_STRATEGY) == Z_OK);
    TL_ASSERT(input.size() <= std::numeric_limits<uInt>::max());
    std::string out(deflateBound(&z, input.size()), '\0');
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
    z.avail_in = static_cast<uInt>(input.size());
    z.next_out = reinterpret_cast<Bytef*>(out.data());
    z.avail_out = static_cast<uInt>(out.size());
    TL_ASSERT(deflate(&z, Z_FINISH) == Z_STREAM_END);
    out.resize(z.total_out);
    deflateEnd(&z);
    return out;
}

}  // namespace throughline::net
