// A set of 64-bit keys that only grows: distinct people per cell, as (cell, person).
//
// Layer 4. One thread. Cost: 8 to 16 bytes a key, one cache miss an insert; an insert equal to the
// one before is free, which rows ordered by person make common.
#pragma once

#include <cstdint>
#include <vector>

#include "base/hash.h"

namespace throughline::query {

class DistinctSet {
public:
    /// Returns whether the key is new. Requires: key is not kNone.
    bool insert(uint64_t key) {
        if (key == last_) return false;
        last_ = key;
        if (2 * (size_ + 1) > slots_.size()) grow();
        return place(key);
    }
    size_t size() const { return size_; }

    template <typename Visit>
    void for_each(Visit&& visit) const {
        for (const uint64_t key : slots_) {
            if (key != kNone) visit(key);
        }
    }

private:
    static constexpr uint64_t kNone = ~uint64_t{0};

    bool place(uint64_t key) {
        size_t slot = mix(key) & (slots_.size() - 1);
        while (slots_[slot] != kNone) {
            if (slots_[slot] == key) return false;
            slot = (slot + 1) & (slots_.size() - 1);
        }
        slots_[slot] = key;
        ++size_;
        return true;
    }
    void grow() {
        std::vector<uint64_t> old(slots_.empty() ? 64 : 2 * slots_.size(), kNone);
        old.swap(slots_);
        size_ = 0;
        for (const uint64_t key : old) {
            if (key != kNone) place(key);
        }
    }

    std::vector<uint64_t> slots_;
    size_t size_ = 0;
    uint64_t last_ = kNone;
};

}  // namespace throughline::query
