// SHA-256, for what others compute too: signatures of addresses and webhooks. For our own keys and
// checksums see hash.h.
//
// Layer 0. Pure.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace throughline {

/// 64 digits of lower-case hexadecimal.
std::string sha256_hex(std::string_view bytes);

/// The same of HMAC-SHA-256 (RFC 2104), under a key of any length.
std::string hmac_sha256_hex(std::string_view bytes, std::string_view key);

/// And its 32 bytes.
std::array<unsigned char, 32> hmac_sha256(std::string_view bytes, std::string_view key);

/// Whether two secrets are equal; how long it takes tells nothing but their sizes.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace throughline
