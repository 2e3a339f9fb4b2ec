// When an event happened, from what the client says, when it sent it, and when it arrived.
//
//   skew = received - sent             the client's clock error, and the time on the way
//   time = original                    when skew is unknown or within kClockDeadBand
//        = original + skew             else (Segment's formula received - (sent - original))
//        = the explicit time           when the client gave both that and an original one
//        = received                    when the client said nothing
//   and never later than received.
//
// Within the dead band the skew is taken for time on the way: correcting it would move events of a
// slow request into the future and reorder them.
//
// Layer 6. Pure.
#pragma once

#include <optional>

#include "base/time.h"
#include "model/doc.h"

namespace throughline::ingest {

inline constexpr Micros kClockDeadBand = kMinute;

struct ClockFacts {
    Micros explicit_time = kNoTime;  // `timestamp`.
    Micros original = kNoTime;       // `originalTimestamp`: RudderStack's; else kNoTime.
    Micros sent = kNoTime;
    Micros received = kNoTime;
};

struct EventTime {
    Micros time = kNoTime;
    Micros original = kNoTime;  // What the client said; kNoTime if nothing.
    bool corrected = false;     // Skew was taken out.
    bool clamped = false;       // It lay after receipt.
};

/// Requires: facts.received is known.
EventTime decide_time(const ClockFacts& facts);

/// Reads a time as clients write it: ISO 8601 text (UTC if it names no zone), or a number (also as
/// text) of seconds, milliseconds or microseconds since 1970, told apart by size. Nothing for
/// anything else.
std::optional<Micros> read_instant(model::DocView value);

}  // namespace throughline::ingest
