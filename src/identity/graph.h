// Who is who: the part of the fold that decides to which identity a row belongs, and which
// identities are one person.
//
// A row belongs to its strongest identifier that is not generic. Each other one is linked to it by
// an edge, unless a guard refuses: generic value, two values of an immutable namespace, a limit per
// window, the component cap, a cannot-link. A profile is a component of edges; its id is that of
// its smallest identity. README.md has the whole definition; graph_oracle_test.cc transcribes it.
//
// Layer 2. Single writer: the fold thread. Deterministic: depends on the records before, never on
// memory, epochs or time. Cost: four table reads and no write or allocation for an event whose
// identifiers are known, linked, and were seen within kLastSeenStep.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "base/time.h"
#include "identity/node.h"
#include "identity/plan.h"
#include "model/event.h"
#include "model/identifier.h"
#include "store/ordered_table.h"
#include "store/state_table.h"

namespace throughline::identity {

inline constexpr size_t kMembersMax = 1'000;    // Identities of one profile.
inline constexpr size_t kPersonsMax = 20;       // Known persons seen with one value; more: generic.
inline constexpr size_t kSwitchesMax = 20;      // Times a device changes hands; more: shared.
inline constexpr size_t kRefusalsMax = 24;      // Kept per identity and role; further are counted.
inline constexpr Micros kLastSeenStep = kHour;  // last_seen moves in steps of at least this.

/// The tables of the module. It is the only writer of all three.
struct Tables {
    store::StateTable& identifiers;
    store::StateTable& identities;
    store::OrderedTable& decisions;
};

/// Which record is being folded.
struct Moment {
    model::Position position = 0;
    Micros stamp = 0;
};

enum class AliasPolicy : uint8_t {
    KeepUsersApart,  // An alias of two known user ids is refused: a conflict.
    JoinUsers,       // The source may join two user ids.
};

enum class FactKind : uint8_t {
    Created,         // a: the identity.
    Joined,          // The profiles a and b (their ids) are one; it is now the smaller.
    Refused,         // The link of identities a (stronger) and b, for reason.
    Switched,        // A device changed hands: slice a is closed, slice b opened.
    LearnedGeneric,  // a: the identity whose value names nobody any more.
    Capped,          // a: the profile that has as many identities as it may.
    Parted,          // Profile a lost what is now profile b.
};

struct Fact {
    FactKind kind = FactKind::Created;
    Reason reason = Reason::None;
    IdentityId a = 0;
    IdentityId b = 0;
    bool operator==(const Fact&) const = default;
};

struct RootChange {
    IdentityId identity = 0;
    IdentityId root = 0;
    bool operator==(const RootChange&) const = default;
};

/// What a record did. Reused from record to record, so that nothing is allocated.
struct Resolution {
    IdentityId identity = 0;     // The row belongs to it; 0 after a decision.
    IdentityId root = 0;         // Its profile, after the record.
    IdentityId root_before = 0;  // Its profile before; 0: it was created.
    // The identities of the event's other identifiers, those apart that name nobody in particular.
    std::vector<IdentityId> companions;
    std::vector<Fact> facts;
    std::vector<RootChange> roots;  // Whose root changed, created ones included; apply in order.

    void clear();
};

/// What resolving an event will say, worked out ahead. It holds as long as the graph's changes()
/// do.
struct Outlook {
    static constexpr size_t kCompanionsMax = 3;

    IdentityId identity = 0;  // 0: the event may say something new, so nothing is known ahead.
    IdentityId root = 0;
    uint32_t companion_count = 0;
    std::array<IdentityId, kCompanionsMax> companions{};
};

/// Who took a decision by hand, and why. Both are kept and shown.
struct Author {
    std::string_view actor;
    std::string_view reason;
};

class Work;  // The nodes that one record changes (work.h).

class IdentityGraph {
public:
    /// Borrows the tables. `next` is the first id to hand out: 1, or next_identity() as it was
    /// kept with the checkpoint.
    IdentityGraph(const Tables& tables, const SecretKey& secret, IdentityId next);
    ~IdentityGraph();

    /// Takes the settings that hold from the next record on. Borrowed until the next call.
    /// Requires: before the first resolve().
    void set_namespaces(const model::Namespaces& spaces);

    /// Decides the identity of a row, and takes or refuses the links that it shows.
    ///
    /// Errors: of the tables' cold reads; the graph is unusable afterwards (the fold is poisoned).
    Status resolve(const Moment& moment, const model::EventView& event, AliasPolicy policy,
                   Resolution& out);

    /// Joins two profiles by hand. It outranks all guards but the cap, and lifts the cannot-links
    /// between the two. Errors (nothing has changed): as plan_merge.
    Result<MergePlan> merge(const Moment& moment, IdentityId a, IdentityId b, const Author& author,
                            Resolution& out);

    /// Cuts a profile: every edge between `part` and the rest goes, and a cannot-link stays.
    /// Errors (nothing has changed): as plan_split.
    Result<SplitPlan> split(const Moment& moment, std::span<const IdentityId> part,
                            const Author& author, Resolution& out);

    /// Ends the cannot-link of a split. What was refused meanwhile is not taken afterwards: the
    /// next observation links. Errors: NotFound; FailedPrecondition if lifted before.
    Status lift(const Moment& moment, DecisionId split, const Author& author);

    /// Makes tombstones of all identities of a profile and frees their identifiers; an identifier
    /// that others had too keeps its other slices. `out.roots` lists the identities, each its own
    /// root again. Errors: NotFound for an id that was never given or is a tombstone.
    Status forget(IdentityId profile, Resolution& out);

    // Prefetching, for a batch of records before they are resolved.

    /// Appends the keys in `identifiers` that an event needs.
    static void identifier_keys(const model::EventView& event, std::vector<Key128>& out);
    /// Appends the keys in `identities` that it needs. Requires: identifier_keys() fetched.
    Status identity_keys(const model::EventView& event, std::vector<Key128>& out);
    /// Looks ahead what resolve() will say of an event. Requires: the former fetched.
    Result<Outlook> look_ahead(const model::EventView& event);
    /// Takes what was looked ahead; as resolve(). Requires: identity != 0, changes() as it was
    /// then.
    static void resolve(const Outlook& outlook, Resolution& out);
    /// Counts the records that may have changed the graph.
    uint64_t changes() const;
    /// Appends the roots that it needs in order to link; mostly none. Requires: the former fetched.
    Status root_keys(const model::EventView& event, std::vector<Key128>& out);
    /// Appends the members of these roots. Requires: the roots fetched.
    Status member_keys(std::span<const Key128> roots, std::vector<Key128>& out);

    /// The next id to hand out: ids 1 to next_identity() - 1 exist.
    IdentityId next_identity() const;

private:
    Status take_companions(const model::EventView& event, Resolution& out);

    std::unique_ptr<Work> work_;
    std::vector<Key128> scratch_;
    Resolution ahead_;  // Scratch of look_ahead.
};

}  // namespace throughline::identity
