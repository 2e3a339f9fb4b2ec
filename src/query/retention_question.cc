#include "query/retention_question.h"

#include <algorithm>
#include <charconv>

#include "base/json_text.h"
#include "query/retention_fold.h"
#include "query/value_lines.h"

namespace throughline::query {

using model::DocView;

namespace {

/// When the cells of a cohort begin and are over.
class CellTimes {
public:
    explicit CellTimes(const RetentionSpec& spec) : spec_(spec) {}

    bool has_begun(size_t cohort, size_t cell) const {
        return begin(cohort, period(cell, false)) < spec_.end;
    }
    bool is_complete(size_t cohort, size_t cell) const {
        return end(cohort, period(cell, true)) <= spec_.end;
    }

private:
    size_t period(size_t cell, bool last) const {
        if (spec_.shape.returning != Returning::Bracket) return cell;
        const auto& bracket = spec_.shape.brackets[cell];
        return last ? bracket.second : bracket.first;
    }
    Micros begin(size_t cohort, size_t period) const {
        if (spec_.shape.width == 0) return spec_.shape.periods[cohort + period];
        const Micros earliest = std::max(spec_.cohorts[cohort], spec_.range.from);
        return earliest + static_cast<Micros>(period) * spec_.shape.width;
    }
    Micros end(size_t cohort, size_t period) const {
        if (spec_.shape.width == 0) return spec_.shape.periods[cohort + period + 1];
        const Micros latest = std::min(spec_.cohort_ends[cohort], spec_.range.to);
        return latest + static_cast<Micros>(period + 1) * spec_.shape.width;
    }

    const RetentionSpec& spec_;
};

/// Writes the cohorts of one line, or of all.
class RetentionWriter {
public:
    RetentionWriter(const RetentionSpec& spec, std::string& out)
        : spec_(spec), times_(spec), out_(out) {}

    /// `value`: the end of tokens; none where no list of people can be had.
    void write(const RetentionNumbers& numbers, const std::optional<std::string>& value) {
        out_ += "\"cohorts\":[";
        for (size_t cohort = 0; cohort < spec_.cohorts.size(); ++cohort) {
            if (cohort > 0) out_ += ',';
            write_cohort(numbers, cohort, value);
        }
        out_ += "],\"average\":[";
        for (size_t cell = 0; cell < spec_.shape.cells; ++cell) {
            if (cell > 0) out_ += ',';
            write_average(numbers, cell);
        }
        out_ += ']';
    }

private:
    void write_cohort(const RetentionNumbers& numbers, size_t cohort,
                      const std::optional<std::string>& value) {
        const uint64_t size = numbers.size[cohort];
        out_ += "{\"start\":\"" + format_instant(spec_.cohorts[cohort]) +
                "\",\"size\":" + std::to_string(size) +
                ",\"known_size\":" + std::to_string(numbers.known[cohort]);
        write_cells(cohort, "returned",
                    [&](size_t cell) { out_ += std::to_string(returned(numbers, cohort, cell)); });
        write_cells(cohort, "shares", [&](size_t cell) {
            append_ratio(out_, returned(numbers, cohort, cell), size);
        });
        size_t complete = 0;
        while (complete < spec_.shape.cells && times_.is_complete(cohort, complete)) ++complete;
        out_ += ",\"complete\":" + std::to_string(complete);
        if (value) {
            const std::string token = "r_" + std::to_string(cohort);
            out_ += ",\"people\":";
            append_json_string(out_, token + *value);
            write_cells(cohort, "people_returned", [&](size_t cell) {
                append_json_string(out_, token + "_" + std::to_string(cell) + *value);
            });
        }
        out_ += '}';
    }
    template <typename Write>
    void write_cells(size_t cohort, std::string_view name, Write&& write) {
        out_ += ",\"" + std::string(name) + "\":[";
        for (size_t cell = 0; cell < spec_.shape.cells; ++cell) {
            if (cell > 0) out_ += ',';
            if (times_.has_begun(cohort, cell)) {
                write(cell);
            } else {
                out_ += "null";
            }
        }
        out_ += ']';
    }
    void write_average(const RetentionNumbers& numbers, size_t cell) {
        uint64_t cohorts = 0;
        uint64_t size = 0;
        uint64_t back = 0;
        for (size_t cohort = 0; cohort < spec_.cohorts.size(); ++cohort) {
            if (!times_.is_complete(cohort, cell)) continue;
            ++cohorts;
            size += numbers.size[cohort];
            back += returned(numbers, cohort, cell);
        }
        out_ += "{\"cohorts\":" + std::to_string(cohorts) + ",\"size\":" + std::to_string(size) +
                ",\"returned\":" + std::to_string(back) + ",\"share\":";
        append_ratio(out_, back, size);
        out_ += '}';
    }
    uint64_t returned(const RetentionNumbers& numbers, size_t cohort, size_t cell) const {
        return numbers.returned[cohort * spec_.shape.cells + cell];
    }

