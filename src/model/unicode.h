// The little of Unicode that identifiers and names need; the only includer of utf8proc.
//
// Layer 1. Pure: nothing depends on the process's locale.
#pragma once

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

}  // namespace throughline::model
