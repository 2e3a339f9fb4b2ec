#include "server/explanation.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "engine/decisions_of.h"
#include "identity/explain.h"
#include "server/profile_json.h"
#include "server/write_fields.h"

namespace throughline::server {

namespace {

using engine::IdentityId;
using engine::Person;
using engine::PersonIdentity;
using engine::View;
using identity::Members;
using identity::Node;
using model::DocWriter;

constexpr size_t kNeighboursMost = 100;  // Identities of others in one explanation.
constexpr size_t kEvidenceMost = 200;    // Events looked up for it.
constexpr size_t kDecisionsMost = 200;   // Decisions in one explanation.

std::string node_name(IdentityId id) {
    return "i_" + std::to_string(id);
}

std::string_view rule_of(identity::LinkKind kind) {
    switch (kind) {
        case identity::LinkKind::SameEvent:
            return "same_event";
        case identity::LinkKind::Alias:
            return "alias";
        case identity::LinkKind::ByHand:
            return "merged_by_hand";
    }
    TL_UNREACHABLE();
}

std::string_view guard_of(identity::Reason reason) {
    switch (reason) {
        case identity::Reason::None:
            return "";
        case identity::Reason::ImmutableConflict:
            return "immutable_conflict";
        case identity::Reason::Limit:
            return "limit";
        case identity::Reason::Capped:
            return "component_cap";
        case identity::Reason::CannotLink:
            return "cannot_link";
        case identity::Reason::Generic:
            return "generic_value";
    }
    TL_UNREACHABLE();
}

std::string_view kind_of(identity::DecisionKind kind) {
    switch (kind) {
        case identity::DecisionKind::Merge:
            return "merge";
        case identity::DecisionKind::Split:
            return "split";
        case identity::DecisionKind::Lift:
            return "lift";
    }
    TL_UNREACHABLE();
}

// The profiles that a decision touched, the survivor first: of a merge those it joined, of a split
// those that the two sides are now.
Result<std::set<IdentityId>> profiles_of(const View& view, const identity::Decision& decision) {
    std::set<IdentityId> roots;
    const auto nodes = nodes_of(view);
    for (const Members& side : {decision.left, decision.right}) {
        for (const IdentityId id : side) {
            Node node;
            TL_TRY(nodes.node(id, node));
            if (node.has(identity::kNodeErased)) continue;
            roots.insert(decision.kind == identity::DecisionKind::Merge ? id : node.root);
        }
    }
    return roots;
}

Status write_side(const View& view, std::string_view key, const Members& side, DocWriter& out) {
    const auto nodes = nodes_of(view);
    const Names names(view);
    out.key(key);
    const size_t list = out.open_array();
    for (const IdentityId id : side) {
        Node node;
        TL_TRY(nodes.node(id, node));
        if (node.has(identity::kNodeErased)) continue;
        write_identifier(names.space(node.space), node.value, out);
    }
    out.close(list);
    return Status::ok();
}

/// How a decision came to hold no more.
struct Ending {
    std::string_view state;                   // undone, lifted; in_force if it holds.
    std::optional<identity::Decision> cause;  // What ended it, if that is known.
};

bool names(const Members& side, IdentityId id) {
    return std::ranges::find(side, id) != side.end();
}

// A merge is undone when its link is gone; the first later split between its two did that.
Result<Ending> ending_of_merge(const View& view, const identity::Decision& merge) {
    const auto nodes = nodes_of(view);
    const IdentityId a = merge.left.front();
    const IdentityId b = merge.right.front();
    Node node;
    TL_TRY(nodes.node(a, node));
    const bool holds = std::ranges::any_of(node.edges, [&](const identity::Edge& edge) {
        return edge.other == b && edge.position == merge.id;
    });
    if (holds) return Ending{.state = "in_force", .cause = {}};
    Ending ending{.state = "undone", .cause = {}};
    TL_TRY_ASSIGN(const auto ids, engine::decisions_of(view, a, kDecisionsMost));
    for (auto id = ids.rbegin(); id != ids.rend(); ++id) {
        if (*id <= merge.id) continue;
        identity::Decision split;
        TL_TRY(nodes.decision(*id, split));
        const bool parts_them = (names(split.left, a) && names(split.right, b)) ||
                                (names(split.left, b) && names(split.right, a));
        if (split.kind != identity::DecisionKind::Split || !parts_them) continue;
        ending.cause = std::move(split);
        break;
    }
    return ending;
}

Result<Ending> ending_of(const View& view, const identity::Decision& decision) {
    if (decision.kind == identity::DecisionKind::Merge) return ending_of_merge(view, decision);
    Ending ending{.state = "in_force", .cause = {}};
    if (!decision.is_lifted) return ending;
    ending.state = "lifted";
    if (decision.lifted_by == 0) return ending;
    TL_TRY(nodes_of(view).decision(decision.lifted_by, ending.cause.emplace()));
    return ending;
}

void write_ending(const Ending& ending, DocWriter& out) {
    out.field("state", ending.state);
    out.key("ended");
    if (!ending.cause) return out.null();
    const size_t mark = out.open_object();
    out.field("decision", decision_name(ending.cause->id));
    out.field("kind", kind_of(ending.cause->kind));
    write_time(out, "at", ending.cause->stamp);
    out.field("actor", ending.cause->actor);
    out.field("reason", ending.cause->reason);
    out.close(mark);
}

/// The explanation of one person: what the graph kept, with the events that are its evidence.
class ExplanationForm {
public:
    ExplanationForm(const View& view, const Person& person, DocWriter& out)
        : view_(view), person_(person), nodes_(nodes_of(view)), names_(view), out_(out) {}

