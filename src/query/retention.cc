#include "query/retention.h"

#include <algorithm>
#include <cstdint>

#include "base/assert.h"

namespace throughline::query {

RetentionMatcher::RetentionMatcher(RetentionShape shape) : shape_(std::move(shape)) {
    TL_ASSERT(shape_.cells > 0 && shape_.cells <= kPeriodsMax + 1);
    TL_ASSERT(shape_.periods.empty() == (shape_.width > 0));
    periods_seen_ = shape_.cells;
    for (size_t bracket = 0; bracket < shape_.brackets.size(); ++bracket) {
        const auto [first, last] = shape_.brackets[bracket];
        if (last >= cells_of_.size()) cells_of_.resize(last + 1);
        for (size_t period = first; period <= last; ++period) {
            cells_of_[period].push_back(static_cast<uint32_t>(bracket));
        }
    }
    if (shape_.returning == Returning::Bracket) periods_seen_ = cells_of_.size();
}

const RetentionResult& RetentionMatcher::follow(std::span<const Micros> time,
                                                std::span<const Match> match) {
    result_.has_entered = false;
    result_.returned.reset();
    size_t row = 0;
    while (row < time.size() && ((match[row] & shape_.cohort) == 0 || time[row] < shape_.from)) {
        ++row;
    }
    if (row == time.size() || time[row] >= shape_.to) return result_;

    result_.has_entered = true;
    result_.entry = static_cast<uint32_t>(row);
    entered_ = time[row];
    at_ = 0;
    result_.cohort = shape_.periods.empty() ? 0 : period_of(entered_);
    const Instant instant = entry_instant(time, match);
    if (instant.has_return) note(0);

    const bool counts_to_the_end = shape_.returning == Returning::OnOrAfter;
    size_t last_period = 0;
    bool has_returned = instant.has_return;
    Micros noted_until = entered_;  // One return in a period says as much as many.
    for (row = instant.end; row < time.size(); ++row) {
        if ((match[row] & shape_.returns) == 0 || time[row] < noted_until) continue;
        const size_t period = period_of(time[row]) - result_.cohort;
        if (!counts_to_the_end && period >= periods_seen_) break;
        has_returned = true;
        last_period = period;
        if (!counts_to_the_end) note(period);
        noted_until = end_of(period + result_.cohort);
    }
    if (counts_to_the_end && has_returned) {
        const size_t cells = std::min(last_period + 1, shape_.cells);
        for (size_t cell = 0; cell < cells; ++cell) result_.returned.set(cell);
    }
    return result_;
}

// Whether rows of the entry's instant can be an entry and, another, a return.
RetentionMatcher::Instant RetentionMatcher::entry_instant(std::span<const Micros> time,
                                                          std::span<const Match> match) {
    size_t returns = 0;
    size_t entries_alone = 0;
    size_t both = 0;
    // Rows of the instant may stand before the first that enters.
    size_t row = result_.entry;
    while (row > 0 && time[row - 1] == entered_) --row;
    for (; row < time.size() && time[row] == entered_; ++row) {
        const bool enters = (match[row] & shape_.cohort) != 0;
        const bool is_return = (match[row] & shape_.returns) != 0;
        returns += is_return;
        both += enters && is_return;
        entries_alone += enters && !is_return;
    }
    // The entry is one that is no return, else it takes one of those that are both.
    const size_t left = entries_alone > 0 ? returns : returns - std::min<size_t>(both, 1);
    return {row, shape_.ties == Ties::InStepOrder && left > 0};
}

size_t RetentionMatcher::period_of(Micros at) {
    if (shape_.periods.empty()) return static_cast<size_t>((at - entered_) / shape_.width);
    const auto& starts = shape_.periods;
    // The next period or the same, for most rows; the last one has no end.
    for (int steps = 0; steps < 4; ++steps) {
        if (at_ + 1 >= starts.size() || at < starts[at_ + 1]) return at_;
        ++at_;
    }
    const auto after = std::upper_bound(starts.begin(), starts.end(), at);
    at_ = static_cast<size_t>(after - starts.begin()) - 1;
    return at_;
}

Micros RetentionMatcher::end_of(size_t period) const {
    if (shape_.periods.empty()) return entered_ + static_cast<Micros>(period + 1) * shape_.width;
    return period + 1 < shape_.periods.size() ? shape_.periods[period + 1] : INT64_MAX;
}

void RetentionMatcher::note(size_t period) {
    if (shape_.returning != Returning::Bracket) {
        if (period < shape_.cells) result_.returned.set(period);
        return;
    }
    if (period >= cells_of_.size()) return;
    for (const uint32_t cell : cells_of_[period]) result_.returned.set(cell);
}

}  // namespace throughline::query
