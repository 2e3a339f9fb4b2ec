// What an attribution question adds up, and who is behind one of its numbers: two folds.
//
// Layer 4. One thread each.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "query/attribution_walk.h"

namespace throughline::query {

/// The question, as its folds and their forks share it. Immutable.
struct AttributionQuestion {
    AttributionSpec spec;
    AttributionRows rows;
    const Channels& channels;
    std::function<std::string(model::SourceId)> source_name;
};

/// What one model gives to one row of the answer.
struct ModelTally {
    ExactSum conversions;
    ExactSum qualified;
    std::map<std::string, ExactSum, std::less<>> values;  // By currency.
};

/// One row of the answer.
struct AttributionTally {
    uint64_t sessions_known = 0;
    uint64_t sessions = 0;  // Of everyone.
    uint64_t people_known = 0;
    uint64_t people = 0;             // Of everyone.
    std::vector<ModelTally> models;  // In the order of the question.

    void add(const AttributionTally& other);
};

class AttributionFold final : public Fold, private AttributionSink {
public:
    explicit AttributionFold(const AttributionQuestion& question);

    void add(const PersonRows& rows) override;
    std::unique_ptr<Fold> fork() const override;
    void join(Fold& other) override;

    /// By group; groups() of facts().
    const std::vector<AttributionTally>& tallies() const { return tallies_; }
    const TouchFacts& facts() const { return facts_; }
    /// Conversions whose value is no number.
    uint64_t ignored_values() const { return ignored_; }

private:
    void session(Group group) override;
    void person(Group group) override;
    void qualified(size_t model, Group group, Units units) override;
    void conversion(size_t model, Group group, Units units) override;
    void value(size_t model, Group group, std::string_view currency, Units units) override;
    void ignored_value() override;
    AttributionTally& at(Group group);

    const AttributionQuestion& question_;
    TouchFacts facts_;
    AttributionWalk walk_;
    std::vector<AttributionTally> tallies_;
    uint64_t ignored_ = 0;
    bool is_known_ = false;  // The person at hand.
};

/// One number of an answer.
struct AttributionCell {
    enum class Number : uint8_t { Sessions, People, Qualified, Conversions };
    Number number = Number::Sessions;
    size_t model = 0;   // Of Qualified and Conversions.
    std::string group;  // Its key, packed; empty: of all rows together.
};

class AttributionPeopleFold final : public Fold, private AttributionSink {
public:
    AttributionPeopleFold(const AttributionQuestion& question, const AttributionCell& cell);

    void add(const PersonRows& rows) override;
    std::unique_ptr<Fold> fork() const override;
    void join(Fold& other) override;
    size_t bytes() const override { return roots_.capacity() * sizeof(uint32_t); }

    /// Rising.
    std::vector<uint32_t> roots() &&;

private:
    void session(Group group) override;
    void person(Group group) override;
    void qualified(size_t model, Group group, Units units) override;
    void conversion(size_t model, Group group, Units units) override;
    void value(size_t, Group, std::string_view, Units) override {}
    void ignored_value() override {}
    void meet(AttributionCell::Number number, size_t model, Group group);

    const AttributionQuestion& question_;
    const AttributionCell& cell_;
    TouchFacts facts_;
    AttributionWalk walk_;
    std::vector<uint32_t> roots_;
    bool is_met_ = false;
};

}  // namespace throughline::query
