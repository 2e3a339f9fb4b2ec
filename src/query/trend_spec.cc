#include "query/trend_spec.h"

#include <algorithm>
#include <span>

namespace throughline::query {

using model::DocView;

namespace {

// `prefix` is what stands before the name of a field in a message: `query: series[0].`.

/// Refuses keys that are not among `known`: a misspelt `where` must not answer for everybody.
Status check_keys(DocView object, std::span<const std::string_view> known,
                  const std::string& prefix) {
    for (const model::DocField& entry : object.fields()) {
        if (std::find(known.begin(), known.end(), entry.key) == known.end()) {
            return Error::invalid(prefix + std::string(entry.key) +
                                  ": not known here, or not supported yet");
        }
    }
    return Status::ok();
}

/// An optional text; null counts as absent.
Result<std::optional<std::string>> text_of(DocView object, std::string_view key,
                                           const std::string& prefix) {
    const DocView value = object.find(key);
    if (value.is_missing() || value.is_null()) return std::optional<std::string>();
    if (!value.is_string()) {
        return Error::invalid(prefix + std::string(key) + ": must be a text");
    }
    return std::optional<std::string>(value.as_string());
}

std::optional<model::EventType> type_named(std::string_view name) {
    for (const auto type :
         {model::EventType::Track, model::EventType::Identify, model::EventType::Page,
          model::EventType::Screen, model::EventType::Group, model::EventType::Alias}) {
        if (model::event_type_name(type) == name) return type;
    }
    return std::nullopt;
}

Status parse_measure(DocView series, const std::string& field, SeriesSpec& spec) {
    TL_TRY_ASSIGN(const auto measure, text_of(series, "measure", field + "."));
    const std::string name = measure.value_or("events");
    if (name == "events") {
        spec.measure = Measure::Events;
    } else if (name == "people") {
        spec.measure = Measure::People;
    } else if (name == "sum") {
        spec.measure = Measure::Sum;
    } else if (name == "avg") {
        spec.measure = Measure::Average;
    } else if (name == "sessions" || name == "p50" || name == "p90" || name == "p99") {
        return Error::invalid(field + ".measure: " + name + " is not supported yet");
    } else {
        return Error::invalid(field + ".measure: must be one of events people sum avg");
    }
    const DocView property = series.find("property");
    if (spec.adds_up()) {
        TL_TRY_ASSIGN(spec.property, PropertyPath::parse(property, field + ".property"));
    } else if (!property.is_missing() && !property.is_null()) {
        return Error::invalid(field + ".property: only sum and avg take one");
    }
    return Status::ok();
}

Result<SeriesSpec> parse_series(DocView series, const std::string& field) {
    static constexpr std::string_view kKeys[] = {"event",    "type",  "measure",
                                                 "property", "where", "label"};
    if (!series.is_object()) return Error::invalid(field + ": must be an object");
    TL_TRY(check_keys(series, kKeys, field + "."));
    SeriesSpec spec;
    TL_TRY_ASSIGN(spec.event, text_of(series, "event", field + "."));
    TL_TRY_ASSIGN(const auto type, text_of(series, "type", field + "."));
    TL_TRY_ASSIGN(const auto label, text_of(series, "label", field + "."));
    if (type) {
        spec.type = type_named(*type);
        if (!spec.type) {
            return Error::invalid(field +
                                  ".type: must be one of track identify page screen group alias");
        }
    } else if (spec.event) {
        spec.type = model::EventType::Track;  // A page may bear the name of an event.
    }
    TL_TRY(parse_measure(series, field, spec));
    TL_TRY_ASSIGN(spec.where, Predicate::compile(series.find("where"), field + ".where"));
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

Status parse_range(DocView query, const TrendDefaults& defaults, TrendSpec& spec) {
    TL_TRY_ASSIGN(const auto timezone, text_of(query, "timezone", "query: "));
    TL_TRY_ASSIGN(const auto from, text_of(query, "from", "query: "));
    TL_TRY_ASSIGN(const auto to, text_of(query, "to", "query: "));
    TL_TRY_ASSIGN(const auto interval_name, text_of(query, "interval", "query: "));
    spec.timezone = timezone.value_or(defaults.timezone);
    auto zone = Zone::find(spec.timezone);
    if (!zone) return Error::invalid("query: timezone: " + zone.error().message);

    auto start = zone->parse_time(from.value_or("-30d"), defaults.now);
    if (!start) return Error::invalid("query: from: " + start.error().message);
    auto end = to ? zone->parse_time(*to, defaults.now) : Result<Micros>(defaults.now);
    if (!end) return Error::invalid("query: to: " + end.error().message);
    if (*start >= *end) return Error::invalid("query: to: must be after from");
    spec.from = *start;
    spec.to = *end;

    static constexpr std::pair<std::string_view, Interval> kIntervals[] = {
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
    auto intervals = zone->intervals(spec.from, spec.to, interval->second);
    if (!intervals) return Error::invalid("query: interval: " + intervals.error().message);
    spec.intervals = std::move(intervals).value();
    return Status::ok();
}

}  // namespace

Result<TrendSpec> parse_trend(DocView query, const TrendDefaults& defaults) {
    static constexpr std::string_view kKeys[] = {
        "kind", "from", "to", "timezone", "interval", "known", "where", "breakdown", "series"};
    if (!query.is_object()) return Error::invalid("query: must be an object");
    const std::string kind(query.find("kind").as_string());
    if (kind != "trend") return Error::invalid("query: kind: only trend is supported yet");
    TL_TRY(check_keys(query, kKeys, "query: "));

    TrendSpec spec;
    TL_TRY(parse_range(query, defaults, spec));
    const DocView known = query.find("known");
    if (!known.is_missing() && known.type() != model::DocType::Bool) {
        return Error::invalid("query: known: must be true or false");
    }
    spec.known_only = known.as_bool();
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
