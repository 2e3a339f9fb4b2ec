// The `trend` question, read and checked: nothing that runs it can fail on its form.
//
// Layer 4. Immutable.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/event.h"
#include "query/predicate.h"
#include "query/question_fields.h"

namespace throughline::query {

inline constexpr size_t kSeriesMax = 20;

enum class Measure : uint8_t { Events, People, Sum, Average, Quantile };
enum class BreakdownKind : uint8_t { None, Property, Source, Event, Type };

struct SeriesSpec {
    std::string label;
    std::optional<std::string> event;      // Name; none: every name.
    std::optional<model::EventType> type;  // None: every type.
    Measure measure = Measure::Events;
    PropertyPath property;  // Of Sum, Average and Quantile.
    double share = 0;       // Of Quantile: 0.5 for p50.
    Predicate where;

    bool adds_up() const { return measure == Measure::Sum || measure == Measure::Average; }
    bool reads_number() const { return adds_up() || measure == Measure::Quantile; }
};

struct TrendSpec {
    Micros from = 0;
    Micros to = 0;
    std::string timezone;
    std::string interval_name;
    std::vector<Micros> intervals;  // Where each begins; the first may begin before `from`.
    bool known_only = false;
    Predicate where;
    BreakdownKind breakdown = BreakdownKind::None;
    PropertyPath breakdown_property;
    std::vector<SeriesSpec> series;
};

/// Errors: InvalidArgument naming the field, also for a field it does not know.
Result<TrendSpec> parse_trend(model::DocView query, const QuestionDefaults& defaults);

}  // namespace throughline::query
