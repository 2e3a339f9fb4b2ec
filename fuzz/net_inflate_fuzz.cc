// Inflating outside bytes: bounded, and the same however they arrive.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "net/inflate.h"

using namespace throughline::net;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const InflateLimits limits{.bytes_max = 1 << 20, .ratio_max = 100, .ratio_from_bytes = 4096};
    const auto whole = inflate(bytes, limits);
    if (whole) {
        TL_ASSERT(whole.value().size() <= limits.bytes_max);
        TL_ASSERT(inflate(gzip(whole.value(), 0), limits).value() == whole.value());
    }
    // In pieces the ratio may be judged earlier, so only success must agree.
    Inflater inflater(limits);
    std::string out;
    for (size_t at = 0; at < size; at += 7) {
        const auto status = inflater.write(bytes.substr(at, 7), [&](std::string_view piece) {
            out += piece;
            return true;
        });
        if (!status) return 0;
    }
    if (inflater.finish()) TL_ASSERT(whole && whole.value() == out);
    return 0;
}
