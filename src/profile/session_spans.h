// Sessions of one identity as spans of time: activity without a silence of 30 minutes or more.
//
// The spans of a set of event times do not depend on the order in which they came, and the spans of
// a union are the union of the spans, joined where they come closer than the gap: a mergeable leaf.
// A leaf keeps the newest kSpansMax; an identity with more says so (`overflowed`), and its sessions
// are counted from history instead.
//
// Layer 3. Pure. Cost: O(spans) per late time, O(1) for a time at the end.
#pragma once

#include <cstdint>
#include <vector>

#include "base/time.h"

namespace throughline::profile {

inline constexpr Micros kSessionGap = 30 * kMinute;
inline constexpr size_t kSpansMax = 16;

struct Span {
    Micros start = 0;
    Micros end = 0;  // The time of its last event.
    bool operator==(const Span&) const = default;
};

/// Adds one event time to sorted, disjoint spans.
void add_time(std::vector<Span>& spans, Micros at);

/// Adds the spans of another identity.
void add_spans(std::vector<Span>& spans, const std::vector<Span>& others);

/// Drops the oldest spans above the limit. Returns whether any went.
bool trim_spans(std::vector<Span>& spans);

}  // namespace throughline::profile