    Status write() {
        TL_TRY_ASSIGN(explanation_, identity::explain(nodes_, person_.root));
        TL_TRY(read_members());
        TL_TRY(read_decisions());
        TL_TRY(read_neighbours());
        const size_t mark = out_.open_object();
        out_.field("profile", names_.profile(person_.root));
        TL_TRY(write_nodes());
        TL_TRY(write_links());
        TL_TRY(write_cannot_links());
        TL_TRY(write_decisions());
        out_.close(mark);
        return Status::ok();
    }

private:
    /// A device that changed hands: from the person on one side of the change to the slice that
    /// the other side has.
    struct HandOver {
        IdentityId from = 0;   // Who had it, or has it: a member.
        IdentityId to = 0;     // The other slice: a neighbour.
        IdentityId owner = 0;  // Of the event that opened the later slice.
        Node opened;           // The later slice.
    };

    struct Evidence {
        model::SourceId source = 0;
        Micros at = kNoTime;
        model::Position position = 0;
        std::optional<sequence::StoredEvent> event;
        const identity::Decision* decision = nullptr;
    };

    struct Link {
        IdentityId from = 0;
        IdentityId to = 0;
        std::string_view rule;
        uint64_t observations = 0;
        std::string_view refused_by;  // Empty: it joins the two.
        std::string_view reason;
        Evidence evidence;
    };

    Status read_members() {
        for (const PersonIdentity& identity : person_.identities) {
            TL_TRY_ASSIGN(leaves_[identity.id], read_leaf(view_, identity.id));
        }
        return Status::ok();
    }

    // All that named one of her identities, whether it holds or not.
    Status read_decisions() {
        std::set<identity::DecisionId> ids;
        for (const identity::Decision& one : explanation_.decisions) ids.insert(one.id);
        for (const PersonIdentity& identity : person_.identities) {
            TL_TRY_ASSIGN(const auto own, engine::decisions_of(view_, identity.id, kDecisionsMost));
            ids.insert(own.begin(), own.end());
        }
        for (auto id = ids.rbegin(); id != ids.rend() && decisions_.size() < kDecisionsMost; ++id) {
            TL_TRY(nodes_.decision(*id, decisions_.emplace_back()));
        }
        return Status::ok();
    }

    Status write_decisions() {
        out_.key("decisions");
        const size_t list = out_.open_array();
        for (const identity::Decision& one : decisions_) TL_TRY(write_decision(view_, one, out_));
        out_.close(list);
        return Status::ok();
    }

    bool is_member(IdentityId id) const { return leaves_.contains(id); }