    const RetentionSpec& spec_;
    CellTimes times_;
    std::string& out_;
};

RetentionNumbers sum_of(const RetentionSpec& spec, const RetentionFold& fold,
                        const std::vector<ValueCode>& codes) {
    RetentionNumbers sum(spec.cohorts.size(), spec.shape.cells);
    for (const ValueCode code : codes) {
        const auto found = fold.numbers().find(code);
        if (found != fold.numbers().end()) sum.add(found->second);
    }
    return sum;
}

uint64_t total_of(const std::vector<uint64_t>& sizes) {
    uint64_t total = 0;
    for (const uint64_t size : sizes) total += size;
    return total;
}

void append_meta(std::string& out, const RetentionSpec& spec, uint64_t sample,
                 const AnswerMeta& meta) {
    out += ",\"meta\":{";
    append_meta_fields(out, meta);
    out += ",\"sample\":" + std::to_string(sample) +
           ",\"sample_unit\":\"people\",\"cohort_is\":\"first_in_range\",\"interval\":\"" +
           spec.interval_name +
           "\",\"mode\":" + (spec.shape.width == 0 ? "\"calendar\"" : "\"rolling\"") +
           ",\"returning\":\"" + std::string(returning_name(spec.shape.returning)) +
           "\",\"ties\":" + (spec.shape.ties == Ties::Strict ? "\"strict\"" : "\"in_step_order\"") +
           ",\"returns_until\":\"" + format_instant(spec.end) + "\"}";
}

std::string answer_of(const RetentionSpec& spec, const RetentionFold& fold,
                      const AnswerMeta& meta) {
    std::vector<ValueSize> sizes;
    std::vector<ValueCode> codes;
    for (const auto& [code, numbers] : fold.numbers()) {
        sizes.push_back({code, total_of(numbers.size)});
        codes.push_back(code);
    }
    std::string out = "{\"kind\":\"retention\",";
    RetentionWriter writer(spec, out);
    const RetentionNumbers all = sum_of(spec, fold, codes);
    writer.write(all, "");
    if (spec.breakdown) {
        const Values& values = meta.looked_at.values;
        out += ",\"lines\":[";
        bool is_first = true;
        for (const ValueLine& line : value_lines(sizes, spec.lines_max, values)) {
            if (!is_first) out += ',';
            is_first = false;
            out += '{';
            append_breakdown(out, line, values);
            out += ',';
            writer.write(sum_of(spec, fold, line.codes), value_token(line, values));
            out += '}';
        }
        out += ']';
    }
    append_meta(out, spec, total_of(all.size), meta);
    return out + '}';
}

/// Takes `_12` from the front of a token.
std::optional<size_t> take_number(std::string_view& token) {
    if (token.empty() || token[0] != '_') return std::nullopt;
    size_t number = 0;
    const auto end = std::from_chars(token.data() + 1, token.data() + token.size(), number);
    if (end.ec != std::errc{}) return std::nullopt;
    token.remove_prefix(static_cast<size_t>(end.ptr - token.data()));
    return number;
}

/// Reads a token; a value that it names becomes the pass's first.
Result<RetentionCell> parse_cell(std::string_view token, RetentionSpec& spec) {
    const Error bad = Error::invalid("query: cell: need a token of an answer");
    if (!token.starts_with('r')) return bad;
    token.remove_prefix(1);
    const auto cohort = take_number(token);
    if (!cohort || *cohort >= spec.cohorts.size()) return bad;
    RetentionCell cell{.cohort = *cohort, .cell = take_number(token)};
    if (cell.cell && *cell.cell >= spec.shape.cells) return bad;
    TL_TRY_ASSIGN(const WantedValue value, parse_value_token(token));
    cell.has_value = value.is_asked;
    if (value.is_asked && !spec.breakdown) return bad;
    if (!value.text) return cell;
    spec.pass.values = {*value.text};
    cell.value = kFirstValue;
    return cell;
}

class RetentionPlan final : public Plan {
public:
    explicit RetentionPlan(RetentionSpec spec) : spec_(std::move(spec)), fold_(spec_) {}

    const Pass& pass() const override { return spec_.pass; }
    Fold& fold() override { return fold_; }
    Result<std::string> answer(const PassResult& looked_at, Micros elapsed) override {
        return answer_of(spec_, fold_,
                         {.range = spec_.range,
                          .looked_at = looked_at,
                          .known_only = spec_.pass.known_only,
                          .elapsed = elapsed});
    }

private:
    const RetentionSpec spec_;
    RetentionFold fold_;
};

}  // namespace

Result<std::unique_ptr<Plan>> plan_retention(DocView query, const Environment& environment) {
    TL_TRY_ASSIGN(RetentionSpec spec,
                  parse_retention(query, {environment.timezone, environment.clock.now()}));
    return std::unique_ptr<Plan>(std::make_unique<RetentionPlan>(std::move(spec)));
}

Result<PeoplePage> retention_people(DocView query, std::string_view token, PageRequest page,
                                    const Environment& environment) {
    TL_TRY_ASSIGN(RetentionSpec spec,
                  parse_retention(query, {environment.timezone, environment.clock.now()}));
    TL_TRY_ASSIGN(const RetentionCell cell, parse_cell(token, spec));
    RetentionPeople people(spec, cell);
    Fold* const folds[] = {&people};
    TL_TRY(run_pass(spec.pass, environment, folds));
    return page_of(people.take_roots(), page);
}

}  // namespace throughline::query
