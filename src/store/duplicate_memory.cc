#include "store/duplicate_memory.h"

#include <algorithm>

#include "base/assert.h"

namespace throughline::store {

// The place of the hash, or the free one where it would be. Requires: capacity > used.
size_t DuplicateMemory::Part::place_of(const Key128& hash) const {
    size_t at = ((hash.low >> 32) * capacity) >> 32;
    while (hashes[at] && hashes[at] != hash) at = at + 1 == capacity ? 0 : at + 1;
    return at;
}

std::optional<uint16_t> DuplicateMemory::find(const Key128& hash) const {
    const Part& part = parts_[part_of(hash)];
    if (part.capacity == 0) return std::nullopt;
    const size_t at = part.place_of(hash);
    if (!part.hashes[at]) return std::nullopt;
    return part.days[at];
}

void DuplicateMemory::insert(const DatedHash& entry) {
    TL_ASSERT(entry.hash);
    Part& part = parts_[part_of(entry.hash)];
    if ((part.used + 1) * 5 > part.capacity * 4) grow(part);
    const size_t at = part.place_of(entry.hash);
    if (!part.hashes[at]) {
        part.hashes[at] = entry.hash;
        ++part.used;
        ++size_;
    }
    part.days[at] = entry.day;
}

void DuplicateMemory::grow(Part& part) {
    Part larger;
    larger.capacity = part.capacity + part.capacity / 2 + 16;
    larger.used = part.used;
    larger.hashes = std::make_unique<Key128[]>(larger.capacity);
    larger.days = std::make_unique<uint16_t[]>(larger.capacity);
    for (size_t at = 0; at < part.capacity; ++at) {
        if (!part.hashes[at]) continue;
        const size_t place = larger.place_of(part.hashes[at]);
        larger.hashes[place] = part.hashes[at];
        larger.days[place] = part.days[at];
    }
    bytes_ += (larger.capacity - part.capacity) * (sizeof(Key128) + sizeof(uint16_t));
    part = std::move(larger);
}

void DuplicateMemory::prefetch_hint(const Key128& hash) const {
    const Part& part = parts_[part_of(hash)];
    __builtin_prefetch(part.hashes.get() + (((hash.low >> 32) * part.capacity) >> 32));
}

std::vector<DatedHash> DuplicateMemory::sorted_part(size_t index) const {
    const Part& part = parts_[index];
    std::vector<DatedHash> entries;
    entries.reserve(part.used);
    for (size_t at = 0; at < part.capacity; ++at) {
        if (part.hashes[at]) entries.push_back({part.hashes[at], part.days[at]});
    }
    std::sort(entries.begin(), entries.end(),
              [](const DatedHash& a, const DatedHash& b) { return a.hash < b.hash; });
    return entries;
}

}  // namespace throughline::store