    Status add_neighbour(IdentityId id) {
        if (is_member(id) || neighbours_.contains(id)) return Status::ok();
        if (neighbours_.size() >= kNeighboursMost) return Status::ok();
        Node node;
        TL_TRY(nodes_.node(id, node));
        if (!node.has(identity::kNodeErased)) neighbours_.emplace(id, std::move(node));
        return Status::ok();
    }

    bool is_shown(IdentityId id) const { return is_member(id) || neighbours_.contains(id); }

    Status read_neighbours() {
        for (const identity::ExplainedRefusal& refusal : explanation_.refusals) {
            TL_TRY(add_neighbour(refusal.stronger));
            TL_TRY(add_neighbour(refusal.weaker));
        }
        for (const PersonIdentity& identity : person_.identities) {
            TL_TRY(read_hand_overs(identity));
        }
        for (const identity::Decision& decision : explanation_.decisions) {
            if (decision.kind != identity::DecisionKind::Split) continue;
            for (const Members& side : {decision.left, decision.right}) {
                for (const IdentityId id : side) TL_TRY(add_neighbour(id));
            }
        }
        return Status::ok();
    }

    // The slices before and after one of hers, if others have them.
    Status read_hand_overs(const PersonIdentity& identity) {
        const Node& node = identity.node;
        const Key128 key = model::identifier_key(view_.secret, node.space, node.value);
        TL_TRY_ASSIGN(const auto bytes, view_.tables.identifiers.read(key, view_.pin));
        if (!bytes) return Status::ok();
        const identity::SlicesView slices(*bytes);
        for (size_t i = 1; i < slices.size(); ++i) {
            const IdentityId before = slices.at(i - 1).identity;
            const IdentityId after = slices.at(i).identity;
            if (before != identity.id && after != identity.id) continue;
            const IdentityId other = before == identity.id ? after : before;
            TL_TRY(add_neighbour(other));
            if (!neighbours_.contains(other)) continue;
            HandOver change{
                .from = owner_of(identity.id, node), .to = other, .owner = 0, .opened = {}};
            TL_TRY(nodes_.node(after, change.opened));
            change.owner = owner_of(after, change.opened);
            hand_overs_.push_back(std::move(change));
        }
        return Status::ok();
    }

    // The identity whose event brought this one: the other end of its first link as the weaker.
    static IdentityId owner_of(IdentityId id, const Node& node) {
        for (const identity::Edge& edge : node.edges) {
            if ((edge.flags & identity::kLinkWeak) != 0) return edge.other;
        }
        return id;
    }

    Status write_nodes() {
        out_.key("nodes");
        const size_t list = out_.open_array();
        for (const PersonIdentity& identity : person_.identities) {
            const profile::Leaf& leaf = leaves_.at(identity.id);
            write_node(identity.id, identity.node, leaf, last_seen(person_, identity, leaf));
        }
        for (const auto& [id, node] : neighbours_) {
            TL_TRY_ASSIGN(const auto leaf, read_leaf(view_, id));
            write_node(id, node, leaf, std::max(node.last_seen, leaf.last_seen));
        }
        out_.close(list);
        return Status::ok();
    }

    void write_node(IdentityId id, const Node& node, const profile::Leaf& leaf, Micros seen) {
        const size_t mark = out_.open_object();
        out_.field("id", node_name(id));
        out_.field("namespace", names_.space(node.space));
        out_.field("value", node.value);
        out_.field("slice", int64_t{node.slice});
        out_.field("profile", names_.profile(node.root));
        write_flag(out_, "member", is_member(id));
        write_time(out_, "first_seen", node.first_seen);
        write_time(out_, "last_seen", seen);
        out_.field("event_count", static_cast<int64_t>(leaf.event_count));
        out_.close(mark);
    }

    Status write_links() {
        out_.key("links");
        const size_t list = out_.open_array();
        for (const identity::ExplainedLink& link : explanation_.links) TL_TRY(write_joining(link));
        for (const identity::ExplainedRefusal& refusal : explanation_.refusals) {
            if (is_shown(refusal.stronger) && is_shown(refusal.weaker)) {
                TL_TRY(write_refused(refusal));
            }
        }
        for (const HandOver& change : hand_overs_) TL_TRY(write_hand_over(change));
        out_.close(list);
        return Status::ok();
    }

