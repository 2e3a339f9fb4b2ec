// What the fold knows besides its tables: counters and next numbers. Small, copied into each view
// and into each checkpoint.
//
// Layer 6. A value.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "model/event.h"

namespace throughline::engine {

/// The version of the rules by which records are folded. A binary refuses to replay the tail of
/// another version; a clean stop leaves no tail.
inline constexpr uint32_t kFoldVersion = 1;

struct SourceCounters {
    uint64_t events = 0;
    uint64_t duplicates = 0;
    uint64_t rejects = 0;
    Micros last_received = kNoTime;
    bool operator==(const SourceCounters&) const = default;
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

    std::string encode() const;
    static Result<FoldState> decode(std::string_view bytes);
    bool operator==(const FoldState&) const = default;
};

}  // namespace throughline::engine
