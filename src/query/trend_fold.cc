#include "query/trend_fold.h"

#include <algorithm>

namespace throughline::query {

void TrendWalk::begin(const PersonRows& rows) {
    first_row_ = 0;
    if (spec_.sessions.activity == 0) return;  // The pass shows rows of the range only.
    sessions_.find(rows);
    const auto first = std::ranges::lower_bound(rows.time, spec_.range.from);
    first_row_ = static_cast<size_t>(first - rows.time.begin());
}

TrendFold::TrendFold(const TrendSpec& spec) : spec_(spec), walk_(spec) {
    for (const SeriesSpec& series : spec.series) {
        tallies_.emplace_back(series, spec.intervals.size());
    }
    const Micros length = spec.intervals.back() - spec.intervals.front();
    if (length == 0) return;  // One interval.
    intervals_a_micro_ =
        static_cast<double>(spec.intervals.size() - 1) / static_cast<double>(length);
}

// Intervals are about as long as each other, so where an instant lies is guessed and put right.
size_t TrendFold::interval_of(Micros at) const {
    const auto& starts = spec_.intervals;
    const double guess = static_cast<double>(at - starts.front()) * intervals_a_micro_;
    size_t interval = std::min(static_cast<size_t>(std::max(guess, 0.0)), starts.size() - 1);
    while (interval > 0 && at < starts[interval]) --interval;
    while (interval + 1 < starts.size() && at >= starts[interval + 1]) ++interval;
    return interval;
}

void TrendFold::add(const PersonRows& rows) {
    bool is_counted = false;
    walk_.each(rows, [&](const TrendWalk::Counted& counted) {
        is_counted = true;
        tallies_[counted.series].count(rows, {counted.row, interval_of(counted.at), counted.value});
    });
    people_ += is_counted ? 1 : 0;
    people_known_ += is_counted && rows.is_known ? 1 : 0;
}

void TrendFold::join(Fold& other) {
    auto& from = static_cast<TrendFold&>(other);
    for (size_t i = 0; i < tallies_.size(); ++i) tallies_[i].join(from.tallies_[i]);
    people_ += from.people_;
    people_known_ += from.people_known_;
}

size_t TrendFold::bytes() const {
    size_t bytes = 0;
    for (const SeriesTally& tally : tallies_) bytes += tally.bytes();
    return bytes;
}

void TrendPeople::add(const PersonRows& rows) {
    bool is_found = false;
    walk_.each(rows, [&](const TrendWalk::Counted& counted) {
        is_found |= counted.series == cell_.series && counted.at >= cell_.from &&
                    counted.at < cell_.to && counted.value == cell_.value;
    });
    if (is_found) roots_.push_back(rows.root);
}

void TrendPeople::join(Fold& other) {
    const auto& roots = static_cast<TrendPeople&>(other).roots_;
    roots_.insert(roots_.end(), roots.begin(), roots.end());
}

}  // namespace throughline::query
