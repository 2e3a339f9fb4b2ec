// Frequency caps: at most n messages within a rolling window.
//
// A message sent at m counts at t while m <= t < m + within. One more may be sent at t if fewer
// than n count; when it may not, it may as soon as the n-th latest no longer counts, which is known
// at once and needs no scan.
//
// Layer 3. Pure. Cost: O(messages within the window).
#pragma once

#include <cstdint>
#include <span>

#include "base/time.h"

namespace throughline::privacy {

struct Cap {
    uint32_t messages = 0;  // At least 1.
    Micros within = 0;      // Above 0.
    bool operator==(const Cap&) const = default;
};

/// The first instant at or after `at` at which a cap lets one more message through.
/// Requires: `sent` ascending. What was sent after `at` counts as well: it is on its way.
Micros next_by_cap(const Cap& cap, std::span<const Micros> sent, Micros at);

/// The first that all of them do: the latest of theirs, as time alone only ever frees.
Micros next_by_caps(std::span<const Cap> caps, std::span<const Micros> sent, Micros at);

}  // namespace throughline::privacy
