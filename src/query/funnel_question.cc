#include "query/funnel_question.h"

#include <algorithm>
#include <charconv>

#include "base/json_text.h"
#include "query/funnel_fold.h"
#include "query/marketing.h"
#include "query/value_lines.h"

namespace throughline::query {

using model::DocView;

namespace {

constexpr std::string_view kOutcomes[] = {"reached", "dropped", "in_progress"};

std::string token_of(size_t step, FunnelCell::Outcome outcome, const std::string& value) {
    return "f_" + std::to_string(step + 1) + "_" +
           std::string(kOutcomes[static_cast<size_t>(outcome)]) + value;
}

/// Writes the numbers of one line, or of all.
class FunnelWriter {
public:
    FunnelWriter(const FunnelSpec& spec, std::string& out) : spec_(spec), out_(out) {}

    /// `value`: the end of tokens; none where no list of people can be had.
    void write(FunnelNumbers& numbers, const std::optional<std::string>& value) {
        out_ += "\"steps\":[";
        for (size_t step = 0; step < spec_.labels.size(); ++step) {
            if (step > 0) out_ += ',';
            write_step(numbers, step, value);
        }
        out_ += "],\"time_to_convert\":{\"count\":" + std::to_string(numbers.total.size()) + ",";
        numbers.total.append_to(out_);
        out_ += ",\"bins\":";
        numbers.total.append_bins_to(out_, spec_.shape.window);
        out_ += '}';
    }

private:
    void write_step(FunnelNumbers& numbers, size_t step, const std::optional<std::string>& value) {
        const auto& steps = spec_.shape.steps;
        const uint64_t count = numbers.count[step];
        size_t before = step;
        while (before > 0 && steps[--before].is_optional) continue;
        out_ += "{\"label\":";
        append_json_string(out_, spec_.labels[step]);
        if (steps[step].is_optional) out_ += ",\"optional\":true";
        out_ += ",\"count\":" + std::to_string(count) +
                ",\"known_count\":" + std::to_string(numbers.known[step]) + ",\"conversion\":";
        append_ratio(out_, count, numbers.count[before]);
        out_ += ",\"from_start\":";
        append_ratio(out_, count, numbers.count[0]);
        const bool can_stop = !steps[step].is_optional && step + 1 < steps.size();
        if (can_stop) {
            size_t next = step + 1;
            while (steps[next].is_optional) ++next;
            const uint64_t open = numbers.open[step];
            const uint64_t dropped = count - numbers.count[next] - open;
            out_ += ",\"dropped\":" + std::to_string(dropped) +
                    ",\"in_progress\":" + std::to_string(open);
        }
        out_ += ',';
        numbers.durations[step].append_to(out_);
        if (value) write_tokens(step, can_stop, *value);
        out_ += '}';
    }
    void write_tokens(size_t step, bool can_stop, const std::string& value) {
        using Outcome = FunnelCell::Outcome;
        out_ += ",\"people\":";
        append_json_string(out_, token_of(step, Outcome::Reached, value));
        if (!can_stop) return;
        out_ += ",\"people_dropped\":";
        append_json_string(out_, token_of(step, Outcome::Dropped, value));
        out_ += ",\"people_in_progress\":";
        append_json_string(out_, token_of(step, Outcome::InProgress, value));
    }

