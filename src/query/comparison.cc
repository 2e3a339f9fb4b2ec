#include "query/comparison.h"

namespace throughline::query {

using model::DocView;
using model::DocWriter;

namespace {

bool begins_month(const Range& range, Micros at) {
    return range.zone.interval_start(at, Interval::Month) == at;
}

bool begins_day(const Range& range, Micros at) {
    return range.zone.interval_start(at, Interval::Day) == at;
}

int64_t months_between(const Range& range) {
    int64_t months = 0;
    for (Micros at = range.from; at < range.to; ++months) {
        at = range.zone.next_interval(at, Interval::Month);
    }
    return months;
}

std::string with_range(DocView query, std::optional<std::pair<Micros, Micros>> range) {
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    for (const model::DocField& field : query.fields()) {
        const bool is_range = field.key == "from" || field.key == "to";
        if (field.key == "compare" || (range && is_range)) continue;
        out.key(field.key);
        out.copy(field.value);
    }
    if (range) {
        out.field("from", std::string_view(format_instant_exact(range->first)));
        out.field("to", std::string_view(format_instant_exact(range->second)));
    }
    out.close(mark);
    return doc;
}

}  // namespace

Result<std::pair<Micros, Micros>> range_before(const Range& range) {
    if (begins_month(range, range.from) && begins_month(range, range.to)) {
        const std::string back = "-" + std::to_string(months_between(range)) + "mo";
        TL_TRY_ASSIGN(const Micros from, range.zone.parse_time(back, range.from));
        return std::pair(from, range.from);
    }
    if (begins_day(range, range.from) && begins_day(range, range.to)) {
        const int64_t first = range.zone.day_of(range.from);
        const int64_t days = range.zone.day_of(range.to) - first;
        return std::pair(range.zone.day_start(first - days), range.from);
    }
    return std::pair(range.from - (range.to - range.from), range.from);
}

Result<std::optional<ComparedQuestions>> compared_questions(DocView query,
                                                            const QuestionDefaults& defaults) {
    const DocView compare = query.find("compare");
    if (compare.is_missing() || compare.is_null()) return std::optional<ComparedQuestions>();
    const std::string_view which = compare.as_string();
    if (which != "previous" && which != "year") {
        return Error::invalid("query: compare: must be one of previous year");
    }
    TL_TRY_ASSIGN(const Range range, parse_range(query, defaults));
    std::pair<Micros, Micros> before;
    if (which == "previous") {
        TL_TRY_ASSIGN(before, range_before(range));
    } else {
        TL_TRY_ASSIGN(before.first, range.zone.parse_time("-12mo", range.from));
        TL_TRY_ASSIGN(before.second, range.zone.parse_time("-12mo", range.to));
    }
    return std::optional(ComparedQuestions{with_range(query, {}), with_range(query, before)});
}

}  // namespace throughline::query
