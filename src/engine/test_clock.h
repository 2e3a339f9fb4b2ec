// A clock whose wall can be set while its monotonic time goes on, for several threads.
//
// Layer 6, tests only.
#pragma once

#include <atomic>

#include "base/time.h"

namespace throughline::engine::testing {

class TwoClocks final : public Clock {
public:
    explicit TwoClocks(Micros now) : now_(now) {}
    Micros now() const override { return now_; }
    Micros monotonic() const override { return monotonic_; }

    /// Time passes, for both.
    void pass(Micros by) {
        monotonic_ += by;
        now_ += by;
    }
    /// Somebody sets the wall clock.
    void jump(Micros by) { now_ += by; }

private:
    std::atomic<Micros> now_;
    std::atomic<Micros> monotonic_{1};
};

}  // namespace throughline::engine::testing
