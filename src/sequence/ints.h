// One column of integers in the smallest of a few forms; any value is a load or two away.
//
//   column := form u8, then
//     constant  value signed varint
//     packed    base signed varint · unit varint · width u8 (1..64) · bits, low first:
//               value = base + unit * bits
//     runs      runs varint · bytes varint · lengths (a column) · values (a column)
//
// Units are 1, 1,000 or 1,000,000: instants in milliseconds cost no more bits than milliseconds.
// How many values there are is told from outside.
//
// Layer 3. Pure. Bytes behind the column are read (and masked away): kIntsSlack of them must exist;
// in a file the trailer stands there.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/assert.h"
#include "base/bytes.h"

namespace throughline::sequence {

inline constexpr size_t kIntsSlack = 9;

/// Appends the values in the form that takes the fewest bytes. Requires: at least one value.
void encode_ints(std::span<const int64_t> values, std::string& out);

/// Puts the low bits of a number where a mask has ones, in order.
inline uint64_t spread_bits(uint64_t bits, uint64_t mask) {
#ifdef __BMI2__
    return __builtin_ia32_pdep_di(bits, mask);
#else
    uint64_t out = 0;
    for (; mask != 0; mask &= mask - 1, bits >>= 1) {
        if ((bits & 1) != 0) out |= mask & -mask;
    }
    return out;
#endif
}

class IntView {
public:
    /// Nothing for bytes that no encode_ints() of `count` values made.
    static std::optional<IntView> parse(std::string_view bytes, uint32_t count);

    uint32_t size() const { return count_; }

    /// Cost: a load or two; of runs, a search unless `row` rises or stays.
    int64_t at(uint32_t row) const {
        TL_ASSERT(row < count_);
        return run_ends_.empty() ? packed(row) : run_values_[run_of(row)];
    }

    /// Writes the values [from, to), cut to T. Requires: from <= to <= size().
    template <typename T>
    void decode(uint32_t from, uint32_t to, std::vector<T>& out) const {
        TL_ASSERT(from <= to && to <= count_);
        out.resize(to - from);
        if (!run_ends_.empty()) return decode_runs(from, out);
        if (width_ == 0) {
            std::fill(out.begin(), out.end(), static_cast<T>(base_));
            return;
        }
        // Several values of one load, each spread to a lane of its own. They begin where a byte
        // does.
        if (width_ <= 8) return decode_lanes<uint8_t>(from, out);
        if (width_ <= 15) return decode_lanes<uint16_t>(from, out);
        if (width_ <= 28) return decode_lanes<uint32_t>(from, out);
        for (uint32_t row = from; row < to; ++row) out[row - from] = static_cast<T>(packed(row));
    }
    template <typename T>
    void decode(std::vector<T>& out) const {
        decode(0, count_, out);
    }

private:
    bool parse_packed(ByteReader& in);
    bool parse_runs(ByteReader& in);
    size_t run_of(uint32_t row) const;

    int64_t packed(uint32_t row) const {
        if (width_ == 0) return base_;
        const uint64_t bit = uint64_t{row} * width_;
        const char* at = bits_ + bit / 8;
        const auto shift = static_cast<unsigned>(bit % 8);
        uint64_t raw = load<uint64_t>(at) >> shift;
        if (shift + width_ > 64) raw |= uint64_t{static_cast<uint8_t>(at[8])} << (64 - shift);
        return static_cast<int64_t>(static_cast<uint64_t>(base_) + unit_ * (raw & mask_));
    }

    // Values of a few loads are spread to lanes, which are then widened all at once: the compiler
    // makes vectors of that. Cost: 0.1 to 0.3 ns a value where the processor can spread bits, as
    // all since 2013 can.
    template <typename Lane, typename T>
    void decode_lanes(uint32_t from, std::vector<T>& out) const {
        constexpr uint32_t kLanes = 8 / sizeof(Lane);
        constexpr uint32_t kBatch = 256;
        const auto to = static_cast<uint32_t>(from + out.size());
        uint32_t row = from;
        for (; row < to && row % kLanes != 0; ++row) out[row - from] = static_cast<T>(packed(row));
        uint64_t spread = 0;  // Where the bits of each lane go.
        for (unsigned lane = 0; lane < kLanes; ++lane) spread |= mask_ << (lane * 64 / kLanes);
        std::array<Lane, kBatch> lanes;
        for (; row + kLanes <= to;) {
            const uint32_t size = std::min(kBatch, (to - row) / kLanes * kLanes);
            for (uint32_t at = 0; at < size; at += kLanes) {
                const uint64_t bit = uint64_t{row + at} * width_;
                const uint64_t raw =
                    spread_bits(load<uint64_t>(bits_ + bit / 8) >> bit % 8, spread);
                std::memcpy(&lanes[at], &raw, sizeof raw);
            }
            widen(lanes.data(), size, out.data() + (row - from));
            row += size;
        }
        for (; row < to; ++row) out[row - from] = static_cast<T>(packed(row));
    }

    // Wraps, as what is cut to T may.
    template <typename Lane, typename T>
    void widen(const Lane* lanes, uint32_t size, T* out) const {
        using Wide = std::conditional_t<sizeof(T) <= sizeof(uint32_t), uint32_t, uint64_t>;
        const auto base = static_cast<Wide>(base_);
        const auto unit = static_cast<Wide>(unit_);
        if (unit_ == 1) {
            for (uint32_t i = 0; i < size; ++i) out[i] = static_cast<T>(base + lanes[i]);
        } else {
            for (uint32_t i = 0; i < size; ++i) out[i] = static_cast<T>(base + unit * lanes[i]);
        }
    }

    template <typename T>
    void decode_runs(uint32_t from, std::vector<T>& out) const {
        const auto to = static_cast<uint32_t>(from + out.size());
        size_t run = out.empty() ? 0 : run_of(from);
        for (uint32_t row = from; row < to; ++run) {
            const uint32_t end = std::min(run_ends_[run], to);
            const auto value = static_cast<T>(run_values_[run]);
            for (; row < end; ++row) out[row - from] = value;
        }
    }

    uint32_t count_ = 0;
    int64_t base_ = 0;
    uint64_t unit_ = 1;
    unsigned width_ = 0;  // 0: constant.
    uint64_t mask_ = 0;
    const char* bits_ = nullptr;
    std::vector<uint32_t> run_ends_;  // Of each run, one past its last row. Empty: not runs.
    std::vector<int64_t> run_values_;
    mutable size_t run_ = 0;  // Where at() was last.
};

}  // namespace throughline::sequence
