// SHA-256, for what others compute too: signatures of addresses and webhooks. For our own keys and
// checksums see hash.h.
//
// Layer 0. Pure.
#pragma once

#include <string>
#include <string_view>

namespace throughline {

/// 64 digits of lower-case hexadecimal.
std::string sha256_hex(std::string_view bytes);

/// The same of HMAC-SHA-256 (RFC 2104), under a key of any length.
std::string hmac_sha256_hex(std::string_view bytes, std::string_view key);

}  // namespace throughline
