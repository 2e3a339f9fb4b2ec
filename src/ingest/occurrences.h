// How often each key came before: what tells equal rows of one file apart.
//
// Layer 6. Shard-owned. Memory: 24 bytes per distinct key and free room, 48 at most.
#pragma once

#include <cstdint>
#include <vector>

#include "base/hash.h"

namespace throughline::ingest {

class Occurrences {
public:
    /// Counts one more of `key`; returns how many there were before. Requires: `key` is not zero.
    uint32_t count(Key128 key);

private:
    struct Slot {
        Key128 key;
        uint32_t count = 0;
    };
    Slot& find(Key128 key);
    void grow();

    std::vector<Slot> slots_ = std::vector<Slot>(1024);  // Open addressing; a power of two.
    size_t used_ = 0;
};

}  // namespace throughline::ingest
