// Bytes of a log file.
//
//   0      header, 512 bytes: magic, versions, incarnation, sequence, file size, first position and
//          epoch, last stamp before, checksum
//   2048   the same header again: a file never disappears for one bad sector
//   4096   frames, each at a multiple of 512, so that no sector is written twice in one life of the
//          file and a torn write cannot touch what was acknowledged
//
//   frame  header (56 bytes), records {u32 size, i64 stamp_us, payload}, zeros up to the sector.
//   The
//          checksum covers all of it and is seeded with (incarnation, offset in the file).
//   seal   the last frame of a file that has a successor; room for it is always kept. The
//          successor's header is on disk before the seal is written.
//
// A file without a valid header is free. Little-endian throughout.
//
// Layer 1. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "store/files.h"

namespace throughline::store {

inline constexpr uint32_t kLogFormatVersion = 1;
inline constexpr uint64_t kLogHeaderBytes = 4096;
inline constexpr uint64_t kLogHeaderCopyAt = 2048;
inline constexpr uint64_t kFrameHeaderBytes = 56;
inline constexpr uint64_t kRecordHeaderBytes = 12;
inline constexpr uint64_t kSealBytes = kSectorBytes;

struct LogFileHeader {
    uint32_t format_version = kLogFormatVersion;
    uint32_t fold_version = 0;  // Of the program whose fold the records were meant for.
    uint64_t incarnation = 0;   // Random, new in each life of the file.
    uint64_t sequence = 0;      // Ordinal of this file in the log, from 1.
    uint64_t file_bytes = 0;
    uint64_t first_position = 0;  // Of the first record that the file gets.
    uint64_t first_epoch = 0;     // Ordinal of its first frame.
    Micros last_stamp = kNoTime;  // Of the last record in earlier files.
};

/// A header as found: how many of its two copies are good tells damage from a file in the pool.
struct FoundHeader {
    std::optional<LogFileHeader> header;
    int good_copies = 0;
};

/// Returns the first kLogHeaderBytes of a file.
std::string encode_header(const LogFileHeader& header);
/// Reads the first kLogHeaderBytes of a file. The copies differ only when a power cut tore the
/// write of a new header; then the one with the greater sequence counts.
FoundHeader decode_header(std::string_view bytes);

enum class FrameKind : uint32_t {
    Records,  // An epoch, perhaps an empty one.
    Seal,     // Nothing more comes in this file.
};

struct Frame {
    FrameKind kind = FrameKind::Records;
    uint64_t epoch = 0;           // Counts all frames of the log.
    uint64_t first_position = 0;  // Of its first record, or of the next one when it has none.
    Micros last_stamp = kNoTime;  // Of the last record up to here.
    uint32_t count = 0;           // Records.
    uint32_t body_bytes = 0;      // Bytes of records, without header and padding.
};

/// Bytes a frame takes in the file.
constexpr uint64_t frame_bytes(uint64_t body_bytes) {
    return (kFrameHeaderBytes + body_bytes + kSectorBytes - 1) / kSectorBytes * kSectorBytes;
}

/// Where a frame stands: the seed of its checksum.
struct FramePlace {
    uint64_t incarnation = 0;
    uint64_t offset = 0;
};

/// Pads `bytes` (room for the header, then records) and fills in the header.
void finish_frame(std::string& bytes, const Frame& frame, FramePlace place);

/// Returns the frame whose first kSectorBytes are given, as far as they tell: magic and incarnation
/// are right, the checksum is not looked at yet.
std::optional<Frame> peek_frame(std::string_view sector, FramePlace place);

/// Returns whether the checksum of a whole frame (frame_bytes(body_bytes) long) holds.
bool is_frame_good(std::string_view bytes, FramePlace place);

/// `000001.log`.
std::string log_file_name(uint64_t number);
std::optional<uint64_t> log_file_number(std::string_view name);

}  // namespace throughline::store
