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
inline constexpr uint32_t kFormatVersion = 1;

/// What a checkpoint says of itself.
struct Manifest {
    uint32_t format_version = kFormatVersion;
    uint32_t fold_version = kFoldVersion;
    uint64_t epoch = 0;
    FoldState state;
    std::vector<std::string> history;  // Names of the history files that count.
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

/// A checkpoint that has begun.
struct CheckpointJob {
    store::Epochs::Pin pin;
    FoldState state;
    std::shared_ptr<const sequence::HistorySnapshot> history;
    store::Dense32::Snapshot roots;
    std::vector<sequence::Change> merged;  // Merges that become valid with it.
    uint64_t request = 0;                  // Of Engine::checkpoint().
};

class Checkpointer {
public:
    Checkpointer(CheckpointParts parts, std::string roots_file)
        : parts_(std::move(parts)), roots_file_(std::move(roots_file)) {}

    /// Seals the epoch just published.
    std::unique_ptr<CheckpointJob> begin(const FoldState& state,
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
        std::string roots;  // Name of the file.
    };

    Status write_parts(const CheckpointJob& job, Draft& draft);
    void finish(Draft draft);
    void give_up(const Draft& draft);

    CheckpointParts parts_;
    std::string roots_file_;  // That the last manifest names; empty: none.
};

}  // namespace throughline::engine
