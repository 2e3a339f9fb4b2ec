// Events in the form of Segment's HTTP API, as `POST /v1/batch` takes them.
//
//   {"batch":[{"type":"track","messageId":"m1","timestamp":"…","receivedAt":"…",…},…],
//    "sentAt":"…"}
//
// An event is as it was sent, field by field, but for its times: `timestamp` is when it happened
// with the skew of its device's clock taken out, so `originalTimestamp` and its own `sentAt` are
// left out, by which a receiver would take the skew out once more; `sentAt` of the batch is ours.
//
// Layer 6. Pure. Cost: 2 us an event of 900 bytes.
#pragma once

#include <span>
#include <string>

#include "base/time.h"
#include "model/event.h"

namespace throughline::engine {

/// Appends an event as a JSON object.
void append_segment_event(std::string& out, const model::EventView& event);

/// The body of a request. `events`: JSON objects. What begin, each event and end take together is
/// below 100 bytes more than the events and a comma each.
std::string segment_batch(std::span<const std::string_view> events, Micros sent);

}  // namespace throughline::engine
