#include "query/retention_spec.h"

#include <algorithm>

namespace throughline::query {

using model::DocView;

namespace {

constexpr std::string_view kIntervals[] = {"day", "week", "month"};
constexpr std::string_view kReturning[] = {"on", "on_or_after", "bracket"};
constexpr std::string_view kModes[] = {"calendar", "rolling"};
constexpr std::string_view kTies[] = {"in_step_order", "strict"};
constexpr Interval kIntervalOf[] = {Interval::Day, Interval::Week, Interval::Month};
constexpr Micros kWidthOf[] = {kDay, 7 * kDay, 30 * kDay};
constexpr int64_t kPeriodsUsual = 12;
constexpr size_t kBracketsMax = 50;
constexpr size_t kCohortsMax = 1000;

Status parse_brackets(DocView brackets, RetentionSpec& spec) {
    const bool is_asked = spec.shape.returning == Returning::Bracket;
    if (brackets.is_missing() || brackets.is_null()) {
        if (!is_asked) return Status::ok();
        return Error::invalid("query: brackets: missing, such as [[1,3],[4,7]]");
    }
    if (!is_asked) return Error::invalid("query: brackets: only go with returning = bracket");
    for (const DocView bracket : brackets.items()) {
        std::vector<int64_t> ends;
        for (const DocView end : bracket.items()) ends.push_back(end.as_integer().value_or(-1));
        const bool is_range = ends.size() == 2 && ends[0] >= 0 && ends[0] <= ends[1] &&
                              ends[1] <= static_cast<int64_t>(kPeriodsMax);
        if (!is_range || spec.shape.brackets.size() == kBracketsMax) {
            return Error::invalid(
                "query: brackets: need at most 50 pairs of periods from 0 to 400, rising");
        }
        spec.shape.brackets.emplace_back(ends[0], ends[1]);
    }
    if (spec.shape.brackets.empty()) return Error::invalid("query: brackets: need at least 1");
    return Status::ok();
}

Status parse_conditions(DocView query, RetentionSpec& spec) {
    static constexpr std::string_view kKeys[] = {"event", "type", "where"};
    TL_TRY_ASSIGN(const Predicate where, Predicate::compile(query.find("where"), "query: where"));
    for (const std::string_view key : {"cohort", "return"}) {
        const std::string field = "query: " + std::string(key);
        const DocView object = query.find(key);
        if (!object.is_object()) return Error::invalid(field + ": must be an object");
        TL_TRY(check_keys(object, kKeys, field + "."));
        TL_TRY_ASSIGN(Condition condition, parse_condition(object, field));
        condition.where = Predicate::both(where, condition.where);
        const Match match = match_of(spec.pass.add(std::move(condition)));
        (key == "cohort" ? spec.shape.cohort : spec.shape.returns) = match;
    }
    return Status::ok();
}

Status parse_breakdown(DocView breakdown, RetentionSpec& spec) {
    static constexpr std::string_view kKeys[] = {"property", "trait", "limit"};
    const std::string field = "query: breakdown";
    if (breakdown.is_missing() || breakdown.is_null()) return Status::ok();
    if (!breakdown.is_object()) return Error::invalid(field + ": must be an object");
    TL_TRY(check_keys(breakdown, kKeys, field + "."));
    TL_TRY_ASSIGN(const Dimension dimension, breakdown_dimension(breakdown, field));
    TL_TRY_ASSIGN(const int64_t limit, integer_of(breakdown, "limit", 10, {1, 50}, field + "."));
    spec.lines_max = static_cast<size_t>(limit);
    spec.breakdown = spec.pass.add(dimension, spec.shape.cohort);
    return Status::ok();
}

/// Where cohorts begin and end, and the periods after them.
Status lay_out(DocView query, size_t periods, Micros now, RetentionSpec& spec) {
    TL_TRY_ASSIGN(const size_t interval, choice_of(query, "interval", kIntervals, "query: "));
    TL_TRY_ASSIGN(const size_t mode, choice_of(query, "mode", kModes, "query: "));
    const Interval kind = kIntervalOf[interval];
    const Zone& zone = spec.range.zone;
    spec.interval_name = kIntervals[interval];
    auto cohorts = zone.intervals(spec.range.from, spec.range.to, kind);
    if (!cohorts) return Error::invalid("query: interval: " + cohorts.error().message);
    spec.cohorts = *cohorts;
    if (spec.cohorts.size() > kCohortsMax) {
        return Error::invalid("query: interval: more than " + std::to_string(kCohortsMax) +
                              " cohorts: take a longer one or a shorter range");
    }
    spec.cohort_ends.assign(spec.cohorts.begin() + 1, spec.cohorts.end());
    spec.cohort_ends.push_back(zone.next_interval(spec.cohorts.back(), kind));

    Micros last = spec.cohort_ends.back();
    if (mode == 1) {
        spec.shape.width = kWidthOf[interval];
        last = spec.range.to + static_cast<Micros>(periods + 1) * spec.shape.width;
    } else {
        spec.shape.periods = spec.cohorts;
        spec.shape.periods.push_back(last);
        for (size_t i = 0; i < periods; ++i) {
            last = zone.next_interval(last, kind);
            spec.shape.periods.push_back(last);
        }
    }
    // Returns on or after a period count as long as history goes.
    const bool is_open_ended = spec.shape.returning == Returning::OnOrAfter;
    spec.end = is_open_ended ? now : std::min(last, now);
    spec.end = std::max(spec.end, spec.range.from + 1);
    return Status::ok();
}

}  // namespace

Result<RetentionSpec> parse_retention(DocView query, const QuestionDefaults& defaults) {
    static constexpr std::string_view kKeys[] = {"kind",     "from",    "to",        "timezone",
                                                 "known",    "where",   "cohort",    "return",
                                                 "interval", "periods", "returning", "mode",
                                                 "brackets", "ties",    "breakdown", "as_known_at"};
    TL_TRY(check_keys(query, kKeys, "query: "));
    TL_TRY_ASSIGN(Range range, parse_range(query, defaults));
    RetentionSpec spec{.range = std::move(range)};
    spec.shape.from = spec.range.from;
    spec.shape.to = spec.range.to;
    TL_TRY_ASSIGN(spec.pass.known_only, flag_of(query, "known", "query: "));
    TL_TRY(parse_conditions(query, spec));
    TL_TRY_ASSIGN(const size_t ties, choice_of(query, "ties", kTies, "query: "));
    TL_TRY_ASSIGN(const size_t returning, choice_of(query, "returning", kReturning, "query: "));
    spec.shape.ties = static_cast<Ties>(ties);
    spec.shape.returning = static_cast<Returning>(returning);
    TL_TRY(parse_brackets(query.find("brackets"), spec));
    TL_TRY_ASSIGN(const int64_t asked,
                  integer_of(query, "periods", kPeriodsUsual,
                             {1, static_cast<int64_t>(kPeriodsMax)}, "query: "));
    auto periods = static_cast<size_t>(asked);
    spec.shape.cells = periods + 1;
    if (spec.shape.returning == Returning::Bracket) {
        if (!query.find("periods").is_missing()) {
            return Error::invalid("query: periods: brackets say which");
        }
        spec.shape.cells = spec.shape.brackets.size();
        periods = 0;
        for (const auto& [first, last] : spec.shape.brackets) periods = std::max(periods, last);
    }
    TL_TRY(lay_out(query, periods, defaults.now, spec));
    TL_TRY(parse_breakdown(query.find("breakdown"), spec));
    spec.pass.from = spec.range.from;
    spec.pass.to = spec.end;
    return spec;
}

std::string_view returning_name(Returning returning) {
    return kReturning[static_cast<size_t>(returning)];
}

}  // namespace throughline::query
