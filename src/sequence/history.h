// History: every accepted event, in the tail (memory) until a checkpoint, then in files.
//
// A row stands in exactly one of the two in every snapshot. Files are immutable and count only
// when the manifest of a checkpoint names them; so a checkpoint at position P goes
//
//   snapshot = history.snapshot()              as pinned at P
//   change   = history.flush(*snapshot, {})    writes and syncs new files
//   ...        history.names_after({change, merged...}) and dictionary().encode(snapshot.names())
//              go into the manifest, which becomes valid in one step
//   history.commit({change, merged...})        readers move over, the rows leave the tail
//   history.remove_replaced()                  now or later: no manifest names these files
//
// After a crash, open() takes what the last manifest names, deletes everything else, and the log
// from P on is folded again into the tail.
//
// Layer 3. append() and publish(): the fold thread. flush(): one checkpoint thread. merge(): one
// merge thread. The rest: any thread; snapshot() takes a lock for the copy of a pointer.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "sequence/derived_text.h"
#include "sequence/dictionary.h"
#include "sequence/run_writer.h"
#include "sequence/snapshot.h"
#include "sequence/tail.h"
#include "store/files.h"

namespace throughline::sequence {

struct HistoryOptions {
    std::string directory;  // Ours alone: files in it that nobody names are deleted.
    std::shared_ptr<const DerivedText> touch = nullptr;  // Kept of each row; null: none is.
    uint64_t file_bytes_max = 256 << 20;
    // More are merged. A month is in use when it is the present one, or one of the last runs made
    // has rows of it, as while an import goes on: with 2 runs 200 flushes write each row 32 times,
    // with 8 not three times.
    size_t runs_max = 8;
    size_t runs_quiet_month_max = 2;
    uint64_t quiet_after_runs = 16;
};

/// Files to add to and to take from the set, on disk already, valid once a manifest says so.
struct Change {
    std::vector<std::string> added = {};
    std::vector<std::string> removed = {};
    uint64_t tail_end = 0;  // Rows below this number of the tail are in `added`. 0: none.
    uint64_t rows = 0;      // Written.
    uint64_t dropped = 0;   // Left out by the filter.
};

/// Files of one month to be made into one run.
struct MergePlan {
    std::vector<std::string> files;
    uint64_t bytes = 0;  // To be read.
};

struct RewriteOptions {
    /// The home of an identity: the oldest of its person, by which rows are ordered. A hint: rows
    /// written under other homes are found all the same, only slower. None: its own.
    std::function<uint32_t(uint32_t)> home_of = {};
    /// Rows it refuses are left out; none keeps all.
    std::function<bool(const Row&)> keep = {};
    /// Asked about once a block; false stops with Cancelled. It may wait, to hold a pace.
    std::function<bool()> proceed = {};
};

class History {
public:
    /// Opens the files that a manifest names and deletes all others in the directory.
    ///
    /// Errors: NotFound or Corrupt, naming the file. Cost: reads the footers only.
    static Result<std::unique_ptr<History>> open(store::Files& files, HistoryOptions options,
                                                 std::span<const std::string> names);

    /// Names who keeps the payloads of the next appends alive, e.g. the epoch's buffer.
    void hold(std::shared_ptr<const void> owner) { tail_.hold(std::move(owner)); }
    /// Adds an accepted event; nobody sees it before publish().
    ///
    /// Requires: positions do not fall; a payload of model::append_event, kept alive by hold().
    void append(uint32_t identity, model::Position position, std::string_view payload);
    /// Shows all that was appended. Returns the snapshot for the view of this epoch.
    std::shared_ptr<const HistorySnapshot> publish();

    /// The last published snapshot.
    std::shared_ptr<const HistorySnapshot> snapshot() const;
    Dictionary& dictionary() { return dictionary_; }
    const Dictionary& dictionary() const { return dictionary_; }
    /// Bytes of memory the tail holds.
    uint64_t tail_bytes() const { return tail_.bytes(); }

    /// Called by the fold before the snapshot of a checkpoint: see Tail::close_chunk.
    void close_tail_chunk() { tail_.close_chunk(); }
    /// Writes all tail rows of a snapshot to new files, and syncs them.
    ///
    /// Errors: what the disk reports; the files begun are left to the next open().
    /// Cost: 1 to 2 us a row of a web event with forty fields.
    Result<Change> flush(const HistorySnapshot& snapshot, const RewriteOptions& options);

    /// Returns the next merge worth doing, if any. Files in a merge not yet committed are passed
    /// by.
    std::optional<MergePlan> plan_merge(Micros now) const;
    /// Returns what must be rewritten to be rid of rows of these identities.
    Result<std::vector<MergePlan>> plan_erasure(std::span<const uint32_t> identities) const;
    /// Writes the rows of some files as one run. Requires: the plan is of the present set.
    Result<Change> merge(const MergePlan& plan, const RewriteOptions& options);

    /// Takes out the oldest month if every instant of it lies before `before`; nothing when there
    /// is none, or when a merge is at it. Profiles keep what they counted.
    std::optional<Change> expire_month(Micros before);

    /// The names for the manifest, once these changes apply.
    std::vector<std::string> names_after(std::span<const Change> changes) const;
    /// Opens the set of files as it will be once these changes apply, so that nothing can go wrong
    /// after a manifest names it. Errors: what opening the new files reports.
    Result<std::shared_ptr<const FileSet>> files_after(std::span<const Change> changes) const;
    /// Makes changes visible to readers. Requires: a durable manifest names names_after(changes);
    /// `files` is files_after(changes), and no other commit came between.
    void commit(std::span<const Change> changes, std::shared_ptr<const FileSet> files);
    Status commit(std::span<const Change> changes);
    /// Forgets changes that no manifest took. Their files stay until the next open().
    void forget(std::span<const Change> changes);
    /// Forgets them and deletes their files. Requires: no manifest can name them.
    Status abandon(std::span<const Change> changes);
    /// Frees the rows that commits took out of the tail, once no snapshot holds them.
    void free_dropped() { tail_.free_dropped(); }
    /// Deletes files that commits took out of the set. Readers that have them open keep them.
    Status remove_replaced();

    /// Reads every byte of every file of the present set. Errors: Corrupt, naming the file.
    Status verify() const;

private:
    History(store::Files& files, HistoryOptions options)
        : disk_(files), options_(std::move(options)) {}

    uint64_t next_run();
    RunPlace place_of(int64_t month, uint64_t run) const;
    void swing();  // Makes snapshot_ from what stands. Requires: mutex_ held.

    store::Files& disk_;
    HistoryOptions options_;
    Dictionary dictionary_;
    Tail tail_;

    mutable std::mutex mutex_;
    std::shared_ptr<const FileSet> files_;
    std::shared_ptr<const HistorySnapshot> snapshot_;
    std::set<std::string> busy_;         // In a merge that is not committed.
    std::vector<std::string> replaced_;  // Out of the set, still on disk.
    uint64_t run_ = 0;                   // Last one given.
};

}  // namespace throughline::sequence
