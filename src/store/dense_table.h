// A dense array of 32-bit values under ids 0, 1, 2...: the root of every identity.
//
// One writer sets values and publishes them; a reader takes a snapshot, which never changes. Chunks
// are copied when a value that a snapshot may show is first changed after a publish; new ids behind
// the published end are written in place, so growing copies nothing. A checkpoint writes a snapshot
// whole, and it is loaded whole.
//
// Layer 1. Thread-safe as one writer and any readers. Cost: set 5 to 20 ns, and 1 us for the first
// change of a chunk of 4,096; publish about 1 us a touched page of a million ids; 4 bytes an id.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/files.h"

namespace throughline::store {

class Dense32 {
    static constexpr size_t kChunkIds = 4096;
    static constexpr size_t kPageChunks = 256;
    using Chunk = std::array<uint32_t, kChunkIds>;
    using Page = std::array<std::shared_ptr<Chunk>, kPageChunks>;
    using Pages = std::vector<std::shared_ptr<Page>>;

public:
    /// The values as of one publish. Immutable, cheap to copy, Thread-safe.
    class Snapshot {
    public:
        size_t size() const { return size_; }
        /// Requires: id < size().
        uint32_t operator[](size_t id) const { return span_of(id / kChunkIds)[id % kChunkIds]; }

        /// Values lie in spans of 4,096, the last one shorter: for scans.
        size_t spans() const { return (size_ + kChunkIds - 1) / kChunkIds; }
        std::span<const uint32_t> span_of(size_t index) const;

    private:
        friend class Dense32;
        std::shared_ptr<const Pages> pages_;  // Shared with the table and other snapshots.
        size_t size_ = 0;
    };

    /// Sets the value of an id, pending until publish(). Ids in between that were never set hold 0.
    void set(size_t id, uint32_t value);
    /// Returns the newest value, pending ones included. Requires: id < size(). Writer only.
    uint32_t get(size_t id) const { return (*chunk(id / kChunkIds))[id % kChunkIds]; }
    size_t size() const { return size_; }

    /// Makes what was set visible to new snapshots.
    void publish();
    /// Returns what the last publish left. Any thread.
    Snapshot snapshot() const;

    size_t memory_bytes() const { return chunks_ * sizeof(Chunk) + pages_.size() * sizeof(Page); }

    /// Writes a snapshot; returns when the file and its name are on disk.
    static Status save(Files& files, const std::string& path, const Snapshot& snapshot);
    /// Replaces everything by what was saved, published. Errors: Corrupt; nothing changes then.
    Status load(Files& files, const std::string& path);

private:
    const std::shared_ptr<Chunk>& chunk(size_t index) const {
        return (*pages_[index / kPageChunks])[index % kPageChunks];
    }
    Chunk& own_chunk(size_t index);
    void extend(size_t size);

    Pages pages_;                    // Writer's. A page or chunk in an owned list is nobody else's.
    std::vector<bool> owned_pages_;  // Not in a snapshot: made since the last publish.
    std::vector<bool> owned_chunks_;
    std::vector<size_t> touched_;  // Chunks owned now.
    size_t size_ = 0;
    size_t chunks_ = 0;
    size_t published_size_ = 0;
    bool is_changed_ = false;

    mutable std::mutex mutex_;  // Guards the published snapshot.
    Snapshot published_;
};

}  // namespace throughline::store
