// What the fold knows besides its tables: counters and next numbers. Small, copied into each view
// and into each checkpoint.
//
// Layer 6. A value.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "model/event.h"

namespace throughline::engine {

/// The version of the rules by which records are folded. A binary refuses to replay the tail of
/// another version; a clean stop leaves no tail.
inline constexpr uint32_t kFoldVersion = 3;

struct SourceCounters {
    uint64_t events = 0;
    uint64_t duplicates = 0;
    uint64_t rejects = 0;
    Micros last_received = kNoTime;
    bool operator==(const SourceCounters&) const = default;
};

/// How far a segment is with what lies before its definition.
enum class SegmentPhase : uint8_t {
    Live = 0,      // Everybody is decided.
    Counting = 1,  // Times of before are being brought in; nobody is decided.
    Deciding = 2,  // All times are there; who has not been looked at is decided step by step.
};

struct SegmentState {
    SegmentPhase phase = SegmentPhase::Live;
    uint32_t next = 1;           // Identities below are done with, in this phase;
    uint32_t end = 1;            // these and later came after the definition.
    model::Position before = 0;  // Times are brought in of records before this one.
    uint64_t size = 0;           // People in it.

    bool is_decided() const { return phase != SegmentPhase::Counting; }
    bool operator==(const SegmentState&) const = default;
};

struct FoldState {
    model::Position next_position = 0;  // The record to be folded next.
    Micros stamp = 0;                   // Of the last record folded.
    uint32_t next_identity = 1;
    model::SourceId next_source = 1;
    uint64_t events = 0;
    uint64_t duplicates = 0;
    uint64_t rejects = 0;
    uint64_t merges = 0;
    uint64_t tombstones = 0;  // Identifiers erased; 0: nobody has to look.
    std::map<model::SourceId, SourceCounters> sources;
    uint32_t next_segment = 1;
    uint32_t next_deed = 1;
    uint32_t next_journey = 1;
    Micros next_due = std::numeric_limits<Micros>::max();  // No timer is due before.
    std::map<uint32_t, SegmentState> segments;             // By the number of the segment.

    std::string encode() const;
    static Result<FoldState> decode(std::string_view bytes);
    bool operator==(const FoldState&) const = default;
};

}  // namespace throughline::engine
