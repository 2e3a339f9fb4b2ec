#include "identity/explain.h"

#include <algorithm>
#include <set>

namespace throughline::identity {

namespace {

/// Both ends keep a link; it is told once, as its weaker end has it, by hand as the smaller has.
bool tells(const ExplainedIdentity& identity, const Edge& edge) {
    if (edge.kind == LinkKind::ByHand) return identity.id < edge.other;
    return (edge.flags & kLinkWeak) != 0;
}

void add_links(const ExplainedIdentity& identity, Explanation& out) {
    for (const Edge& edge : identity.node.edges) {
        if (!tells(identity, edge)) continue;
        const bool is_by_hand = edge.kind == LinkKind::ByHand;
        out.links.push_back({.stronger = is_by_hand ? identity.id : edge.other,
                             .weaker = is_by_hand ? edge.other : identity.id,
                             .evidence = edge});
    }
}

Status add_refusals(const NodeSource& nodes, const ExplainedIdentity& identity, Explanation& out) {
    out.refusals_dropped += identity.node.refusals_dropped;
    for (const Refusal& refusal : identity.node.refusals) {
        const bool is_weak = (refusal.flags & kLinkWeak) != 0;
        Node other;
        TL_TRY(nodes.node(refusal.other, other));
        // Between two of the profile, the weaker end tells it, for it has the count.
        if (!is_weak && other.root == out.profile) continue;
        out.refusals.push_back({.stronger = is_weak ? refusal.other : identity.id,
                                .weaker = is_weak ? identity.id : refusal.other,
                                .other_profile = other.root,
                                .is_other_erased = other.has(kNodeErased),
                                .evidence = refusal});
    }
    return Status::ok();
}

Status add_decisions(const NodeSource& nodes, Explanation& out) {
    std::set<DecisionId> ids;
    for (const ExplainedIdentity& identity : out.identities) {
        for (const CannotLink& link : identity.node.cannot) ids.insert(link.decision);
        for (const Edge& edge : identity.node.edges) {
            if (edge.kind == LinkKind::ByHand) ids.insert(edge.position);
        }
    }
    for (const DecisionId id : ids) {
        Decision decision;
        TL_TRY(nodes.decision(id, decision));
        out.decisions.push_back(std::move(decision));
    }
    return Status::ok();
}

std::string_view kind_name(DecisionKind kind) {
    switch (kind) {
        case DecisionKind::Merge:
            return "merge";
        case DecisionKind::Split:
            return "split";
        case DecisionKind::Lift:
            return "lift";
    }
    return "";
}

/// Writes what the API answers: identities are named by their place in `identities`.
class Writer {
public:
    Writer(const Explanation& explanation, const model::Namespaces& spaces,
           const ExplanationNames& names, model::DocWriter& out)
        : explanation_(explanation), spaces_(spaces), names_(names), out_(out) {}

    void write() {
        const size_t object = out_.open_object();
        out_.field("profile", names_.profile_id(explanation_.profile));
        write_list("identifiers", explanation_.identities,
                   [this](const ExplainedIdentity& each) { write_identity(each); });
        write_list("links", explanation_.links,
                   [this](const ExplainedLink& each) { write_link(each); });
        write_list("refused", explanation_.refusals,
                   [this](const ExplainedRefusal& each) { write_refusal(each); });
        write_list("decisions", explanation_.decisions,
                   [this](const Decision& each) { write_decision(each); });
        out_.field("refused_dropped", int64_t{explanation_.refusals_dropped});
        out_.key("capped");
        out_.boolean(explanation_.is_capped);
        out_.close(object);
    }

private:
    void write_list(std::string_view key, const auto& items, const auto& write_item) {
        out_.key(key);
        const size_t array = out_.open_array();
        for (const auto& item : items) {
            const size_t object = out_.open_object();
            write_item(item);
            out_.close(object);
        }
        out_.close(array);
    }

    void write_time(std::string_view key, Micros at) { out_.field(key, format_instant(at)); }

