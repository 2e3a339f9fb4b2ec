// A wall clock that is believed as far as the monotonic one bears it out.
//
// Stamps never fall: a wall clock that is a year ahead for a second would fire a year of timers,
// and then let time stand still for a year. So time is the wall's, unless the wall has come more
// than kJumpMax ahead of what it was plus what has passed since by the monotonic clock. From then
// on time passes by the monotonic clock, until the wall is back, or somebody trusts it.
//
// - Drift and slewing are followed from look to look, and never add up to a jump.
// - A wall that falls back is passed on, as stamps stand still by themselves; coming back to where
//   it was is no jump.
// - A machine that slept has not jumped: the monotonic clock counts its sleep (CLOCK_BOOTTIME).
// - The first look believes the wall: after a long downtime what is overdue fires. So a restart
//   trusts it, too.
//
// Layer 6. Thread-safe. Borrows the clock. Cost: both clocks and a lock, some 60 ns.
#pragma once

#include <mutex>

#include "base/time.h"

namespace throughline::engine {

class GuardedClock final : public Clock {
public:
    static constexpr Micros kJumpMax = 10 * kSecond;

    explicit GuardedClock(const Clock& clock);

    Micros now() const override;
    Micros monotonic() const override { return clock_.monotonic(); }

    /// How far the wall is ahead of now(), as of this moment; 0: it is believed.
    Micros ahead() const;
    /// Believes the wall as it is.
    void trust();

private:
    const Clock& clock_;
    mutable std::mutex mutex_;   // Of all below.
    mutable Micros offset_ = 0;  // Wall less monotonic, as believed; the highest, if it fell back.
    mutable bool is_ahead_ = false;
};

}  // namespace throughline::engine
