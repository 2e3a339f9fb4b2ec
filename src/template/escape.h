// Values in the form that a channel takes.
//
// Layer 2. Pure. Cost: one pass.
#pragma once

#include <string_view>

#include "template/template.h"
#include "template/work.h"

namespace throughline::tmpl {

/// Appends a text with & < > " ' as entities.
void append_html_escaped(TextBuilder& out, std::string_view text);

/// Appends a text percent-encoded, but letters, digits, and what stands in `kept`.
void append_percent_encoded(TextBuilder& out, std::string_view text, std::string_view kept);

/// What encodeURIComponent leaves as it is, besides letters and digits.
inline constexpr std::string_view kUrlComponentMarks = "-_.!~*'()";

/// Appends a value as a channel takes it.
void append_escaped(TextBuilder& out, Value value, Escape escape);

}  // namespace throughline::tmpl