    Status write_joining(const identity::ExplainedLink& link) {
        const identity::Edge& edge = link.evidence;
        Link form{
            .from = link.stronger,
            .to = link.weaker,
            .rule = rule_of(edge.kind),
            .observations = 0,
            .refused_by = {},
            .reason = {},
            .evidence = {
                .source = edge.source, .at = edge.time, .position = edge.position, .event = {}}};
        if (edge.kind == identity::LinkKind::ByHand) {
            form.evidence.decision = decision(edge.position);
            if (form.evidence.decision != nullptr) form.reason = form.evidence.decision->reason;
        } else {
            form.observations = observations(link.stronger, link.weaker);
            TL_TRY_ASSIGN(form.evidence.event, event_at(edge.position, link.stronger));
        }
        write_link(form);
        return Status::ok();
    }

    Status write_refused(const identity::ExplainedRefusal& refusal) {
        const identity::Refusal& seen = refusal.evidence;
        Link form{
            .from = refusal.stronger,
            .to = refusal.weaker,
            .rule = rule_of(identity::LinkKind::SameEvent),
            .observations = seen.count,
            .refused_by = guard_of(seen.reason),
            .reason = {},
            .evidence = {
                .source = seen.source, .at = seen.time, .position = seen.position, .event = {}}};
        TL_TRY_ASSIGN(form.evidence.event, event_at(seen.position, refusal.stronger));
        const auto& event = form.evidence.event;
        if (event && event->row.type == model::EventType::Alias) {
            form.rule = rule_of(identity::LinkKind::Alias);
        }
        if (seen.reason == identity::Reason::CannotLink) {
            form.reason = words_between(refusal.stronger, refusal.weaker);
        }
        write_link(form);
        return Status::ok();
    }

    Status write_hand_over(const HandOver& change) {
        Link form{.from = change.from,
                  .to = change.to,
                  .rule = rule_of(identity::LinkKind::SameEvent),
                  .observations = 1,
                  .refused_by = "switched",
                  .reason = {},
                  .evidence = {.source = change.opened.source,
                               .at = change.opened.first_seen,
                               .position = change.opened.created,
                               .event = {}}};
        TL_TRY_ASSIGN(form.evidence.event, event_at(change.opened.created, change.owner));
        write_link(form);
        return Status::ok();
    }

    void write_link(const Link& link) {
        const size_t mark = out_.open_object();
        out_.field("from", node_name(link.from));
        out_.field("to", node_name(link.to));
        out_.field("state", link.refused_by.empty() ? "active" : "refused");
        out_.field("rule", link.rule);
        out_.field("observations", static_cast<int64_t>(link.observations));
        write_text(out_, "refused_by", link.refused_by);
        write_text(out_, "reason", link.reason);
        out_.key("evidence");
        write_evidence(link.evidence);
        out_.close(mark);
    }

    void write_evidence(const Evidence& evidence) {
        const size_t mark = out_.open_object();
        write_text(out_, "source", names_.source(evidence.source));
        write_time(out_, "at", evidence.at);
        write_text(out_, "position", model::format_position(evidence.position));
        const auto& stored = evidence.event;
        write_text(out_, "message_id", stored ? stored->event().message_id() : "");
        write_text(out_, "event", stored ? event_title(stored->event()) : "");
        const auto* decision = evidence.decision;
        write_text(out_, "actor", decision != nullptr ? decision->actor : std::string());
        write_text(out_, "decision",
                   decision != nullptr ? decision_name(decision->id) : std::string());
        out_.close(mark);
    }

    // How many events of the stronger identity carried the weaker one too. A leaf names the first
    // few companions only; a link was seen once at least.
    uint64_t observations(IdentityId stronger, IdentityId weaker) const {
        const auto leaf = leaves_.find(stronger);
        if (leaf == leaves_.end()) return 1;
        const auto& companions = leaf->second.companions;
        const auto known = std::ranges::find(companions, weaker, &profile::Companion::identity);
        return known == companions.end() ? 1 : known->count;
    }

