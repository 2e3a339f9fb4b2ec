// The engine: a data directory that takes records, folds them, and shows what they add up to.
//
// Threads: the source's (log), the fold's, the checkpointer's, the merger's, the one of timers.
// submit() and view() are for any thread. A submission is answered when its epoch is on disk and
// its effects are visible to the next view().
//
//   <data>/p0000/{log,state,history,sets}   <data>/secret   <data>/lock
//
// Layer 6. Thread-safe. Cost: README.md.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "engine/backoff.h"
#include "engine/backup.h"
#include "engine/checkpoint.h"
#include "engine/epoch_source.h"
#include "engine/erasure.h"
#include "engine/fold.h"
#include "engine/guarded_clock.h"
#include "engine/view.h"

namespace rocksdb {
class Env;
}

namespace throughline::engine {

struct EngineOptions {
    std::string directory;             // The data directory; made when missing.
    size_t memory_bytes = 4ULL << 30;  // `--memory`: state, caches and tail together.
    size_t tail_bytes = 0;             // Recent events, of that; 0: the usual share.
    size_t shards = 1;                 // Threads for leaves.
    uint64_t log_file_bytes = 256ULL << 20;
    std::shared_ptr<const sequence::DerivedText> touch = nullptr;  // Kept beside events in files.
    Micros keep_history = 0;  // Months of which all is older are dropped; 0: none ever.
    Micros checkpoint_every = 5 * kMinute;  // At the latest, when something has changed.
    bool merges_files = true;  // And makes log files ahead. Off in tests that look at single steps.
    bool ticks = true;  // When a timer is due and nothing arrives. Off where tests make time pass.
    rocksdb::Env* env = nullptr;  // Of the cold store; nullptr is the machine's disk.
    /// Called around the answers of one epoch, so that a server can batch its wake-ups.
    std::function<void(const std::function<void()>&)> reply_scope;
    /// What to do when going on would be a lie (failed fsync, damaged log): the default ends the
    /// process.
    std::function<void(const Error&)> on_fatal;
};

/// How the engine is, for /readyz and /metrics.
struct Health {
    bool accepts = true;  // False: submissions get Unavailable, for `reason`.
    std::string reason;
    Micros last_sync = 0;      // How long the last write and fdatasync of the log took.
    size_t waiting_bytes = 0;  // Submitted, not yet written.
    size_t dirty_bytes = 0;    // State a checkpoint has to write.
    size_t tail_bytes = 0;
    size_t memory_bytes = 0;  // Of all tables and the tail.
    uint64_t disk_free_bytes = 0;
    uint64_t duplicate_ids = 0;  // Message ids of live events that are remembered.
    int64_t duplicate_days = 0;  // How far back they reach.
    Micros last_checkpoint = 0;  // Wall clock; 0: none in this run.
    uint64_t checkpoints = 0;
    uint64_t checkpoint_failures = 0;  // Since the last that succeeded.
    uint64_t replayed_records = 0;     // By recovery, at this start.
    Micros clock_ahead = 0;            // The wall clock jumped so far, and is not believed.
};

/// The file of an installation's secret: the key and its checksum. Errors of reading: Corrupt.
Result<SecretKey> read_secret(store::Files& files, const std::string& path);
Status write_secret(store::Files& files, const std::string& path, const SecretKey& secret);

class Engine {
public:
    /// Opens a data directory: checkpoint, then replay of the log.
    ///
    /// Errors: Conflict when another process has it (naming it), Corrupt for damage, naming the
    /// file; FailedPrecondition when it is of a newer format or another fold version.
    static Result<std::unique_ptr<Engine>> open(store::Files& files, const Clock& clock,
                                                EngineOptions options);
    /// Stops gracefully if stop() was not called.
    ~Engine();

    /// Takes records. `done` is called once, when they are durable and done, or failed.
    /// Errors: Unavailable when full of work, out of disk or stopping: nothing was taken.
    Status submit(Submission submission);
    /// Waits for it. For commands and the management API, not for I/O threads.
    Outcome submit_and_wait(std::string payload);
    Outcome submit_and_wait(Submission submission);

    /// The state as of the last published epoch; see view.h.
    View view() const;
    QueryView query_view() const;
    std::shared_ptr<const Settings> settings() const;
    const SecretKey& secret() const { return secret_; }
    /// Of which wall clock jumps are taken out (guarded_clock.h).
    const Clock& clock() const { return clock_; }
    /// How far the wall clock has jumped ahead of what is believed; 0: it is believed.
    Micros clock_ahead() const { return clock_.ahead(); }
    /// Somebody says that the wall clock is right.
    void trust_clock() { clock_.trust(); }
    /// Calls `heard` on the fold's thread after an epoch by which something has come to wait in the
    /// outbox. Null: nobody listens any more. It must not wait, nor call the engine.
    void listen_to_outbox(std::function<void()> heard);
    Health health() const;
    /// Whether submit() would take anything now: cheap, for admission.
    bool accepts() const;
    /// Position of the last record folded and visible.
    model::Position last_position() const;

    /// Reads the log up to what is folded, beside everything else. It must not outlive the engine.
    std::unique_ptr<store::LogFollower> follow_log() const { return source_->follow(); }
    /// Position of the oldest record that the log still has.
    model::Position log_begins_at() const { return source_->first_position(); }

