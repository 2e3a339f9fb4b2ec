// Counts distinct people among rows: a bit each.
//
// Layer 4. One thread.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "query/people.h"

namespace throughline::query {

class PeopleSeen {
public:
    void add(uint32_t root) {
        if (root == last_ && count_ > 0) return;
        last_ = root;
        if (root / 64 >= bits_.size())
            bits_.resize(std::max<size_t>(root / 64 + 1, 2 * bits_.size()));
        const uint64_t bit = uint64_t{1} << (root % 64);
        count_ += (bits_[root / 64] & bit) == 0;
        bits_[root / 64] |= bit;
    }
    void add_all(const PeopleSeen& other) {
        if (other.bits_.size() > bits_.size()) bits_.resize(other.bits_.size());
        for (size_t word = 0; word < other.bits_.size(); ++word) {
            const uint64_t fresh = other.bits_[word] & ~bits_[word];
            count_ += static_cast<uint64_t>(std::popcount(fresh));
            bits_[word] |= fresh;
        }
    }
    uint64_t count() const { return count_; }
    uint64_t count_known(const People& people) const {
        uint64_t known = 0;
        for (size_t word = 0; word < bits_.size(); ++word) {
            for (uint64_t rest = bits_[word]; rest != 0; rest &= rest - 1) {
                const auto bit = static_cast<uint32_t>(__builtin_ctzll(rest));
                known += people.is_known(static_cast<uint32_t>(word) * 64 + bit);
            }
        }
        return known;
    }

private:
    std::vector<uint64_t> bits_;
    uint32_t last_ = 0;
    uint64_t count_ = 0;
};

}  // namespace throughline::query
