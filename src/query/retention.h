// In which periods after their first time people come back: the kernel.
//
// A person's *entry* is the first row of the cohort condition in the range. A *return* is another
// row, of the return condition, at the entry or later: one row is not both. Rows of the entry's
// instant are a set: one of them is the entry, so chosen that another is a return if it can be
// (ties in_step_order); with ties strict a return is later than the entry.
//
// Periods are numbered from 0, the one that holds the entry: calendar intervals of the zone, or
// (rolling) stretches of 24 hours, 7 or 30 days from the entry on, whatever clocks do.
//
//   on           returned[k]: some return in period k
//   on_or_after  returned[k]: some return in period k or later, up to the last row
//   bracket      returned[b]: some return in the periods of bracket b, both ends included
//
// Layer 4. One thread. Allocates nothing once made.
// Cost: 3 to 6 ns a row (bench/question_bench.cc).
#pragma once

#include <bitset>
#include <span>
#include <utility>
#include <vector>

#include "query/funnel.h"
#include "query/person_rows.h"

namespace throughline::query {

inline constexpr size_t kPeriodsMax = 400;

enum class Returning : uint8_t { On, OnOrAfter, Bracket };

struct RetentionShape {
    Match cohort = 0;
    Match returns = 0;
    Micros from = 0;  // Entries: [from, to).
    Micros to = 0;
    size_t cells = 0;  // Of a person's answer: periods + 1, or brackets.
    Returning returning = Returning::On;
    std::vector<std::pair<size_t, size_t>> brackets = {};  // Of Bracket: first and last period.
    Ties ties = Ties::InStepOrder;
    std::vector<Micros> periods = {};  // Calendar: where each begins, and after the last its end;
                                       // from the one that holds `from`. Empty: rolling,
    Micros width = 0;                  // in stretches of this width.
};

struct RetentionResult {
    bool has_entered = false;
    uint32_t entry = 0;                     // Its row.
    size_t cohort = 0;                      // Calendar: the period that holds it.
    std::bitset<kPeriodsMax + 1> returned;  // By cell.
};

class RetentionMatcher {
public:
    /// Requires: a shape as described above; cells <= kPeriodsMax + 1.
    explicit RetentionMatcher(RetentionShape shape);

    const RetentionShape& shape() const { return shape_; }

    /// Follows one person. Requires: rows in sequence order.
    const RetentionResult& follow(std::span<const Micros> time, std::span<const Match> match);

private:
    struct Instant {
        size_t end = 0;  // Row after it.
        bool has_return = false;
    };
    Instant entry_instant(std::span<const Micros> time, std::span<const Match> match);
    size_t period_of(Micros at);
    Micros end_of(size_t period) const;
    void note(size_t period);

    RetentionShape shape_;
    size_t periods_seen_ = 0;                      // Highest period of interest, and one more.
    std::vector<std::vector<uint32_t>> cells_of_;  // Bracket: by period.
    RetentionResult result_;
    Micros entered_ = 0;
    size_t at_ = 0;  // Calendar: the period of the last row asked about.
};

}  // namespace throughline::query