    /// Waits until all that was acknowledged so far is in a checkpoint.
    Status checkpoint();
    /// Rewrites every file that still holds bytes of erased people (docs/design/0001-spine.md).
    Result<ErasureReport> run_erasure();
    /// Merges files as far as it is worth it now; a thread of the engine does so all the time.
    void merge_files();
    /// Brings those who were there before into new segments, until none waits; a thread of the
    /// engine does so all the time. Errors: of reading history; Unavailable.
    Status build_segments();
    /// Reads every byte of cold store, history and duplicates; the log in use is left out.
    /// Errors: Corrupt, naming the file. Cost: of reading the directory.
    Status verify() const;
    /// Makes a backup (backup.h) in `directory` while running, of all that was acknowledged so far.
    /// Errors: Conflict when the directory exists and is not empty; of the disk.
    Result<BackupReport> backup_to(const std::string& directory);

    /// Answers what was taken, writes a last checkpoint, closes. Idempotent.
    Status stop();

private:
    Engine(store::Files& files, const Clock& clock, EngineOptions options);

    Status open_all();
    Status open_secret();
    Status recover();
    Status fold_replayed(Epoch epoch, Backoff& backoff);
    void begin_checkpoint(CheckpointKind kind);
    std::optional<CheckpointKind> due_checkpoint() const;
    size_t log_files_max() const;
    Result<std::shared_ptr<const Settings>> load_settings() const;
    void run_fold();
    Status fold_epoch(Epoch epoch);
    void answer(Epoch& epoch);
    void publish_view();
    void maybe_begin_checkpoint();
    void run_checkpoints();
    void run_merges();
    Status submit_tick(Done done);
    Status tick_and_wait();
    Status write_checkpoint(std::unique_ptr<CheckpointJob> job);
    store::LogHold log_hold() const;
    Status redact_held_log();
    void publish_snapshot();
    void merge_history();
    void expire_history();
    bool has_erased_people() const;
    void nudge_checkpoint();
    void run_timers();
    void run_segments();
    bool is_stopping() const;
    bool is_over_limits(size_t factor) const;
    std::string_view why_over_limits() const;
    bool is_retry_due() const;
    void fatal(const Error& error);

    store::Files& files_;
    GuardedClock clock_;
    EngineOptions options_;
    MemoryPlan memory_;
    SecretKey secret_{};
    std::unique_ptr<store::FileLock> lock_;

    std::unique_ptr<store::StateStore> cold_;
    std::unique_ptr<Tables> tables_;
    std::unique_ptr<store::DuplicateSet> live_;
    std::unique_ptr<store::DuplicateSet> imported_;
    std::unique_ptr<store::Dense32> roots_;
    std::unique_ptr<sequence::History> history_;
    std::unique_ptr<EpochSource> source_;
    std::unique_ptr<Fold> fold_;
    std::unique_ptr<Checkpointer> checkpointer_;

    mutable std::mutex view_mutex_;  // Guards what a view copies.
    FoldState published_;
    std::shared_ptr<const Settings> settings_;
    std::shared_ptr<const sequence::HistorySnapshot> snapshot_;
    std::condition_variable timers_changed_;  // The next one is due earlier, or there are no more.
    bool are_timers_stopped_ = false;
    std::function<void()> outbox_heard_;
    uint64_t outbox_changes_ = 0;  // As of the last published epoch.

    std::mutex segments_mutex_;      // One brings in what lies before segments at a time.
    std::mutex rewrite_mutex_;       // One rewrites history files at a time: merges or erasure.
    std::mutex named_files_mutex_;   // Held while files that a manifest names come and go.
    mutable std::mutex work_mutex_;  // Guards what follows.
    std::condition_variable work_changed_;
    std::unique_ptr<CheckpointJob> job_;  // Begun by the fold, waiting for its thread.
    bool is_checkpointing_ = false;
    uint64_t checkpoints_wanted_ = 0;  // Requests so far.
    uint64_t checkpoints_begun_ = 0;   // The request count that the last begun one covers.
    uint64_t checkpoints_done_ = 0;
    uint64_t looks_ = 0;  // How often the fold has looked whether one is to begin.
    Backoff checkpoint_backoff_;
    Status last_checkpoint_status_;
    Status full_checkpoint_status_;  // Of the last full one: what who asked for one is told.
    bool is_stopping_ = false;
    std::vector<sequence::Change> merged_;  // Waiting for the next checkpoint.
    Micros next_expiry_ = 0;                // Monotonic. Of the merging thread.
    Micros last_checkpoint_at_ = 0;
    uint64_t checkpoints_count_ = 0;
    uint64_t checkpoint_failures_ = 0;

    std::atomic<bool> is_failed_{false};
    bool is_stopped_ = false;  // Of the one who stops.
    std::atomic<uint64_t> replayed_{0};
    std::atomic<model::Position> checkpointed_{0};  // Records before it are in a full checkpoint.
    Micros last_checkpoint_begun_ = 0;              // Fold thread only; monotonic.
    model::Position last_checkpoint_position_ = 0;  // Fold thread only, as is the next.
    size_t log_bytes_ = 0;                          // Folded since the last full checkpoint began.

    std::thread fold_thread_;
    std::thread checkpoint_thread_;
    std::thread merge_thread_;
    std::thread segment_thread_;
    std::thread timer_thread_;
};

}  // namespace throughline::engine
