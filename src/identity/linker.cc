#include "identity/linker.h"

#include <algorithm>

namespace throughline::identity {

namespace {

constexpr uint8_t kAliasFlags = model::kIdentifierPrevious | model::kIdentifierPreviousUser;

bool is_alias(const model::IdentifierView& identifier) {
    return (identifier.flags & kAliasFlags) != 0;
}

bool has_edge(const Node& node, IdentityId other) {
    return std::ranges::find(node.edges, other, &Edge::other) != node.edges.end();
}

auto find_refusal(auto& node, IdentityId other, uint8_t role) {
    return std::ranges::find_if(node.refusals, [&](const Refusal& refusal) {
        return refusal.other == other && (refusal.flags & kLinkWeak) == role;
    });
}

}  // namespace

void Linker::run() {
    Sighting owner;
    const size_t count = event_.identifier_count();
    for (size_t i = 0; i < count; ++i) {
        const model::IdentifierView identifier = event_.identifier(i);
        if (is_alias(identifier) || is_generic(identifier)) continue;
        Sighting sighting = observe(identifier);
        if (owner.identity == 0) {
            owner = sighting;
            work_.out().root_before = work_.read(owner.identity).root;
        } else {
            link(owner, sighting, LinkKind::SameEvent);
        }
        touch_last(sighting);
    }
    if (owner.identity != 0) {
        link_alias(owner);
    } else if (count > 0) {
        // Nothing on the event names anybody: the row stays with the generic value, unlinked.
        owner = observe(event_.identifier(0));
        work_.out().root_before = work_.read(owner.identity).root;
        touch_last(owner);
    }
    Resolution& out = work_.out();
    out.identity = owner.identity;
    out.root = owner.identity == 0 ? 0 : work_.read(owner.identity).root;
    const bool is_created = std::ranges::any_of(out.facts, [&](const Fact& fact) {
        return fact.kind == FactKind::Created && fact.a == owner.identity;
    });
    if (is_created) out.root_before = 0;
}

bool Linker::is_generic(const model::IdentifierView& identifier) {
    if ((identifier.flags & model::kIdentifierGeneric) != 0) return true;
    const auto bytes = work_.slices(identifier.key);
    return bytes && SlicesView(*bytes).is_generic();
}

Linker::Sighting Linker::observe(const model::IdentifierView& identifier) {
    Sighting sighting{.identifier = identifier, .space = &work_.space(identifier.space)};
    const auto bytes = work_.slices(identifier.key);
    if (!bytes) {
        const bool is_generic = (identifier.flags & model::kIdentifierGeneric) != 0;
        Slices slices{.is_generic = is_generic, .slices = {}};
        start_slice(sighting, slices, is_generic ? kNodeGeneric : 0);
        return sighting;
    }
    const SlicesView view(*bytes);
    const size_t index = view.covering(time_);
    sighting.identity = view.at(index).identity;
    sighting.slice_from = view.at(index).from;
    sighting.is_newest_slice = index + 1 == view.size();
    if (work_.read(sighting.identity).has(kNodeErased)) {
        // Whoever it was is forgotten; the value may come back, as somebody of whom nothing is
        // known.
        Slices slices;
        slices.decode(*bytes);
        sighting.identity = make_identity(sighting, index, slices.is_generic ? kNodeGeneric : 0);
        slices.slices[index].identity = sighting.identity;
        work_.put_slices(identifier.key, slices);
        return sighting;
    }
    touch_first(sighting);
    return sighting;
}

/// Opens the next slice, which holds from the event on; the first holds from the beginning.
void Linker::start_slice(Sighting& sighting, Slices& slices, uint8_t node_flags) {
    sighting.slice_from = slices.slices.empty() ? kNoTime : time_;
    sighting.is_newest_slice = true;
    sighting.identity = make_identity(sighting, slices.slices.size(), node_flags);
    slices.slices.push_back({sighting.identity, sighting.slice_from});
    work_.put_slices(sighting.identifier.key, slices);
}

IdentityId Linker::make_identity(const Sighting& sighting, size_t slice, uint8_t node_flags) {
    Node node;
    node.space = sighting.identifier.space;
    node.flags = node_flags;
    node.slice = static_cast<uint16_t>(slice);
    node.first_seen = time_;
    node.last_seen = time_;
    node.created = work_.moment().position;
    node.created_stamp = work_.moment().stamp;
    node.source = event_.source();
    node.value = sighting.identifier.value;
    if ((sighting.identifier.flags & model::kIdentifierVerified) != 0) {
        node.flags |= kNodeVerified;
        node.verified_at = time_;
        node.verified_by = event_.source();
    }
    return work_.create(node);
}

void Linker::touch_first(const Sighting& sighting) {
    const Node& node = work_.read(sighting.identity);
    if (time_ < node.first_seen) work_.change(sighting.identity).first_seen = time_;
    const bool vouched = (sighting.identifier.flags & model::kIdentifierVerified) != 0;
    if (vouched && !node.has(kNodeVerified)) {
        Node& changed = work_.change(sighting.identity);
        changed.flags |= kNodeVerified;
        changed.verified_at = time_;
        changed.verified_by = event_.source();
    }
}

void Linker::touch_last(const Sighting& sighting) {
    if (time_ - work_.read(sighting.identity).last_seen < kLastSeenStep) return;
    work_.change(sighting.identity).last_seen = time_;
}

void Linker::link(const Sighting& owner, Sighting& weak, LinkKind kind) {
    if (owner.identity == weak.identity) return;
    if (has_edge(work_.read(weak.identity), owner.identity)) return;

    const bool may_join_users = kind == LinkKind::Alias && policy_ == AliasPolicy::JoinUsers;
    const auto immutables = may_join_users ? Immutables::Ignored : Immutables::Guarded;
    const IdentityId owner_root = work_.read(owner.identity).root;
    const IdentityId weak_root = work_.read(weak.identity).root;
    const Reason reason = owner_root == weak_root
                              ? Reason::None
                              : judge(work_, owner_root, weak_root, time_, immutables);
    const bool switches = reason == Reason::ImmutableConflict && weak.space->switching &&
                          kind == LinkKind::SameEvent && !is_late(weak);
    if (switches) {
        change_hands(owner, weak);
        return;
    }
    if (reason == Reason::None) {
        take(owner, weak, kind);
    } else {
        refuse(owner, weak, reason);
    }
    learn(owner, weak);
}

/// `alias` names the id that the owner had before: a user id if it is known as one, which is a
/// conflict unless the source may join users, else an anonymous id.
void Linker::link_alias(const Sighting& owner) {
    bool is_user = false;
    for (const auto flag : {model::kIdentifierPreviousUser, model::kIdentifierPrevious}) {
        for (size_t i = 0; i < event_.identifier_count(); ++i) {
            const model::IdentifierView identifier = event_.identifier(i);
            const bool is_meant = (identifier.flags & flag) != 0;
            if (!is_meant || is_user || is_generic(identifier)) continue;
            const bool as_user = flag == model::kIdentifierPreviousUser;
            if (as_user && !is_known(identifier)) continue;
            Sighting previous = observe(identifier);
            link(owner, previous, LinkKind::Alias);
            touch_last(previous);
            is_user = as_user;
        }
    }
}

bool Linker::is_known(const model::IdentifierView& identifier) {
    const auto bytes = work_.slices(identifier.key);
    if (!bytes) return false;
    const SlicesView view(*bytes);
    return !work_.read(view.at(view.covering(time_)).identity).has(kNodeErased);
}

/// An event that is not the newest word about a device cannot give it to somebody else.
bool Linker::is_late(const Sighting& sighting) {
    return !sighting.is_newest_slice || time_ <= sighting.slice_from ||
           time_ < work_.read(sighting.identity).last_seen;
}

void Linker::change_hands(const Sighting& owner, Sighting& weak) {
    const auto bytes = work_.slices(weak.identifier.key);
    if (!bytes) return;  // The read failed.
    Slices slices;
    slices.decode(*bytes);
    const IdentityId closed = weak.identity;
    slices.is_generic = slices.slices.size() > kSwitchesMax;
    start_slice(weak, slices, slices.is_generic ? kNodeGeneric : 0);
    work_.out().facts.push_back({FactKind::Switched, Reason::None, closed, weak.identity});
    if (slices.is_generic) {
        // It is everybody's: earlier slices stay with their people, from now on it is nobody's.
        work_.out().facts.push_back({FactKind::LearnedGeneric, Reason::None, weak.identity, 0});
        return;
    }
    const Reason reason =
        judge(work_, work_.read(owner.identity).root, weak.identity, time_, Immutables::Guarded);
    if (reason == Reason::None) {
        take(owner, weak, LinkKind::SameEvent);
    } else {
        refuse(owner, weak, reason);
    }
}

void Linker::take(const Sighting& owner, const Sighting& weak, LinkKind kind) {
    const Edge evidence{.kind = kind,
                        .source = event_.source(),
                        .position = work_.moment().position,
                        .time = time_};
    const auto weak_flags =
        static_cast<uint8_t>(kLinkWeak | (owner.space->person ? kLinkPerson : 0));
    const uint8_t strong_flags = weak.space->person ? kLinkPerson : 0;
    work_.add_edge(owner.identity, weak.identity, evidence, weak_flags, strong_flags);
    // What was refused before holds now.
    const auto forget_refusal = [this](IdentityId id, IdentityId other) {
        if (std::ranges::find(work_.read(id).refusals, other, &Refusal::other) ==
            work_.read(id).refusals.end()) {
            return;
        }
        std::erase_if(work_.change(id).refusals,
                      [other](const Refusal& refusal) { return refusal.other == other; });
    };
    forget_refusal(owner.identity, weak.identity);
    forget_refusal(weak.identity, owner.identity);

    const IdentityId owner_root = work_.read(owner.identity).root;
    const IdentityId weak_root = work_.read(weak.identity).root;
    if (owner_root != weak_root) work_.unite(owner_root, weak_root);
}

void Linker::refuse(const Sighting& owner, const Sighting& weak, Reason reason) {
    Refusal refusal{.other = owner.identity,
                    .reason = reason,
                    .source = event_.source(),
                    .count = 1,
                    .position = work_.moment().position,
                    .time = time_};
    refusal.flags = static_cast<uint8_t>(kLinkWeak | (owner.space->person ? kLinkPerson : 0));
    keep_refusal(weak.identity, refusal);
    refusal.other = weak.identity;
    refusal.flags = weak.space->person ? kLinkPerson : 0;
    keep_refusal(owner.identity, refusal);

    work_.out().facts.push_back({FactKind::Refused, reason, owner.identity, weak.identity});
    if (reason != Reason::Capped) return;
    const IdentityId root = work_.read(owner.identity).root;
    if (work_.read(root).has(kNodeCapped)) return;
    work_.change(root).flags |= kNodeCapped;
    work_.out().facts.push_back({FactKind::Capped, Reason::None, root, 0});
}

/// Keeps a refusal at one end: counted where it is the weaker, named once where it is the stronger.
void Linker::keep_refusal(IdentityId id, const Refusal& refusal) {
    const auto role = static_cast<uint8_t>(refusal.flags & kLinkWeak);
    const Node& node = work_.read(id);
    const auto known = find_refusal(node, refusal.other, role);
    if (known != node.refusals.end()) {
        if (role == 0 && known->reason == refusal.reason) return;
        const auto changed = find_refusal(work_.change(id), refusal.other, role);
        changed->reason = refusal.reason;
        if (role != 0) ++changed->count;
        return;
    }
    const auto kept = std::ranges::count_if(
        node.refusals, [role](const Refusal& other) { return (other.flags & kLinkWeak) == role; });
    if (static_cast<size_t>(kept) < kRefusalsMax) {
        work_.change(id).refusals.push_back(refusal);
    } else {
        ++work_.change(id).refusals_dropped;
    }
}

/// A value that was seen with more than kPersonsMax known people belongs to none of them.
void Linker::learn(const Sighting& owner, const Sighting& weak) {
    if (!owner.space->person) return;
    constexpr uint8_t kByPerson = kLinkWeak | kLinkPerson;
    const auto is_by_person = [](const auto& link) {
        return (link.flags & kByPerson) == kByPerson;
    };
    const Node& node = work_.read(weak.identity);
    const auto persons = std::ranges::count_if(node.edges, is_by_person) +
                         std::ranges::count_if(node.refusals, is_by_person);
    if (static_cast<size_t>(persons) <= kPersonsMax) return;

    const auto bytes = work_.slices(weak.identifier.key);
    if (!bytes) return;  // The read failed.
    Slices slices;
    slices.decode(*bytes);
    slices.is_generic = true;
    work_.put_slices(weak.identifier.key, slices);
    work_.change(weak.identity).flags |= kNodeGeneric;
    work_.out().facts.push_back({FactKind::LearnedGeneric, Reason::None, weak.identity, 0});
    withdraw_links(weak.identity);
}

/// Takes back every link of a value that names nobody, except those made by hand; each stays
/// visible as refused.
void Linker::withdraw_links(IdentityId id) {
    const std::vector<Edge> edges = work_.read(id).edges;
    for (const Edge& edge : edges) {
        if (edge.kind == LinkKind::ByHand) continue;
        const Node& other = work_.read(edge.other);
        const auto back = std::ranges::find(other.edges, id, &Edge::other);
        Refusal refusal{.other = edge.other,
                        .reason = Reason::Generic,
                        .flags = edge.flags,
                        .source = edge.source,
                        .count = 1,
                        .position = edge.position,
                        .time = edge.time};
        Refusal mirrored = refusal;
        mirrored.other = id;
        mirrored.flags = back == other.edges.end() ? uint8_t{0} : back->flags;
        work_.remove_edge(id, edge.other);
        keep_refusal(id, refusal);
        keep_refusal(edge.other, mirrored);
    }
    work_.part(work_.read(id).root);
}

}  // namespace throughline::identity
