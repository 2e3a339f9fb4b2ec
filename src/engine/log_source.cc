#include "engine/log_source.h"

#include <chrono>

#include "base/log.h"
#include "store/log_reader.h"

namespace throughline::engine {

Submission single_record(std::string payload, Done done) {
    Submission submission;
    submission.ends = {static_cast<uint32_t>(payload.size())};
    submission.bytes = std::make_shared<const std::string>(std::move(payload));
    submission.done = std::move(done);
    return submission;
}

Result<std::unique_ptr<LogSource>> LogSource::open(store::Files& files, const Clock& clock,
                                                   LogSourceOptions options) {
    TL_TRY_ASSIGN(store::LogRecovery found,
                  store::LogWriter::open(files, options.directory, options.log));
    std::unique_ptr<LogSource> source(
        new LogSource(files, clock, std::move(options), std::move(found.writer)));
    return source;
}

LogSource::LogSource(store::Files& files, const Clock& clock, LogSourceOptions options,
                     std::unique_ptr<store::LogWriter> writer)
    : files_(files),
      clock_(clock),
      options_(std::move(options)),
      writer_(std::move(writer)),
      next_position_(writer_->next_position()) {}

LogSource::~LogSource() {
    stop();
    if (thread_.joinable()) thread_.join();
}

Status LogSource::recover(model::Position from, const std::function<Status(Epoch)>& fold) {
    TL_ASSERT(!thread_.joinable());
    Epoch epoch;
    auto bytes = std::make_shared<std::string>();
    const auto hand_over = [&]() -> Status {
        if (epoch.batches.empty()) return Status::ok();
        for (FoldBatch& batch : epoch.batches) batch.submission.bytes = bytes;
        bytes = std::make_shared<std::string>();
        return fold(std::exchange(epoch, {}));
    };
    // Records of one stamp become one batch; all batches of an epoch share one buffer.
    const auto take = [&](const store::LogRecordView& record) -> Status {
        const bool is_new = epoch.batches.empty() || epoch.batches.back().stamp != record.stamp_us;
        if (is_new && bytes->size() >= (1U << 20)) TL_TRY(hand_over());
        if (is_new) {
            epoch.batches.push_back({{}, record.position, record.stamp_us, {}});
            epoch.batches.back().submission.begin = static_cast<uint32_t>(bytes->size());
        }
        bytes->append(record.payload);
        epoch.batches.back().submission.ends.push_back(static_cast<uint32_t>(bytes->size()));
        return Status::ok();
    };
    TL_TRY(
        store::LogReader(files_, options_.directory).read(from, options_.log.fold_version, take));
    TL_TRY(hand_over());
    thread_ = std::thread([this] { run(); });
    return Status::ok();
}

Status LogSource::submit(Submission submission) {
    const size_t size = submission.bytes->size();
    {
        const std::lock_guard lock(mutex_);
        if (is_stopped_) return Error::unavailable("engine: stopping");
        if (waiting_bytes_ + size > options_.waiting_bytes_max && waiting_bytes_ > 0) {
            return Error::unavailable("engine: too much waits to be written, try again");
        }
        waiting_bytes_ += size;
        waiting_.push_back(std::move(submission));
    }
    submitted_.notify_one();
    return Status::ok();
}

std::optional<Epoch> LogSource::next() {
    std::unique_lock lock(mutex_);
    durable_changed_.wait(lock, [&] { return !durable_.empty() || is_drained_; });
    if (durable_.empty()) return {};
    Epoch epoch = std::move(durable_.front());
    durable_.pop_front();
    lock.unlock();
    submitted_.notify_one();  // The log thread may wait for room.
    return epoch;
}

Status LogSource::release_before(model::Position position) {
    return writer_->release_before(position);
}

Status LogSource::scrub() {
    {
        std::unique_lock lock(mutex_);
        wants_new_file_ = true;
        submitted_.notify_one();
        new_file_begun_.wait(lock, [&] { return !wants_new_file_ || is_drained_; });
    }
    TL_TRY(writer_->release_before(next_position()));
    return writer_->scrub();
}

void LogSource::stop() {
    {
        const std::lock_guard lock(mutex_);
        is_stopped_ = true;
        if (!thread_.joinable()) is_drained_ = true;
    }
    submitted_.notify_all();
    durable_changed_.notify_all();
}

size_t LogSource::waiting_bytes() const {
    const std::lock_guard lock(mutex_);
    return waiting_bytes_;
}

Micros LogSource::next_stamp() {
    return std::max(clock_.now(), writer_->last_stamp());
}

// Takes what waits, as much as one epoch may hold. False when there will never be more.
bool LogSource::wait_for_work(std::vector<Submission>& taken) {
    std::unique_lock lock(mutex_);
    const auto has_work = [&] {
        return is_stopped_ || wants_new_file_ ||
               (!waiting_.empty() && durable_.size() < kEpochsAhead);
    };
    if (!has_work() && !submitted_.wait_for(lock, std::chrono::microseconds(kIdle), has_work)) {
        lock.unlock();
        // Idle: the last epoch gets its successor, then there is nothing to do but wait.
        if (const Status status = writer_->append_empty(); !status)
            options_.on_fatal(status.error());
        lock.lock();
        submitted_.wait(lock, has_work);
    }
    size_t bytes = 0;
    while (!waiting_.empty() && (durable_.size() < kEpochsAhead || is_stopped_)) {
        const size_t size = waiting_.front().bytes->size();
        if (!taken.empty() && bytes + size > options_.epoch_bytes_max) break;
        bytes += size;
        taken.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
    }
    waiting_bytes_ -= bytes;
    return !taken.empty() || !is_stopped_;
}

void LogSource::run() {
    std::vector<Submission> taken;
    while (wait_for_work(taken)) {
        if (!taken.empty()) write(std::exchange(taken, {}));
        {
            const std::lock_guard lock(mutex_);
            if (!wants_new_file_) continue;
            if (const Status status = writer_->start_new_file(); !status) {
                options_.on_fatal(status.error());
            }
            wants_new_file_ = false;
        }
        new_file_begun_.notify_all();
    }
    {
        const std::lock_guard lock(mutex_);
        if (const Status status = writer_->append_empty(); !status) {
            log_warn("engine.last_epoch_not_followed", {{"code", code_name(status.error().code)}});
        }
        is_drained_ = true;
    }
    durable_changed_.notify_all();
    new_file_begun_.notify_all();
}

void LogSource::write(std::vector<Submission> taken) {
    const Micros started = clock_.monotonic();
    const Micros stamp = next_stamp();
    Epoch epoch;
    epoch.batches.reserve(taken.size());
    model::Position position = writer_->next_position();
    for (Submission& submission : taken) {
        for (size_t i = 0; i < submission.size(); ++i) frame_.add(stamp, submission.record(i));
        epoch.batches.push_back({{}, position, stamp, {}});
        position += submission.size();
    }
    if (const Status status = writer_->append(frame_); !status) {
        frame_.clear();
        if (status.error().code != Code::ResourceExhausted) {
            options_.on_fatal(status.error());
        }
        return fail(taken, status.error());
    }
    is_disk_full_ = false;
    last_sync_ = clock_.monotonic() - started;
    next_position_ = writer_->next_position();
    for (size_t i = 0; i < taken.size(); ++i) epoch.batches[i].submission = std::move(taken[i]);
    {
        const std::lock_guard lock(mutex_);
        durable_.push_back(std::move(epoch));
    }
    durable_changed_.notify_one();
    if (const Status status = writer_->prepare_next(); !status) {
        log_warn("engine.log_file_not_prepared", {{"code", code_name(status.error().code)}});
    }
}

void LogSource::fail(std::vector<Submission>& taken, const Error& error) {
    is_disk_full_ = true;
    log_warn("engine.write_refused",
             {{"code", code_name(error.code)}, {"submissions", taken.size()}});
    for (Submission& submission : taken) {
        if (submission.done) {
            submission.done({.status = Error::unavailable("store: " + error.message),
                             .position = 0,
                             .duplicates = 0,
                             .refused = {}});
        }
    }
}

}  // namespace throughline::engine
