#include "store/log_writer.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/random.h"
#include "store/log_reader.h"
#include "store/log_segment.h"

namespace throughline::store {
namespace {

constexpr uint64_t kChunkBytes = 256 << 10;
constexpr uint64_t kPieceBytes = 8 << 20;  // Of a new file, between two looks at whether to stop.

Status write_zeros(File& file, uint64_t from, uint64_t to) {
    TL_ASSERT(from <= to);
    const std::string zeros(std::min(kChunkBytes, to - from), '\0');
    while (from < to) {
        const uint64_t size = std::min<uint64_t>(zeros.size(), to - from);
        TL_TRY(file.write_at(from, std::string_view(zeros).substr(0, size)));
        file.write_back(from, size);
        from += size;
    }
    return Status::ok();
}

// Overwrites the records of a frame that may not stay. Requires: the frame's checksum held.
Status redact_records(std::string& bytes, const Frame& frame, const LogWriter::Keeps& keeps) {
    size_t at = kFrameHeaderBytes;
    for (uint32_t left = frame.count; left > 0; --left) {
        const size_t size = load<uint32_t>(bytes.data() + at);
        const size_t payload = at + kRecordHeaderBytes;
        at = payload + size;
        if (at > bytes.size()) return Error::corrupt("log: records do not fill their epoch");
        TL_TRY_ASSIGN(const bool stays, keeps(std::string_view(bytes).substr(payload, size)));
        if (!stays) std::fill_n(bytes.begin() + static_cast<ptrdiff_t>(payload), size, '\0');
    }
    return Status::ok();
}

bool is_full(const Status& status) {
    return !status.is_ok() && status.error().code == Code::ResourceExhausted;
}

}  // namespace

LogEpoch::LogEpoch() {
    clear();
}

void LogEpoch::clear() {
    frame_.assign(kFrameHeaderBytes, '\0');
    count_ = 0;
    first_stamp_ = kNoTime;
    last_stamp_ = kNoTime;
}

void LogEpoch::add(Micros stamp_us, std::string_view payload) {
    TL_ASSERT(count_ == 0 || stamp_us >= last_stamp_);
    if (count_ == 0) first_stamp_ = stamp_us;
    last_stamp_ = stamp_us;
    ++count_;
    ByteWriter writer(frame_);
    writer.fixed(static_cast<uint32_t>(payload.size()));
    writer.fixed(stamp_us);
    writer.raw(payload);
}

uint64_t LogEpoch::frame_bytes() const {
    return store::frame_bytes(frame_.size() - kFrameHeaderBytes);
}

LogWriter::LogWriter(Files& files, std::string directory, const LogOptions& options)
    : files_(files), directory_(std::move(directory)), options_(options) {
    TL_ASSERT(options_.file_bytes % kLogHeaderBytes == 0);
    TL_ASSERT(options_.file_bytes >= 2 * kLogHeaderBytes);
}

LogWriter::~LogWriter() = default;

uint64_t LogWriter::epoch_bytes_max() const {
    // The size of a body is a u32.
    return std::min<uint64_t>(options_.file_bytes - kLogHeaderBytes - kSealBytes, 1ULL << 31);
}

uint64_t LogWriter::new_incarnation(uint64_t sequence) const {
    if (options_.incarnation_seed != 0) return mix(options_.incarnation_seed ^ mix(sequence));
    return load<uint64_t>(random_bytes(sizeof(uint64_t)).data());
}

Status LogWriter::poison(Status status) {
    if (!status.is_ok()) is_poisoned_ = true;
    return status;
}

Status LogWriter::append(LogEpoch& epoch) {
    if (epoch.frame_bytes() > epoch_bytes_max()) {
        return Error::invalid("log: epoch has " + std::to_string(epoch.frame_bytes()) +
                              " bytes, at most " + std::to_string(epoch_bytes_max()));
    }
    TL_ASSERT(epoch.is_empty() || epoch.first_stamp() >= last_stamp_);
    const Micros last_stamp = epoch.is_empty() ? last_stamp_ : epoch.last_stamp();
    const uint64_t body_bytes = epoch.frame_.size() - kFrameHeaderBytes;
    const auto status =
        append_frame(epoch.frame_, {FrameKind::Records, 0, next_position_, last_stamp,
                                    epoch.count(), static_cast<uint32_t>(body_bytes)});
    if (!status.is_ok()) {
        epoch.frame_.resize(kFrameHeaderBytes + body_bytes);
        return status;
    }
    next_position_ += epoch.count();
    last_stamp_ = last_stamp;
    needs_successor_ = !epoch.is_empty();
    epoch.clear();
    return status;
}

Status LogWriter::append_empty() {
    if (!needs_successor_) return Status::ok();
    LogEpoch empty;
    return append(empty);
}

Status LogWriter::append_frame(std::string& bytes, Frame frame) {
    if (is_poisoned_) return Error::internal("log: an earlier write failed; the process must end");
    const uint64_t size = frame_bytes(frame.body_bytes);
    if (tail_ + size + kSealBytes > active_->header.file_bytes) TL_TRY(rotate());
    frame.epoch = next_epoch_;
    finish_frame(bytes, frame, {active_->header.incarnation, tail_});
    TL_TRY(write_frame(*active_, bytes));
    tail_ += size;
    ++next_epoch_;
    return Status::ok();
}

Status LogWriter::write_frame(Segment& segment, std::string_view bytes) {
    Status written;
    {
        const std::lock_guard guard(write_mutex_);
        segment.used = tail_ + bytes.size();
        written = segment.file->write_at(tail_, bytes);
    }
    // Nothing counts until the sync, so the next try may write to the same place.
    if (is_full(written)) return written;
    TL_TRY(poison(written));
    return poison(segment.file->sync());
}

Status LogWriter::start_new_file() {
    if (is_poisoned_) return Error::internal("log: an earlier write failed; the process must end");
    return tail_ == kLogHeaderBytes ? Status::ok() : rotate();
}

Status LogWriter::rotate() {
    // Order matters: the new header is on disk before the seal that promises it.
    TL_TRY_ASSIGN(const auto fresh, take_free());
    LogFileHeader header;
    header.sequence = active_->header.sequence + 1;
    header.first_position = next_position_;
    header.first_epoch = next_epoch_ + 1;
    header.last_stamp = last_stamp_;
    TL_TRY(poison(begin_file(*fresh, header)));

    std::string seal(kFrameHeaderBytes, '\0');
    finish_frame(seal, {FrameKind::Seal, next_epoch_, next_position_, last_stamp_, 0, 0},
                 {active_->header.incarnation, tail_});
    TL_TRY(poison(write_frame(*active_, seal)));
    ++next_epoch_;
    tail_ = kLogHeaderBytes;
    needs_successor_ = false;
    active_ = fresh;
    const std::lock_guard guard(files_mutex_);
    has_rotated_ = true;
    live_.push_back(fresh);
    return Status::ok();
}

Status LogWriter::begin_file(Segment& segment, const LogFileHeader& header) {
    segment.header = header;
    segment.header.fold_version = options_.fold_version;
    segment.header.incarnation = new_incarnation(header.sequence);
    segment.header.file_bytes = options_.file_bytes;
    {
        const std::lock_guard guard(write_mutex_);
        segment.used = kLogHeaderBytes;
    }
    TL_TRY(segment.file->write_at(0, encode_header(segment.header)));
    return segment.file->sync();
}

std::shared_ptr<LogWriter::Segment> LogWriter::pop_free() {
    const std::lock_guard guard(files_mutex_);
    if (free_.empty()) return nullptr;
    const auto segment = free_.front();
    free_.pop_front();
    return segment;
}

Result<std::shared_ptr<LogWriter::Segment>> LogWriter::take_free() {
    if (auto segment = pop_free()) return segment;
    const std::lock_guard guard(prepare_mutex_);
    if (auto segment = pop_free()) return segment;  // Made by another thread meanwhile.
    static constexpr std::atomic<bool> kNotStopped = false;
    return make_file(kNotStopped);
}

bool LogWriter::wants_file() const {
    const std::lock_guard guard(files_mutex_);
    // A log that goes through its files may need the next one before it could be made.
    return free_.size() < (has_rotated_ ? 2 : 1);
}

Status LogWriter::prepare_next() {
    const std::lock_guard guard(prepare_mutex_);
    while (wants_file() && !is_preparing_stopped_) {
        TL_TRY_ASSIGN(auto segment, make_file(is_preparing_stopped_));
        const std::lock_guard files_guard(files_mutex_);
        free_.push_back(std::move(segment));
    }
    return Status::ok();
}

Result<std::shared_ptr<LogWriter::Segment>> LogWriter::make_file(
    const std::atomic<bool>& is_stopped) {
    auto segment = std::make_shared<Segment>();
    {
        const std::lock_guard guard(files_mutex_);
        segment->name = log_file_name(next_number_++);
    }
    segment->is_clean = true;
    segment->header.file_bytes = options_.file_bytes;
    const std::string path = join_path(directory_, segment->name);
    TL_TRY_ASSIGN(segment->file, files_.open(path, OpenMode::Fresh));
    const auto fill = [&]() -> Status {
        TL_TRY(segment->file->allocate(options_.file_bytes));
        for (uint64_t from = 0; from < options_.file_bytes; from += kPieceBytes) {
            if (is_stopped) return Error{Code::Cancelled, "log: stopping"};
            const uint64_t to = std::min(from + kPieceBytes, options_.file_bytes);
            TL_TRY(write_zeros(*segment->file, from, to));
        }
        TL_TRY(segment->file->sync());
        return files_.sync_directory(directory_);
    };
    const auto filled = fill();
    if (filled.is_ok()) return segment;
    // Gives the space back; recovery removes what stays behind.
    [[maybe_unused]] const auto removed = files_.remove(path);
    return filled.error();
}

Status LogWriter::release_before(uint64_t position, const LogHold& hold) {
    const std::lock_guard maintenance(maintenance_mutex_);
    for (;;) {
        std::shared_ptr<Segment> oldest;
        {
            const std::lock_guard guard(files_mutex_);
            if (live_.size() < 2) break;
            const LogFileHeader& next = live_[1]->header;
            const bool is_held = next.first_position > hold.position &&
                                 live_.size() * options_.file_bytes <= hold.bytes_max &&
                                 next.last_stamp >= hold.since;
            if (next.first_position > position || is_held) break;
            oldest = live_.front();
            live_.pop_front();
        }
        if (const Status freed = free_file(oldest); !freed) {
            // It stays the oldest: were a later one freed first, the log would have a gap.
            const std::lock_guard guard(files_mutex_);
            live_.push_front(oldest);
            return freed;
        }
    }
    return Status::ok();
}

Result<LogPlace> LogWriter::file_of(uint64_t position) const {
    const std::lock_guard guard(files_mutex_);
    for (auto at = live_.rbegin(); at != live_.rend(); ++at) {
        if ((*at)->header.first_position > position) continue;
        return LogPlace{join_path(directory_, (*at)->name), (*at)->header};
    }
    return Error::not_found("log: position " + std::to_string(position) + " was released");
}

uint64_t LogWriter::first_position() const {
    const std::lock_guard guard(files_mutex_);
    return live_.front()->header.first_position;
}

Status LogWriter::redact_before(uint64_t position, const Keeps& keeps) {
    const std::lock_guard maintenance(maintenance_mutex_);
    std::vector<std::shared_ptr<Segment>> whole;
    {
        const std::lock_guard guard(files_mutex_);
        for (size_t at = 0; at + 1 < live_.size(); ++at) {
            if (live_[at + 1]->header.first_position <= position) whole.push_back(live_[at]);
        }
    }
    for (const auto& segment : whole) TL_TRY(redact(*segment, keeps));
    return Status::ok();
}

// Every frame keeps its place, its size and its incarnation, so that its checksum is of the same
// kind and a reader goes on behind it as before.
Status LogWriter::redact(Segment& segment, const Keeps& keeps) {
    const std::string path = join_path(directory_, segment.name);
    const std::string draft = path + ".new";
    const uint64_t incarnation = segment.header.incarnation;
    TL_TRY_ASSIGN(auto file, files_.open(draft, OpenMode::Fresh));
    TL_TRY(file->allocate(segment.header.file_bytes));
    TL_TRY(file->write_at(0, encode_header(segment.header)));
    FrameWalk walk(*segment.file, segment.header);
    for (;;) {
        TL_TRY_ASSIGN(const bool has_frame, walk.next());
        if (!has_frame) break;
        std::string bytes(walk.bytes().substr(0, kFrameHeaderBytes + walk.frame().body_bytes));
        TL_TRY(redact_records(bytes, walk.frame(), keeps));
        finish_frame(bytes, walk.frame(), {incarnation, walk.frame_offset()});
        TL_TRY(file->write_at(walk.frame_offset(), bytes));
    }
    if (!walk.is_sealed()) {
        return log_damage(directory_, {segment.name, walk.offset(), "epoch fails its checksum"});
    }
    TL_TRY(file->write_at(walk.frame_offset(), walk.bytes()));
    TL_TRY(file->sync());
    TL_TRY(files_.rename(draft, path));
    TL_TRY(files_.sync_directory(directory_));
    segment.file = std::move(file);
    segment.is_clean = true;
    return Status::ok();
}

Status LogWriter::free_file(const std::shared_ptr<Segment>& segment) {
    // Synced one by one, oldest first: a power cut never leaves a gap in the sequence.
    TL_TRY(write_zeros(*segment->file, 0, kLogHeaderBytes));
    TL_TRY(segment->file->sync());
    segment->is_clean = false;
    {
        const std::lock_guard guard(files_mutex_);
        if (segment->header.file_bytes == options_.file_bytes &&
            free_.size() < options_.pool_files_max) {
            free_.push_back(segment);
            return Status::ok();
        }
    }
    return files_.remove(join_path(directory_, segment->name));
}

std::shared_ptr<LogWriter::Segment> LogWriter::pop_unclean() {
    const std::lock_guard guard(files_mutex_);
    const auto found =
        std::ranges::find_if(free_, [](const auto& file) { return !file->is_clean; });
    if (found == free_.end()) return nullptr;
    const auto segment = *found;
    free_.erase(found);
    return segment;
}

Status LogWriter::scrub() {
    const std::lock_guard maintenance(maintenance_mutex_);
    while (const auto segment = pop_unclean()) {
        TL_TRY(write_zeros(*segment->file, 0, segment->header.file_bytes));
        TL_TRY(segment->file->sync());
        segment->is_clean = true;
        const std::lock_guard guard(files_mutex_);
        free_.push_back(segment);
    }
    std::vector<std::shared_ptr<Segment>> live;
    {
        const std::lock_guard guard(files_mutex_);
        live.assign(live_.begin(), live_.end());
    }
    for (const auto& segment : live) {
        if (!segment->is_clean) TL_TRY(scrub_live(*segment));
    }
    return Status::ok();
}

Status LogWriter::scrub_live(Segment& segment) {
    TL_TRY(find_used(segment));
    // Opened once more: a failed write is told once an open file, and to the appending thread too.
    TL_TRY_ASSIGN(const auto file,
                  files_.open(join_path(directory_, segment.name), OpenMode::Write));
    // From the end down to wherever the appending thread has got by then; in chunks, so that it
    // waits for one of them at most.
    for (uint64_t end = segment.header.file_bytes;;) {
        const std::lock_guard guard(write_mutex_);
        if (end <= segment.used) break;
        const uint64_t from = std::max(segment.used, end - std::min(end, kChunkBytes));
        TL_TRY(write_zeros(*file, from, end));
        end = from;
    }
    TL_TRY(file->sync());
    segment.is_clean = true;
    return Status::ok();
}

Status LogWriter::find_used(Segment& segment) {
    {
        const std::lock_guard guard(write_mutex_);
        if (segment.used != 0) return Status::ok();
    }
    FrameWalk walk(*segment.file, segment.header);
    for (;;) {
        TL_TRY_ASSIGN(const bool has_frame, walk.next());
        if (!has_frame) break;
    }
    if (!walk.is_sealed()) {
        return log_damage(directory_, {segment.name, walk.offset(), "epoch fails its checksum"});
    }
    const std::lock_guard guard(write_mutex_);
    segment.used = walk.offset();
    return Status::ok();
}

}  // namespace throughline::store
