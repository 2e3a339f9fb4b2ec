#include "identity/plan.h"

#include <algorithm>
#include <set>

#include "base/bytes.h"
#include "identity/components.h"
#include "identity/graph.h"
#include "identity/guards.h"

namespace throughline::identity {

namespace {

Error no_such_profile() {
    return Error::not_found("identity: no such profile");
}

void write_ids(ByteWriter& to, const auto& ids) {
    to.varint(ids.size());
    for (const auto id : ids) to.varint(id);
}

template <typename T>
void read_ids(ByteReader& in, std::vector<T>& ids) {
    ids.clear();
    for (uint64_t left = in.varint(); left > 0 && in.ok(); --left) {
        ids.push_back(static_cast<T>(in.varint()));
    }
}

Status read_node(const NodeSource& nodes, IdentityId id, Node& out) {
    TL_TRY(nodes.node(id, out));
    if (out.has(kNodeErased)) return no_such_profile();
    return Status::ok();
}

/// A profile with its nodes, in the order of its members.
struct Profile {
    Members members;
    std::vector<Node> nodes;
};

Result<Profile> read_profile(const NodeSource& nodes, IdentityId any_member) {
    Node node;
    TL_TRY(read_node(nodes, any_member, node));
    Node root;
    TL_TRY(read_node(nodes, node.root, root));
    Profile profile;
    profile.members = root.members.empty() ? Members{node.root} : root.members;
    profile.nodes.resize(profile.members.size());
    for (size_t i = 0; i < profile.members.size(); ++i) {
        TL_TRY(nodes.node(profile.members[i], profile.nodes[i]));
    }
    return profile;
}

Result<Members> checked_part(const Profile& profile, std::span<const IdentityId> part) {
    Members sorted(part.begin(), part.end());
    std::ranges::sort(sorted);
    sorted.erase(std::ranges::unique(sorted).begin(), sorted.end());
    if (!std::ranges::includes(profile.members, sorted)) {
        return Error::invalid("identity: split: identifiers: need all of one profile");
    }
    if (sorted.size() == profile.members.size()) {
        return Error::invalid("identity: split: identifiers: need fewer than all of the profile");
    }
    return sorted;
}

bool contains(const Members& members, IdentityId id) {
    return std::ranges::binary_search(members, id);
}

std::vector<CannotLink> cannot_links_of(const Profile& profile) {
    std::vector<CannotLink> links;
    for (const Node& node : profile.nodes) {
        links.insert(links.end(), node.cannot.begin(), node.cannot.end());
    }
    return links;
}

void gather(const Profile& profile, uint8_t side, std::vector<Holding>& holdings) {
    for (const Node& node : profile.nodes) {
        holdings.push_back({node.space, side, node.value, node.first_seen});
    }
}

/// The edges of a profile, each once, in the order of their ends.
std::vector<EdgeEnds> edges_of(const Profile& profile) {
    std::vector<EdgeEnds> edges;
    for (size_t i = 0; i < profile.members.size(); ++i) {
        const IdentityId id = profile.members[i];
        for (const Edge& edge : profile.nodes[i].edges) {
            if (id < edge.other) edges.push_back({id, edge.other});
        }
    }
    std::ranges::sort(edges, {}, [](const EdgeEnds& edge) { return std::tie(edge.a, edge.b); });
    return edges;
}

}  // namespace

std::string decision_key(DecisionId id) {
    const uint64_t big_endian = __builtin_bswap64(id);
    return {reinterpret_cast<const char*>(&big_endian), sizeof big_endian};
}

void Decision::encode(std::string& out) const {
    out.clear();
    ByteWriter to(out);
    to.u8(static_cast<uint8_t>(kind));
    to.varint(id);
    to.fixed(stamp);
    to.string(actor);
    to.string(reason);
    write_ids(to, left);
    write_ids(to, right);
    write_ids(to, lifts);
    to.varint(is_lifted ? 1 : 0);
    to.varint(lifted_by);
}

void Decision::decode(std::string_view bytes) {
    ByteReader in(bytes);
    kind = static_cast<DecisionKind>(in.u8());
    id = in.varint();
    stamp = in.fixed<int64_t>();
    actor = in.string();
    reason = in.string();
    read_ids(in, left);
    read_ids(in, right);
    read_ids(in, lifts);
    is_lifted = in.varint() != 0;
    lifted_by = in.varint();
    TL_ASSERT(in.ok() && in.at_end());
}

Status read_decision(const store::OrderedTable& decisions, DecisionId id, Decision& out) {
    TL_TRY_ASSIGN(const auto bytes, decisions.get(decision_key(id)));
    if (!bytes) return Error::not_found("identity: no such decision");
    out.decode(*bytes);
    return Status::ok();
}

Status PinnedNodes::node(IdentityId id, Node& out) const {
    TL_TRY_ASSIGN(const auto bytes, identities_.read(identity_key(id), pin_));
    if (!bytes) return no_such_profile();
    out.decode(*bytes);
    return Status::ok();
}

Status PinnedNodes::decision(DecisionId id, Decision& out) const {
    return read_decision(decisions_, id, out);
}

Result<MergePlan> plan_merge(const NodeSource& nodes, const model::Namespaces& spaces, IdentityId a,
                             IdentityId b) {
    TL_TRY_ASSIGN(const Profile of_a, read_profile(nodes, a));
    TL_TRY_ASSIGN(const Profile of_b, read_profile(nodes, b));
    if (of_a.members == of_b.members) {
        return Error::precondition("identity: merge: the two are one profile already");
    }
    for (const IdentityId id : {a, b}) {
        Node node;
        TL_TRY(nodes.node(id, node));
        if (node.has(kNodeGeneric)) {
            return Error::precondition("identity: merge: a generic value names nobody");
        }
    }
    if (of_a.members.size() + of_b.members.size() > kMembersMax) {
        return Error::precondition("identity: merge: more than " + std::to_string(kMembersMax) +
                                   " identities in one profile");
    }
    MergePlan plan;
    std::ranges::merge(of_a.members, of_b.members, std::back_inserter(plan.profile));
    plan.survivor = std::min(of_a.members.front(), of_b.members.front());
    plan.absorbed = std::max(of_a.members.front(), of_b.members.front());
    plan.lifts = cannot_links_between(cannot_links_of(of_a), cannot_links_of(of_b));
    std::vector<Holding> holdings;
    gather(of_a, 1, holdings);
    gather(of_b, 2, holdings);
    plan.has_conflict =
        judge_values(spaces, holdings, 0, Immutables::Guarded) == Reason::ImmutableConflict;
    return plan;
}

Result<SplitPlan> plan_split(const NodeSource& nodes, std::span<const IdentityId> part) {
    if (part.empty()) return Error::invalid("identity: split: identifiers: need at least 1");
    TL_TRY_ASSIGN(const Profile profile, read_profile(nodes, part.front()));
    SplitPlan plan;
    TL_TRY_ASSIGN(plan.part, checked_part(profile, part));
    plan.before = profile.members.front();
    std::ranges::set_difference(profile.members, plan.part, std::back_inserter(plan.rest));
    std::vector<EdgeEnds> kept;
    for (const EdgeEnds& edge : edges_of(profile)) {
        const bool crosses = contains(plan.part, edge.a) != contains(plan.part, edge.b);
        (crosses ? plan.removed : kept).push_back(edge);
    }
    plan.profiles = components(profile.members, kept);
    return plan;
}

Result<Members> part_of(const NodeSource& nodes, const model::Namespaces& spaces,
                        std::span<const IdentityId> named) {
    if (named.empty()) return Error::invalid("identity: split: identifiers: need at least 1");
    TL_TRY_ASSIGN(const Profile profile, read_profile(nodes, named.front()));
    TL_TRY_ASSIGN(const Members taken, checked_part(profile, named));
    Members left;
    std::ranges::set_difference(profile.members, taken, std::back_inserter(left));
    std::vector<EdgeEnds> kept;
    for (const EdgeEnds& edge : edges_of(profile)) {
        if (contains(left, edge.a) && contains(left, edge.b)) kept.push_back(edge);
    }
    const std::vector<Members> pieces = components(left, kept);

    const auto is_known = [&](const Members& piece) {
        return std::ranges::any_of(piece, [&](IdentityId id) {
            const auto at = std::ranges::lower_bound(profile.members, id);
            const auto index = static_cast<size_t>(at - profile.members.begin());
            const model::Namespace* space = spaces.find(profile.nodes[index].space);
            return space != nullptr && space->person;
        });
    };
    // Pieces come oldest first, and max_element keeps the first of equals.
    const auto rest = std::ranges::max_element(
        pieces, {}, [&](const Members& piece) { return std::pair(is_known(piece), piece.size()); });
    Members part;
    std::ranges::set_difference(profile.members, *rest, std::back_inserter(part));
    return part;
}

}  // namespace throughline::identity
