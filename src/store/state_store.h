// The cold store: rows of the last checkpoint in RocksDB, one column family a table.
//
// It is written by checkpoints only. A checkpoint writes one sorted file a table and makes them all
// valid, with the manifest that names them, in one atomic ingest: after a crash either all of it
// counts or nothing. There is no write-ahead log and there are no puts. The manifest lies in the
// family "default", which every RocksDB has.
//
// Stored blocks are checked on every read: a flipped bit is Corrupt, never a wrong value.
//
// Layer 1. Thread-safe; one checkpoint and one compaction at a time. Cost: a cold row in a batch 3
// to 6 us with its file in the page cache; a checkpoint 1 to 2 us a row; opening does not read
// rows. Left out: moving a family between disks; reading at an older checkpoint.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/cold_family.h"

namespace rocksdb {
class Env;
}

namespace throughline::store {

class StateStore {
public:
    enum class Access : unsigned char { Full, ReadOnly };

    struct Options {
        std::string path;                   // Directory; made when missing, its parent is not.
        std::vector<std::string> families;  // One a table. Families on disk beyond these are kept.
        size_t cache_bytes = 64 << 20;      // Blocks held in memory, uncompressed.
        // Where files lie; nullptr is the machine's disk. Another one is a harness's, which wants
        // runs that repeat: then nothing is compacted or resumed in the background.
        rocksdb::Env* env = nullptr;
        Access access = Access::Full;  // ReadOnly changes no file: for verify and the like.
    };

    /// A table's share of a checkpoint.
    struct Part {
        std::string_view family;
        SealedRows* rows;
    };

    struct Stats {
        uint64_t disk_bytes = 0;    // Of all live files.
        uint64_t memory_bytes = 0;  // Block cache, indexes and filters of open files.
        uint64_t rows = 0;          // Estimated: erased and replaced rows not yet merged count.
    };

    /// Errors: Corrupt when the directory holds no complete store, Unavailable when the disk or
    /// another process holds it.
    static Result<std::unique_ptr<StateStore>> open(const Options& options);

    ~StateStore();
    StateStore(const StateStore&) = delete;
    StateStore& operator=(const StateStore&) = delete;

    /// Requires: `name` was among Options::families. Lives as long as the store.
    const ColdFamily& family(std::string_view name) const;

    /// Returns what the last checkpoint said of itself, or nothing when there was none.
    Result<std::optional<std::string>> manifest() const;

    /// Writes the sealed rows of all parts and the manifest, valid together or not at all.
    ///
    /// When it fails, the last checkpoint still stands and the tables must abort theirs.
    /// Cost: 1 to 2 us a row, on the calling thread.
    Status checkpoint(std::string_view manifest, std::span<const Part> parts,
                      const Epochs::Pin& pin);
    /// Whether a checkpoint that failed may be found valid by the next open() all the same: the
    /// disk failed in the last step. What it names must stay where it is.
    bool is_in_doubt() const;

    /// Reads every byte of every file and checks it. Errors: Corrupt, naming the file.
    Status verify();

    /// Rewrites all files without the rows that were erased or replaced, and removes the old ones,
    /// so that no byte of an erased row is left in the directory.
    Status compact_all();

    /// Makes a complete store in `directory`: hard links on the same disk, else copies.
    ///
    /// Requires: `directory` does not exist. May run beside everything else.
    Status backup_to(const std::string& directory);

    Stats stats() const;

private:
    struct Rocks;
    explicit StateStore(std::unique_ptr<Rocks> rocks);

    std::unique_ptr<Rocks> rocks_;
};

}  // namespace throughline::store
