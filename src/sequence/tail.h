// The newest rows, in memory, in arrival order, until a checkpoint has written them to files.
//
// Chunks of at most kTailChunkRows rows hold the core columns as arrays and point at payloads in
// the epoch's own buffer, which they keep alive: nothing is copied. Each chunk has a small hash
// index from identity to its last row in the chunk, and each row a link to the one before it, so
// the rows of one person are found with one look-up a chunk.
//
// One thread (the fold) appends; publish() shows what was appended by moving one length. Readers
// see a TailSnapshot: rows [begin, end), fixed. Rows appended later may already stand in the
// arrays; a reader passes over them by their number. A chunk goes when it is wholly written to
// files and the last snapshot that holds it has gone (that is who shares it). So that it is, a
// checkpoint closes the chunk it begins with: payloads of any size free their memory with it.
//
// Layer 3. append() and publish(): one thread. snapshot() and drop_before(): any thread.
// Cost: about 60 bytes a row beside the payload.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

#include "sequence/row.h"

namespace throughline::sequence {

inline constexpr uint32_t kTailChunkRows = 65536;  // The row in its chunk fits 16 bits.

/// Where a row of a snapshot stands: number of the chunk << 16 | row in it. Rises with the row.
using TailPlace = uint32_t;

/// Some rows of one chunk, column by column. Row i of each span is the same row.
struct TailColumns {
    std::span<const uint32_t> identity;
    std::span<const uint32_t> name;
    std::span<const Micros> time;
    std::span<const uint8_t> type;
    std::span<const model::SourceId> source;
    std::span<const uint8_t> flags;
    std::span<const uint32_t> tie;
    std::span<const model::Position> position;
    std::span<const std::string_view> payload;
};

class TailChunk {
public:
    explicit TailChunk(uint64_t first_row) : first_row_(first_row) {}

    uint64_t first_row() const { return first_row_; }
    /// Rows [from, to) of this chunk. Requires: from <= to <= kTailChunkRows, published.
    TailColumns columns(uint32_t from, uint32_t to) const;
    Row row(uint32_t at) const;
    std::string_view payload(uint32_t at) const { return payload_[at]; }
    /// Tells the processor that row `at` is about to be used.
    void prefetch_hint(uint32_t at) const;

    static constexpr uint32_t kNone = ~uint32_t{0};
    /// The last row of an identity, also a row not yet published; kNone if it has none here.
    uint32_t last_of(uint32_t identity) const;
    /// The row of the same identity before `at`; kNone for the first in this chunk.
    uint32_t before(uint32_t at) const { return before_[at]; }

private:
    friend class Tail;
    static constexpr uint32_t kSlots = 2 * kTailChunkRows;  // Half full at most.
    static constexpr uint64_t kIndexBytes = kSlots * sizeof(uint32_t);
    static constexpr uint64_t kRowBytes = 56;  // Of all columns, and its share of owners.

    void put(uint32_t at, const Row& row, std::string_view payload);
    uint32_t slot_of(uint32_t identity) const;

    uint64_t first_row_;
    std::array<uint32_t, kTailChunkRows> identity_;
    std::array<uint32_t, kTailChunkRows> name_;
    std::array<Micros, kTailChunkRows> time_;
    std::array<uint8_t, kTailChunkRows> type_;
    std::array<model::SourceId, kTailChunkRows> source_;
    std::array<uint8_t, kTailChunkRows> flags_;
    std::array<uint32_t, kTailChunkRows> tie_;
    std::array<model::Position, kTailChunkRows> position_;
    std::array<std::string_view, kTailChunkRows> payload_;
    std::array<uint32_t, kTailChunkRows> before_;
    // Slot: 0 empty, else 1 + the last row of the identity that hashes there. Release on write,
    // acquire on read: who sees a row number sees its columns.
    std::array<std::atomic<uint32_t>, kSlots> last_{};
    std::vector<std::shared_ptr<const void>> owners_;  // Of the payloads. Writer only.
    std::atomic<uint64_t> bytes_{kIndexBytes};         // In use: the arrays are touched row by row.
};

/// What a reader sees: rows [begin, end). Copying shares the chunks.
class TailSnapshot {
public:
    uint64_t begin() const { return begin_; }
    uint64_t end() const { return end_; }
    uint64_t size() const { return end_ - begin_; }

    Row row(uint64_t number) const {
        const TailChunk& chunk = chunk_of(number);
        return chunk.row(static_cast<uint32_t>(number - chunk.first_row()));
    }
    std::string_view payload(uint64_t number) const {
        const TailChunk& chunk = chunk_of(number);
        return chunk.payload(static_cast<uint32_t>(number - chunk.first_row()));
    }

