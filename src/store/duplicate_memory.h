// Dated hashes in memory: many small hash tables, so that growing one never takes long.
//
// Layer 1. Thread-safe for readers once nobody inserts. Cost: one or two cache misses; 18 bytes a
// place, 55 to 80 % of the places taken.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/hash.h"
#include "store/duplicate_run.h"

namespace throughline::store {

class DuplicateMemory {
public:
    DuplicateMemory() : parts_(kParts) {}

    std::optional<uint16_t> find(const Key128& hash) const;
    /// Inserts a hash, or moves it to a later day. Requires: not the zero hash.
    void insert(const DatedHash& entry);
    void prefetch_hint(const Key128& hash) const;

    uint64_t size() const { return size_; }
    uint64_t memory_bytes() const { return bytes_; }

    static constexpr size_t kParts = 1024;
    /// Returns the hashes of one part in order; all of a part come before those of the next.
    std::vector<DatedHash> sorted_part(size_t part) const;

private:
    // Open addressing with linear probing. The zero hash marks a free place.
    struct Part {
        std::unique_ptr<Key128[]> hashes;
        std::unique_ptr<uint16_t[]> days;
        uint32_t capacity = 0;
        uint32_t used = 0;

        size_t place_of(const Key128& hash) const;
    };
    static size_t part_of(const Key128& hash) { return hash.high >> 54; }
    void grow(Part& part);

    std::vector<Part> parts_;
    uint64_t size_ = 0;
    uint64_t bytes_ = kParts * sizeof(Part);
};

}  // namespace throughline::store
