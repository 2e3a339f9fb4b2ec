// The exact set of messages that came in: a duplicate is a hash that was inserted on the same day
// or one of the `window_days` before it, by the stamps of the records, or at any time when the
// window is kForever.
//
// At most `ids_max` hashes count: when more would, the oldest day stops counting, whole. Both rules
// follow from the stamps alone, so that a replay gives the same answers whenever runs were written
// or merged.
//
//   newest   hash tables in memory     inserted since the last seal
//   sealed   the same, read-only       being written by a checkpoint
//   runs     files (duplicate_run.h)   two smallest merged while there are more than kRunsMax
//
// The directory counts only as the manifest of a checkpoint names it: open() removes the rest.
//
// Layer 1. Thread-safe as three parties: the fold (one thread: insert_if_new, prefetch_hint, seal),
// one checkpointer (write_sealed, committed), one merger (merge_step). Cost: 30 to 200 ns an
// insert, 24 to 30 bytes of memory, 20 bytes of disk a hash. Contains hashes only.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "base/time.h"
#include "store/duplicate_memory.h"
#include "store/duplicate_run.h"
#include "store/files.h"

namespace throughline::store {

class DuplicateSet {
public:
    static constexpr uint16_t kForever = 0xffff;
    static constexpr size_t kRunsMax = 4;

    struct Options {
        Files* files = nullptr;
        std::string directory;  // Made when missing; holds nothing else.
        uint16_t window_days = 30;
        uint64_t ids_max = 1'000'000'000;
    };

    struct Stats {
        uint64_t ids = 0;           // That count at present. Of the last seal.
        int64_t days = 0;           // Effective window: from the oldest day that counts to today.
        size_t runs = 0;            // Files.
        uint64_t memory_bytes = 0;  // Newest and sealed.
    };

    /// Opens what `manifest` (of write_sealed) names; empty: a new set.
    ///
    /// Errors: Corrupt when a named run is missing or damaged.
    static Result<std::unique_ptr<DuplicateSet>> open(Options options, std::string_view manifest);
    ~DuplicateSet();

    /// The files, in the set's directory, that a manifest names. Errors: Corrupt.
    static Result<std::vector<std::string>> file_names(std::string_view manifest);

    /// Inserts unless it is a duplicate; returns whether it was inserted.
    ///
    /// Requires: stamps never go back (a lower one counts as the highest so far).
    /// Errors: Corrupt when a run is damaged. Nothing is inserted then.
    Result<bool> insert_if_new(const Key128& hash, Micros stamp);
    /// The two steps of it: whether it is a duplicate at `stamp`, and taking note that it is none.
    Result<bool> contains(const Key128& hash, Micros stamp);
    void insert(const Key128& hash);

    /// Tells the processor that `hash` is about to be asked for.
    void prefetch_hint(const Key128& hash) const;

    /// Sets apart what was inserted so far. Called at a checkpoint's epoch.
    void seal();

    /// Writes what is sealed; returns the manifest bytes to put into the checkpoint. All files it
    /// names are on disk, and so are their names.
    Result<std::string> write_sealed();

    /// The checkpoint with the last manifest is valid: removes files that it no longer names.
    Status committed();

    /// Does a share of merging; returns whether there is more to do now.
    Result<bool> merge_step(size_t hashes);

    /// Reads and checks all runs.
    Status verify() const;

    Stats stats() const;

private:
    // What look-ups walk through. Replaced whole; shared by the fold and whoever replaces it.
    struct Levels {
        std::vector<std::shared_ptr<const DuplicateMemory>> sealed;
        std::vector<std::shared_ptr<const DuplicateRun>> runs;
    };
    // What decides which days count.
    struct Window {
        int64_t today = 0;
        int64_t first_day = 0;  // Older days do not count.
        uint64_t ids = 0;
        std::map<int64_t, uint64_t> per_day;  // Days that count.
    };
    struct Merge;
    struct Manifest;

    explicit DuplicateSet(Options options);
    Status load_manifest(std::string_view manifest);
    Status remove_strays() const;
    std::string make_manifest() const;
    void advance_to(Micros stamp);
    void count_one();
    void refresh();
    Result<bool> is_duplicate(const Key128& hash) const;
    std::string next_path();
    std::string path_of(uint64_t number) const;
    Status write_run(const DuplicateMemory& memory, const std::string& path) const;
    void remove_failed(const std::string& path) const;
    void replace(const std::shared_ptr<const Levels>& levels);
    void free_dropped();
    void drop_expired_runs();
    Status start_merge();
    Status finish_merge();

    const Options options_;
    std::unique_ptr<DuplicateMemory> newest_;  // Fold only, as are the next two.
    std::shared_ptr<const Levels> seen_;       // What the fold looks through.
    Window window_;
    std::unique_ptr<Merge> merge_;  // Merger only.
    std::atomic<uint64_t> levels_version_{0};
    uint64_t seen_version_ = 0;
    std::atomic<uint64_t> newest_bytes_{0};

    mutable std::mutex mutex_;  // Guards all below.
    std::shared_ptr<const Levels> levels_;
    std::vector<std::shared_ptr<const Levels>>
        dropped_;  // Freed by whoever has time: not the fold.
    Window sealed_window_;
    uint64_t next_number_ = 1;
    std::vector<std::string> retired_;    // No longer used, named by the last manifest perhaps.
    std::vector<std::string> removable_;  // Not named by the last manifest.
};

}  // namespace throughline::store
