#include "query/trend.h"

#include <algorithm>

#include "base/json_text.h"
#include "query/people_seen.h"
#include "query/question.h"
#include "query/row_matcher.h"
#include "query/series_tally.h"
#include "query/trend_spec.h"

namespace throughline::query {

using model::DocView;

namespace {

/// Which interval holds an instant; asks the last one first, because rows of a person follow
/// each other in time.
class IntervalIndex {
public:
    explicit IntervalIndex(const TrendSpec& spec) : starts_(spec.intervals) {
        starts_.push_back(std::max(spec.to, starts_.back()));
    }
    /// Requires: from <= at < to.
    size_t of(Micros at) {
        if (at >= starts_[last_] && at < starts_[last_ + 1]) return last_;
        const auto after = std::upper_bound(starts_.begin(), starts_.end() - 1, at);
        last_ = static_cast<size_t>(after - starts_.begin()) - 1;
        return last_;
    }

private:
    std::vector<Micros> starts_;
    size_t last_ = 0;
};

/// One run of a question.
class TrendRun {
public:
    TrendRun(const TrendSpec& spec, const Environment& environment)
        : spec_(spec), environment_(environment), index_(spec) {
        for (const SeriesSpec& series : spec.series) {
            matchers_.emplace_back(spec, series, environment);
            tallies_.emplace_back(series, spec.breakdown != BreakdownKind::None,
                                  spec.intervals.size());
        }
    }

    Status run() {
        return for_each_block(spec_, spec_.from, spec_.to, environment_,
                              [&](RowBlock& block) { return look_at(block); });
    }

    std::string answer(Micros elapsed) const;

private:
    Status look_at(RowBlock& block);
    Status count(RowBlock& block, size_t row);
    void write_line(std::string& out, size_t series, const TallyLine& line) const;
    /// What a value is made of: only what its measure needs is there.
    struct Number {
        uint64_t count = 0;
        const ExactSum* sum = nullptr;
        std::optional<double> quantile = {};
    };
    void write_value(std::string& out, Measure measure, const Number& number) const;

