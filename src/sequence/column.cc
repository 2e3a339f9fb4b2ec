#include "sequence/column.h"

namespace throughline::sequence {

ColumnHead encode_column(std::span<const int64_t> values, std::string& out) {
    TL_ASSERT(!values.empty());
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    // Unsigned, because the distance of two int64 may not fit one.
    const uint64_t range = static_cast<uint64_t>(*high) - static_cast<uint64_t>(*low);
    ColumnHead head{.base = *low};
    head.width = static_cast<uint8_t>((std::bit_width(range) + 7) / 8);

    // Eight bytes each time: those too many are written over by the next value, at last cut off.
    const size_t before = out.size();
    out.resize(before + values.size() * head.width + kColumnSlack);
    char* to = out.data() + before;
    for (const int64_t value : values) {
        const uint64_t offset = static_cast<uint64_t>(value) - static_cast<uint64_t>(head.base);
        std::memcpy(to, &offset, sizeof offset);
        to += head.width;
    }
    out.resize(out.size() - kColumnSlack);
    return head;
}

uint32_t ColumnView::lower_bound(int64_t wanted, uint32_t from) const {
    uint32_t low = from;
    uint32_t high = rows_;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (value(middle) < wanted) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

}  // namespace throughline::sequence
