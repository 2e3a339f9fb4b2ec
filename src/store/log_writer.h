// Appending to the log, and what keeps its files going round.
//
// One thread appends (append, append_empty, start_new_file); prepare_next, release_before and scrub
// may run on any other at the same time. What append leaves out on purpose: waiting for a group.
// The caller puts into one epoch whatever arrived while the last one was being written.
//
// Recovery finds the end of the log and writes the last frame (and the last file's header) again,
// then syncs: only what the process before last wrote without seeing a finished sync can differ
// between page cache and disk, and that is at most its last frame, since the next one is written
// only after a sync. It reads past the page cache, and reports damage rather than cutting it.
//
// Layer 1. Thread-safe as said above. Cost: an append is one copy of the records, one write, one
// fdatasync; every file_bytes two small writes and syncs more.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "store/files.h"
#include "store/log.h"
#include "store/log_format.h"

namespace throughline::store {

/// What to do when the directory holds no log although a checkpoint names a position.
enum class MissingLog : unsigned char {
    Refuse,  // Acknowledged records may be lost: Corrupt.
    Begin,   // The directory was restored from a backup: begin at replay_from.
};

struct LogOptions {
    uint64_t file_bytes = 256ULL << 20;  // Of new files; a multiple of 4096.
    uint32_t fold_version = 1;           // Noted in each file; see LogReader::read.
    uint64_t replay_from = 0;            // The last checkpoint's position: older records may go.
    MissingLog missing = MissingLog::Refuse;
    // Released files beyond these are removed. 8: what a checkpoint releases at full load, so that
    // only the first minute writes new files, which costs four times as much as writing over them.
    size_t pool_files_max = 8;
    uint64_t incarnation_seed =
        0;  // For tests: repeats the random incarnations. 0: from the system.
};

/// What is kept of a log that a checkpoint no longer needs, for who reads it slowly.
struct LogHold {
    static constexpr uint64_t kNothing = ~uint64_t{0};
    uint64_t position = kNothing;  // Records from here on are kept,
    uint64_t bytes_max = 0;        // as long as all files take no more than this,
    Micros since = kNoTime;        // and only those stamped at this time or later.
};

/// Where a file of the log lies, as of now.
struct LogPlace {
    std::string path;
    LogFileHeader header;
};

class LogWriter;
class FrameWalk;
struct LogDirectory;
struct LogFile;

/// What open() found.
struct LogRecovery {
    std::unique_ptr<LogWriter> writer;
    uint64_t first_position = 0;  // Of the oldest record kept.
    uint64_t next_position = 0;   // Of the next record appended: the log holds all before.
};

class LogWriter {
public:
    /// Opens or begins the log in `directory` (made when missing) and puts its end right.
    ///
    /// Errors: Corrupt for damage, and when records from replay_from on are missing;
    /// FailedPrecondition when the tail from replay_from on was meant for another fold version.
    static Result<LogRecovery> open(Files& files, const std::string& directory,
                                    const LogOptions& options);
    ~LogWriter();

    /// Returns once the epoch is on disk, and clears it. The records get positions from
    /// next_position() on.
    ///
    /// Requires: stamps not below last_stamp().
    /// Errors: InvalidArgument beyond epoch_bytes_max(); ResourceExhausted on a full disk, when
    /// nothing was appended and a later call may succeed. After any other error the disk's state is
    /// unknown, every further call fails, and the process must end without acknowledging.
    Status append(LogEpoch& epoch);
    /// Appends an epoch without records, if the last one has any: data at rest gets its successor.
    /// To be called when nothing arrived for 100 ms.
    Status append_empty();
    /// Lets the next record begin a file, so that release_before can free all before it.
    Status start_new_file();

    uint64_t next_position() const { return next_position_; }
    /// Of the last record ever appended; kNoTime when there is none.
    Micros last_stamp() const { return last_stamp_; }
    /// Most bytes that LogEpoch::frame_bytes() may have.
    uint64_t epoch_bytes_max() const;

