// Dates as people write them, and as templates do.
//
// Layer 2. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "base/time.h"
#include "template/work.h"

namespace throughline::tmpl {

/// An instant and the clock it is shown on.
struct Moment {
    int64_t unix_ms = 0;
    int offset_minutes = 0;     // Ahead of UTC.
    std::string_view zone;      // Its name; empty if only the offset is known.
    std::string_view language;  // Of names of months and days.
};

/// Reads an instant: ISO 8601 (base/time.h), `March 14, 2016 10:30 PM`, `14 Mar 2016`, `3/14/2016`,
/// RFC 2822. Without a zone it is UTC. Units: milliseconds since 1970.
std::optional<int64_t> read_date(std::string_view text);

/// Writes a moment by a format of strftime, with the flags - _ 0 ^ # : and widths of Ruby.
void append_date(TextBuilder& out, const Moment& moment, std::string_view format);

}  // namespace throughline::tmpl
