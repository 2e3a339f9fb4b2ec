// Reading the log: for recovery, for verify.
//
// LogReader is what others use. LogDirectory (which files the log has, in order) and FrameWalk (the
// frames of one file, checked) are shared with the writer's recovery.
//
// Layer 1. Not thread-safe. Requires that nothing is appended meanwhile: a half-written epoch
// followed by the next one would look like damage.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "store/files.h"
#include "store/log.h"
#include "store/log_format.h"

namespace throughline::store {

/// One file of the log's directory.
struct LogFile {
    std::string name;
    std::unique_ptr<File> file;
    uint64_t size = 0;
    LogFileHeader header;  // Of a live file.
    int good_copies = 0;   // Of the header: 1 or 2 in a live file.
};

struct LogDirectory {
    std::vector<LogFile> live;  // In the order of the log.
    std::vector<LogFile> free;  // Without a valid header, in the order of their names.
    uint64_t greatest_number = 0;

    /// Opens all log files in `path`, past the page cache.
    ///
    /// Errors: Corrupt when a file of the sequence is missing or cut short, FailedPrecondition when
    /// one has a format version that this program does not know.
    static Result<LogDirectory> open(Files& files, const std::string& path, OpenMode mode);
};

/// Walks the frames of one file from its start, as long as they are right.
class FrameWalk {
public:
    FrameWalk(File& file, const LogFileHeader& header);

    /// Steps to the next frame. Returns false at the seal (is_sealed), and where no frame follows.
    Result<bool> next();
    /// Where the next right frame stands at or after `offset`, if there is one. A frame counts as
    /// right here when its checksum holds, whatever its epoch.
    Result<std::optional<uint64_t>> find_frame(uint64_t offset);
    /// Goes on at a place found by find_frame.
    void resume_at(uint64_t offset);
    /// Reads anew what is looked at next: it may have been written since. The frame's bytes go.
    void forget_window() { window_.clear(); }

    const Frame& frame() const { return frame_; }
    uint64_t frame_offset() const { return frame_offset_; }
    /// Bytes of the frame's records, then padding. Valid until the next call.
    std::string_view body() const;
    /// The frame as stored. Valid until the next call.
    std::string_view bytes() const { return bytes_; }

    bool is_sealed() const { return is_sealed_; }
    bool has_frames() const { return has_frames_; }
    uint64_t offset() const { return offset_; }  // Behind the last right frame.
    uint64_t next_epoch() const { return next_epoch_; }
    uint64_t next_position() const { return next_position_; }
    Micros last_stamp() const { return last_stamp_; }

private:
    Result<std::string_view> load(uint64_t offset, uint64_t size);
    Result<std::optional<Frame>> frame_at(uint64_t offset);

    File& file_;
    LogFileHeader header_;
    std::string window_;  // Bytes of the file from window_at_ on.
    uint64_t window_at_ = 0;
    std::string_view bytes_;  // In window_.
    Frame frame_;
    uint64_t frame_offset_ = 0;
    uint64_t offset_ = kLogHeaderBytes;
    uint64_t next_epoch_;
    uint64_t next_position_;
    Micros last_stamp_;
    bool is_sealed_ = false;
    bool has_frames_ = false;
    bool is_resumed_ = false;  // The next frame sets the counters instead of having to fit them.
};

/// The error that stops everything: says where, and what to do.
Error log_damage(const std::string& directory, const LogDamage& damage);

/// The error for records that another fold should read: names both versions.
Error wrong_fold(const LogFile& file, uint32_t fold_version);

/// Returns the damage if the header of `file` does not go on where `before` ended.
std::optional<LogDamage> damage_between(const FrameWalk& before, const LogFile& file);

/// Returns the damage if something valid stands behind the end of `walk`, else nothing: then the
/// end is where a power cut tore the log.
Result<std::optional<LogDamage>> damage_behind(const LogFile& file, FrameWalk& walk);

class LogReader {
public:
    using Visitor = std::function<Status(const LogRecordView&)>;

    LogReader(Files& files, std::string directory)
        : files_(files), directory_(std::move(directory)) {}

    /// Calls `visit` for every record from position `from` on, in order; ends early with its error.
    /// Returns the position behind the last record.
    ///
    /// Errors: Corrupt for damage, and when the log begins after `from` or ends before it;
    /// FailedPrecondition when one of these records was meant for another fold than `fold_version`.
    Result<uint64_t> read(uint64_t from, uint32_t fold_version, const Visitor& visit);

    /// Reads everything and returns what is damaged; the parts in between are checked all the same.
    /// Errors: what kept it from reading.
    Result<std::vector<LogDamage>> verify();

private:
    Files& files_;
    std::string directory_;
};

}  // namespace throughline::store
