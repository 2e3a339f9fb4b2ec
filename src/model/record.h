// What the log holds: inputs, one payload each; the first byte says of which kind.
//
// Only what comes from outside the fold is a record (docs/design/0001-spine.md); everything else
// is derived again. Kinds are part of the stored format: never renumber.
//
// Layer 1. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"
#include "model/doc.h"

namespace throughline::model {

enum class RecordKind : uint8_t {
    Event = 1,       // An accepted event (event.h).
    Reject = 2,      // Input that was refused, with its reason: kept for 30 days.
    Definition = 3,  // A source, token, mapping or setting, written or removed.
    Decision = 4,    // What a person decided: merge, split, lift, erase, pin, discard.
    Tick = 5,        // Time passes although nothing arrives.
    Skip = 6,        // Recovery is to pass over the record at a position.
};

/// A place in the log: ordinal of the record in its partition.
using Position = uint64_t;

/// `0:123`: partition 0 until there are more.
std::string format_position(Position position);

/// Makes the payload of a record other than an event: the kind, then one packed object.
std::string make_record(RecordKind kind, std::string_view doc);

inline RecordKind record_kind(std::string_view payload) {
    return payload.empty() ? RecordKind{} : static_cast<RecordKind>(payload[0]);
}
inline DocView record_doc(std::string_view payload) {
    return DocView(payload.substr(1));
}

/// One record as it stands in the log.
struct Record {
    Position position = 0;
    Micros stamp = 0;          // Set by the log writer, never lowered.
    std::string_view payload;  // Borrowed.
};

}  // namespace throughline::model
