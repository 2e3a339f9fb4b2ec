// What follows from records, as rows of history: who entered a segment, which step was reached.
//
// A consequence is an event that no source sent. It has a type of its own, so that neither profiles
// nor sessions count it, and the position of the record that caused it, so that one position may
// stand on several rows, of which at most one is an event that was sent.
//
// Layer 1. Pure.
#pragma once

#include "model/event.h"

namespace throughline::model {

inline constexpr auto kConsequence = static_cast<EventType>(7);
inline constexpr SourceId kOwnSource = 0xfffe;  // No source is ever given this number.
inline constexpr std::string_view kOwnSourceKey = "throughline";

}  // namespace throughline::model
