// Base64, standard and URL-safe, padded or not.
//
// Layer 0. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace throughline {

/// Nothing when `text` holds other characters or has an impossible length.
std::optional<std::string> decode_base64(std::string_view text);
std::string encode_base64(std::string_view bytes);

}  // namespace throughline
