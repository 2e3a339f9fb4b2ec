// What people decide about the graph: merge, split, lift, forget.
#include <algorithm>

#include "identity/graph.h"
#include "identity/work.h"

namespace throughline::identity {

namespace {

Decision decision_of(DecisionKind kind, const Moment& moment, const Author& author) {
    Decision decision;
    decision.id = moment.position;
    decision.kind = kind;
    decision.stamp = moment.stamp;
    decision.actor = author.actor;
    decision.reason = author.reason;
    return decision;
}

/// Takes the cannot-link of a split off its identities. Requires: it is not lifted.
void lift_split(Work& work, Decision& split) {
    for (const Members& side : {split.left, split.right}) {
        for (const IdentityId id : side) {
            std::erase_if(work.change(id).cannot,
                          [&split](const CannotLink& link) { return link.decision == split.id; });
        }
    }
    split.is_lifted = true;
    split.lifted_by = work.moment().position;
    work.put_decision(split);
}

void keep_apart(Work& work, const Members& side, const CannotLink& link) {
    for (const IdentityId id : side) {
        work.change(id).cannot.push_back(link);
        work.change(work.read(id).root).flags |= kNodeHasCannot;
    }
}

/// Empties what people wrote about the identity when they decided on it.
Status forget_reasons(Work& work, const Node& node) {
    std::vector<DecisionId> ids;
    for (const CannotLink& link : node.cannot) ids.push_back(link.decision);
    for (const Edge& edge : node.edges) {
        if (edge.kind == LinkKind::ByHand) ids.push_back(edge.position);
    }
    for (const DecisionId id : ids) {
        Decision decision;
        TL_TRY(work.decision(id, decision));
        if (decision.reason.empty()) continue;
        decision.reason.clear();
        work.put_decision(decision);
    }
    return Status::ok();
}

/// Frees the identifier of an identity that has just become a tombstone, unless others had it.
void free_identifier(Work& work, model::NamespaceId space, std::string_view value) {
    const Key128 key = model::identifier_key(work.secret(), space, value);
    const auto bytes = work.slices(key);
    if (!bytes) return;
    const SlicesView view(*bytes);
    for (size_t i = 0; i < view.size(); ++i) {
        if (!work.read(view.at(i).identity).has(kNodeErased)) return;
    }
    work.erase_slices(key);
}

}  // namespace

Result<MergePlan> IdentityGraph::merge(const Moment& moment, IdentityId a, IdentityId b,
                                       const Author& author, Resolution& out) {
    out.clear();
    work_->begin(moment, out);
    TL_TRY_ASSIGN(MergePlan plan, plan_merge(*work_, work_->spaces(), a, b));
    for (const DecisionId id : plan.lifts) {
        Decision split;
        TL_TRY(work_->decision(id, split));
        lift_split(*work_, split);
    }
    Decision decision = decision_of(DecisionKind::Merge, moment, author);
    decision.left = {a};
    decision.right = {b};
    decision.lifts = plan.lifts;
    work_->put_decision(decision);
    const Edge evidence{
        .kind = LinkKind::ByHand, .position = moment.position, .time = moment.stamp};
    work_->add_edge(a, b, evidence, 0, 0);
    work_->unite(work_->read(a).root, work_->read(b).root);
    TL_TRY(work_->finish());
    return plan;
}

Result<SplitPlan> IdentityGraph::split(const Moment& moment, std::span<const IdentityId> part,
                                       const Author& author, Resolution& out) {
    out.clear();
    work_->begin(moment, out);
    TL_TRY_ASSIGN(SplitPlan plan, plan_split(*work_, part));
    for (const EdgeEnds& edge : plan.removed) work_->remove_edge(edge.a, edge.b);
    work_->part(plan.before);
    keep_apart(*work_, plan.part, {moment.position, 0});
    keep_apart(*work_, plan.rest, {moment.position, 1});
    Decision decision = decision_of(DecisionKind::Split, moment, author);
    decision.left = plan.part;
    decision.right = plan.rest;
    work_->put_decision(decision);
    TL_TRY(work_->finish());
    return plan;
}

Status IdentityGraph::lift(const Moment& moment, DecisionId split, const Author& author) {
    Resolution out;
    work_->begin(moment, out);
    Decision lifted;
    TL_TRY(work_->decision(split, lifted));
    if (lifted.kind != DecisionKind::Split) {
        return Error::precondition("identity: lift: only a split can be lifted");
    }
    if (lifted.is_lifted) return Error::precondition("identity: lift: it is lifted already");
    lift_split(*work_, lifted);
    Decision decision = decision_of(DecisionKind::Lift, moment, author);
    decision.lifts = {split};
    work_->put_decision(decision);
    return work_->finish();
}

Status IdentityGraph::forget(IdentityId profile, Resolution& out) {
    out.clear();
    work_->begin({}, out);
    Node any;
    TL_TRY(work_->node(profile, any));
    if (any.has(kNodeErased)) return Error::not_found("identity: no such profile");
    for (const IdentityId id : work_->members(any.root)) {
        const Node node = work_->read(id);
        TL_TRY(forget_reasons(*work_, node));
        Node tombstone;
        tombstone.flags = kNodeErased;
        tombstone.root = id;
        work_->change(id) = tombstone;
        free_identifier(*work_, node.space, node.value);
        out.roots.push_back({id, id});
    }
    return work_->finish();
}

}  // namespace throughline::identity
