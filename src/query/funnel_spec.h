// The `funnel` question, read and checked.
//
//   {"kind":"funnel","from":"-30d","to":...,"timezone":...,"known":false,"where":...,
//    "steps":[{"event":"Product Viewed","where":...,"label":...,"optional":false}, ...],
//    "window":"7d","order":"ordered","ties":"in_step_order","count":"people",
//    "hold":["order_id"],"exclusions":[{"event":"Order Cancelled","from_step":1,"to_step":2}],
//    "breakdown":{"property":"plan","at":"first","limit":10}}
//
// All steps happen in the range. `where` restricts the events looked at. Steps are numbered from 1,
// as people count them. README.md tells what order, ties, count, hold and exclusions mean.
//
// Layer 4. Immutable.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "query/funnel.h"
#include "query/question.h"
#include "query/session_rows.h"

namespace throughline::query {

inline constexpr size_t kHoldMax = 4;
inline constexpr size_t kExclusionsMax = 10;
inline constexpr int64_t kLinesMax = 50;  // Values of a breakdown that are answered.

/// Whose value of the breakdown counts.
enum class ValueAt : uint8_t { First, Last, Step };

struct FunnelBreakdown {
    size_t dimension = 0;  // Of the pass.
    ValueAt at = ValueAt::First;
    size_t step = 0;  // Of ValueAt::Step, from 0.
    size_t limit = 0;
};

struct FunnelSpec {
    enum class Count : uint8_t { People, Sessions, Totals };

    Range range;
    Pass pass = {};
    FunnelShape shape = {};
    std::vector<std::string> labels = {};
    Count count = Count::People;
    std::vector<size_t> hold = {};  // Dimensions of the pass.
    std::optional<FunnelBreakdown> breakdown = {};
    SessionRows sessions = {};  // Of Count::Sessions.
    Micros end = 0;             // Until when events were looked for: the end of the range, or now.
};

/// Errors: InvalidArgument naming the field, also for a field it does not know.
Result<FunnelSpec> parse_funnel(model::DocView query, const QuestionDefaults& defaults,
                                const SessionRules& rules);

std::string_view funnel_order_name(FunnelOrder order);
std::string_view ties_name(Ties ties);

}  // namespace throughline::query
