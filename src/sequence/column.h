// One column of a block: integers as an offset from the smallest, in as few whole bytes as the
// largest needs (0 when all are equal). Any value is one load away, so a binary search needs no
// decoding, and a whole column decodes at memory speed.
//
// Layer 3. Pure. Bytes behind the last value are read (and masked away): kColumnSlack of them must
// exist; in a file the footer stands there.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.h"
#include "base/bytes.h"

namespace throughline::sequence {

inline constexpr size_t kColumnSlack = 8;

/// What the footer keeps of a column.
struct ColumnHead {
    int64_t base = 0;
    uint8_t width = 0;  // Bytes a value, 0..8.
};

/// Appends the values; returns their head.
ColumnHead encode_column(std::span<const int64_t> values, std::string& out);

class ColumnView {
public:
    /// Requires: `bytes` is rows * width long, and kColumnSlack bytes behind it are readable.
    ColumnView(ColumnHead head, std::string_view bytes, uint32_t rows)
        : head_(head), bytes_(bytes), rows_(rows) {
        TL_ASSERT(bytes.size() == size_t{rows} * head.width);
    }

    uint32_t size() const { return rows_; }

    int64_t at(uint32_t row) const {
        TL_ASSERT(row < rows_);
        return value(row);
    }

    /// Writes all values, cut to T.
    template <typename T>
    void decode(std::vector<T>& out) const {
        out.resize(rows_);
        switch (head_.width) {
            case 0:
                std::fill(out.begin(), out.end(), static_cast<T>(head_.base));
                return;
            case 1:
                return decode_as<uint8_t>(out);
            case 2:
                return decode_as<uint16_t>(out);
            case 4:
                return decode_as<uint32_t>(out);
            default:
                for (uint32_t row = 0; row < rows_; ++row) out[row] = static_cast<T>(value(row));
        }
    }

    /// The first row at or after `from` whose value is >= `wanted`. Requires: sorted.
    uint32_t lower_bound(int64_t wanted, uint32_t from = 0) const;

private:
    int64_t value(uint32_t row) const {
        if (head_.width == 0) return head_.base;
        const auto raw = load<uint64_t>(bytes_.data() + size_t{row} * head_.width);
        const uint64_t mask = ~uint64_t{0} >> (64 - 8 * head_.width);
        return static_cast<int64_t>(static_cast<uint64_t>(head_.base) + (raw & mask));
    }

    template <typename Stored, typename T>
    void decode_as(std::vector<T>& out) const {
        const char* from = bytes_.data();
        for (uint32_t row = 0; row < rows_; ++row) {
            const uint64_t raw = load<Stored>(from + row * sizeof(Stored));
            out[row] = static_cast<T>(static_cast<uint64_t>(head_.base) + raw);
        }
    }

    ColumnHead head_;
    std::string_view bytes_;
    uint32_t rows_;
};

}  // namespace throughline::sequence
