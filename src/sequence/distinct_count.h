// How many different values there are: exactly up to 256, an estimate beyond.
//
// Keeps the least 256 of the values' hashes, of 32 bits. As long as all fit, their number is the
// answer; once there were more, the share of all numbers that lies below the greatest one kept
// tells how many there must be (Bar-Yossef et al., 2002). Counts of parts merge into the count of
// the whole, whatever the order. Standard error of an estimate: 6 %.
//
// Layer 3. One thread. Cost: 2 to 3 ns a hash; at most 4 kB while counting, 1 kB stored.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"

namespace throughline::sequence {

class DistinctCount {
public:
    static constexpr size_t kKept = 256;

    /// Adds a value by its hash, all of whose bits must be good.
    void add(uint64_t hash) {
        const auto upper = static_cast<uint32_t>(hash >> 32);
        if (upper <= limit_) insert(upper);
    }
    void merge(const DistinctCount& other);

    /// Returns how many, and whether there are no more than are kept.
    struct Answer {
        uint64_t count = 0;
        bool is_exact = true;
    };
    Answer answer() const;

    void append_to(ByteWriter& out) const;
    /// Nothing for bytes that no append_to() made.
    static std::optional<DistinctCount> read(ByteReader& in);

private:
    void insert(uint32_t hash);
    void rebuild(size_t slots, const std::vector<uint32_t>& hashes);
    /// Those kept, rising: at most kKept.
    std::vector<uint32_t> kept() const;

    std::vector<uint32_t> slots_;  // Open addressing; 0: free, so a hash of 0 counts as 1.
    size_t used_ = 0;              // At most 2 * kKept, then the greater half goes.
    uint32_t limit_ = UINT32_MAX;  // Greater ones are not among the least.
    bool has_left_out_ = false;    // There were more.
};

}  // namespace throughline::sequence