    const TrendSpec& spec_;
    const Environment& environment_;
    IntervalIndex index_;
    std::vector<RowMatcher> matchers_;
    std::vector<SeriesTally> tallies_;
    uint64_t rows_ = 0;
    PeopleSeen seen_;
};

Status TrendRun::look_at(RowBlock& block) {
    const auto times = block.rows().time;
    for (size_t row = 0; row < times.size(); ++row) {
        if (times[row] < spec_.from || times[row] >= spec_.to) continue;
        if (block.root(row) == kNobody) continue;
        ++rows_;
        seen_.add(block.root(row));
        TL_TRY(count(block, row));
    }
    size_t distinct = 0;
    for (const SeriesTally& tally : tallies_) distinct += tally.distinct();
    if (distinct > environment_.distinct_max) {
        return Error::exhausted("query: more than " + std::to_string(environment_.distinct_max) +
                                " people per interval to tell apart: take a longer interval");
    }
    return Status::ok();
}

Status TrendRun::count(RowBlock& block, size_t row) {
    for (size_t i = 0; i < tallies_.size(); ++i) {
        if (!matchers_[i].columns_match(block, row)) continue;
        TL_TRY_ASSIGN(const bool matches, matchers_[i].matches(block, row));
        if (!matches) continue;
        const size_t interval = index_.of(block.rows().time[row]);
        TL_TRY_ASSIGN(const BreakdownValue value, matchers_[i].breakdown_of(block, row));
        TL_TRY(tallies_[i].add(block, row, interval, value));
    }
    return Status::ok();
}

void TrendRun::write_value(std::string& out, Measure measure, const Number& number) const {
    if (measure == Measure::Sum) return number.sum->append_to(out);
    const bool is_nothing = (measure == Measure::Average && number.count == 0) ||
                            (measure == Measure::Quantile && !number.quantile);
    if (is_nothing) {
        out += "null";
    } else if (measure == Measure::Quantile) {
        append_json_number(out, *number.quantile);
    } else if (measure == Measure::Average) {
        append_json_number(out, number.sum->as_double() / static_cast<double>(number.count));
    } else {
        out += std::to_string(number.count);
    }
}

void TrendRun::write_line(std::string& out, size_t series, const TallyLine& line) const {
    const SeriesSpec& spec = spec_.series[series];
    out += "{\"series\":" + std::to_string(series) + ",\"label\":";
    append_json_string(out, spec.label);
    if (spec_.breakdown != BreakdownKind::None) {
        out += ",\"breakdown\":";
        if (line.group.is_other) {
            out += "\"other\",\"other\":true";
        } else if (line.group.value) {
            append_json_string(out, *line.group.value);
        } else {
            out += "null";
        }
    }
    if (!line.group.currency.empty()) {
        out += ",\"currency\":";
        append_json_string(out, line.group.currency);
    }
    out += ",\"total\":";
    write_value(out, spec.measure, {line.total, &line.total_sum, line.total_quantile});
    if (spec.measure == Measure::People) out += ",\"known_total\":" + std::to_string(line.known);
    if (spec.reads_number()) out += ",\"ignored\":" + std::to_string(tallies_[series].ignored());
    if (tallies_[series].is_limited()) out += ",\"limited\":true";
    out += ",\"points\":[";
    for (size_t i = 0; i < spec_.intervals.size(); ++i) {
        if (i > 0) out += ',';
        out += "{\"at\":\"" + format_instant(spec_.intervals[i]) + "\",\"value\":";
        Number number{.count = line.counts[i]};
        if (spec.adds_up()) number.sum = &line.sums[i];
        if (!line.quantiles.empty()) number.quantile = line.quantiles[i];
        write_value(out, spec.measure, number);
        out += '}';
    }
    out += "]}";
}

std::string TrendRun::answer(Micros elapsed) const {
    std::string out = R"({"kind":"trend","interval":")" + spec_.interval_name + R"(","from":")" +
                      format_instant(spec_.from) + R"(","to":")" + format_instant(spec_.to) +
                      R"(","series":[)";
    bool is_first = true;
    for (size_t series = 0; series < tallies_.size(); ++series) {
        for (const TallyLine& line : tallies_[series].lines(environment_.people)) {
            if (!is_first) out += ',';
            is_first = false;
            write_line(out, series, line);
        }
    }
    out += "],\"meta\":{\"events_scanned\":" + std::to_string(rows_) +
           ",\"profiles_scanned\":" + std::to_string(seen_.count()) + ",\"elapsed_ms\":";
    append_json_number(out, static_cast<double>(elapsed) / 1000.0);
    out += ",\"timezone\":";
    append_json_string(out, spec_.timezone);
    out += spec_.known_only ? ",\"known\":true}}" : ",\"known\":false}}";
    return out;
}

/// One number of an answer.
struct Cell {
    size_t series = 0;
    Micros from = 0;
    Micros to = 0;
    std::optional<std::string> breakdown;  // Where the question has one; none: without a value.
};

Result<Cell> parse_cell(DocView cell, const TrendSpec& spec) {
    if (!cell.is_object()) return Error::invalid("query: cell: must be an object");
    const DocView series = cell.find("series");
    const int64_t index = series.is_missing() ? 0 : series.as_integer().value_or(-1);
    if (index < 0 || static_cast<size_t>(index) >= spec.series.size()) {
        return Error::invalid("query: cell.series: must be the number of a series");
    }
    Cell parsed{static_cast<size_t>(index), spec.from, spec.to, std::nullopt};
    const DocView at = cell.find("at");
    if (!at.is_missing() && !at.is_null()) {
        const auto& starts = spec.intervals;
        const auto instant = parse_instant(at.as_string());
        const auto place = std::find(starts.begin(), starts.end(), instant.value_or(kNoTime));
        if (place == starts.end())
            return Error::invalid("query: cell.at: not a point of the answer");
        parsed.from = std::max(spec.from, *place);
        if (place + 1 != starts.end()) parsed.to = *(place + 1);
    }
    if (cell.find("other").as_bool()) {
        return Error::invalid("query: cell.other: has no list of people; ask for one value");
    }
    const DocView breakdown = cell.find("breakdown");
    if (breakdown.is_string()) parsed.breakdown = std::string(breakdown.as_string());
    return parsed;
}

}  // namespace

Result<std::string> run_trend(DocView query, const Environment& environment) {
    const Micros started = environment.clock.monotonic();
    TL_TRY_ASSIGN(const TrendSpec spec,
                  parse_trend(query, {environment.timezone, environment.clock.now()}));
    TrendRun run(spec, environment);
    TL_TRY(run.run());
    return run.answer(environment.clock.monotonic() - started);
}

Result<PeoplePage> trend_people(DocView query, DocView cell, PageRequest page,
                                const Environment& environment) {
    TL_TRY_ASSIGN(const TrendSpec spec,
                  parse_trend(query, {environment.timezone, environment.clock.now()}));
    TL_TRY_ASSIGN(const Cell wanted, parse_cell(cell, spec));
    RowMatcher matcher(spec, spec.series[wanted.series], environment);
    DistinctSet found;
    const auto look_at = [&](RowBlock& block) -> Status {
        const auto times = block.rows().time;
        for (size_t row = 0; row < times.size(); ++row) {
            if (times[row] < wanted.from || times[row] >= wanted.to) continue;
            if (block.root(row) == kNobody) continue;
            if (!matcher.columns_match(block, row)) continue;
            TL_TRY_ASSIGN(const bool matches, matcher.matches(block, row));
            if (!matches) continue;
            TL_TRY_ASSIGN(const BreakdownValue value, matcher.breakdown_of(block, row));
            const bool is_in_cell = value.has_text == wanted.breakdown.has_value() &&
                                    (!value.has_text || value.text == *wanted.breakdown);
            if (is_in_cell) found.insert(block.root(row));
        }
        return Status::ok();
    };
    TL_TRY(for_each_block(spec, wanted.from, wanted.to, environment, look_at));

    std::vector<uint32_t> roots;
    found.for_each([&](uint64_t root) { roots.push_back(static_cast<uint32_t>(root)); });
    return page_of(std::move(roots), page);
}

}  // namespace throughline::query
