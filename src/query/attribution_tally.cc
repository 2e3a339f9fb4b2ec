#include "query/attribution_tally.h"

#include <algorithm>

namespace throughline::query {

void AttributionTally::add(const AttributionTally& other) {
    sessions_known += other.sessions_known;
    sessions += other.sessions;
    people_known += other.people_known;
    people += other.people;
    models.resize(std::max(models.size(), other.models.size()));
    for (size_t i = 0; i < other.models.size(); ++i) {
        models[i].conversions.add(other.models[i].conversions);
        models[i].qualified.add(other.models[i].qualified);
        for (const auto& [currency, sum] : other.models[i].values) {
            models[i].values[currency].add(sum);
        }
    }
}

AttributionFold::AttributionFold(const AttributionQuestion& question)
    : question_(question),
      facts_(question.spec.by, question.channels, question.source_name),
      walk_(question.spec, question.rows, facts_) {}

void AttributionFold::add(const PersonRows& rows) {
    is_known_ = rows.is_known;
    walk_.walk(rows, *this);
}

std::unique_ptr<Fold> AttributionFold::fork() const {
    return std::make_unique<AttributionFold>(question_);
}

void AttributionFold::join(Fold& other) {
    auto& from = static_cast<AttributionFold&>(other);
    for (size_t group = 0; group < from.tallies_.size(); ++group) {
        at(facts_.group(from.facts_.key(static_cast<Group>(group)))).add(from.tallies_[group]);
    }
    ignored_ += from.ignored_;
}

AttributionTally& AttributionFold::at(Group group) {
    if (group >= tallies_.size()) {
        AttributionTally empty;
        empty.models.resize(question_.spec.models.size());
        tallies_.resize(group + 1, empty);
    }
    return tallies_[group];
}

void AttributionFold::session(Group group) {
    AttributionTally& tally = at(group);
    ++tally.sessions;
    tally.sessions_known += is_known_;
}

void AttributionFold::person(Group group) {
    AttributionTally& tally = at(group);
    ++tally.people;
    tally.people_known += is_known_;
}

// What is shared among touches counts for whom the question asks about: known people, or all.

void AttributionFold::qualified(size_t model, Group group, Units units) {
    if (question_.spec.known_only && !is_known_) return;
    at(group).models[model].qualified.add_units(units);
}

void AttributionFold::conversion(size_t model, Group group, Units units) {
    if (question_.spec.known_only && !is_known_) return;
    at(group).models[model].conversions.add_units(units);
}

void AttributionFold::value(size_t model, Group group, std::string_view currency, Units units) {
    if (question_.spec.known_only && !is_known_) return;
    auto& values = at(group).models[model].values;
    auto found = values.find(currency);
    if (found == values.end()) found = values.emplace(currency, ExactSum()).first;
    found->second.add_units(units);
}

void AttributionFold::ignored_value() {
    ignored_ += is_known_ || !question_.spec.known_only;
}

AttributionPeopleFold::AttributionPeopleFold(const AttributionQuestion& question,
                                             const AttributionCell& cell)
    : question_(question),
      cell_(cell),
      facts_(question.spec.by, question.channels, question.source_name),
      walk_(question.spec, question.rows, facts_) {}

void AttributionPeopleFold::add(const PersonRows& rows) {
    is_met_ = false;
    if (question_.spec.known_only && !rows.is_known) return;
    walk_.walk(rows, *this);
    if (is_met_) roots_.push_back(rows.root);
}

std::unique_ptr<Fold> AttributionPeopleFold::fork() const {
    return std::make_unique<AttributionPeopleFold>(question_, cell_);
}

void AttributionPeopleFold::join(Fold& other) {
    const auto& from = static_cast<AttributionPeopleFold&>(other).roots_;
    roots_.insert(roots_.end(), from.begin(), from.end());
}

std::vector<uint32_t> AttributionPeopleFold::roots() && {
    std::ranges::sort(roots_);
    return std::move(roots_);
}

void AttributionPeopleFold::meet(AttributionCell::Number number, size_t model, Group group) {
    is_met_ |= number == cell_.number && model == cell_.model &&
               (cell_.group.empty() || facts_.key(group) == cell_.group);
}

void AttributionPeopleFold::session(Group group) {
    meet(AttributionCell::Number::Sessions, 0, group);
}

void AttributionPeopleFold::person(Group group) {
    meet(AttributionCell::Number::People, 0, group);
}

void AttributionPeopleFold::qualified(size_t model, Group group, Units) {
    meet(AttributionCell::Number::Qualified, model, group);
}

void AttributionPeopleFold::conversion(size_t model, Group group, Units) {
    meet(AttributionCell::Number::Conversions, model, group);
}

}  // namespace throughline::query
