#include "ingest/occurrences.h"

#include "base/assert.h"

namespace throughline::ingest {

Occurrences::Slot& Occurrences::find(Key128 key) {
    size_t at = std::hash<Key128>{}(key) & (slots_.size() - 1);
    while (slots_[at].key && slots_[at].key != key) at = (at + 1) & (slots_.size() - 1);
    return slots_[at];
}

void Occurrences::grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& slot : old) {
        if (slot.key) find(slot.key) = slot;
    }
}

uint32_t Occurrences::count(Key128 key) {
    TL_ASSERT(key);
    if ((used_ + 1) * 4 > slots_.size() * 3) grow();
    Slot& slot = find(key);
    if (!slot.key) {
        slot.key = key;
        ++used_;
    }
    return slot.count++;
}

}  // namespace throughline::ingest
