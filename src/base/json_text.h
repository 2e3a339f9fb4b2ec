// Writing JSON text by hand: the two things that need care, strings and numbers.
//
// Layer 0. Pure.
#pragma once

#include <string>
#include <string_view>

namespace throughline {

/// Appends `text` quoted and escaped (RFC 8259). Bytes that are not UTF-8 become U+FFFD; `<`, `>`
/// and `&` stay as they are.
void append_json_string(std::string& out, std::string_view text);

/// Appends the shortest text that reads back as the same double; `null` for infinities and NaN.
void append_json_number(std::string& out, double number);

/// Appends a code point as UTF-8. Requires: no surrogate, at most U+10FFFF.
void append_utf8(std::string& out, char32_t c);

/// Returns how many bytes at the start of `text` form one valid UTF-8 character, or 0.
size_t utf8_character_size(std::string_view text);

/// Returns whether the whole text is valid UTF-8 (no surrogates, no overlong forms).
bool is_utf8(std::string_view text);

}  // namespace throughline
