// Percent coding, queries, paths and URLs.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "net/url.h"

using namespace throughline::net;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::string decoded = percent_decode(text, PlusSign::Space);
    TL_ASSERT(decoded.size() <= text.size());
    std::string encoded;
    append_percent_encoded(encoded, text);
    TL_ASSERT(percent_decode(encoded, PlusSign::Space) == text);

    for (const auto& param : parse_query(text)) {
        TL_ASSERT(param.name.size() + param.value.size() <= text.size());
    }
    for (const auto& segment : parse_path(text)) TL_ASSERT(segment.size() <= text.size());
    if (const auto url = parse_url(text)) {
        TL_ASSERT(!url.value().host.empty() && url.value().port != 0);
        TL_ASSERT(url.value().target.starts_with('/'));
    }
    return 0;
}
