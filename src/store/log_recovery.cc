// LogWriter::open: finding the end of the log and putting it right.
#include <algorithm>

#include "base/log.h"
#include "store/log_reader.h"
#include "store/log_segment.h"
#include "store/log_writer.h"

namespace throughline::store {
namespace {

Status walk_to_end(FrameWalk& walk) {
    for (;;) {
        TL_TRY_ASSIGN(const bool has_frame, walk.next());
        if (!has_frame) return Status::ok();
    }
}

/// Writes the last frame of a walk again.
Status rewrite_frame(File& file, const FrameWalk& walk) {
    std::string bytes(walk.offset() - walk.frame_offset(), '\0');
    TL_TRY_ASSIGN(const size_t got, file.read_at(walk.frame_offset(), bytes));
    TL_ASSERT(got == bytes.size());
    TL_TRY(file.write_at(walk.frame_offset(), bytes));
    return file.sync();
}

/// Writes again what the process before may have written without a finished sync: the last frame,
/// or, in a file that has none yet, the header and the seal before it. What is older was synced
/// before these were written.
Status rewrite_end(const std::vector<LogFile>& live, const FrameWalk& end) {
    const LogFile& last = live.back();
    TL_TRY(last.file->write_at(0, encode_header(last.header)));
    if (end.has_frames()) return rewrite_frame(*last.file, end);
    TL_TRY(last.file->sync());
    if (live.size() < 2) return Status::ok();
    const LogFile& sealed = live[live.size() - 2];
    FrameWalk walk(*sealed.file, sealed.header);
    TL_TRY(walk_to_end(walk));
    return rewrite_frame(*sealed.file, walk);
}

/// A power cut while a file was being freed may have taken one copy of its header.
Status mend_header(const LogFile& file) {
    if (file.good_copies == 2) return Status::ok();
    log_warn("store.log_header_mended", {{"file", file.name}});
    TL_TRY(file.file->write_at(0, encode_header(file.header)));
    return file.file->sync();
}

}  // namespace

Result<LogRecovery> LogWriter::open(Files& files, const std::string& directory,
                                    const LogOptions& options) {
    TL_TRY(make_directories(files, directory));
    TL_TRY_ASSIGN(LogDirectory found, LogDirectory::open(files, directory, OpenMode::Write));
    LogRecovery recovery;
    recovery.writer.reset(new LogWriter(files, directory, options));
    TL_TRY(recovery.writer->adopt(found));
    recovery.first_position = recovery.writer->live_.front()->header.first_position;
    recovery.next_position = recovery.writer->next_position();
    return recovery;
}

std::shared_ptr<LogWriter::Segment> LogWriter::segment_of(LogFile& file) const {
    auto segment = std::make_shared<Segment>();
    segment->name = std::move(file.name);
    segment->file = std::move(file.file);
    segment->header = file.header;
    return segment;
}

Status LogWriter::adopt(LogDirectory& found) {
    for (const LogFile& file : found.live) TL_TRY(mend_header(file));
    next_number_ = found.greatest_number + 1;
    TL_TRY(files_.sync_directory(directory_));
    if (found.live.empty()) {
        TL_TRY(adopt_free(found.free));
        return begin();
    }
    TL_TRY_ASSIGN(const auto end, find_end(found.live));
    TL_TRY(check_tail(found.live, end->next_position()));
    TL_TRY(rewrite_end(found.live, *end));
    TL_TRY(adopt_free(found.free));

    next_position_ = end->next_position();
    next_epoch_ = end->next_epoch();
    last_stamp_ = end->last_stamp();
    tail_ = end->offset();
    needs_successor_ = end->has_frames() && end->frame().count > 0;
    for (LogFile& file : found.live) live_.push_back(segment_of(file));
    active_ = live_.back();
    active_->used = tail_;
    // The last records, if any, belong to the checkpoint of another fold: ours go apart.
    return active_->header.fold_version == options_.fold_version ? Status::ok() : rotate();
}

Status LogWriter::adopt_free(std::vector<LogFile>& found) {
    for (LogFile& file : found) {
        if (file.size != options_.file_bytes) {
            TL_TRY(files_.remove(join_path(directory_, file.name)));
            continue;
        }
        // Cleared again: what an earlier process cleared without a finished sync must not come back
        // after the next power cut.
        auto segment = segment_of(file);
        segment->header.file_bytes = file.size;
        TL_TRY(free_file(segment));
    }
    return Status::ok();
}

Status LogWriter::begin() {
    if (options_.replay_from > 0 && options_.missing == MissingLog::Refuse) {
        return Error::corrupt("log: " + directory_ +
                              ": holds no log, but a checkpoint names position " +
                              std::to_string(options_.replay_from) + "; run `throughline doctor`");
    }
    TL_TRY_ASSIGN(active_, take_free());
    LogFileHeader header;
    header.sequence = 1;
    header.first_position = options_.replay_from;
    header.first_epoch = 1;
    TL_TRY(begin_file(*active_, header));
    next_position_ = options_.replay_from;
    live_.push_back(active_);
    return Status::ok();
}

Result<std::unique_ptr<FrameWalk>> LogWriter::find_end(std::vector<LogFile>& live) {
    const auto walk_of = [](const LogFile& file) {
        return std::make_unique<FrameWalk>(*file.file, file.header);
    };
    auto end = walk_of(live.back());
    TL_TRY(walk_to_end(*end));
    if (!end->has_frames() && live.size() > 1) {
        const LogFile& file_before = live[live.size() - 2];
        auto before = walk_of(file_before);
        TL_TRY(walk_to_end(*before));
        if (before->is_sealed()) {
            const auto damage = damage_between(*before, live.back());
            if (damage) return log_damage(directory_, *damage);
        } else {
            // The power went between the new file's header and the seal: the new file has no frame
            // and is freed. Durably, because its sequence number will be given again.
            TL_TRY_ASSIGN(const auto begun, end->find_frame(kLogHeaderBytes));
            if (begun) {
                return log_damage(directory_,
                                  {file_before.name, before->offset(),
                                   "epoch fails its checksum, and a later file follows"});
            }
            TL_TRY_ASSIGN(const auto damage, damage_behind(file_before, *before));
            if (damage) return log_damage(directory_, *damage);
            TL_TRY(free_file(segment_of(live.back())));
            live.pop_back();
            return before;
        }
    }
    if (end->is_sealed()) {
        return log_damage(directory_, {live.back().name, end->offset(),
                                       "the log file after this one is missing"});
    }
    TL_TRY_ASSIGN(const auto damage, damage_behind(live.back(), *end));
    if (damage) return log_damage(directory_, *damage);
    return end;
}

Status LogWriter::check_tail(const std::vector<LogFile>& live, uint64_t next_position) const {
    const uint64_t from = options_.replay_from;
    const uint64_t first_position = live.front().header.first_position;
    if (from < first_position || from > next_position) {
        return Error::corrupt("log: " + directory_ + ": a checkpoint names position " +
                              std::to_string(from) + ", but the log holds " +
                              std::to_string(first_position) + " to " +
                              std::to_string(next_position) + "; run `throughline doctor`");
    }
    for (size_t at = 0; at < live.size(); ++at) {
        const LogFileHeader& header = live[at].header;
        const uint64_t behind =
            at + 1 < live.size() ? live[at + 1].header.first_position : next_position;
        const bool has_tail = behind > std::max(from, header.first_position);
        if (has_tail && header.fold_version != options_.fold_version) {
            return wrong_fold(live[at], options_.fold_version);
        }
    }
    return Status::ok();
}

}  // namespace throughline::store
