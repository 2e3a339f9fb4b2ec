// Checkpoints: the state as of one epoch, valid on disk in one step.
//
// The fold begins one between two epochs: it seals what changed and pins the epoch; that takes
// microseconds. The checkpoint thread then writes history files, duplicate runs and roots, and last
// the cold store's atomic ingest, whose manifest names all the others. Whatever a manifest does not
// name does not exist: it is removed at the next open.
//
// Layer 6. begin() belongs to the fold's thread, the rest to the checkpoint thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/fold_state.h"
#include "engine/tables.h"
#include "sequence/history.h"

namespace throughline::engine {

/// The version of everything in the data directory: an older program refuses a newer directory.
inline constexpr uint32_t kFormatVersion = 5;
inline constexpr uint32_t kFormatOldest = 5;  // Before it there was no release.

/// What a checkpoint says of itself.
struct Manifest {
    uint32_t format_version = kFormatVersion;
    uint32_t fold_version = kFoldVersion;
    uint64_t epoch = 0;
    FoldState state;
    std::vector<std::string> history;  // Names of the history files that count.
    model::Position history_next = 0;  // They hold all rows below; not below state.next_position.
    std::string names;                 // The dictionary of event names, encoded.
    std::string live;                  // Of DuplicateSet.
    std::string imported;              // Of DuplicateSet.
    std::string roots;                 // Name of the file of roots.

    std::string encode() const;
    /// Errors: FailedPrecondition when it is of a newer format; Corrupt.
    static Result<Manifest> decode(std::string_view bytes);
};

struct CheckpointParts {
    store::Files& files;
    std::string sets_directory;  // Where files of roots lie.
    store::StateStore& cold;
    Tables& tables;
    store::DuplicateSet& live;
    store::DuplicateSet& imported;
    store::Dense32& roots;
    sequence::History& history;
};

/// What a checkpoint writes.
enum class CheckpointKind : uint8_t {
    Full,     // State and history as of its position; the log before it may go.
    History,  // The tail's rows only. State stays as of the last full one; after a crash the log
              // from there on is folded again, without the rows that files hold already.
};

/// A checkpoint that has begun.
struct CheckpointJob {
    CheckpointKind kind = CheckpointKind::Full;
    store::Epochs::Pin pin;
    FoldState state;
    std::shared_ptr<const sequence::HistorySnapshot> history;
    store::Dense32::Snapshot roots;
    std::vector<sequence::Change> merged;  // Merges that become valid with it.
    uint64_t request = 0;                  // Of Engine::checkpoint().
};

class Checkpointer {
public:
    /// `last` is what the last checkpoint says of itself.
    Checkpointer(CheckpointParts parts, Manifest last)
        : parts_(std::move(parts)), last_(std::move(last)) {}

    /// Seals the epoch just published.
    std::unique_ptr<CheckpointJob> begin(CheckpointKind kind, const FoldState& state,
                                         std::vector<sequence::Change> merged, uint64_t request);

    /// Writes it. Errors: of the disk; the last checkpoint then still stands and everything sealed
    /// is dirty again. Rows of erased people are left out of new history files.
    Status write(const CheckpointJob& job);
    /// Whether the one that failed may stand all the same, so that only a restart can tell.
    bool is_in_doubt() const { return parts_.cold.is_in_doubt(); }

    /// Removes files of roots that no manifest names. Called once, after open.
    Status remove_strays() const;

private:
    // What one checkpoint has written so far.
    struct Draft {
        std::vector<sequence::Change> changes;
        std::shared_ptr<const sequence::FileSet> files;
        Manifest manifest;
    };

    Status write_parts(const CheckpointJob& job, Draft& draft);
    Status write_history(const CheckpointJob& job, Draft& draft);
    Status write_state(const CheckpointJob& job, Draft& draft);
    void finish(const CheckpointJob& job, Draft draft);
    void give_up(const CheckpointJob& job, const Draft& draft);
    void remove_roots(const std::string& name) const;

    CheckpointParts parts_;
    Manifest last_;
};

}  // namespace throughline::engine
