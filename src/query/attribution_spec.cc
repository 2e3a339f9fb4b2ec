#include "query/attribution_spec.h"

#include <algorithm>
#include <array>

namespace throughline::query {

using model::DocView;

namespace {

constexpr std::array<std::string_view, 9> kByNames = {
    "channel", "media", "place", "source", "medium", "campaign", "asset", "term", "referrer"};

Result<Condition> parse_qualified(DocView condition, const std::string& field) {
    static constexpr std::string_view kKeys[] = {"event", "type", "where"};
    TL_TRY_ASSIGN(const Condition parsed, parse_condition(condition, field));
    TL_TRY(check_keys(condition, kKeys, field + "."));
    return parsed;
}

Status parse_conversion(DocView conversion, AttributionSpec& spec) {
    static constexpr std::string_view kKeys[] = {"event", "type", "where", "value"};
    if (!conversion.is_object()) return Error::invalid("query: conversion: must be an object");
    TL_TRY(check_keys(conversion, kKeys, "query: conversion."));
    TL_TRY_ASSIGN(spec.conversion, parse_condition(conversion, "query: conversion"));
    if (!spec.conversion.event && !spec.conversion.type) {
        return Error::invalid("query: conversion.event: must be the name of an event");
    }
    const DocView value = conversion.find("value");
    if (value.is_missing() || value.is_null()) return Status::ok();
    TL_TRY_ASSIGN(spec.value, PropertyPath::parse(value, "query: conversion.value"));
    return Status::ok();
}

Status parse_models(DocView models, AttributionSpec& spec) {
    if (models.is_missing() || models.is_null()) {
        spec.models = {Model::First, Model::Last, Model::LastNonDirect};
        return Status::ok();
    }
    if (!models.is_array()) return Error::invalid("query: models: must be a list");
    for (const DocView item : models.items()) {
        const std::string_view name = item.as_string();
        const std::string field = "query: models[" + std::to_string(spec.models.size()) + "]";
        if (name == "markov" || name == "shapley") {
            return Error::invalid(field + ": " + std::string(name) + " is not supported yet");
        }
        const auto model = model_named(name);
        if (!model) {
            return Error::invalid(
                field + ": must be one of first last last_non_direct linear position time_decay");
        }
        if (std::ranges::find(spec.models, *model) != spec.models.end()) {
            return Error::invalid(field + ": stands there twice");
        }
        spec.models.push_back(*model);
    }
    if (spec.models.empty()) return Error::invalid("query: models: need at least 1");
    return Status::ok();
}

Status add_by(DocView name, AttributionSpec& spec) {
    const std::string_view text = name.as_string() == "content" ? "asset" : name.as_string();
    const auto found = std::ranges::find(kByNames, text);
    if (found == kByNames.end()) {
        return Error::invalid(
            "query: by: must be of channel media place source medium campaign asset term "
            "referrer");
    }
    const auto by = static_cast<By>(found - kByNames.begin());
    if (std::ranges::find(spec.by, by) != spec.by.end()) {
        return Error::invalid("query: by: " + std::string(text) + " stands there twice");
    }
    if (spec.by.size() == kByMax) return Error::invalid("query: by: at most 3");
    spec.by.push_back(by);
    return Status::ok();
}

Status parse_by(DocView by, AttributionSpec& spec) {
    if (by.is_missing() || by.is_null()) {
        spec.by = {By::Channel};
        return Status::ok();
    }
    if (!by.is_array()) return add_by(by, spec);
    for (const DocView item : by.items()) TL_TRY(add_by(item, spec));
    if (spec.by.empty()) return Error::invalid("query: by: need at least 1");
    return Status::ok();
}

Status parse_lengths(DocView query, AttributionSpec& spec) {
    TL_TRY_ASSIGN(const auto lookback, text_of(query, "lookback", "query: "));
    TL_TRY_ASSIGN(const auto half_life, text_of(query, "half_life", "query: "));
    if (lookback) {
        TL_TRY_ASSIGN(spec.lookback, parse_duration(*lookback, "query: lookback"));
    }
    if (half_life) {
        TL_TRY_ASSIGN(spec.half_life, parse_duration(*half_life, "query: half_life"));
    }
    return Status::ok();
}

}  // namespace

std::string_view by_name(By by) {
    return kByNames[static_cast<size_t>(by)];
}

Result<AttributionSpec> parse_attribution(DocView query, const QuestionDefaults& defaults,
                                          std::string_view qualified) {
    static constexpr std::string_view kKeys[] = {
        "kind",   "from", "to",       "timezone",  "known",     "where",      "conversion",
        "models", "by",   "lookback", "half_life", "qualified", "as_known_at"};
    if (!query.is_object()) return Error::invalid("query: must be an object");
    TL_TRY(check_keys(query, kKeys, "query: "));
    TL_TRY_ASSIGN(Range range, parse_range(query, defaults));
    AttributionSpec spec{.range = std::move(range),
                         .where = {},
                         .conversion = {},
                         .value = {},
                         .qualified = {},
                         .models = {},
                         .by = {}};
    TL_TRY_ASSIGN(spec.known_only, parse_known(query, true));
    TL_TRY_ASSIGN(spec.where, Predicate::compile(query.find("where"), "query: where"));
    TL_TRY(parse_conversion(query.find("conversion"), spec));
    TL_TRY(parse_models(query.find("models"), spec));
    TL_TRY(parse_by(query.find("by"), spec));
    TL_TRY(parse_lengths(query, spec));
    const DocView own = query.find("qualified");
    if (!own.is_missing() && !own.is_null()) {
        TL_TRY_ASSIGN(spec.qualified, parse_qualified(own, "query: qualified"));
    } else if (!qualified.empty()) {
        TL_TRY_ASSIGN(spec.qualified, parse_qualified(DocView(qualified), "settings: qualified"));
    }
    return spec;
}

Status check_qualified(DocView condition) {
    TL_TRY_ASSIGN(const Condition parsed, parse_qualified(condition, "settings: qualified"));
    if (parsed == Condition{}) return Error::invalid("settings: qualified: event: need its name");
    return Status::ok();
}

}  // namespace throughline::query
