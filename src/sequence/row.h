// The core columns of one event, which most questions read without touching its payload.
//
// Sequence order is (time, tie, position): by when it happened, then by the source's own order,
// then by arrival. Position is unique, so the order is total.
//
// Layer 3. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <tuple>

#include "model/event.h"

namespace throughline::sequence {

struct Row {
    uint32_t identity = 0;         // Whom it belongs to.
    uint32_t name = 0;             // Dictionary id of the event name.
    Micros time = 0;               // When it happened, after correction.
    model::Position position = 0;  // Where it stands in the log.
    uint32_t tie = 0;              // The source's own order among events of one instant.
    model::SourceId source = 0;
    model::EventType type = model::EventType::Track;
    uint8_t flags = 0;  // model::EventFlag

    bool operator==(const Row&) const = default;
};

/// The place of a row in sequence order.
struct RowKey {
    Micros time = 0;
    uint32_t tie = 0;
    model::Position position = 0;
    auto operator<=>(const RowKey&) const = default;
};

inline RowKey key_of(const Row& row) {
    return {row.time, row.tie, row.position};
}

/// A row with its event, copied out.
struct StoredEvent {
    Row row;
    std::string payload;  // As accepted; never empty.

    model::EventView event() const { return model::EventView(payload); }
};

}  // namespace throughline::sequence