    /// Whether prepare_next has something to do. Any thread.
    bool wants_file() const;
    /// Sees to it that files stand ready, so that append never waits for one: not for the thread
    /// that appends. Cost: writes one or two files through when the pool is empty, else nothing.
    Status prepare_next();
    /// From now on prepare_next makes no file, and gives up one that it is making.
    void stop_preparing() { is_preparing_stopped_ = true; }
    /// Gives files that hold only records before `position` back to the pool, but for those that
    /// `hold` keeps.
    Status release_before(uint64_t position, const LogHold& hold = {});
    /// The file that holds the record at `position`, or will. Errors: NotFound: it was released.
    Result<LogPlace> file_of(uint64_t position) const;
    /// Position of the oldest record kept.
    uint64_t first_position() const;
    /// Whether a record may stay as it is.
    using Keeps = std::function<Result<bool>(std::string_view payload)>;
    /// Overwrites with zeros, in files whose records are all before `position`, each that may not
    /// stay: its place remains. A power cut leaves each file as it was or as it is to be. Those who
    /// have one open read the old one on. Requires: no recovery needs these records. Errors: of the
    /// disk, Corrupt, and of `keeps`. Cost: rewrites the files.
    Status redact_before(uint64_t position, const Keeps& keeps);
    /// Overwrites every byte in the directory that belongs to no kept frame. After
    /// start_new_file(), a checkpoint there and release_before(), no byte of the records before is
    /// in any file of the pool.
    Status scrub();

private:
    struct Segment;  // A file in its present life.

    LogWriter(Files& files, std::string directory, const LogOptions& options);

    // Recovery (log_recovery.cc).
    Status adopt(LogDirectory& found);
    Status adopt_free(std::vector<LogFile>& found);
    Status begin();
    /// Finds the end of the log and leaves the file that holds it last among `live`.
    Result<std::unique_ptr<FrameWalk>> find_end(std::vector<LogFile>& live);
    Status check_tail(const std::vector<LogFile>& live, uint64_t next_position) const;
    std::shared_ptr<Segment> segment_of(LogFile& file) const;

    Status append_frame(std::string& bytes, Frame frame);
    Status rotate();
    Status write_frame(Segment& segment, std::string_view bytes);
    Status begin_file(Segment& segment, const LogFileHeader& header);
    Status free_file(const std::shared_ptr<Segment>& segment);
    Status redact(Segment& segment, const Keeps& keeps);
    std::shared_ptr<Segment> pop_free();
    Result<std::shared_ptr<Segment>> take_free();
    Result<std::shared_ptr<Segment>> make_file(const std::atomic<bool>& is_stopped);
    std::shared_ptr<Segment> pop_unclean();
    Status scrub_live(Segment& segment);
    Status find_used(Segment& segment);
    uint64_t new_incarnation(uint64_t sequence) const;
    /// Remembers, after an error, that the disk's state is unknown.
    Status poison(Status status);

    Files& files_;
    const std::string directory_;
    const LogOptions options_;

    // Of the appending thread.
    uint64_t next_position_ = 0;
    uint64_t next_epoch_ = 1;
    Micros last_stamp_ = kNoTime;
    std::shared_ptr<Segment> active_;  // The last of live_.
    uint64_t tail_ = kLogHeaderBytes;  // Where the next frame goes in it.
    bool needs_successor_ = false;
    bool is_poisoned_ = false;

    std::atomic<bool> is_preparing_stopped_ = false;
    std::mutex maintenance_mutex_;    // One of release_before and scrub at a time.
    std::mutex prepare_mutex_;        // One maker of files at a time. Taken before files_mutex_.
    std::mutex write_mutex_;          // Append and scrub writing to one file; guards Segment::used.
    mutable std::mutex files_mutex_;  // Guards what follows; held for moments only.
    std::deque<std::shared_ptr<Segment>> live_;  // In the order of the log; never empty.
    std::deque<std::shared_ptr<Segment>> free_;  // Written through, oldest first.
    uint64_t next_number_ = 1;
    bool has_rotated_ = false;
};

}  // namespace throughline::store
