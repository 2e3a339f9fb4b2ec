#include "sequence/distinct_count.h"

#include <algorithm>
#include <bit>

namespace throughline::sequence {

namespace {

constexpr size_t kSlotsLeast = 16;

}  // namespace

void DistinctCount::insert(uint32_t hash) {
    hash = std::max<uint32_t>(hash, 1);
    if (2 * (used_ + 1) > slots_.size()) {
        rebuild(std::max(kSlotsLeast, 2 * slots_.size()), std::vector<uint32_t>(slots_));
    }
    const size_t mask = slots_.size() - 1;
    size_t at = hash & mask;
    while (slots_[at] != 0 && slots_[at] != hash) at = (at + 1) & mask;
    if (slots_[at] == hash) return;
    slots_[at] = hash;
    if (++used_ < 2 * kKept) return;
    const std::vector<uint32_t> least = kept();
    has_left_out_ = true;
    limit_ = least.back();
    rebuild(slots_.size(), least);
}

void DistinctCount::rebuild(size_t slots, const std::vector<uint32_t>& hashes) {
    slots_.assign(slots, 0);
    used_ = 0;
    for (const uint32_t hash : hashes) {
        if (hash == 0) continue;
        size_t at = hash & (slots - 1);
        while (slots_[at] != 0) at = (at + 1) & (slots - 1);
        slots_[at] = hash;
        ++used_;
    }
}

std::vector<uint32_t> DistinctCount::kept() const {
    std::vector<uint32_t> hashes;
    hashes.reserve(used_);
    std::ranges::copy_if(slots_, std::back_inserter(hashes),
                         [](uint32_t hash) { return hash != 0; });
    std::ranges::sort(hashes);
    if (hashes.size() > kKept) hashes.resize(kKept);
    return hashes;
}

// Each side has all hashes seen up to its limit, and at least kKept of them if it left some out. So
// both have all up to the lower limit, and the least of both together are among those.
void DistinctCount::merge(const DistinctCount& other) {
    for (const uint32_t hash : other.slots_) {
        if (hash != 0 && hash <= limit_) insert(hash);
    }
    has_left_out_ = has_left_out_ || other.has_left_out_;
    limit_ = std::min(limit_, other.limit_);
}

DistinctCount::Answer DistinctCount::answer() const {
    if (!has_left_out_ && used_ <= kKept) return {used_, true};
    const std::vector<uint32_t> hashes = kept();
    // Of n hashes spread evenly the k-th least lies at about k / n of all numbers.
    constexpr double kNumbers = 4'294'967'296.0;
    const double count = static_cast<double>(hashes.size() - 1) * kNumbers / hashes.back();
    return {static_cast<uint64_t>(count), false};
}

void DistinctCount::append_to(ByteWriter& out) const {
    const std::vector<uint32_t> hashes = kept();
    out.varint(hashes.size());
    out.u8(has_left_out_ || used_ > kKept ? 1 : 0);
    uint32_t last = 0;
    for (const uint32_t hash : hashes) {
        out.varint(hash - last);
        last = hash;
    }
}

std::optional<DistinctCount> DistinctCount::read(ByteReader& in) {
    const uint64_t count = in.varint();
    const uint8_t has_left_out = in.u8();
    if (!in.ok() || count > kKept || has_left_out > 1) return std::nullopt;
    if (has_left_out == 1 && count != kKept) return std::nullopt;
    std::vector<uint32_t> hashes;
    uint64_t last = 0;
    for (uint64_t i = 0; i < count; ++i) {
        const uint64_t more = in.varint();
        if (!in.ok() || more == 0 || more > UINT32_MAX - last) return std::nullopt;
        last += more;
        hashes.push_back(static_cast<uint32_t>(last));
    }
    DistinctCount made;
    if (count > 0) made.rebuild(std::max(kSlotsLeast, std::bit_ceil(2 * count)), hashes);
    made.has_left_out_ = has_left_out == 1;
    if (made.has_left_out_) made.limit_ = hashes.back();
    return made;
}

}  // namespace throughline::sequence
