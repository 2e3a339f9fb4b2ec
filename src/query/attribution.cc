#include "query/attribution.h"

#include <algorithm>
#include <set>

#include "base/json_text.h"
#include "model/json.h"
#include "query/attribution_tally.h"
#include "query/marketing.h"
#include "query/question.h"

namespace throughline::query {

using model::DocView;
using model::DocWriter;

namespace {

using Sums = std::map<std::string, ExactSum, std::less<>>;  // By currency.

/// A question with the pass that answers it.
struct AskedAttribution {
    AttributionQuestion question;
    TouchText touches;
    Pass pass;

    static Result<std::unique_ptr<AskedAttribution>> make(DocView query,
                                                          const Environment& environment) {
        const Marketing& marketing = marketing_of(environment);
        TL_TRY_ASSIGN(AttributionSpec spec,
                      parse_attribution(query, {environment.timezone, environment.clock.now()},
                                        marketing.qualified));
        auto asked = std::unique_ptr<AskedAttribution>(
            new AskedAttribution{{std::move(spec), {}, marketing.channels, environment.source_name},
                                 TouchText(marketing.channels, environment.source_name),
                                 {}});
        asked->pass.from = kNoTime + 1;
        asked->pass.to = asked->question.spec.range.to;
        asked->question.rows =
            AttributionRows::add_to(asked->pass, asked->question.spec, asked->touches);
        return asked;
    }
};

/// The costs of a range by row of the answer, for questions whose rows have costs.
class CostRows {
public:
    CostRows(const AttributionSpec& spec, const Marketing& marketing) {
        const bool has_costs = std::ranges::all_of(
            spec.by, [](By by) { return by == By::Channel || by == By::Campaign; });
        if (!has_costs) return;
        for (const Cost& cost : marketing.costs) {
            const Micros at = spec.range.zone.day_start(cost.day);
            if (at < spec.range.from || at >= spec.range.to) continue;
            by_key_[key_of(spec.by, cost, marketing.channels)][cost.currency].add(cost.amount);
            total_[cost.currency].add(cost.amount);
        }
    }

    const Sums& of(const std::string& key) const {
        static const Sums kNone;
        const auto found = by_key_.find(key);
        return found == by_key_.end() ? kNone : found->second;
    }
    const Sums& total() const { return total_; }
    const std::map<std::string, Sums>& all() const { return by_key_; }

private:
    static std::string key_of(const std::vector<By>& by, const Cost& cost,
                              const Channels& channels) {
        const auto channel = channels.called(cost.channel);
        std::string key;
        DocWriter out(key);
        const size_t mark = out.open_object();
        for (const By field : by) {
            const std::string_view text = field == By::Campaign ? std::string_view(cost.campaign)
                                          : channel ? std::string_view(channels.all()[*channel].key)
                                                    : std::string_view(cost.channel);
            out.key(by_name(field));
            text.empty() ? out.null() : out.string(text);
        }
        out.close(mark);
        return key;
    }

    std::map<std::string, Sums> by_key_;
    Sums total_;
};

std::string_view number_name(AttributionCell::Number number) {
    switch (number) {
        case AttributionCell::Number::Sessions:
            return "sessions";
        case AttributionCell::Number::People:
            return "people";
        case AttributionCell::Number::Qualified:
            return "qualified";
        case AttributionCell::Number::Conversions:
            return "conversions";
    }
    TL_UNREACHABLE();
}

/// Writes the answer from what was added up.
class AnswerWriter {
public:
    AnswerWriter(const AttributionSpec& spec, const Marketing& marketing,
                 const AttributionFold& fold)
        : spec_(spec), marketing_(marketing), costs_(spec, marketing) {
        total_.models.resize(spec.models.size());
        for (size_t group = 0; group < fold.tallies().size(); ++group) {
            const AttributionTally& tally = fold.tallies()[group];
            total_.add(tally);
            if (!is_empty(tally)) rows_[fold.facts().key(static_cast<Group>(group))] = tally;
        }
        for (const auto& [key, sums] : costs_.all()) {
            rows_[key].models.resize(spec.models.size());
        }
        std::set<std::string, std::less<>> currencies;
        for (const auto& [currency, sum] : costs_.total()) currencies.insert(currency);
        for (const ModelTally& model : total_.models) {
            for (const auto& [currency, sum] : model.values) currencies.insert(currency);
        }
        if (currencies.size() == 1) currency_ = *currencies.begin();
    }

