#include "query/trend.h"

#include <algorithm>

#include "base/json_text.h"
#include "query/marketing.h"
#include "query/question.h"
#include "query/trend_fold.h"

namespace throughline::query {

using model::DocView;

namespace {

/// What a value is made of: only what its measure needs is there.
struct Number {
    uint64_t count = 0;
    const ExactSum* sum = nullptr;
    std::optional<double> quantile = {};
};

void write_value(std::string& out, Measure measure, const Number& number) {
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

Result<TrendSpec> spec_of(DocView query, const Environment& environment) {
    return parse_trend(query, {environment.timezone, environment.clock.now()},
                       {marketing_of(environment).channels, environment.source_name});
}

class TrendPlan final : public Plan {
public:
    explicit TrendPlan(TrendSpec spec) : spec_(std::move(spec)), fold_(spec_) {}

    const Pass& pass() const override { return spec_.pass; }
    Fold& fold() override { return fold_; }
    Result<std::string> answer(const PassResult& looked_at, Micros elapsed) override;

private:
    void write_line(std::string& out, size_t series, const TallyLine& line) const;
    void write_meta(std::string& out, const PassResult& looked_at, Micros elapsed) const;

    const TrendSpec spec_;
    TrendFold fold_;
};

void TrendPlan::write_line(std::string& out, size_t series, const TallyLine& line) const {
    const SeriesSpec& spec = spec_.series[series];
    const SeriesTally& tally = fold_.tallies()[series];
    out += "{\"series\":" + std::to_string(series) + ",\"label\":";
    append_json_string(out, spec.label);
    if (spec_.breakdown) {
        out += ",\"breakdown\":";
        if (line.is_other) {
            out += "\"other\",\"other\":true";
        } else if (line.value) {
            append_json_string(out, *line.value);
        } else {
            out += "null";
        }
    }
    if (!line.currency.empty()) {
        out += ",\"currency\":";
        append_json_string(out, line.currency);
    }
    out += ",\"total\":";
    write_value(out, spec.measure, {line.total, &line.total_sum, line.total_quantile});
    if (spec.measure == Measure::People) out += ",\"known_total\":" + std::to_string(line.known);
    if (spec.reads_number()) out += ",\"ignored\":" + std::to_string(tally.ignored());
    if (tally.is_limited()) out += ",\"limited\":true";
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

void TrendPlan::write_meta(std::string& out, const PassResult& looked_at, Micros elapsed) const {
    out += "\"meta\":{\"events_scanned\":" + std::to_string(looked_at.rows) +
           ",\"profiles_scanned\":" + std::to_string(looked_at.people) +
           ",\"people\":" + std::to_string(fold_.people()) +
           ",\"people_known\":" + std::to_string(fold_.people_known()) + ",\"elapsed_ms\":";
    append_json_number(out, static_cast<double>(elapsed) / 1000.0);
    out += ",\"timezone\":";
    append_json_string(out, spec_.range.timezone);
    out += spec_.pass.known_only ? ",\"known\":true" : ",\"known\":false";
    append_known_at(out, looked_at);
    out += '}';
}

Result<std::string> TrendPlan::answer(const PassResult& looked_at, Micros elapsed) {
    std::string out = R"({"kind":"trend","interval":")" + spec_.interval_name + R"(","from":")" +
                      format_instant(spec_.range.from) + R"(","to":")" +
                      format_instant(spec_.range.to) + R"(","series":[)";
    bool is_first = true;
    for (size_t series = 0; series < spec_.series.size(); ++series) {
        const SeriesTally& tally = fold_.tallies()[series];
        if (tally.has_too_many_currencies()) {
            return Error::exhausted("query: series: more than " + std::to_string(kCurrenciesMax) +
                                    " currencies");
        }
        for (const TallyLine& line : tally.lines(looked_at.values)) {
            if (!is_first) out += ',';
            is_first = false;
            write_line(out, series, line);
        }
    }
    out += "],";
    write_meta(out, looked_at, elapsed);
    return out + '}';
}

/// Reads a cell; the value that it names becomes the pass's first.
Result<TrendCell> parse_cell(DocView cell, TrendSpec& spec) {
    if (!cell.is_object()) return Error::invalid("query: cell: must be an object");
    const DocView series = cell.find("series");
    const int64_t index = series.is_missing() ? 0 : series.as_integer().value_or(-1);
    if (index < 0 || static_cast<size_t>(index) >= spec.series.size()) {
        return Error::invalid("query: cell.series: must be the number of a series");
    }
    TrendCell parsed{static_cast<size_t>(index), spec.range.from, spec.range.to, kNoValue};
    const DocView at = cell.find("at");
    if (!at.is_missing() && !at.is_null()) {
        const auto& starts = spec.intervals;
        const auto instant = parse_instant(at.as_string());
        const auto place = std::find(starts.begin(), starts.end(), instant.value_or(kNoTime));
        if (place == starts.end())
            return Error::invalid("query: cell.at: not a point of the answer");
        parsed.from = std::max(spec.range.from, *place);
        if (place + 1 != starts.end()) parsed.to = *(place + 1);
    }
    if (cell.find("other").as_bool()) {
        return Error::invalid("query: cell.other: has no list of people; ask for one value");
    }
    const DocView breakdown = cell.find("breakdown");
    if (!breakdown.is_string()) return parsed;
    spec.pass.values = {std::string(breakdown.as_string())};
    parsed.value = kFirstValue;
    return parsed;
}

}  // namespace

Result<std::unique_ptr<Plan>> plan_trend(DocView query, const Environment& environment) {
    TL_TRY_ASSIGN(TrendSpec spec, spec_of(query, environment));
    return std::unique_ptr<Plan>(std::make_unique<TrendPlan>(std::move(spec)));
}

Result<PeoplePage> trend_people(DocView query, DocView cell, PageRequest page,
                                const Environment& environment) {
    TL_TRY_ASSIGN(TrendSpec spec, spec_of(query, environment));
    TL_TRY_ASSIGN(const TrendCell wanted, parse_cell(cell, spec));
    if (spec.sessions.activity == 0) {  // A session may go on after the cell has ended.
        spec.pass.from = wanted.from;
        spec.pass.to = wanted.to;
    }
    TrendPeople people(spec, wanted);
    Fold* const folds[] = {&people};
    TL_TRY(run_pass(spec.pass, environment, folds));
    return page_of(people.take_roots(), page);
}

}  // namespace throughline::query
