// Ids and names as they are sent: strings and numbers, with what does not belong in them removed.
//
// Layer 6. Pure.
#pragma once

#include <string>
#include <string_view>

#include "model/doc.h"

namespace throughline::ingest {

enum class SentText : uint8_t {
    Missing,  // Not there, null, or nothing left after cleaning.
    Present,
    Unusable,  // A boolean, array or object.
};

/// Reads text: control characters go, blanks at both ends go, a number is its JSON text. The result
/// points into `value`, or into `room` when something had to change.
SentText read_text(model::DocView value, std::string& room, std::string_view& text);

/// Whether every byte is a printable one of ASCII, blanks included. Cost: eight bytes at a time.
bool is_printable_ascii(std::string_view text);

/// Returns at most `bytes_max` bytes of the text, cut between characters.
std::string_view cut_text(std::string_view text, size_t bytes_max);

}  // namespace throughline::ingest