    void write_identity(const ExplainedIdentity& identity) {
        const Node& node = identity.node;
        const model::Namespace* space = spaces_.find(node.space);
        out_.field("identity", int64_t{identity.id});
        out_.field("namespace", space == nullptr ? "" : std::string_view(space->key));
        out_.field("value", node.value);
        out_.field("slice", int64_t{node.slice});
        write_time("first_seen", node.first_seen);
        write_time("last_seen", node.last_seen);
        out_.field("source", names_.source(node.source));
        out_.field("position", model::format_position(node.created));
        out_.key("generic");
        out_.boolean(node.has(kNodeGeneric));
        if (!node.has(kNodeVerified)) return;
        write_time("verified_at", node.verified_at);
        out_.field("verified_by", names_.source(node.verified_by));
    }

    void write_link(const ExplainedLink& link) {
        out_.field("a", int64_t{link.stronger});
        out_.field("b", int64_t{link.weaker});
        out_.field("why", sentence_key(link.evidence.kind));
        out_.field("position", model::format_position(link.evidence.position));
        write_time("at", link.evidence.time);
        if (link.evidence.kind != LinkKind::ByHand) {
            out_.field("source", names_.source(link.evidence.source));
        }
    }

    void write_refusal(const ExplainedRefusal& refusal) {
        out_.field("a", int64_t{refusal.stronger});
        out_.field("b", int64_t{refusal.weaker});
        out_.field("why", sentence_key(refusal.evidence.reason));
        out_.field("count", int64_t{refusal.evidence.count});
        out_.field("position", model::format_position(refusal.evidence.position));
        write_time("at", refusal.evidence.time);
        out_.field("source", names_.source(refusal.evidence.source));
        out_.key("other_profile");
        if (refusal.is_other_erased) {
            out_.null();
        } else {
            out_.string(names_.profile_id(refusal.other_profile));
        }
    }

    void write_ids(std::string_view key, const Members& ids) {
        out_.key(key);
        const size_t array = out_.open_array();
        for (const IdentityId id : ids) out_.integer(id);
        out_.close(array);
    }

    void write_decision(const Decision& decision) {
        out_.field("decision", model::format_position(decision.id));
        out_.field("kind", kind_name(decision.kind));
        write_time("at", decision.stamp);
        out_.field("actor", decision.actor);
        out_.field("reason", decision.reason);
        write_ids("left", decision.left);
        write_ids("right", decision.right);
    }

    const Explanation& explanation_;
    const model::Namespaces& spaces_;
    const ExplanationNames& names_;
    model::DocWriter& out_;
};

}  // namespace

Result<Explanation> explain(const NodeSource& nodes, IdentityId any_member) {
    Node member;
    TL_TRY(nodes.node(any_member, member));
    if (member.has(kNodeErased)) return Error::not_found("identity: no such profile");
    Node root;
    TL_TRY(nodes.node(member.root, root));
    Explanation out;
    out.profile = member.root;
    out.is_capped = root.has(kNodeCapped);
    for (const IdentityId id : root.members.empty() ? Members{member.root} : root.members) {
        out.identities.push_back({.id = id, .node = {}});
        TL_TRY(nodes.node(id, out.identities.back().node));
    }
    for (const ExplainedIdentity& identity : out.identities) {
        add_links(identity, out);
        TL_TRY(add_refusals(nodes, identity, out));
    }
    const auto by_position = [](const auto& link) { return link.evidence.position; };
    std::ranges::stable_sort(out.links, {}, by_position);
    std::ranges::stable_sort(out.refusals, {}, by_position);
    TL_TRY(add_decisions(nodes, out));
    return out;
}

std::string_view sentence_key(LinkKind kind) {
    switch (kind) {
        case LinkKind::SameEvent:
            return "identity.link.same_event";
        case LinkKind::Alias:
            return "identity.link.alias";
        case LinkKind::ByHand:
            return "identity.link.by_hand";
    }
    return "";
}

std::string_view sentence_key(Reason reason) {
    switch (reason) {
        case Reason::None:
            return "";
        case Reason::ImmutableConflict:
            return "identity.refused.immutable_conflict";
        case Reason::Limit:
            return "identity.refused.limit";
        case Reason::Capped:
            return "identity.refused.capped";
        case Reason::CannotLink:
            return "identity.refused.cannot_link";
        case Reason::Generic:
            return "identity.refused.generic";
    }
    return "";
}

void write_explanation(const Explanation& explanation, const model::Namespaces& spaces,
                       const ExplanationNames& names, model::DocWriter& out) {
    Writer(explanation, spaces, names, out).write();
}

}  // namespace throughline::identity
