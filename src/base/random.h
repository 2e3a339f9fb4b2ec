// Randomness that is passed in: from the system for secrets, from a seed everywhere else.
//
// Layer 0. SeededRandom is not thread-safe; random_bytes is.
#pragma once

#include <cstdint>
#include <string>

#include "base/hash.h"

namespace throughline {

/// Returns `count` bytes from the system's generator. Fails never (it waits).
std::string random_bytes(size_t count);

/// A token of `bytes` random bytes in URL-safe base64 without padding.
std::string random_token(size_t bytes);

/// SplitMix64: small, fast, the same on every machine.
class SeededRandom {
public:
    explicit SeededRandom(uint64_t seed) : state_(seed) {}
    uint64_t next() { return mix(state_ += 0x9e3779b97f4a7c15ULL); }
    /// 0 <= result < bound. Requires: bound > 0.
    uint64_t below(uint64_t bound) {
        return static_cast<uint64_t>((static_cast<unsigned __int128>(next()) * bound) >> 64);
    }
    /// 0 <= result < 1.
    double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
    bool chance(double probability) { return unit() < probability; }

private:
    uint64_t state_;
};

}  // namespace throughline
