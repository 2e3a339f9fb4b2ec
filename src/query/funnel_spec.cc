#include "query/funnel_spec.h"

#include <algorithm>

namespace throughline::query {

using model::DocView;

namespace {

constexpr std::string_view kOrders[] = {"ordered", "strict", "any"};
constexpr std::string_view kTies[] = {"in_step_order", "strict"};
constexpr std::string_view kCounts[] = {"people", "sessions", "totals"};
constexpr std::string_view kValueAts[] = {"first", "last", "step"};
constexpr Micros kWindowUsual = 7 * kDay;
constexpr Micros kWindowMax = 366 * kDay;

/// Adds the rows that a step or an exclusion means to the pass.
Result<Match> add_condition(DocView object, const Predicate& where, const std::string& field,
                            Pass& pass) {
    TL_TRY_ASSIGN(Condition condition, parse_condition(object, field));
    condition.where = Predicate::both(where, condition.where);
    return match_of(pass.add(std::move(condition)));
}

Status parse_steps(DocView steps, const Predicate& where, FunnelSpec& spec) {
    static constexpr std::string_view kKeys[] = {"event", "type", "where", "label", "optional"};
    if (!steps.is_array()) return Error::invalid("query: steps: must be a list");
    for (const DocView step : steps.items()) {
        const std::string field = "query: steps[" + std::to_string(spec.labels.size()) + "]";
        if (spec.labels.size() == kFunnelStepsMax) {
            return Error::invalid("query: steps: more than " + std::to_string(kFunnelStepsMax));
        }
        if (!step.is_object()) return Error::invalid(field + ": must be an object");
        TL_TRY(check_keys(step, kKeys, field + "."));
        TL_TRY_ASSIGN(const auto label, text_of(step, "label", field + "."));
        TL_TRY_ASSIGN(const auto event, text_of(step, "event", field + "."));
        TL_TRY_ASSIGN(const bool is_optional, flag_of(step, "optional", field + "."));
        TL_TRY_ASSIGN(const Match match, add_condition(step, where, field, spec.pass));
        spec.shape.steps.push_back({match, is_optional});
        spec.labels.push_back(label.value_or(event.value_or("every event")));
    }
    if (spec.labels.empty()) return Error::invalid("query: steps: need at least 1");
    if (spec.shape.steps.front().is_optional || spec.shape.steps.back().is_optional) {
        return Error::invalid("query: steps: the first and the last cannot be optional");
    }
    return Status::ok();
}

/// The number of a required step (from 0) for a place among all steps (from 1).
Result<size_t> required_step(DocView exclusion, std::string_view key, size_t usual,
                             const std::string& field, const FunnelShape& shape) {
    const auto steps = static_cast<int64_t>(shape.steps.size());
    TL_TRY_ASSIGN(const int64_t place,
                  integer_of(exclusion, key, static_cast<int64_t>(usual), {1, steps}, field + "."));
    const auto step = static_cast<size_t>(place - 1);
    if (shape.steps[step].is_optional) {
        return Error::invalid(field + "." + std::string(key) + ": must not be an optional step");
    }
    size_t required = 0;
    for (size_t i = 0; i < step; ++i) required += !shape.steps[i].is_optional;
    return required;
}

Status parse_exclusions(DocView exclusions, const Predicate& where, FunnelSpec& spec) {
    static constexpr std::string_view kKeys[] = {"event", "type", "where", "from_step", "to_step"};
    if (exclusions.is_missing() || exclusions.is_null()) return Status::ok();
    if (!exclusions.is_array()) return Error::invalid("query: exclusions: must be a list");
    FunnelShape& shape = spec.shape;
    for (const DocView exclusion : exclusions.items()) {
        const std::string field =
            "query: exclusions[" + std::to_string(shape.exclusions.size()) + "]";
        if (shape.exclusions.size() == kExclusionsMax) {
            return Error::invalid("query: exclusions: more than " + std::to_string(kExclusionsMax));
        }
        if (!exclusion.is_object()) return Error::invalid(field + ": must be an object");
        TL_TRY(check_keys(exclusion, kKeys, field + "."));
        FunnelExclusion parsed;
        TL_TRY_ASSIGN(parsed.after, required_step(exclusion, "from_step", 1, field, shape));
        TL_TRY_ASSIGN(parsed.before,
                      required_step(exclusion, "to_step", shape.steps.size(), field, shape));
        if (parsed.after >= parsed.before) {
            return Error::invalid(field + ".to_step: must be after from_step");
        }
        const bool is_whole =
            exclusion.find("from_step").is_missing() && exclusion.find("to_step").is_missing();
        if (shape.order == FunnelOrder::Any && !is_whole) {
            return Error::invalid(field + ".from_step: steps in any order have no such place");
        }
        TL_TRY_ASSIGN(parsed.match, add_condition(exclusion, where, field, spec.pass));
        shape.exclusions.push_back(parsed);
    }
    return Status::ok();
}

Status parse_hold(DocView hold, FunnelSpec& spec) {
    if (hold.is_missing() || hold.is_null()) return Status::ok();
    if (!hold.is_array()) return Error::invalid("query: hold: must be a list");
    for (const DocView item : hold.items()) {
        const std::string field = "query: hold[" + std::to_string(spec.hold.size()) + "]";
        if (spec.hold.size() == kHoldMax) {
            return Error::invalid("query: hold: more than " + std::to_string(kHoldMax));
        }
        TL_TRY_ASSIGN(Dimension dimension, parse_dimension(item, field));
        dimension.use = Dimension::Use::Compare;
        spec.hold.push_back(spec.pass.add(dimension, ~Match{0}));
    }
    return Status::ok();
}

Status parse_breakdown(DocView breakdown, FunnelSpec& spec) {
    static constexpr std::string_view kKeys[] = {"property", "trait", "at", "step", "limit"};
    const std::string field = "query: breakdown";
    if (breakdown.is_missing() || breakdown.is_null()) return Status::ok();
    if (!breakdown.is_object()) return Error::invalid(field + ": must be an object");
    TL_TRY(check_keys(breakdown, kKeys, field + "."));
    FunnelBreakdown parsed;
    TL_TRY_ASSIGN(const Dimension dimension, breakdown_dimension(breakdown, field));
    TL_TRY_ASSIGN(const size_t at, choice_of(breakdown, "at", kValueAts, field + "."));
    parsed.at = static_cast<ValueAt>(at);
    const auto steps = static_cast<int64_t>(spec.labels.size());
    TL_TRY_ASSIGN(const int64_t step, integer_of(breakdown, "step", 1, {1, steps}, field + "."));
    parsed.step = static_cast<size_t>(step - 1);
    const bool has_step = !breakdown.find("step").is_missing();
    if (has_step != (parsed.at == ValueAt::Step)) {
        return Error::invalid(field + ".step: goes with at = step, and only with it");
    }
    TL_TRY_ASSIGN(const int64_t limit,
                  integer_of(breakdown, "limit", kLinesMax, {1, kLinesMax}, field + "."));
    parsed.limit = static_cast<size_t>(limit);
    Match of_steps = 0;
    for (const FunnelStep& one : spec.shape.steps) of_steps |= one.match;
    parsed.dimension = spec.pass.add(dimension, of_steps);
    spec.breakdown = parsed;
    return Status::ok();
}

Status check_order(const FunnelSpec& spec) {
    if (spec.shape.order != FunnelOrder::Any) return Status::ok();
    const bool has_optional = std::ranges::any_of(spec.shape.steps, &FunnelStep::is_optional);
    if (has_optional) return Error::invalid("query: order: any takes no optional steps");
    if (spec.shape.ties == Ties::Strict) {
        return Error::invalid("query: ties: mean nothing when steps come in any order");
    }
    return Status::ok();
}

}  // namespace

Result<FunnelSpec> parse_funnel(DocView query, const QuestionDefaults& defaults,
                                const SessionRules& rules) {
    static constexpr std::string_view kKeys[] = {
        "kind",  "from", "to",    "timezone", "known",      "where",     "steps",      "window",
        "order", "ties", "count", "hold",     "exclusions", "breakdown", "as_known_at"};
    TL_TRY(check_keys(query, kKeys, "query: "));
    TL_TRY_ASSIGN(Range range, parse_range(query, defaults));
    FunnelSpec spec{.range = std::move(range)};
    spec.pass.from = spec.range.from;
    spec.pass.to = spec.range.to;
    spec.end = std::max(spec.range.from, std::min(spec.range.to, defaults.now));
    TL_TRY_ASSIGN(spec.pass.known_only, flag_of(query, "known", "query: "));
    TL_TRY_ASSIGN(const Predicate where, Predicate::compile(query.find("where"), "query: where"));
    TL_TRY_ASSIGN(spec.shape.window, duration_of(query, "window", kWindowUsual, "query: "));
    if (spec.shape.window > kWindowMax) return Error::invalid("query: window: longer than 366d");
    TL_TRY_ASSIGN(const size_t order, choice_of(query, "order", kOrders, "query: "));
    TL_TRY_ASSIGN(const size_t ties, choice_of(query, "ties", kTies, "query: "));
    TL_TRY_ASSIGN(const size_t count, choice_of(query, "count", kCounts, "query: "));
    spec.shape.order = static_cast<FunnelOrder>(order);
    spec.shape.ties = static_cast<Ties>(ties);
    spec.count = static_cast<FunnelSpec::Count>(count);
    TL_TRY(parse_steps(query.find("steps"), where, spec));
    TL_TRY(check_order(spec));
    TL_TRY(parse_exclusions(query.find("exclusions"), where, spec));
    // Any event at all breaks a strict chain, so all are looked at.
    if (spec.shape.order == FunnelOrder::Strict) spec.pass.add(Condition{.where = where});
    TL_TRY(parse_hold(query.find("hold"), spec));
    TL_TRY(parse_breakdown(query.find("breakdown"), spec));
    if (spec.count == FunnelSpec::Count::Sessions) {
        spec.sessions = SessionRows::add_to(spec.pass, where, rules);
    }
    return spec;
}

std::string_view funnel_order_name(FunnelOrder order) {
    return kOrders[static_cast<size_t>(order)];
}

std::string_view ties_name(Ties ties) {
    return kTies[static_cast<size_t>(ties)];
}

}  // namespace throughline::query