    const FunnelSpec& spec_;
    std::string& out_;
};

FunnelNumbers sum_of(const FunnelSpec& spec, const FunnelFold& fold,
                     const std::vector<ValueCode>& codes) {
    FunnelNumbers sum(spec.labels.size());
    for (const ValueCode code : codes) {
        const auto found = fold.numbers().find(code);
        if (found != fold.numbers().end()) sum.add(found->second);
    }
    return sum;
}

void append_meta(std::string& out, const FunnelSpec& spec, const FunnelNumbers& all,
                 const AnswerMeta& meta) {
    out += ",\"meta\":{";
    append_meta_fields(out, meta);
    out += ",\"sample\":" + std::to_string(all.count[0]) + ",\"sample_unit\":";
    static constexpr std::string_view kUnits[] = {"people", "sessions", "attempts"};
    append_json_string(out, kUnits[static_cast<size_t>(spec.count)]);
    out += ",\"order\":\"" + std::string(funnel_order_name(spec.shape.order)) + '"';
    if (spec.shape.order != FunnelOrder::Any) {
        out += ",\"ties\":\"" + std::string(ties_name(spec.shape.ties)) + '"';
    }
    out += ",\"window_seconds\":" + std::to_string(spec.shape.window / kSecond) +
           ",\"window_from\":\"first_step\",\"in_progress_at\":\"" + format_instant(spec.end) +
           "\"}";
}

std::string answer_of(const FunnelSpec& spec, const FunnelFold& fold, const AnswerMeta& meta) {
    std::vector<ValueSize> sizes;
    std::vector<ValueCode> codes;
    for (const auto& [code, numbers] : fold.numbers()) {
        sizes.push_back({code, numbers.count[0]});
        codes.push_back(code);
    }
    std::string out = "{\"kind\":\"funnel\",";
    FunnelWriter writer(spec, out);
    FunnelNumbers all = sum_of(spec, fold, codes);
    writer.write(all, "");
    if (spec.breakdown) {
        const Values& values = meta.looked_at.values;
        out += ",\"lines\":[";
        bool is_first = true;
        for (const ValueLine& line : value_lines(sizes, spec.breakdown->limit, values)) {
            if (!is_first) out += ',';
            is_first = false;
            out += '{';
            append_breakdown(out, line, values);
            out += ',';
            FunnelNumbers numbers = sum_of(spec, fold, line.codes);
            writer.write(numbers, value_token(line, values));
            out += '}';
        }
        out += ']';
    }
    append_meta(out, spec, all, meta);
    return out + '}';
}

/// Reads a token; a value that it names becomes the pass's first.
Result<FunnelCell> parse_cell(std::string_view token, FunnelSpec& spec) {
    const Error bad = Error::invalid("query: cell: need a token of an answer");
    if (!token.starts_with("f_")) return bad;
    token.remove_prefix(2);
    size_t step = 0;
    const auto number = std::from_chars(token.data(), token.data() + token.size(), step);
    if (number.ec != std::errc{} || step < 1 || step > spec.labels.size()) return bad;
    token.remove_prefix(static_cast<size_t>(number.ptr - token.data()));
    FunnelCell cell{.step = step - 1};
    for (size_t i = 0; i < std::size(kOutcomes); ++i) {
        const std::string word = "_" + std::string(kOutcomes[i]);
        if (!token.starts_with(word)) continue;
        cell.outcome = static_cast<FunnelCell::Outcome>(i);
        TL_TRY_ASSIGN(const WantedValue value, parse_value_token(token.substr(word.size())));
        cell.has_value = value.is_asked;
        if (value.is_asked && !spec.breakdown) return bad;
        if (!value.text) return cell;
        spec.pass.values = {*value.text};
        cell.value = kFirstValue;
        return cell;
    }
    return bad;
}

class FunnelPlan final : public Plan {
public:
    explicit FunnelPlan(FunnelSpec spec) : spec_(std::move(spec)), fold_(spec_) {}

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
    const FunnelSpec spec_;
    FunnelFold fold_;
};

}  // namespace

Result<std::unique_ptr<Plan>> plan_funnel(DocView query, const Environment& environment) {
    TL_TRY_ASSIGN(FunnelSpec spec,
                  parse_funnel(query, {environment.timezone, environment.clock.now()},
                               {marketing_of(environment).channels, environment.source_name}));
    return std::unique_ptr<Plan>(std::make_unique<FunnelPlan>(std::move(spec)));
}

Result<PeoplePage> funnel_people(DocView query, std::string_view token, PageRequest page,
                                 const Environment& environment) {
    TL_TRY_ASSIGN(FunnelSpec spec,
                  parse_funnel(query, {environment.timezone, environment.clock.now()},
                               {marketing_of(environment).channels, environment.source_name}));
    TL_TRY_ASSIGN(const FunnelCell cell, parse_cell(token, spec));
    FunnelPeople people(spec, cell);
    Fold* const folds[] = {&people};
    TL_TRY(run_pass(spec.pass, environment, folds));
    return page_of(people.take_roots(), page);
}

}  // namespace throughline::query
