// Seeded choice with whole numbers only, so that a seed means the same world on every machine.
//
// Nothing here touches floating point or the C library's generators.
//
// Layer 4. Used by one thread. Cost: about 2 ns a draw.
#pragma once

#include <array>
#include <cstdint>

#include "base/hash.h"
#include "base/random.h"

namespace throughline::simulate {

/// What a seed says about a thing: the same number whenever it is asked.
inline uint64_t trait_of(uint64_t seed, uint64_t thing, uint64_t question) {
    return mix(mix(seed + question * 0x9e3779b97f4a7c15ULL) ^ (thing * 0xd1342543de82ef95ULL));
}

/// A share of 64 random bits: 0 <= result < bound.
inline uint64_t scaled(uint64_t bits, uint64_t bound) {
    return static_cast<uint64_t>((static_cast<unsigned __int128>(bits) * bound) >> 64);
}

class Dice {
public:
    explicit Dice(uint64_t seed) : random_(seed) {}

    uint64_t bits() { return random_.next(); }
    /// 0 <= result < bound. Requires: bound > 0.
    uint64_t below(uint64_t bound) { return random_.below(bound); }
    bool percent(uint64_t chance) { return below(100) < chance; }
    bool permille(uint64_t chance) { return below(1000) < chance; }

    /// The place of a weight, each as often as its share of their sum.
    template <size_t N>
    size_t pick(const std::array<uint32_t, N>& weights) {
        uint64_t sum = 0;
        for (const uint32_t weight : weights) sum += weight;
        uint64_t at = below(sum);
        size_t place = 0;
        for (; at >= weights[place]; ++place) at -= weights[place];
        return place;
    }

    /// A rank below `count`, popular ones first: Zipf and Mandelbrot's law, 1 / (rank + count /
    /// 128) in steps of an octave, so the first rank gets about twenty-six times its even share and
    /// seven octaves get the same.
    uint64_t popular(uint64_t count) {
        const uint64_t flat = count < 128 ? 1 : count / 128;
        for (;;) {
            const uint64_t octave = flat << below(7);
            const uint64_t rank = octave + below(octave) - flat;
            if (rank < count) return rank;
        }
    }

private:
    SeededRandom random_;
};

}  // namespace throughline::simulate
