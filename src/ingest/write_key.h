// Where a request may carry its write key.
//
// In order: Basic authorization (exactly one trailing colon is taken off: keys may hold colons),
// the X-Write-Key header, the query (`writeKey` or `writekey`), the body, a Bearer token. SDKs use
// every one of the first, third and fourth as their only place.
//
// Layer 6. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace throughline::ingest {

struct KeyFacts {
    std::string_view authorization;  // The header's value.
    std::string_view x_write_key;    // The header's value.
    std::string_view query_key;      // `writeKey` or `writekey`, percent-decoded.
    std::string_view body_key;       // RequestDecoder::body_write_key().
};

/// Returns the write key; empty if there is none.
std::string find_write_key(const KeyFacts& facts);

}  // namespace throughline::ingest
