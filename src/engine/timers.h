// Timers: when time alone may change something, and for what.
//
// Table `timers`, written by the fold, a row for
//   due (i64, sign flipped, big-endian) · kind (u8) · subject (u128, big-endian)     empty
//
// A timer fires before the first record stamped at it or later, in the order (due, kind, subject),
// and at its due time; it leaves the table when it fires. One too many does no harm: who is called
// looks what is so at that moment. Firings are not logged, because they follow from the stamps.
// With one record fire at most kFiredATick or kFiredARecord, so that none takes longer for a
// million being due at ten o'clock; the rest goes with those behind it, and the engine sees to it
// that they come at once. How many follows from the record alone, so a replay does the same.
//
// Layer 6. The fold's thread. Cost: of the ordered table; a firing reads its row once.
#pragma once

#include <limits>
#include <optional>

#include "base/hash.h"
#include "base/result.h"
#include "base/time.h"
#include "store/ordered_table.h"

namespace throughline::engine {

inline constexpr size_t kFiredATick = 4'000;  // Timers with one tick: some 20 ms of the fold.
inline constexpr size_t kFiredARecord = 20;   // With another record, so that those go on.

inline constexpr Micros kNever = std::numeric_limits<Micros>::max();

/// Whom a timer is for. Stored: never renumber.
enum class TimerKind : uint8_t {
    Segments = 0,  // Subject: the root of a person, in `high`.
    Run = 1,       // Of a journey.
    Item = 2,      // Key of an item.
};

struct Timer {
    Micros due = kNever;
    TimerKind kind = TimerKind::Segments;
    Key128 subject = {};
    auto operator<=>(const Timer&) const = default;
};

std::string timer_key(const Timer& timer);
std::optional<Timer> timer_of_key(std::string_view key);

/// Adds a timer; `next_due` (FoldState) becomes its time if that is nearer.
void set_timer(store::OrderedTable& timers, const Timer& timer, Micros& next_due);

/// The first timers due at `from` or later, at most `limit`. Errors: of the read.
Result<std::vector<Timer>> next_timers(const store::OrderedTable& timers, Micros from,
                                       size_t limit);

}  // namespace throughline::engine
