// The log: what came from outside, in the order it was taken, durable before anything is answered.
//
// A record is bytes with a stamp; its position is its ordinal, counted from 0 without gaps. Records
// are appended in epochs: one frame, one write, one fdatasync. Epoch n+1 is written only after n is
// on disk, so after a power cut at most the last epoch is in doubt: a frame that fails its checksum
// with nothing valid behind it is the torn tail, and is cut; with anything valid behind it, it is
// damage, and nothing is served. When nothing arrives, an empty epoch follows (append_empty), so
// that data at rest always has a successor and a flipped bit in it never passes for a torn tail.
//
// The files form a pool: written through once, then overwritten for ever (overwriting written files
// keeps fdatasync at p99 3.8 ms beside other load, appending at 6.3 ms). Each life of a file has a
// random incarnation; checksums are seeded with it and with the place in the file, so bytes of an
// earlier life, or in the wrong place, never pass.
//
//   log.h         this: the nouns            log_writer.h  append, recover, release, scrub
//   log_format.h  bytes on disk              log_reader.h  read, verify
//
// Layer 1.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"

namespace throughline::store {

/// One record as read back. The payload lives until the visitor returns.
struct LogRecordView {
    uint64_t position;         // Ordinal in the log.
    Micros stamp_us;           // Set by the writer's caller; never lower than the one before.
    std::string_view payload;  // May be empty.
};

/// Records that are appended together. Values are copied in once, straight into the frame that is
/// written; reuse the object to reuse its memory. Not thread-safe.
class LogEpoch {
public:
    LogEpoch();

    /// Requires: `stamp_us` not below that of the record before.
    void add(Micros stamp_us, std::string_view payload);
    void clear();

    bool is_empty() const { return count_ == 0; }
    uint32_t count() const { return count_; }
    /// Bytes that the epoch takes in the file.
    uint64_t frame_bytes() const;
    Micros first_stamp() const { return first_stamp_; }
    Micros last_stamp() const { return last_stamp_; }

private:
    friend class LogWriter;

    std::string frame_;  // Room for the frame header, then the records.
    uint32_t count_ = 0;
    Micros first_stamp_ = kNoTime;
    Micros last_stamp_ = kNoTime;
};

/// Stored bytes that fail their checksum.
struct LogDamage {
    std::string file;     // Name in the log's directory.
    uint64_t offset = 0;  // Of the frame or header.
    std::string what;
};

}  // namespace throughline::store
