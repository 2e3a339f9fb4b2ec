// How many messages a second a provider may be given.
//
// The bucket holds at most `burst` tokens, begins full, and gains `per_second` of them a second; a
// message takes one. So in any stretch of t seconds at most burst + per_second * t pass.
//
// Layer 4. Pure but for its state: used by one thread at a time.
#pragma once

#include <algorithm>
#include <cmath>

#include "base/assert.h"
#include "base/time.h"

namespace throughline::channel {

class TokenBucket {
public:
    /// Requires: per_second > 0, burst >= 1.
    TokenBucket(double per_second, double burst, Micros now)
        : per_second_(per_second), burst_(burst), tokens_(burst), at_(now) {
        TL_ASSERT(per_second > 0 && burst >= 1);
    }

    /// Takes a token and returns 0, or takes none and returns how long until there is one.
    /// Units: `now` of a clock that never goes back.
    Micros take(Micros now) {
        const double passed_s = static_cast<double>(std::max<Micros>(now - at_, 0)) / 1e6;
        tokens_ = std::min(burst_, tokens_ + passed_s * per_second_);
        at_ = std::max(at_, now);
        if (tokens_ >= 1) {
            tokens_ -= 1;
            return 0;
        }
        return static_cast<Micros>(std::ceil((1 - tokens_) / per_second_ * 1e6));
    }

private:
    double per_second_;
    double burst_;
    double tokens_;
    Micros at_;
};

}  // namespace throughline::channel
