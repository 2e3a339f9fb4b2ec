// Stored forms of the identity graph: an identifier's slices, and an identity.
//
// An identity is one slice of one identifier: (namespace, value, n). The identifier record, found
// by the identifier's key, lists its slices with the event time from which each holds; the first
// holds from the beginning of time. An identity is one flat little-endian record:
//
//   namespace u8 · flags u8 · slice u16 · root u32 · first seen, last seen: i64 us (event time)
//   created: position u64, stamp i64 · source u16 · value size u16
//   edges u16 · members u16 · cannot-links u16 · refusals u16
//   edges 24 each · members 4 each (at a root of several) · cannot-links 8 each
//   refusals 32 each, then how many were dropped u32 · verified: at i64, source u16 · value
//
// A lone anonymous id with a UUID takes 88 bytes, one that is linked once 112.
//
// Layer 2. Pure; NodeView borrows its bytes. Requires: bytes made by encode().
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/time.h"
#include "model/event.h"
#include "model/identifier.h"
#include "model/record.h"

namespace throughline::identity {

using IdentityId = uint32_t;         // Dense, from 1; 0: none. Never reused.
using DecisionId = model::Position;  // The position of the record that took it.

/// The key of an identity in table `identities`.
inline Key128 identity_key(IdentityId id) {
    return {0, id};
}

/// Why two identities were not joined. Stored: never renumber.
enum class Reason : uint8_t {
    None = 0,
    ImmutableConflict = 1,  // Each side holds another value of an immutable namespace.
    Limit = 2,              // A namespace would hold more values than its limit in its window.
    Capped = 3,             // The profile would have more than kMembersMax identities.
    CannotLink = 4,         // A person split them apart.
    Generic = 5,            // The value turned out to name nobody in particular.
};

/// What made an edge. Stored: never renumber.
enum class LinkKind : uint8_t {
    SameEvent = 1,  // Both identifiers stood on one event.
    Alias = 2,      // A client said so by `alias`.
    ByHand = 3,     // A person merged them; the position is that of the decision.
};

enum LinkFlag : uint8_t {
    kLinkWeak = 1,    // This node is the weaker end: the event belonged to the other.
    kLinkPerson = 2,  // The other end is of a namespace that marks a known person.
};

/// A link that was taken, as its two ends keep it, with its first evidence.
struct Edge {
    IdentityId other = 0;
    LinkKind kind = LinkKind::SameEvent;
    uint8_t flags = 0;  // LinkFlag
    model::SourceId source = 0;
    model::Position position = 0;  // Of the event, or of the decision.
    Micros time = 0;               // Event time; of a decision its stamp.
    bool operator==(const Edge&) const = default;
};
static_assert(sizeof(Edge) == 24);

/// A link that was refused, or taken back because a value turned out to be generic.
struct Refusal {
    IdentityId other = 0;
    Reason reason = Reason::None;
    uint8_t flags = 0;  // LinkFlag
    model::SourceId source = 0;
    uint32_t count = 0;  // Observations; kept at the weaker end, 1 at the stronger.
    uint32_t zero = 0;
    model::Position position = 0;  // Of the first observation.
    Micros time = 0;
    bool operator==(const Refusal&) const = default;
};
static_assert(sizeof(Refusal) == 32);

/// One side of a cannot-link: no profile may hold identities of both sides of one decision.
struct CannotLink {
    DecisionId decision = 0;
    uint8_t side = 0;  // 0 or 1.
    bool operator==(const CannotLink&) const = default;
};

enum NodeFlag : uint8_t {
    kNodeGeneric = 1,     // Names nobody in particular: never links.
    kNodeErased = 2,      // A tombstone: nothing else is left.
    kNodeCapped = 4,      // At a root: a link was refused because of kMembersMax.
    kNodeVerified = 8,    // A source vouches for the identifier.
    kNodeHasCannot = 16,  // At a root: some member has, or had, a cannot-link.
};

/// An identity, decoded for change.
struct Node {
    model::NamespaceId space = 0;
    uint8_t flags = 0;  // NodeFlag
    uint16_t slice = 0;
    IdentityId root = 0;
    Micros first_seen = 0;  // Event time, exact.
    Micros last_seen = 0;   // Event time, kept to kLastSeenStep.
    model::Position created = 0;
    Micros created_stamp = 0;
    model::SourceId source = 0;  // Where it was first seen.
    model::SourceId verified_by = 0;
    Micros verified_at = kNoTime;
    std::vector<Edge> edges;
    std::vector<IdentityId> members;  // Ascending, itself included; empty if it is alone.
    std::vector<CannotLink> cannot;
    std::vector<Refusal> refusals;
    uint32_t refusals_dropped = 0;
    std::string value;

    bool has(NodeFlag flag) const { return (flags & flag) != 0; }
    void decode(std::string_view bytes);
    void encode(std::string& out) const;
    bool operator==(const Node&) const = default;
};

/// Reads the hot fields of an identity in place.
class NodeView {
public:
    explicit NodeView(std::string_view bytes) : bytes_(bytes) {}

    model::NamespaceId space() const { return static_cast<uint8_t>(bytes_[0]); }
    bool has(NodeFlag flag) const { return (static_cast<uint8_t>(bytes_[1]) & flag) != 0; }
    IdentityId root() const { return load<uint32_t>(bytes_.data() + 4); }
    Micros first_seen() const { return load<int64_t>(bytes_.data() + 8); }
    Micros last_seen() const { return load<int64_t>(bytes_.data() + 16); }
    size_t edge_count() const { return load<uint16_t>(bytes_.data() + 44); }
    size_t member_count() const { return load<uint16_t>(bytes_.data() + 46); }
    /// Requires: index < member_count().
    IdentityId member(size_t index) const;
    bool has_edge_to(IdentityId other) const;
    std::string_view value() const {
        const size_t size = load<uint16_t>(bytes_.data() + 42);
        return bytes_.substr(bytes_.size() - size);
    }

private:
    std::string_view bytes_;
};

/// One slice of an identifier: the identity that holds from a moment on.
struct Slice {
    IdentityId identity = 0;
    Micros from = kNoTime;  // Event time; kNoTime: from the beginning.
    bool operator==(const Slice&) const = default;
};

/// An identifier record, read in place: flags u8 · zero u8 · count u16 · {identity u32, from i64}.
class SlicesView {
public:
    explicit SlicesView(std::string_view bytes) : bytes_(bytes) {}

    bool is_generic() const { return bytes_[0] != 0; }
    size_t size() const { return load<uint16_t>(bytes_.data() + 2); }
    Slice at(size_t index) const {
        const char* from = bytes_.data() + 4 + index * 12;
        return {load<uint32_t>(from), load<int64_t>(from + 4)};
    }
    /// Returns the index of the slice that covers `time`.
    size_t covering(Micros time) const;

private:
    std::string_view bytes_;
};

/// An identifier record, decoded for change.
struct Slices {
    bool is_generic = false;  // Known or learned.
    std::vector<Slice> slices;

    void decode(std::string_view bytes);
    void encode(std::string& out) const;
};

}  // namespace throughline::identity
