// What a decision by hand would do, before it is taken: the dry run of merge, split and lift.
//
// Merge adds one edge between two identities. Split removes every edge that crosses the cut
// between a part of a profile and its rest; what then hangs together are the resulting profiles,
// and a cannot-link keeps the part and the rest apart until it is lifted. Other edges, slices and
// refusals stay as they were taken.
//
// Layer 2. Immutable results; the functions are Pure over a NodeSource. Cost: linear in the
// members of the profile, at most kMembersMax each.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "identity/node.h"
#include "store/epochs.h"
#include "store/ordered_table.h"
#include "store/state_table.h"

namespace throughline::identity {

enum class DecisionKind : uint8_t { Merge = 1, Split = 2, Lift = 3 };

/// A decision by hand, as kept in table `decisions`.
struct Decision {
    DecisionId id = 0;
    DecisionKind kind = DecisionKind::Merge;
    Micros stamp = 0;
    std::string actor;
    std::string reason;             // Emptied by erasure.
    std::vector<IdentityId> left;   // Merge: the one identity; split: the part.
    std::vector<IdentityId> right;  // Merge: the other; split: the rest.
    std::vector<DecisionId> lifts;  // Merge, lift: the splits whose cannot-link it ended.
    bool is_lifted = false;         // Split: its cannot-link was ended,
    DecisionId lifted_by = 0;       // by this decision.

    void decode(std::string_view bytes);
    void encode(std::string& out) const;
};

/// The key of a decision in table `decisions`: its position, big-endian.
std::string decision_key(DecisionId id);

/// Errors: NotFound, those of the read.
Status read_decision(const store::OrderedTable& decisions, DecisionId id, Decision& out);

/// Where nodes and decisions are read from.
class NodeSource {
public:
    virtual ~NodeSource() = default;
    /// Reads into `out`. Errors: NotFound for an id that was never given, those of the read.
    virtual Status node(IdentityId id, Node& out) const = 0;
    virtual Status decision(DecisionId id, Decision& out) const = 0;
};

/// Nodes as a reader sees them under its pin.
class PinnedNodes final : public NodeSource {
public:
    /// Borrows all.
    PinnedNodes(const store::StateTable& identities, const store::OrderedTable& decisions,
                const store::Epochs::Pin& pin)
        : identities_(identities), decisions_(decisions), pin_(pin) {}
    Status node(IdentityId id, Node& out) const override;
    Status decision(DecisionId id, Decision& out) const override;

private:
    const store::StateTable& identities_;
    const store::OrderedTable& decisions_;
    const store::Epochs::Pin& pin_;
};

/// A profile as a set of identities, ascending: the first is its id.
using Members = std::vector<IdentityId>;

struct EdgeEnds {
    IdentityId a = 0;  // The smaller.
    IdentityId b = 0;
    bool operator==(const EdgeEnds&) const = default;
};

struct MergePlan {
    Members profile;                // What will be one.
    IdentityId survivor = 0;        // Its id.
    IdentityId absorbed = 0;        // The id that will answer with the survivor.
    bool has_conflict = false;      // It holds two values of an immutable namespace: a warning.
    std::vector<DecisionId> lifts;  // Splits whose cannot-link it ends.
};

struct SplitPlan {
    IdentityId before = 0;          // The profile that is cut.
    std::vector<Members> profiles;  // What it becomes, in order of their ids.
    std::vector<EdgeEnds> removed;  // Edges that go, ascending.
    Members part;                   // The two sides of the cannot-link.
    Members rest;
};

/// Errors: NotFound for unknown or erased identities; FailedPrecondition if they are one profile
/// already, one is generic, or together they exceed kMembersMax.
Result<MergePlan> plan_merge(const NodeSource& nodes, const model::Namespaces& spaces, IdentityId a,
                             IdentityId b);

/// Errors: InvalidArgument if `part` is empty or all of its profile, or lies in several profiles;
/// NotFound for unknown or erased identities.
Result<SplitPlan> plan_split(const NodeSource& nodes, std::span<const IdentityId> part);

/// Extends what a person named to the part she means: what hangs on the rest only through the
/// named goes along. Of the pieces left when the named are taken out, one is the rest: a known
/// person's before an unknown one's, then the largest, then the oldest. Errors: as plan_split.
///
/// Example: naming a user id takes the two devices known only through it along.
Result<Members> part_of(const NodeSource& nodes, const model::Namespaces& spaces,
                        std::span<const IdentityId> named);

}  // namespace throughline::identity
