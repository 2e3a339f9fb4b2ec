// Phone numbers to E.164: `+` and digits.
//
// Own compact rules in place of libphonenumber (18 MB of static libraries): for each country the
// calling code, the digit dialled before national numbers, and how long these may be. It tells
// numbers from other text and brings the many ways to write one number together; it does not know
// which numbers are in service.
//
// Layer 1. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace throughline::model {

/// Returns the number in E.164, or nothing if it is none.
///
/// `region` (ISO 3166, upper case) says whose national numbers are meant; without one, or with one
/// that is not in the table, only international numbers (`+`, `00`) are understood.
/// Example: normalise_phone("0722 123 456", "RO") is "+40722123456".
std::optional<std::string> normalise_phone(std::string_view text, std::string_view region);

}  // namespace throughline::model
