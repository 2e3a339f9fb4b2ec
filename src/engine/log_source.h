// Epochs from the log in files: group commit on a thread of its own.
//
// Whatever was submitted while one epoch was being written and synced becomes the next one, so
// epochs grow by themselves under load and nobody waits for a timer. Epoch n+1 is written while
// the fold works on n; at most kEpochsAhead wait for it, then submitters are told to come again.
// Files are made ahead on another thread: writing one through takes as long as a hundred epochs.
//
// A write that found the disk full refuses its submissions and the source goes on; any other failed
// write or sync ends the process (`on_fatal`): its page cache can no longer be trusted.
//
// Layer 6. Thread-safe as EpochSource says.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "base/time.h"
#include "engine/epoch_source.h"
#include "store/log_writer.h"

namespace throughline::engine {

struct LogSourceOptions {
    std::string directory;
    store::LogOptions log;
    size_t waiting_bytes_max = 64 << 20;  // Submitted and not yet written.
    size_t epoch_bytes_max = 16 << 20;    // One write.
    bool makes_files_ahead = true;  // On a thread of its own. Off: when needed, on the log thread.
    std::function<void(const Error&)> on_fatal;
};

class LogSource final : public EpochSource {
public:
    static Result<std::unique_ptr<LogSource>> open(store::Files& files, const Clock& clock,
                                                   LogSourceOptions options);
    ~LogSource() override;

    Status recover(model::Position from, const std::function<Status(Epoch)>& fold) override;
    Status submit(Submission submission) override;
    std::optional<Epoch> next() override;
    Status release_before(model::Position position, const store::LogHold& hold) override;
    Status redact_before(model::Position position, const store::LogWriter::Keeps& keeps) override;
    std::unique_ptr<store::LogFollower> follow() const override;
    model::Position first_position() const override { return writer_->first_position(); }
    Status start_new_file() override;
    Status scrub() override;
    model::Position next_position() const override { return next_position_.load(); }
    void stop() override;

    /// Bytes submitted and not yet written.
    size_t waiting_bytes() const;
    /// How long the last write and sync took.
    Micros last_sync() const { return last_sync_.load(std::memory_order_relaxed); }
    /// Whether the last write found the disk full.
    bool is_disk_full() const { return is_disk_full_.load(std::memory_order_relaxed); }

private:
    static constexpr size_t kEpochsAhead = 4;
    static constexpr Micros kIdle = 100'000;       // Then an empty epoch follows the last one.
    static constexpr Micros kFileRetry = kSecond;  // After a file that could not be made.

    LogSource(store::Files& files, const Clock& clock, LogSourceOptions options,
              std::unique_ptr<store::LogWriter> writer);

    void run();
    void run_files();
    bool wait_for_work(std::vector<Submission>& taken);
    void write(std::vector<Submission> taken);
    void refuse(Epoch epoch, std::vector<Submission> taken, const Error& error);
    void hand_over(Epoch epoch);
    void begin_wanted_file();
    void tell(const Error& error);
    uint64_t submission_bytes_max() const;
    Micros next_stamp();

    store::Files& files_;
    const Clock& clock_;
    const LogSourceOptions options_;
    std::unique_ptr<store::LogWriter> writer_;  // Its append side: the log thread's.
    store::LogEpoch frame_;                     // Log thread only.
    std::atomic<model::Position> next_position_{0};
    std::atomic<Micros> last_sync_{0};
    std::atomic<bool> is_disk_full_{false};

    mutable std::mutex mutex_;  // Guards what follows.
    std::condition_variable submitted_;
    std::condition_variable durable_changed_;
    std::deque<Submission> waiting_;
    size_t waiting_bytes_ = 0;
    std::deque<Epoch> durable_;
    bool wants_new_file_ = false;
    Status new_file_status_;  // Of the last file that was wanted.
    bool is_stopped_ = false;
    bool is_drained_ = false;  // The log thread has ended.
    std::condition_variable new_file_begun_;
    std::condition_variable file_wanted_;  // The log may want a file made.

    std::thread thread_;        // Last: they use all of the above.
    std::thread files_thread_;  // Makes log files ahead.
};

}  // namespace throughline::engine
