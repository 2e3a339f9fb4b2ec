// Which lines a breakdown is answered in: the largest values, `none`, and `other`.
//
// Layer 4. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "query/values.h"

namespace throughline::query {

struct ValueSize {
    ValueCode code = kNoValue;
    uint64_t size = 0;
};

/// One answered line: the values it stands for.
struct ValueLine {
    std::vector<ValueCode> codes;
    bool is_other = false;
};

/// The `limit` largest values (of equal ones the first by text), then events without a value, then
/// all others in one line. At least one line.
std::vector<ValueLine> value_lines(std::vector<ValueSize> sizes, size_t limit,
                                   const Values& values);

/// Appends `"breakdown":"pro"`, null for no value, and `"other":true` for the rest.
void append_breakdown(std::string& out, const ValueLine& line, const Values& values);

/// What a cell's token says of the breakdown: nothing, `=pro`, or `!` for no value. None for the
/// line of all others, behind which there is no list.
std::optional<std::string> value_token(const ValueLine& line, const Values& values);

/// The value that a token names.
struct WantedValue {
    bool is_asked = false;                 // The token names one.
    std::optional<std::string> text = {};  // None: no value.
};
/// Reads the end of a token, which value_token() wrote. Errors: InvalidArgument.
Result<WantedValue> parse_value_token(std::string_view text);

}  // namespace throughline::query
