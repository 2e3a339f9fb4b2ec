#include "store/log_reader.h"

#include <algorithm>

#include "base/bytes.h"

namespace throughline::store {
namespace {

constexpr uint64_t kReadAheadBytes = 1 << 20;

/// Calls `visit` for the records of a frame whose checksum holds, from position `from` on.
Status visit_records(const FrameWalk& walk, uint64_t from, const LogReader::Visitor& visit) {
    const Frame& frame = walk.frame();
    ByteReader reader(walk.body().substr(0, frame.body_bytes));
    for (uint32_t at = 0; at < frame.count; ++at) {
        const auto size = reader.fixed<uint32_t>();
        const auto stamp_us = reader.fixed<Micros>();
        const std::string_view payload = reader.raw(size);
        if (!reader.ok()) break;
        const uint64_t position = frame.first_position + at;
        if (position >= from) TL_TRY(visit({position, stamp_us, payload}));
    }
    if (reader.ok() && reader.at_end()) return Status::ok();
    return Error::corrupt("log: records do not fill their epoch");
}

}  // namespace

Result<LogDirectory> LogDirectory::open(Files& files, const std::string& path, OpenMode mode) {
    LogDirectory directory;
    TL_TRY_ASSIGN(const auto names, files.list(path));
    for (const std::string& name : names) {
        const auto number = log_file_number(name);
        if (!number) continue;
        directory.greatest_number = std::max(directory.greatest_number, *number);
        LogFile file{name, nullptr, 0, {}, 0};
        TL_TRY_ASSIGN(file.file, files.open(join_path(path, name), mode));
        TL_TRY_ASSIGN(file.size, file.file->size());
        file.file->forget_cached();
        std::string bytes(kLogHeaderBytes, '\0');
        TL_TRY_ASSIGN(const size_t got, file.file->read_at(0, bytes));
        const FoundHeader found = decode_header(std::string_view(bytes).substr(0, got));
        file.good_copies = found.good_copies;
        file.header = found.header.value_or(LogFileHeader{});
        (found.header ? directory.live : directory.free).push_back(std::move(file));
    }
    std::ranges::sort(directory.live, {}, [](const LogFile& file) { return file.header.sequence; });
    for (size_t at = 0; at < directory.live.size(); ++at) {
        const LogFile& file = directory.live[at];
        if (file.header.format_version != kLogFormatVersion) {
            return Error::precondition("log: " + file.name + ": has format version " +
                                       std::to_string(file.header.format_version) +
                                       ", this program reads " + std::to_string(kLogFormatVersion));
        }
        if (file.size < file.header.file_bytes) {
            return log_damage(path, {file.name, file.size, "the file is cut short"});
        }
        if (at > 0 && file.header.sequence != directory.live[at - 1].header.sequence + 1) {
            return log_damage(path, {file.name, 0, "the log file before this one is missing"});
        }
    }
    return directory;
}

FrameWalk::FrameWalk(File& file, const LogFileHeader& header)
    : file_(file),
      header_(header),
      next_epoch_(header.first_epoch),
      next_position_(header.first_position),
      last_stamp_(header.last_stamp) {}

std::string_view FrameWalk::body() const {
    return bytes_.substr(kFrameHeaderBytes);
}

Result<std::string_view> FrameWalk::load(uint64_t offset, uint64_t size) {
    if (offset < window_at_ || offset + size > window_at_ + window_.size()) {
        window_.resize(std::max(size, std::min(kReadAheadBytes, header_.file_bytes - offset)));
        window_at_ = offset;
        TL_TRY_ASSIGN(const size_t got, file_.read_at(offset, window_));
        window_.resize(got);
    }
    return std::string_view(window_).substr(offset - window_at_, size);
}

Result<std::optional<Frame>> FrameWalk::frame_at(uint64_t offset) {
    const std::optional<Frame> none;
    const FramePlace place{header_.incarnation, offset};
    if (offset + kSectorBytes > header_.file_bytes) return none;
    TL_TRY_ASSIGN(const auto sector, load(offset, kSectorBytes));
    const auto frame = peek_frame(sector, place);
    if (!frame) return none;
    const uint64_t size = frame_bytes(frame->body_bytes);
    if (size > header_.file_bytes - offset) return none;
    TL_TRY_ASSIGN(bytes_, load(offset, size));
    return is_frame_good(bytes_, place) ? frame : none;
}

Result<bool> FrameWalk::next() {
    if (is_sealed_) return false;
    TL_TRY_ASSIGN(const auto found, frame_at(offset_));
    if (!found) return false;
    const bool fits = found->epoch == next_epoch_ && found->first_position == next_position_;
    if (!fits && !is_resumed_) return false;
    frame_ = *found;
    frame_offset_ = offset_;
    offset_ += bytes_.size();
    next_epoch_ = found->epoch + 1;
    next_position_ = found->first_position + found->count;
    last_stamp_ = found->last_stamp;
    is_sealed_ = found->kind == FrameKind::Seal;
    has_frames_ = true;
    is_resumed_ = false;
    return !is_sealed_;
}

Result<std::optional<uint64_t>> FrameWalk::find_frame(uint64_t offset) {
    for (; offset + kSectorBytes <= header_.file_bytes; offset += kSectorBytes) {
        TL_TRY_ASSIGN(const auto found, frame_at(offset));
        if (found) return std::optional(offset);
    }
    return std::optional<uint64_t>();
}

void FrameWalk::resume_at(uint64_t offset) {
    offset_ = offset;
    is_resumed_ = true;
}

Error wrong_fold(const LogFile& file, uint32_t fold_version) {
    return Error::precondition("log: " + file.name + ": was written for fold version " +
                               std::to_string(file.header.fold_version) + ", this program has " +
                               std::to_string(fold_version) +
                               "; stop cleanly with the program that wrote it, then upgrade");
}

Error log_damage(const std::string& directory, const LogDamage& damage) {
    return Error::corrupt("log: " + join_path(directory, damage.file) + ": offset " +
                          std::to_string(damage.offset) + ": " + damage.what +
                          "; run `throughline doctor`");
}

std::optional<LogDamage> damage_between(const FrameWalk& before, const LogFile& file) {
    if (file.header.first_epoch == before.next_epoch() &&
        file.header.first_position == before.next_position()) {
        return std::nullopt;
    }
    return LogDamage{file.name, 0, "header does not continue the file before"};
}

Result<std::optional<LogDamage>> damage_behind(const LogFile& file, FrameWalk& walk) {
    std::optional<LogDamage> damage;
    TL_TRY_ASSIGN(const auto later, walk.find_frame(walk.offset()));
    if (later) {
        damage = LogDamage{
            file.name, walk.offset(),
            "epoch fails its checksum, and a good one follows at offset " + std::to_string(*later)};
    }
    return damage;
}

Result<uint64_t> LogReader::read(uint64_t from, uint32_t fold_version, const Visitor& visit) {
    TL_TRY_ASSIGN(const LogDirectory directory,
                  LogDirectory::open(files_, directory_, OpenMode::Read));
    const auto& live = directory.live;
    size_t at = live.size();
    while (at > 0 && live[at - 1].header.first_position > from) --at;
    if (at == 0) {
        return Error::corrupt("log: position " + std::to_string(from) + " is missing: the log " +
                              (live.empty()
                                   ? std::string("is empty")
                                   : "begins at " + std::to_string(live[0].header.first_position)));
    }
    uint64_t next_position = live[at - 1].header.first_position;
    for (--at; at < live.size(); ++at) {
        FrameWalk walk(*live[at].file, live[at].header);
        for (;;) {
            TL_TRY_ASSIGN(const bool has_frame, walk.next());
            if (!has_frame) break;
            if (walk.next_position() <= from || walk.frame().count == 0) continue;
            if (live[at].header.fold_version != fold_version) {
                return wrong_fold(live[at], fold_version);
            }
            TL_TRY(visit_records(walk, from, visit));
        }
        next_position = walk.next_position();
        const bool is_last = at + 1 == live.size();
        if (walk.is_sealed()) {
            if (is_last) {
                return log_damage(directory_, {live[at].name, walk.offset(),
                                               "the log file after this one is missing"});
            }
            const auto damage = damage_between(walk, live[at + 1]);
            if (damage) return log_damage(directory_, *damage);
            continue;
        }
        TL_TRY_ASSIGN(const auto damage, damage_behind(live[at], walk));
        if (damage) return log_damage(directory_, *damage);
        if (is_last) break;
        // A power cut between the new file's header and the seal leaves the new file without a
        // frame; with one, this file's end was acknowledged and is lost.
        FrameWalk after(*live[at + 1].file, live[at + 1].header);
        TL_TRY_ASSIGN(const auto begun, after.find_frame(kLogHeaderBytes));
        if (begun || at + 2 < live.size()) {
            return log_damage(directory_, {live[at].name, walk.offset(),
                                           "epoch fails its checksum, and later files follow"});
        }
        break;
    }
    if (next_position < from) {
        return Error::corrupt("log: ends at position " + std::to_string(next_position) +
                              ", but a checkpoint names " + std::to_string(from));
    }
    return next_position;
}

Result<std::vector<LogDamage>> LogReader::verify() {
    TL_TRY_ASSIGN(const LogDirectory directory,
                  LogDirectory::open(files_, directory_, OpenMode::Read));
    std::vector<LogDamage> damages;
    for (size_t at = 0; at < directory.live.size(); ++at) {
        const LogFile& file = directory.live[at];
        if (file.good_copies < 2)
            damages.push_back({file.name, 0, "one of two headers is damaged"});
        FrameWalk walk(*file.file, file.header);
        for (;;) {
            TL_TRY_ASSIGN(const bool has_frame, walk.next());
            if (has_frame) continue;
            if (walk.is_sealed()) break;
            TL_TRY_ASSIGN(const auto damage, damage_behind(file, walk));
            if (!damage) break;
            damages.push_back(*damage);
            TL_TRY_ASSIGN(const auto later, walk.find_frame(walk.offset()));
            walk.resume_at(*later);
        }
        if (at + 1 == directory.live.size()) {
            if (walk.is_sealed()) {
                damages.push_back(
                    {file.name, walk.offset(), "the log file after this one is missing"});
            }
            break;
        }
        FrameWalk after(*directory.live[at + 1].file, directory.live[at + 1].header);
        TL_TRY_ASSIGN(const auto begun, after.find_frame(kLogHeaderBytes));
        if (!walk.is_sealed() && (begun || at + 2 < directory.live.size())) {
            damages.push_back({file.name, walk.offset(), "the end of the file is damaged"});
        } else if (walk.is_sealed()) {
            const auto damage = damage_between(walk, directory.live[at + 1]);
            if (damage) damages.push_back(*damage);
        }
    }
    return damages;
}

}  // namespace throughline::store