    Result<std::optional<sequence::StoredEvent>> event_at(model::Position position,
                                                          IdentityId identity) {
        if (++events_read_ > kEvidenceMost) return std::optional<sequence::StoredEvent>{};
        return view_.history->find(position, identity);
    }

    const identity::Decision* decision(identity::DecisionId id) const {
        const auto found = std::ranges::find(explanation_.decisions, id, &identity::Decision::id);
        return found == explanation_.decisions.end() ? nullptr : &*found;
    }

    // Why a person keeps the two apart.
    std::string_view words_between(IdentityId a, IdentityId b) const {
        for (const identity::Decision& split : explanation_.decisions) {
            if (split.kind != identity::DecisionKind::Split) continue;
            if (names(split.left, a) && names(split.right, b)) return split.reason;
            if (names(split.left, b) && names(split.right, a)) return split.reason;
        }
        return {};
    }

    Status write_cannot_links() {
        out_.key("cannot_links");
        const size_t list = out_.open_array();
        for (const identity::Decision& one : explanation_.decisions) {
            if (one.kind == identity::DecisionKind::Split) TL_TRY(write_cannot_link(one));
        }
        out_.close(list);
        return Status::ok();
    }

    Status write_cannot_link(const identity::Decision& split) {
        const bool is_left =
            std::ranges::any_of(split.left, [&](IdentityId id) { return is_member(id); });
        const Members& own = is_left ? split.left : split.right;
        const Members& other = is_left ? split.right : split.left;
        const size_t mark = out_.open_object();
        out_.field("decision", decision_name(split.id));
        TL_TRY(write_side(view_, "left", own, out_));
        TL_TRY(write_side(view_, "right", other, out_));
        std::string other_profile;
        for (const IdentityId id : other) {
            Node node;
            TL_TRY(nodes_.node(id, node));
            if (node.has(identity::kNodeErased)) continue;
            other_profile = names_.profile(node.root);
            break;
        }
        write_text(out_, "other_profile", other_profile);
        out_.field("reason", split.reason);
        out_.field("actor", split.actor);
        write_time(out_, "at", split.stamp);
        out_.close(mark);
        return Status::ok();
    }

    const View& view_;
    const Person& person_;
    const identity::PinnedNodes nodes_;
    const Names names_;
    DocWriter& out_;
    identity::Explanation explanation_;           // Of what holds.
    std::vector<identity::Decision> decisions_;   // Newest first, also those that hold no more.
    std::map<IdentityId, profile::Leaf> leaves_;  // Of the members.
    std::map<IdentityId, Node> neighbours_;
    std::vector<HandOver> hand_overs_;
    size_t events_read_ = 0;
};

}  // namespace

identity::PinnedNodes nodes_of(const View& view) {
    return {view.tables.identities, view.tables.decisions, view.pin};
}

Status write_explanation(const View& view, const Person& person, DocWriter& out) {
    return ExplanationForm(view, person, out).write();
}

std::string decision_name(identity::DecisionId id) {
    return "d_" + std::to_string(id);
}

std::optional<identity::DecisionId> decision_named(std::string_view name) {
    if (!name.starts_with("d_")) return {};
    identity::DecisionId id = 0;
    const char* end = name.data() + name.size();
    const auto read = std::from_chars(name.data() + 2, end, id);
    if (read.ec != std::errc{} || read.ptr != end) return {};
    return id;
}

Status write_decision(const View& view, const identity::Decision& decision, DocWriter& out) {
    TL_TRY_ASSIGN(const Ending ending, ending_of(view, decision));
    const size_t mark = out.open_object();
    out.field("id", decision_name(decision.id));
    out.field("kind", kind_of(decision.kind));
    write_time(out, "at", decision.stamp);
    out.field("actor", decision.actor);
    out.field("reason", decision.reason);
    write_ending(ending, out);
    TL_TRY(write_side(view, "left", decision.left, out));
    TL_TRY(write_side(view, "right", decision.right, out));
    out.key("profiles");
    const size_t list = out.open_array();
    TL_TRY_ASSIGN(const auto roots, profiles_of(view, decision));
    for (const IdentityId root : roots) out.string(Names(view).profile(root));
    out.close(list);
    out.close(mark);
    return Status::ok();
}

}  // namespace throughline::server
