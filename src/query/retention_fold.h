// The folds of retention: counts by breakdown value, cohort and cell, and the people behind a cell.
//
// Layer 4. One thread each, joined at the end.
#pragma once

#include <unordered_map>

#include "query/retention_spec.h"

namespace throughline::query {

/// Of one breakdown value, by cohort.
struct RetentionNumbers {
    std::vector<uint64_t> size;
    std::vector<uint64_t> known;
    std::vector<uint64_t> returned;  // [cohort x cells + cell]

    RetentionNumbers(size_t cohorts, size_t cells)
        : size(cohorts), known(cohorts), returned(cohorts * cells) {}
    void add(const RetentionNumbers& other);
};

/// The cohort of an entry.
size_t cohort_of(const RetentionSpec& spec, Micros entered);

class RetentionFold final : public Fold {
public:
    explicit RetentionFold(const RetentionSpec& spec) : spec_(spec), matcher_(spec.shape) {}

    void add(const PersonRows& rows) override;
    std::unique_ptr<Fold> fork() const override { return std::make_unique<RetentionFold>(spec_); }
    void join(Fold& other) override;
    size_t bytes() const override;

    const std::unordered_map<ValueCode, RetentionNumbers>& numbers() const { return numbers_; }

private:
    RetentionNumbers& numbers_of(ValueCode value);

    const RetentionSpec& spec_;
    RetentionMatcher matcher_;
    std::unordered_map<ValueCode, RetentionNumbers> numbers_;
};

/// One number of the answer.
struct RetentionCell {
    size_t cohort = 0;
    std::optional<size_t> cell = {};  // None: the cohort's size.
    bool has_value = false;           // Of one line of a breakdown:
    ValueCode value = kNoValue;       // this one.
};

class RetentionPeople final : public Fold {
public:
    RetentionPeople(const RetentionSpec& spec, RetentionCell cell)
        : spec_(spec), cell_(cell), matcher_(spec.shape) {}

    void add(const PersonRows& rows) override;
    std::unique_ptr<Fold> fork() const override {
        return std::make_unique<RetentionPeople>(spec_, cell_);
    }
    void join(Fold& other) override;
    size_t bytes() const override { return roots_.size() * sizeof(uint32_t); }

    std::vector<uint32_t> take_roots() { return std::move(roots_); }

private:
    const RetentionSpec& spec_;
    RetentionCell cell_;
    RetentionMatcher matcher_;
    std::vector<uint32_t> roots_;
};

}  // namespace throughline::query
