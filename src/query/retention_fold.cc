#include "query/retention_fold.h"

#include <algorithm>

namespace throughline::query {

namespace {

ValueCode value_of(const RetentionSpec& spec, const PersonRows& rows,
                   const RetentionResult& result) {
    return spec.breakdown ? rows.codes[*spec.breakdown][result.entry] : kNoValue;
}

void add_all(std::vector<uint64_t>& to, const std::vector<uint64_t>& from) {
    std::transform(to.begin(), to.end(), from.begin(), to.begin(), std::plus<>());
}

}  // namespace

size_t cohort_of(const RetentionSpec& spec, Micros entered) {
    const auto after = std::upper_bound(spec.cohorts.begin(), spec.cohorts.end(), entered);
    return static_cast<size_t>(after - spec.cohorts.begin()) - 1;
}

void RetentionNumbers::add(const RetentionNumbers& other) {
    add_all(size, other.size);
    add_all(known, other.known);
    add_all(returned, other.returned);
}

RetentionNumbers& RetentionFold::numbers_of(ValueCode value) {
    return numbers_.try_emplace(value, spec_.cohorts.size(), spec_.shape.cells).first->second;
}

void RetentionFold::add(const PersonRows& rows) {
    const RetentionResult& result = matcher_.follow(rows.time, rows.match);
    if (!result.has_entered) return;
    RetentionNumbers& numbers = numbers_of(value_of(spec_, rows, result));
    const size_t cohort = cohort_of(spec_, rows.time[result.entry]);
    ++numbers.size[cohort];
    numbers.known[cohort] += rows.is_known;
    const size_t cells = spec_.shape.cells;
    for (size_t cell = 0; cell < cells; ++cell) {
        numbers.returned[cohort * cells + cell] += result.returned[cell];
    }
}

void RetentionFold::join(Fold& other) {
    for (const auto& [value, numbers] : static_cast<RetentionFold&>(other).numbers_) {
        numbers_of(value).add(numbers);
    }
}

size_t RetentionFold::bytes() const {
    return numbers_.size() * spec_.cohorts.size() * (spec_.shape.cells + 2) * sizeof(uint64_t);
}

void RetentionPeople::add(const PersonRows& rows) {
    const RetentionResult& result = matcher_.follow(rows.time, rows.match);
    if (!result.has_entered || cohort_of(spec_, rows.time[result.entry]) != cell_.cohort) return;
    if (cell_.has_value && value_of(spec_, rows, result) != cell_.value) return;
    if (!cell_.cell || result.returned[*cell_.cell]) roots_.push_back(rows.root);
}

void RetentionPeople::join(Fold& other) {
    const auto& roots = static_cast<RetentionPeople&>(other).roots_;
    roots_.insert(roots_.end(), roots.begin(), roots.end());
}

}  // namespace throughline::query
