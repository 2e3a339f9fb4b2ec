// Keys that cost one or two bytes in a packed document.
//
// The table is part of the stored format: entries are only ever appended, never moved or removed.
//
// Layer 1. Pure. Cost: one multiply and one compare.
#pragma once

#include <cstddef>
#include <string_view>

namespace throughline::model {

/// Returns the place of a well-known key in the table; -1 if it is none.
///
/// Not an optional: g++ 12 builds one on the stack from parts of two sizes, and reading it back as
/// one costs more than the look-up.
int well_known_key(std::string_view key);

/// Returns the key at a place; empty if there is none.
std::string_view well_known_key_at(size_t place);

}  // namespace throughline::model
