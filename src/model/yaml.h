// YAML text to packed document: definitions as people write them by hand.
//
// Read is what JSON can say too, and nothing that surprises: a plain scalar is a number or boolean
// only where JSON would read it as one, `null` and `~` are null, all else is text: 09:00 and
// 2026-01-31, too. What YAML 1.1 and 1.2 read differently (yes, no, on, off, 012, 0x1f, .5, 1_000)
// is refused with what to write instead. Refused are also anchors, aliases, tags, several documents
// in one text, a key that stands twice, keys that are no text.
//
// Layer 1. Pure. Includes libyaml's scanner and parser, whose events bound nothing: depth and size
// are bounded here.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace throughline::model {

inline constexpr size_t kYamlBytesMax = 1 << 20;

/// Reads one YAML text; JSON is one, too. Errors: InvalidArgument with line and column.
Result<std::string> doc_from_yaml(std::string_view text);

}  // namespace throughline::model
