// Numbers as files write them.
//
// Layer 6. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "model/doc.h"

namespace throughline::ingest {

/// Reads a decimal number of at most 18 digits exactly. `mark` is the decimal mark, `.` or `,`; the
/// other one, blanks and apostrophes may part groups of three. Nothing for anything else.
std::optional<model::Decimal> read_decimal(std::string_view text, char mark);

/// Returns a whole number (`17850.0` is one); nothing if there is a fraction.
std::optional<int64_t> whole_number(model::Decimal number);

/// Multiplies exactly; nothing past 18 digits.
std::optional<model::Decimal> multiply(model::Decimal a, model::Decimal b);

}  // namespace throughline::ingest
