// A run: an immutable file of message hashes, each with the day it came in, in ascending order.
//
//   header 4096: magic, version, counts, newest day, checksum
//   filter: lines of 64 bytes: 480 bits and a checksum; 12 bits a hash, 6 of them asked
//   blocks of 4096: count, up to 226 hashes, their days, checksum
//
// The line of a hash is picked by its high bits, so that a run and its filter are written in one
// pass whatever their size, and a look-up that finds nothing touches one cache line. All parts
// carry checksums seeded with their place, looked at whenever they are read. A file is
// memory-mapped; its pages belong to the page cache.
//
// Layer 1. DuplicateRun: Immutable, Thread-safe. Cost: a miss one cache line, about 20 ns when it
// is near; a hit one to three blocks, about 0.3 us each. Assumes hashes are uniform (keyed_hash):
// others are found too, but slowly.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/result.h"
#include "store/files.h"

namespace throughline::store {

/// A message hash and the day, since 1970, on which it came in.
struct DatedHash {
    Key128 hash;
    uint16_t day = 0;
};

class DuplicateRun {
public:
    /// Maps a finished run. Errors: Corrupt, naming the file.
    static Result<std::shared_ptr<const DuplicateRun>> open(Files& files, const std::string& path);

    /// Returns the day of a hash, or nothing. Errors: Corrupt.
    Result<std::optional<uint16_t>> find(const Key128& hash) const;
    void prefetch_hint(const Key128& hash) const;

    uint64_t size() const { return size_; }
    uint16_t newest_day() const { return newest_day_; }
    const std::string& path() const { return path_; }

    /// Returns the index-th hash, checking its block when it is the first of it. Requires: in
    /// range.
    Result<DatedHash> at(uint64_t index) const;

    /// Reads and checks every byte.
    Status verify() const;

private:
    DuplicateRun() = default;
    Result<bool> may_hold(const Key128& hash) const;
    Result<const char*> block(uint64_t index) const;
    Result<std::optional<uint64_t>> block_of(const Key128& hash) const;
    Error corrupt(std::string_view what) const;

    std::string path_;
    std::unique_ptr<MappedFile> file_;
    std::string_view filter_;
    std::string_view blocks_;
    uint64_t size_ = 0;
    uint64_t lines_ = 0;
    uint64_t block_count_ = 0;
    uint16_t newest_day_ = 0;
};

/// Writes a run. A run that was not finished is removed by whoever opens the directory next.
class DuplicateRunWriter {
public:
    /// Requires: at most `size_max` hashes will be added.
    static Result<DuplicateRunWriter> create(Files& files, const std::string& path,
                                             uint64_t size_max);

    /// Requires: ascending and distinct.
    Status add(const DatedHash& entry);
    /// Writes what is left; returns when the file is on disk, its name not yet.
    Status finish();
    uint64_t size() const { return size_; }

private:
    DuplicateRunWriter() = default;
    Status close_line();
    Status close_block();
    Status flush(std::string& buffer, uint64_t& offset);

    std::unique_ptr<File> file_;
    std::string filter_buffer_;
    std::string block_buffer_;
    uint64_t filter_offset_ = 0;  // In the file, of what filter_buffer_ begins with.
    uint64_t block_offset_ = 0;
    std::string line_;   // The open line.
    std::string block_;  // The open block.
    uint64_t line_index_ = 0;
    uint64_t block_index_ = 0;
    uint32_t in_block_ = 0;
    uint64_t lines_ = 0;
    uint64_t size_ = 0;
    Key128 last_;
    uint16_t newest_day_ = 0;
};

}  // namespace throughline::store
