#include "engine/log_source.h"

#include <chrono>

#include "base/log.h"
#include "base/thread.h"
#include "store/log_format.h"
#include "store/log_reader.h"

namespace throughline::engine {

namespace {

// What a submission takes in a frame.
uint64_t frame_share(const Submission& submission) {
    return submission.ends.back() - submission.begin +
           submission.size() * store::kRecordHeaderBytes;
}

}  // namespace

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
    if (files_thread_.joinable()) files_thread_.join();
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
        // By size alone: while the clock stands still or goes back, all records have one stamp.
        if (bytes->size() >= (1U << 20)) TL_TRY(hand_over());
        const bool is_new = epoch.batches.empty() || epoch.batches.back().stamp != record.stamp_us;
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
    if (options_.makes_files_ahead) files_thread_ = std::thread([this] { run_files(); });
    return Status::ok();
}

uint64_t LogSource::submission_bytes_max() const {
    return writer_->epoch_bytes_max() - store::kFrameHeaderBytes - store::kSectorBytes;
}

Status LogSource::submit(Submission submission) {
    if (submission.size() == 0) return Error::invalid("engine: submission: holds no record");
    if (frame_share(submission) > submission_bytes_max()) {
        return Error::invalid("engine: submission: has " + std::to_string(frame_share(submission)) +
                              " bytes, at most " + std::to_string(submission_bytes_max()));
    }
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

Status LogSource::release_before(model::Position position, const store::LogHold& hold) {
    return writer_->release_before(position, hold);
}

Status LogSource::redact_before(model::Position position, const store::LogWriter::Keeps& keeps) {
    return writer_->redact_before(position, keeps);
}

std::unique_ptr<store::LogFollower> LogSource::follow() const {
    return std::make_unique<store::LogFollower>(files_, *writer_);
}

Status LogSource::start_new_file() {
    std::unique_lock lock(mutex_);
    wants_new_file_ = true;
    submitted_.notify_one();
    new_file_begun_.wait(lock, [&] { return !wants_new_file_ || is_drained_; });
    return wants_new_file_ ? Status(Error::unavailable("engine: stopping")) : new_file_status_;
}

Status LogSource::scrub() {
    return writer_->scrub();
}

void LogSource::stop() {
    {
        const std::lock_guard lock(mutex_);
        is_stopped_ = true;
        if (!thread_.joinable()) is_drained_ = true;
    }
    writer_->stop_preparing();
    submitted_.notify_all();
    durable_changed_.notify_all();
    file_wanted_.notify_all();
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
        if (const Status status = writer_->append_empty(); !status) tell(status.error());
        lock.lock();
        submitted_.wait(lock, has_work);
    }
    const uint64_t frame_max = std::min(options_.epoch_bytes_max, submission_bytes_max());
    uint64_t frame = 0;
    while (!waiting_.empty() && (durable_.size() < kEpochsAhead || is_stopped_)) {
        const uint64_t share = frame_share(waiting_.front());
        if (!taken.empty() && frame + share > frame_max) break;
        frame += share;
        waiting_bytes_ -= waiting_.front().bytes->size();
        taken.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
    }
    return !taken.empty() || !is_stopped_;
}

void LogSource::run() {
    name_thread("tl-log");
    take_short_turns();
    std::vector<Submission> taken;
    while (wait_for_work(taken)) {
        if (!taken.empty()) write(std::exchange(taken, {}));
        begin_wanted_file();
    }
    if (const Status status = writer_->append_empty(); !status) {
        log_warn("engine.last_epoch_not_followed", {{"code", code_name(status.error().code)}});
    }
    {
        const std::lock_guard lock(mutex_);
        is_drained_ = true;
    }
    durable_changed_.notify_all();
    new_file_begun_.notify_all();
}

void LogSource::begin_wanted_file() {
    {
        const std::lock_guard lock(mutex_);
        if (!wants_new_file_) return;
    }
    const Status status = writer_->start_new_file();
    if (!status) tell(status.error());
    {
        const std::lock_guard lock(mutex_);
        wants_new_file_ = false;
        new_file_status_ = status;
    }
    new_file_begun_.notify_all();
}

// A full disk passes; after anything else the state of the disk is unknown.
void LogSource::tell(const Error& error) {
    is_disk_full_ = error.code == Code::ResourceExhausted;
    if (!is_disk_full_) options_.on_fatal(error);
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
        tell(status.error());
        return refuse(std::move(epoch), std::move(taken), status.error());
    }
    is_disk_full_ = false;
    last_sync_ = clock_.monotonic() - started;
    next_position_ = writer_->next_position();
    for (size_t i = 0; i < taken.size(); ++i) epoch.batches[i].submission = std::move(taken[i]);
    hand_over(std::move(epoch));
    if (writer_->wants_file()) file_wanted_.notify_one();
}

void LogSource::run_files() {
    name_thread("tl-log-files");
    std::unique_lock lock(mutex_);
    while (true) {
        // A notice that comes between the look and the wait is missed: the next write gives one.
        file_wanted_.wait(lock, [&] { return is_stopped_ || writer_->wants_file(); });
        if (is_stopped_) return;
        lock.unlock();
        const Status status = writer_->prepare_next();
        lock.lock();
        if (status || is_stopped_) continue;
        log_warn("engine.log_file_not_prepared", {{"code", code_name(status.error().code)}});
        file_wanted_.wait_for(lock, std::chrono::microseconds(kFileRetry),
                              [&] { return is_stopped_; });
    }
}

void LogSource::hand_over(Epoch epoch) {
    {
        const std::lock_guard lock(mutex_);
        durable_.push_back(std::move(epoch));
    }
    durable_changed_.notify_one();
}

// Goes the way of the others, so that all answers come from one thread and in order.
void LogSource::refuse(Epoch epoch, std::vector<Submission> taken, const Error& error) {
    log_warn("engine.write_refused",
             {{"code", code_name(error.code)}, {"submissions", taken.size()}});
    for (size_t i = 0; i < taken.size(); ++i) {
        epoch.batches[i].submission = std::move(taken[i]);
        epoch.batches[i].outcome.status = Error::unavailable("store: " + error.message);
    }
    epoch.is_refused = true;
    hand_over(std::move(epoch));
}

}  // namespace throughline::engine
