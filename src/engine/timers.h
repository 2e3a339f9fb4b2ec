// Timers of people: when time alone may change something for whom an identity is the root.
//
// Table `timers`, written by the fold, a row for
//   due (i64, sign flipped, big-endian) · identity (u32, big-endian)     empty
//
// A timer fires before the first record stamped at it or later, in the order (due, identity), and
// at its due time; it leaves the table when it fires. One too many does no harm: who is called
// looks what is so at that moment. Firings are not logged, because they follow from the stamps.
//
// Layer 6. The fold's thread. Cost: of the ordered table; a firing reads the rows of its batch
// once.
#pragma once

#include <limits>
#include <optional>

#include "base/result.h"
#include "base/time.h"
#include "identity/node.h"
#include "store/ordered_table.h"

namespace throughline::engine {

inline constexpr Micros kNever = std::numeric_limits<Micros>::max();

struct Timer {
    Micros due = kNever;
    identity::IdentityId identity = 0;
    auto operator<=>(const Timer&) const = default;
};

std::string timer_key(const Timer& timer);
std::optional<Timer> timer_of_key(std::string_view key);

/// The first timers due at `from` or later, at most `limit`. Errors: of the read.
Result<std::vector<Timer>> next_timers(const store::OrderedTable& timers, Micros from,
                                       size_t limit);

}  // namespace throughline::engine
