#include "query/trend_spec.h"

#include <algorithm>
#include <span>

namespace throughline::query {

using model::DocView;

namespace {

struct KnownMeasure {
    std::string_view name;
    Measure measure;
    double share;
};

constexpr KnownMeasure kMeasures[] = {
    {"events", Measure::Events, 0},     {"people", Measure::People, 0},
    {"sessions", Measure::Sessions, 0}, {"sum", Measure::Sum, 0},
    {"avg", Measure::Average, 0},       {"p50", Measure::Quantile, 0.5},
    {"p90", Measure::Quantile, 0.9},    {"p99", Measure::Quantile, 0.99}};

Status parse_measure(DocView series, const std::string& field, SeriesSpec& spec, Pass& pass) {
    TL_TRY_ASSIGN(const auto measure, text_of(series, "measure", field + "."));
    const std::string name = measure.value_or("events");
    const auto known = std::ranges::find(kMeasures, name, &KnownMeasure::name);
    if (known == std::end(kMeasures)) {
        return Error::invalid(
            field + ".measure: must be one of events people sessions sum avg p50 p90 p99");
    }
    spec.measure = known->measure;
    spec.share = known->share;
    const DocView property = series.find("property");
    if (spec.reads_number()) {
        TL_TRY_ASSIGN(const auto path, PropertyPath::parse(property, field + ".property"));
        spec.number = pass.add_number(path, spec.match);
        spec.currency = pass.add({.kind = Dimension::Kind::Currency, .property = path}, spec.match);
    } else if (!property.is_missing() && !property.is_null()) {
        return Error::invalid(field + ".property: only sum, avg, p50, p90 and p99 take one");
    }
    return Status::ok();
}

Result<SeriesSpec> parse_series(DocView series, const Predicate& where, const std::string& field,
                                Pass& pass) {
    static constexpr std::string_view kKeys[] = {"event",    "type",  "measure",
                                                 "property", "where", "label"};
    if (!series.is_object()) return Error::invalid(field + ": must be an object");
    TL_TRY(check_keys(series, kKeys, field + "."));
    SeriesSpec spec;
    TL_TRY_ASSIGN(Condition condition, parse_condition(series, field));
    TL_TRY_ASSIGN(const auto type, text_of(series, "type", field + "."));
    TL_TRY_ASSIGN(const auto label, text_of(series, "label", field + "."));
    spec.label = label ? *label : condition.event ? *condition.event : type.value_or("all events");
    condition.where = Predicate::both(where, condition.where);
    spec.match = match_of(pass.add(std::move(condition)));
    TL_TRY(parse_measure(series, field, spec, pass));
    return spec;
}

Result<Dimension> trend_dimension(DocView breakdown) {
    static constexpr std::string_view kKeys[] = {"property", "trait", "source", "event", "type"};
    if (!breakdown.is_object()) return Error::invalid("query: breakdown: must be an object");
    TL_TRY(check_keys(breakdown, kKeys, "query: breakdown."));
    const auto fields = breakdown.fields();
    if (!(fields.begin() != fields.end()) || ++fields.begin() != fields.end()) {
        return Error::invalid(
            "query: breakdown: must be one of property, trait, source, event, type");
    }
    const model::DocField only = *fields.begin();
    Dimension dimension;
    if (only.key == "property") {
        TL_TRY_ASSIGN(dimension.property,
                      PropertyPath::parse(only.value, "query: breakdown.property"));
        return dimension;
    }
    if (only.key == "trait") return trait_dimension(only.value, "query: breakdown.trait");
    if (!only.value.as_bool()) {
        return Error::invalid("query: breakdown." + std::string(only.key) + ": must be true");
    }
    dimension.kind = only.key == "source"  ? Dimension::Kind::Source
                     : only.key == "event" ? Dimension::Kind::Event
                                           : Dimension::Kind::Type;
    return dimension;
}

Status parse_intervals(DocView query, TrendSpec& spec) {
    TL_TRY_ASSIGN(const auto interval_name, text_of(query, "interval", "query: "));
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
        return Error::invalid("query: interval: must be one of minute hour day week month");
    }
    auto intervals = spec.range.zone.intervals(spec.range.from, spec.range.to, interval->second);
    if (!intervals) return Error::invalid("query: interval: " + intervals.error().message);
    spec.intervals = std::move(intervals).value();
    return Status::ok();
}

// Sessions are made of all that people do, as far as the question's `where` lets it pass.
void add_sessions(const Predicate& where, const SessionRules& rules, TrendSpec& spec) {
    const bool are_asked = std::ranges::any_of(
        spec.series, [](const SeriesSpec& one) { return one.measure == Measure::Sessions; });
    if (are_asked) spec.sessions = SessionRows::add_to(spec.pass, where, rules);
}

}  // namespace

Result<TrendSpec> parse_trend(DocView query, const QuestionDefaults& defaults,
                              const SessionRules& rules) {
    static constexpr std::string_view kKeys[] = {"kind",        "from",     "to",    "timezone",
                                                 "as_known_at", "interval", "known", "where",
                                                 "breakdown",   "series"};
    if (!query.is_object()) return Error::invalid("query: must be an object");
    TL_TRY(check_keys(query, kKeys, "query: "));

    TL_TRY_ASSIGN(Range range, parse_range(query, defaults));
    TrendSpec spec{.range = std::move(range)};
    spec.pass.from = spec.range.from;
    spec.pass.to = spec.range.to;
    TL_TRY(parse_intervals(query, spec));
    TL_TRY_ASSIGN(spec.pass.known_only, parse_known(query, false));
    TL_TRY_ASSIGN(const Predicate where, Predicate::compile(query.find("where"), "query: where"));

    const DocView series = query.find("series");
    if (!series.is_array()) return Error::invalid("query: series: must be a list");
    Match counted = 0;
    for (const DocView item : series.items()) {
        if (spec.series.size() == kSeriesMax) {
            return Error::invalid("query: series: more than " + std::to_string(kSeriesMax));
        }
        const std::string field = "query: series[" + std::to_string(spec.series.size()) + "]";
        TL_TRY_ASSIGN(auto parsed, parse_series(item, where, field, spec.pass));
        counted |= parsed.match;
        spec.series.push_back(std::move(parsed));
    }
    if (spec.series.empty()) return Error::invalid("query: series: need at least 1");
    const DocView breakdown = query.find("breakdown");
    if (!breakdown.is_missing() && !breakdown.is_null()) {
        TL_TRY_ASSIGN(const Dimension dimension, trend_dimension(breakdown));
        spec.breakdown = spec.pass.add(dimension, counted);
    }
    add_sessions(where, rules, spec);
    return spec;
}

}  // namespace throughline::query