    std::string write(const PassResult& result, uint64_t ignored, Micros elapsed);

private:
    static bool is_empty(const AttributionTally& tally) {
        // Credit without a session or a person of the range is still credit.
        return tally.sessions == 0 && tally.people == 0 &&
               std::ranges::all_of(tally.models, [](const ModelTally& model) {
                   return model.conversions.is_zero() && model.qualified.is_zero();
               });
    }

    void write_rows();
    void write_key(const std::string& key);
    void write_numbers(const AttributionTally& tally, const Sums& costs, const std::string* key);
    void write_model(size_t model, const AttributionTally& tally, const Sums& costs,
                     const std::string* key);
    void write_one(std::string_view name, const Sums& sums);
    void write_list(std::string_view list, std::string_view name, const Sums& sums);
    void write_token(std::string_view name, AttributionCell::Number number, std::string_view model,
                     const std::string* key);
    void write_sum(const ExactSum& sum) { sum.append_to(out_); }
    void field(std::string_view name) { out_ += "\"" + std::string(name) + "\":"; }

    const AttributionSpec& spec_;
    const Marketing& marketing_;
    CostRows costs_;
    AttributionTally total_;
    std::map<std::string, AttributionTally> rows_;  // By key.
    std::optional<std::string> currency_;           // The only one there is.
    std::string out_;
};

void AnswerWriter::write_key(const std::string& key) {
    for (const model::DocField& part : DocView(key).fields()) {
        field(part.key);
        model::append_json(out_, part.value);
        out_ += ',';
        if (part.key != "channel") continue;
        const auto channel = marketing_.channels.called(part.value.as_string());
        const Channel* found = channel ? &marketing_.channels.all()[*channel] : nullptr;
        const auto text = [&](std::string_view name, std::string_view value) {
            field(name);
            value.empty() ? void(out_ += "null") : append_json_string(out_, value);
            out_ += ',';
        };
        text("name", found != nullptr ? std::string_view(found->name) : part.value.as_string());
        text("media", found != nullptr ? found->media : "");
        text("place", found != nullptr ? found->place : "");
    }
}

// The one number of a sum where the answer has one currency.
void AnswerWriter::write_one(std::string_view name, const Sums& sums) {
    field(name);
    const auto found = currency_ ? sums.find(*currency_) : sums.end();
    if (found != sums.end()) {
        write_sum(found->second);
    } else {
        out_ += sums.empty() ? "0" : "null";
    }
}

void AnswerWriter::write_list(std::string_view list, std::string_view name, const Sums& sums) {
    field(list);
    out_ += '[';
    for (const auto& [currency, sum] : sums) {
        if (out_.back() != '[') out_ += ',';
        out_ += "{\"currency\":";
        currency.empty() ? void(out_ += "null") : append_json_string(out_, currency);
        out_ += ',';
        field(name);
        write_sum(sum);
        out_ += '}';
    }
    out_ += ']';
}

void AnswerWriter::write_token(std::string_view name, AttributionCell::Number number,
                               std::string_view model, const std::string* key) {
    std::string token = "a_" + std::string(number_name(number)) + "_" + std::string(model);
    if (key != nullptr) token += "_" + model::to_json(DocView(*key));
    field(name);
    append_json_string(out_, token);
}

void AnswerWriter::write_model(size_t model, const AttributionTally& tally, const Sums& costs,
                               const std::string* key) {
    const ModelTally& given = tally.models[model];
    const std::string_view name = model_name(spec_.models[model]);
    field(name);
    out_ += '{';
    field("conversions");
    write_sum(given.conversions);
    out_ += ',';
    if (spec_.value) {
        write_one("value", given.values);
        out_ += ',';
        write_list("values", "value", given.values);
        out_ += ',';
    }
    field("qualified");
    write_sum(given.qualified);
    const auto cost = currency_ ? costs.find(*currency_) : costs.end();
    if (spec_.value && cost != costs.end() && !cost->second.is_zero()) {
        const auto value = given.values.find(*currency_);
        const double earned = value == given.values.end() ? 0 : value->second.as_double();
        out_ += ',';
        field("return");
        append_json_number(out_, earned / cost->second.as_double());
    }
    out_ += ',';
    write_token("people", AttributionCell::Number::Conversions, name, key);
    out_ += ',';
    write_token("people_qualified", AttributionCell::Number::Qualified, name, key);
    out_ += '}';
}

void AnswerWriter::write_numbers(const AttributionTally& tally, const Sums& costs,
                                 const std::string* key) {
    const auto count = [&](std::string_view name, uint64_t number) {
        field(name);
        out_ += std::to_string(number) + ",";
    };
    count("sessions", spec_.known_only ? tally.sessions_known : tally.sessions);
    count("people", spec_.known_only ? tally.people_known : tally.people);
    field("qualified");
    write_sum(tally.models[0].qualified);
    out_ += ",\"known\":{\"sessions\":" + std::to_string(tally.sessions_known) +
            ",\"people\":" + std::to_string(tally.people_known) +
            "},\"everyone\":{\"sessions\":" + std::to_string(tally.sessions) +
            ",\"people\":" + std::to_string(tally.people) + "},";
    write_one("cost", costs);
    out_ += ',';
    write_list("costs", "cost", costs);
    out_ += ",\"cells\":{";
    write_token("sessions", AttributionCell::Number::Sessions, "-", key);
    out_ += ',';
    write_token("people", AttributionCell::Number::People, "-", key);
    out_ += "},\"models\":{";
    for (size_t model = 0; model < spec_.models.size(); ++model) {
        if (model > 0) out_ += ',';
        write_model(model, tally, costs, key);
    }
    out_ += '}';
}

// The rows with most conversions by the first model stand first.
void AnswerWriter::write_rows() {
    std::vector<const std::pair<const std::string, AttributionTally>*> rows;
    for (const auto& row : rows_) rows.push_back(&row);
    std::ranges::stable_sort(rows, [](const auto* a, const auto* b) {
        const auto rank = [](const AttributionTally& tally) {
            return std::pair(tally.models[0].conversions.as_double(), tally.sessions);
        };
        return rank(a->second) > rank(b->second);
    });
    rows.resize(std::min(rows.size(), kAttributionRowsMax));
    out_ += "\"rows\":[";
    for (const auto* row : rows) {
        if (out_.back() != '[') out_ += ',';
        out_ += '{';
        write_key(row->first);
        write_numbers(row->second, costs_.of(row->first), &row->first);
        out_ += '}';
    }
    out_ += ']';
}

std::string AnswerWriter::write(const PassResult& result, uint64_t ignored, Micros elapsed) {
    out_ = R"({"kind":"attribution","by":[)";
    for (const By by : spec_.by) {
        if (out_.back() != '[') out_ += ',';
        append_json_string(out_, by_name(by));
    }
    out_ += "],";
    write_rows();
    out_ += ",\"totals\":{";
    write_numbers(total_, costs_.total(), nullptr);
    out_ += R"(},"meta":{"from":")" + format_instant(spec_.range.from) + R"(","to":")" +
            format_instant(spec_.range.to) + R"(","timezone":)";
    append_json_string(out_, spec_.range.timezone);
    out_ += spec_.known_only ? ",\"known\":true" : ",\"known\":false";
    out_ += ",\"currency\":";
    currency_ && !currency_->empty() ? append_json_string(out_, *currency_) : void(out_ += "null");
    out_ += ",\"lookback_seconds\":" + std::to_string(spec_.lookback / kSecond) +
            ",\"ignored_values\":" + std::to_string(ignored) +
            ",\"rows_total\":" + std::to_string(rows_.size()) +
            ",\"people\":" + std::to_string(result.people) +
            ",\"people_known\":" + std::to_string(result.people_known) +
            ",\"events_scanned\":" + std::to_string(result.rows) +
            ",\"profiles_scanned\":" + std::to_string(result.people) + ",\"elapsed_ms\":";
    append_json_number(out_, static_cast<double>(elapsed) / 1000.0);
    append_known_at(out_, result);
    if (result.values.is_limited()) out_ += ",\"limited\":true";
    out_ += "}}";
    return std::move(out_);
}

