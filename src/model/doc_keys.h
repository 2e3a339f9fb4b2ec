// Keys that cost one or two bytes in a packed document.
//
// The table is part of the stored format: entries are only ever appended, never moved or removed.
//
// Layer 1. Pure. Cost: one multiply and one compare.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace throughline::model {

/// Returns the place of a well-known key in the table.
std::optional<size_t> well_known_key(std::string_view key);

/// Returns the key at a place; empty if there is none.
std::string_view well_known_key_at(size_t place);

}  // namespace throughline::model
