// The leaf: what one identity contributes to its profile, as one flat record.
//
// A profile is the combination of the leaves of its identities (golden_record.h). Everything in a
// leaf is associative and commutative over events, so a merge moves nothing, a split recombines,
// and the order of arrival does not show. Per (trait, source) it keeps distinct values with the
// first and last time each was said: always the latest, the earliest and the longest, and in all at
// most kValuesMax. A null is kept as a value: it hides everything said before it.
//
//   version u8 · flags u8 · spans u8 · companions u8 · memberships u16 · traits u16
//   event count u64 · by type u32 x 6 · first seen, last seen i64
//   spans {start, end i64} · companions {identity u32, count u32, last seen i64}
//   memberships {account key 16, first seen, last seen i64, size, group id}
//   traits {name, source u16, values u8, {first, last i64, position u64, size u32, document}}
//
// Version 1 had no first seen in a membership: it reads as not known, and stays so.
//
// Layer 3. Pure. Cost: a track event patches the head in place; traits are decoded and written
// anew.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "model/event.h"
#include "profile/session_spans.h"

namespace throughline::profile {

using IdentityId = uint32_t;

inline constexpr size_t kValuesMax = 8;       // Values kept per (trait, source).
inline constexpr size_t kTraitsMax = 500;     // (trait, source) pairs a leaf holds; counted beyond.
inline constexpr size_t kCompanionsMax = 16;  // Other identifiers seen on this identity's events.
inline constexpr size_t kMembershipsMax = 100;
inline constexpr model::SourceId kPinnedSource = 0xffff;  // A person's choice, not a source's.

struct TraitValue {
    Micros first = 0;              // Earliest event time at which it was said.
    Micros last = 0;               // Latest.
    model::Position position = 0;  // The event that said it last.
    std::string doc;               // Packed value; null means "removed".
};

struct TraitEntry {
    std::string name;
    model::SourceId source = 0;
    std::vector<TraitValue> values;
};

struct Companion {
    IdentityId identity = 0;
    uint32_t count = 0;
    Micros last_seen = 0;
};

struct Membership {
    Key128 account;
    Micros first_seen = kNoTime;  // Earliest event time at which it was said; kNoTime: not known.
    Micros last_seen = 0;
    std::string group_id;

    /// Takes in what else was seen of the same membership.
    void see(Micros first, Micros last);
};

enum LeafFlag : uint8_t {
    kLeafSpansOverflowed = 1,   // More sessions than it keeps.
    kLeafTraitsOverflowed = 2,  // A trait was left out: shown on the profile, never silent.
};

struct Leaf {
    uint8_t flags = 0;  // LeafFlag
    uint64_t event_count = 0;
    std::array<uint32_t, 6> by_type{};  // In the order of model::EventType.
    Micros first_seen = kNoTime;
    Micros last_seen = kNoTime;
    std::vector<Span> spans;
    std::vector<Companion> companions;
    std::vector<Membership> memberships;
    std::vector<TraitEntry> traits;

    static Result<Leaf> decode(std::string_view bytes);
    std::string encode() const;

    /// Says a trait once. Returns whether the leaf had not held this value; `dropped` takes the
    /// packed value that had to go for it.
    bool say(std::string_view name, model::SourceId source, model::DocView value, Micros at,
             model::Position position, std::string* dropped = nullptr);
};

/// What folding one event into a leaf brought besides the leaf itself.
struct LeafNews {
    using Said = std::vector<std::pair<std::string, std::string>>;  // Trait name, text.
    Said new_values;                                                // To be found by.
    Said dropped_values;  // No longer kept: nobody is to be found by them,
    Said kept_values;     // unless one of these has the same words. Filled when values dropped.
    bool joined_account = false;
    Key128 account;
    std::string group_id;
};

/// What of an event concerns the leaf.
struct LeafEvent {
    model::EventView event;
    model::Position position = 0;
    std::span<const IdentityId> companions;  // Identities of its other accepted identifiers.
    Key128 account;                          // Of a group event.
};

/// Folds one event into the leaf's bytes (empty: a new leaf).
/// Errors: Corrupt when the bytes are no leaf.
Result<LeafNews> fold_event(std::string& leaf, const LeafEvent& input);

/// Sets or lifts (missing value) a pinned trait.
Status fold_pin(std::string& leaf, std::string_view name, model::DocView value, Micros at,
                model::Position position);

}  // namespace throughline::profile