/// Reads a token: `a_conversions_first_{"channel":"email"}`.
Result<AttributionCell> parse_token(std::string_view token, const AttributionSpec& spec) {
    const Error bad = Error::invalid("query: cell: need a token of an answer");
    if (!token.starts_with("a_")) return bad;
    token.remove_prefix(2);
    const size_t brace = token.find("_{");
    const std::string_view head = token.substr(0, brace);
    const size_t split = head.find('_');
    if (split == head.npos) return bad;
    AttributionCell cell;
    using Number = AttributionCell::Number;
    constexpr Number kNumbers[] = {Number::Sessions, Number::People, Number::Qualified,
                                   Number::Conversions};
    const auto number = std::ranges::find(kNumbers, head.substr(0, split), number_name);
    if (number == std::end(kNumbers)) return bad;
    cell.number = *number;
    if (*number == Number::Qualified || *number == Number::Conversions) {
        const auto model = std::ranges::find(spec.models, head.substr(split + 1), model_name);
        if (model == spec.models.end()) return bad;
        cell.model = static_cast<size_t>(model - spec.models.begin());
    }
    if (brace == token.npos) return cell;
    auto group = model::doc_from_json(token.substr(brace + 1));
    if (!group) return bad;
    cell.group = std::move(*group);
    return cell;
}

