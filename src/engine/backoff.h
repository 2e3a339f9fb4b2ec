// When to try again what failed for want of something outside, e.g. room on a disk.
//
// After the first failure a second passes, then two, four... at most a minute; a success forgets
// them all.
//
// Layer 6. Pure; owned by one thread, or guarded by its owner.
#pragma once

#include <algorithm>

#include "base/time.h"

namespace throughline::engine {

class Backoff {
public:
    static constexpr Micros kFirstPause = kSecond;
    static constexpr Micros kLongestPause = kMinute;

    void succeeded() { pause_ = 0; }
    void failed(Micros now) {
        pause_ = std::clamp(2 * pause_, kFirstPause, kLongestPause);
        next_ = now + pause_;
    }

    /// Whether the last try failed.
    bool is_waiting() const { return pause_ > 0; }
    /// Whether to try at `now`, which is monotonic.
    bool may_try(Micros now) const { return pause_ == 0 || now >= next_; }

private:
    Micros pause_ = 0;  // 0: nothing has failed.
    Micros next_ = 0;
};

}  // namespace throughline::engine
