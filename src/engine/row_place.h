// Where rows of lists stand: keys of ordered tables that end with a number and a key, and the
// cursors that pages are asked for with.
//
// Numbers are big-endian, so that rows stand in their order; times have their sign flipped.
//
// Layer 6. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/result.h"
#include "base/time.h"

namespace throughline::engine {

/// Bytes of a row's end: a number (a cause, a time) and the key of what is listed.
inline constexpr size_t kPlaceBytes = sizeof(uint64_t) + sizeof(Key128);

std::string key_bytes(const Key128& key);
std::string time_bytes(Micros time);
/// Requires: time_bytes.
Micros time_of_bytes(std::string_view bytes);
std::string identity_bytes(uint32_t identity);

/// The key that a row ends with. Requires: a row of at least so many bytes.
Key128 key_of_row(std::string_view row);

/// Cursors are the ends of rows in hexadecimal: of the last one looked at.
/// Requires: a place of kPlaceBytes.
std::string cursor_of_place(std::string_view place);
/// Errors: InvalidArgument for a cursor that is none.
Result<std::string> place_of_cursor(std::string_view cursor);

}  // namespace throughline::engine