class AttributionPlan final : public Plan {
public:
    AttributionPlan(std::unique_ptr<AskedAttribution> asked, const Marketing& marketing)
        : asked_(std::move(asked)), marketing_(marketing), fold_(asked_->question) {}

    const Pass& pass() const override { return asked_->pass; }
    Fold& fold() override { return fold_; }
    Result<std::string> answer(const PassResult& looked_at, Micros elapsed) override {
        AnswerWriter answer(asked_->question.spec, marketing_, fold_);
        return answer.write(looked_at, fold_.ignored_values(), elapsed);
    }

private:
    const std::unique_ptr<AskedAttribution> asked_;
    const Marketing& marketing_;
    AttributionFold fold_;
};

}  // namespace

Result<std::unique_ptr<Plan>> plan_attribution(DocView query, const Environment& environment) {
    TL_TRY_ASSIGN(auto asked, AskedAttribution::make(query, environment));
    return std::unique_ptr<Plan>(
        std::make_unique<AttributionPlan>(std::move(asked), marketing_of(environment)));
}

Result<PeoplePage> people_of_attribution(DocView query, DocView cell, PageRequest page,
                                         const Environment& environment) {
    TL_TRY_ASSIGN(const auto asked, AskedAttribution::make(query, environment));
    TL_TRY_ASSIGN(const AttributionCell wanted,
                  parse_token(cell.as_string(), asked->question.spec));
    asked->pass.known_only = asked->question.spec.known_only;
    AttributionPeopleFold fold(asked->question, wanted);
    Fold* const folds[] = {&fold};
    TL_TRY(run_pass(asked->pass, environment, folds));
    return page_of(std::move(fold).roots(), page);
}

}  // namespace throughline::query
