// What a channel or a campaign cost on a day.
//
// A sheet is a list of such costs, kept as one definition and replaced as a whole:
//
//   {"rows":[{"day":"2026-03-01","channel":"paid-search","campaign":"spring","cost":12.50,
//             "currency":"EUR"}]}
//
// or the same as text: {"csv":"day,channel,campaign,cost,currency\n2026-03-01,..."}. The costs of
// all sheets add up. Money is exact, and never added across currencies.
//
// Layer 4. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/doc.h"

namespace throughline::query {

inline constexpr size_t kCostRowsMax = 20'000;  // Of one sheet.

struct Cost {
    int64_t day = 0;       // Since 1970-01-01, in the zone of the question.
    std::string channel;   // Key or name of a channel, or what events call it.
    std::string campaign;  // Empty: of the channel as a whole.
    std::string currency;  // Empty: not stated.
    model::Decimal amount;
};

/// Reads a sheet. Errors: InvalidArgument: `costs: rows[3].day: ...`, `costs: csv: line 4: ...`.
Result<std::vector<Cost>> costs_from_doc(model::DocView sheet);

/// Writes costs as the `rows` of a sheet.
std::string costs_to_doc(const std::vector<Cost>& costs);

}  // namespace throughline::query
