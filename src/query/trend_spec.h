// The `trend` question, read and checked: nothing that runs it can fail on its form.
//
// Layer 4. Immutable.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "query/question.h"
#include "query/session_rows.h"

namespace throughline::query {

inline constexpr size_t kSeriesMax = 20;

enum class Measure : uint8_t { Events, People, Sessions, Sum, Average, Quantile };

struct SeriesSpec {
    std::string label;
    Match match = 0;  // Of the pass.
    Measure measure = Measure::Events;
    double share = 0;     // Of Quantile: 0.5 for p50.
    size_t number = 0;    // Of the pass, for Sum, Average and Quantile,
    size_t currency = 0;  // and its dimension beside it.

    bool adds_up() const { return measure == Measure::Sum || measure == Measure::Average; }
    bool reads_number() const { return adds_up() || measure == Measure::Quantile; }
};

struct TrendSpec {
    Range range;
    Pass pass = {};  // Of more than the range where sessions are counted.
    std::string interval_name = {};
    std::vector<Micros> intervals = {};    // Where each begins; the first may begin before `from`.
    std::optional<size_t> breakdown = {};  // Dimension of the pass.
    std::vector<SeriesSpec> series = {};
    SessionRows sessions = {};
};

/// Errors: InvalidArgument naming the field, also for a field it does not know.
Result<TrendSpec> parse_trend(model::DocView query, const QuestionDefaults& defaults,
                              const SessionRules& rules);

}  // namespace throughline::query
