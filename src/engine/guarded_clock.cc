#include "engine/guarded_clock.h"

#include "base/log.h"

namespace throughline::engine {

GuardedClock::GuardedClock(const Clock& clock)
    : clock_(clock), offset_(clock.now() - clock.monotonic()) {}

Micros GuardedClock::now() const {
    const std::lock_guard lock(mutex_);
    const Micros monotonic = clock_.monotonic();
    const Micros wall = clock_.now();
    const Micros gained = wall - monotonic - offset_;
    if (gained > kJumpMax) {
        if (!is_ahead_) log_warn("engine.clock_jumped", {{"seconds", gained / kSecond}});
        is_ahead_ = true;
        return monotonic + offset_;
    }
    if (is_ahead_) log_info("engine.clock_returned", {{"seconds", gained / kSecond}});
    is_ahead_ = false;
    if (gained >= -kJumpMax) offset_ += gained;
    return wall;
}

Micros GuardedClock::ahead() const {
    const Micros believed = now();
    const std::lock_guard lock(mutex_);
    return is_ahead_ ? clock_.now() - believed : 0;
}

void GuardedClock::trust() {
    const std::lock_guard lock(mutex_);
    if (is_ahead_) log_warn("engine.clock_trusted", {});
    offset_ = clock_.now() - clock_.monotonic();
    is_ahead_ = false;
}

}  // namespace throughline::engine