    /// Calls visit(first row number, columns) for each chunk, oldest first, until it says false.
    template <typename Visit>
    void for_each_chunk(Visit&& visit) const {
        if (begin_ == end_) return;
        for (size_t i = index_of(begin_); i < chunks_->size(); ++i) {
            const TailChunk& chunk = *(*chunks_)[i];
            if (chunk.first_row() >= end_) return;
            const uint64_t from = std::max(begin_, chunk.first_row());
            const uint64_t stop = std::min(end_, end_of(i));
            const auto at = static_cast<uint32_t>(from - chunk.first_row());
            const auto to = static_cast<uint32_t>(stop - chunk.first_row());
            if (!visit(from, chunk.columns(at, to))) return;
        }
    }

    TailPlace place_of(uint64_t row) const {
        const size_t index = index_of(row);
        TL_ASSERT(index < (size_t{1} << 16));
        return static_cast<TailPlace>(index << 16 | (row - (*chunks_)[index]->first_row()));
    }
    // By place: for many rows in any order. Requires: the place is of this snapshot.
    Row row_at(TailPlace place) const { return chunk_at(place).row(place & 0xffff); }
    std::string_view payload_at(TailPlace place) const {
        return chunk_at(place).payload(place & 0xffff);
    }
    void prefetch_hint(TailPlace place) const { chunk_at(place).prefetch_hint(place & 0xffff); }

    /// Calls visit(row number) for each row of an identity, newest arrival first.
    template <typename Visit>
    void for_each_of(uint32_t identity, Visit&& visit) const {
        if (begin_ == end_) return;
        for (size_t i = chunks_->size(); i-- > 0;) {
            const TailChunk& chunk = *(*chunks_)[i];
            if (chunk.first_row() >= end_) continue;
            for (uint32_t at = chunk.last_of(identity); at != TailChunk::kNone;
                 at = chunk.before(at)) {
                const uint64_t number = chunk.first_row() + at;
                if (number < begin_) return;
                if (number < end_) visit(number);
            }
            if (chunk.first_row() <= begin_) return;
        }
    }

private:
    friend class Tail;
    using Chunks = std::vector<std::shared_ptr<const TailChunk>>;

    /// The chunk that holds a row. Requires: it is in the snapshot.
    size_t index_of(uint64_t row) const {
        TL_ASSERT(row >= begin_ && row < end_);
        const auto after = std::upper_bound(
            chunks_->begin(), chunks_->end(), row,
            [](uint64_t wanted, const auto& chunk) { return wanted < chunk->first_row(); });
        return static_cast<size_t>(after - chunks_->begin()) - 1;
    }
    uint64_t end_of(size_t index) const {
        return index + 1 < chunks_->size() ? (*chunks_)[index + 1]->first_row() : end_;
    }
    const TailChunk& chunk_of(uint64_t row) const { return *(*chunks_)[index_of(row)]; }
    const TailChunk& chunk_at(TailPlace place) const { return *(*chunks_)[place >> 16]; }

    std::shared_ptr<const Chunks> chunks_;  // Shared by all snapshots taken between two new chunks.
    uint64_t begin_ = 0;
    uint64_t end_ = 0;
};

class Tail {
public:
    Tail();

    /// Names who keeps the payloads of the next rows alive: the epoch's buffer.
    void hold(std::shared_ptr<const void> owner) { owner_ = std::move(owner); }
    /// Adds a row; nobody sees it before publish().
    ///
    /// Requires: positions do not fall; `payload` lives as long as the owner given to hold().
    void append(const Row& row, std::string_view payload);
    /// Shows all rows appended so far to later snapshots.
    void publish();

    /// Lets the next row begin a chunk: those before it then go together. Called with nothing
    /// unpublished, when a checkpoint begins.
    void close_chunk();

    /// Rows appended so far, published or not, counted from the start of the process.
    uint64_t appended() const { return appended_; }

    TailSnapshot snapshot() const;
    /// Forgets rows below `row`, which files hold now. Requires: row <= published length.
    void drop_before(uint64_t row);
    /// Frees what was dropped and no snapshot holds any more, without holding anybody up. One
    /// thread. Without it, whoever lets go of the last snapshot frees it all in one go.
    void free_dropped();

    /// Payload bytes and columns of the chunks not yet dropped.
    uint64_t bytes() const;

private:
    void start_chunk();

    // Writer only.
    std::shared_ptr<TailChunk> chunk_;  // The one being filled; none before its first row.
    std::shared_ptr<const void> owner_;
    uint64_t appended_ = 0;
    std::vector<std::shared_ptr<const TailChunk>> fresh_;  // Chunks begun since the last publish.

    mutable std::mutex mutex_;
    std::shared_ptr<const TailSnapshot::Chunks> chunks_;
    uint64_t begin_ = 0;
    uint64_t end_ = 0;
    uint64_t closed_ = 0;  // Chunks of the rows before it get no more.
    std::vector<std::shared_ptr<const TailChunk>> dropped_;  // Not freed yet.
};

}  // namespace throughline::sequence
