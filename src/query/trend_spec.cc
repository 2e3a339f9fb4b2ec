#include "query/trend_spec.h"

#include <algorithm>
#include <span>

namespace throughline::query {

using model::DocView;

namespace {

Status parse_measure(DocView series, const std::string& field, SeriesSpec& spec) {
    TL_TRY_ASSIGN(const auto measure, text_of(series, "measure", field + "."));
    struct Known {
        std::string_view name;
        Measure measure;
        double share;
    };
    static constexpr Known kMeasures[] = {
        {"events", Measure::Events, 0},  {"people", Measure::People, 0},
        {"sum", Measure::Sum, 0},        {"avg", Measure::Average, 0},
        {"p50", Measure::Quantile, 0.5}, {"p90", Measure::Quantile, 0.9},
        {"p99", Measure::Quantile, 0.99}};
    const std::string name = measure.value_or("events");
    const auto known = std::ranges::find(kMeasures, name, &Known::name);
    if (name == "sessions")
        return Error::invalid(field + ".measure: sessions is not supported yet");
    if (known == std::end(kMeasures)) {
        return Error::invalid(field + ".measure: must be one of events people sum avg p50 p90 p99");
    }
    spec.measure = known->measure;
    spec.share = known->share;
    const DocView property = series.find("property");
    if (spec.reads_number()) {
        TL_TRY_ASSIGN(spec.property, PropertyPath::parse(property, field + ".property"));
    } else if (!property.is_missing() && !property.is_null()) {
        return Error::invalid(field + ".property: only sum, avg, p50, p90 and p99 take one");
    }
    return Status::ok();
}

Result<SeriesSpec> parse_series(DocView series, const std::string& field) {
    static constexpr std::string_view kKeys[] = {"event",    "type",  "measure",
                                                 "property", "where", "label"};
    if (!series.is_object()) return Error::invalid(field + ": must be an object");
    TL_TRY(check_keys(series, kKeys, field + "."));
    SeriesSpec spec;
    TL_TRY_ASSIGN(const Condition condition, parse_condition(series, field));
    TL_TRY_ASSIGN(const auto type, text_of(series, "type", field + "."));
    TL_TRY_ASSIGN(const auto label, text_of(series, "label", field + "."));
    spec.event = condition.event;
    spec.type = condition.type;
    spec.where = condition.where;
    TL_TRY(parse_measure(series, field, spec));
    spec.label = label ? *label : spec.event ? *spec.event : type.value_or("all events");
    return spec;
}

Status parse_breakdown(DocView breakdown, TrendSpec& spec) {
    if (breakdown.is_missing() || breakdown.is_null()) return Status::ok();
    static constexpr std::string_view kKeys[] = {"property", "source", "event", "type"};
    if (!breakdown.is_object()) return Error::invalid("query: breakdown: must be an object");
    TL_TRY(check_keys(breakdown, kKeys, "query: breakdown."));
    const auto fields = breakdown.fields();
    if (!(fields.begin() != fields.end()) || ++fields.begin() != fields.end()) {
        return Error::invalid("query: breakdown: must be one of property, source, event, type");
    }
    const model::DocField only = *fields.begin();
    if (only.key == "property") {
        spec.breakdown = BreakdownKind::Property;
        TL_TRY_ASSIGN(spec.breakdown_property,
                      PropertyPath::parse(only.value, "query: breakdown.property"));
        return Status::ok();
    }
    if (!only.value.as_bool()) {
        return Error::invalid("query: breakdown." + std::string(only.key) + ": must be true");
    }
    spec.breakdown = only.key == "source"  ? BreakdownKind::Source
                     : only.key == "event" ? BreakdownKind::Event
                                           : BreakdownKind::Type;
    return Status::ok();
}

Status parse_intervals(DocView query, const Range& range, TrendSpec& spec) {
    TL_TRY_ASSIGN(const auto interval_name, text_of(query, "interval", "query: "));
    spec.from = range.from;
    spec.to = range.to;
    spec.timezone = range.timezone;

    static constexpr std::pair<std::string_view, Interval> kIntervals[] = {
        {"minute", Interval::Minute},
        {"hour", Interval::Hour},
        {"day", Interval::Day},
        {"week", Interval::Week},
        {"month", Interval::Month}};
    spec.interval_name = interval_name.value_or("day");
    const auto interval =
        std::find_if(std::begin(kIntervals), std::end(kIntervals),
                     [&](const auto& known) { return known.first == spec.interval_name; });
    if (interval == std::end(kIntervals)) {
        return Error::invalid("query: interval: must be one of hour day week month");
    }
    auto intervals = range.zone.intervals(spec.from, spec.to, interval->second);
    if (!intervals) return Error::invalid("query: interval: " + intervals.error().message);
    spec.intervals = std::move(intervals).value();
    return Status::ok();
}

}  // namespace

Result<TrendSpec> parse_trend(DocView query, const QuestionDefaults& defaults) {
    static constexpr std::string_view kKeys[] = {
        "kind", "from", "to", "timezone", "interval", "known", "where", "breakdown", "series"};
    if (!query.is_object()) return Error::invalid("query: must be an object");
    TL_TRY(check_keys(query, kKeys, "query: "));

    TrendSpec spec;
    TL_TRY_ASSIGN(const Range range, parse_range(query, defaults));
    TL_TRY(parse_intervals(query, range, spec));
    TL_TRY_ASSIGN(spec.known_only, parse_known(query, false));
    TL_TRY_ASSIGN(spec.where, Predicate::compile(query.find("where"), "query: where"));
    TL_TRY(parse_breakdown(query.find("breakdown"), spec));

    const DocView series = query.find("series");
    if (!series.is_array()) return Error::invalid("query: series: must be a list");
    for (const DocView item : series.items()) {
        if (spec.series.size() == kSeriesMax) {
            return Error::invalid("query: series: more than " + std::to_string(kSeriesMax));
        }
        const std::string field = "query: series[" + std::to_string(spec.series.size()) + "]";
        TL_TRY_ASSIGN(auto parsed, parse_series(item, field));
        spec.series.push_back(std::move(parsed));
    }
    if (spec.series.empty()) return Error::invalid("query: series: need at least 1");
    return spec;
}

}  // namespace throughline::query
