// The little of Unicode that identifiers and names need; the only includer of utf8proc.
//
// Layer 1. Pure: nothing depends on the process's locale.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace throughline::model {

/// Returns the text without blanks at its ends and without control characters anywhere; of
/// invisible ones also the byte order mark and the zero-width space. Requires: UTF-8.
std::string trimmed_text(std::string_view text);

/// Returns the text in NFC with full case folding; `İ` and `I` are `i`, without a stray dot.
/// Nothing if it is not UTF-8.
std::optional<std::string> unicode_folded(std::string_view text);

/// Whose rules of upper and lower case: in Turkish and Azeri, i and I are two letters.
enum class Casing : uint8_t { Common, Turkic };

/// The casing of a language tag such as tr or az-AZ.
Casing casing_of(std::string_view language);

/// Upper and lower case by Unicode, ß as SS, a sigma at the end of a word as such. Requires: UTF-8.
std::string upper_case(std::string_view text, Casing casing);
std::string lower_case(std::string_view text, Casing casing);

/// Whether a character is a letter, a mark on one, or a decimal digit of any script.
bool is_letter_or_digit(char32_t character);

}  // namespace throughline::model
