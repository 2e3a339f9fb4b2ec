#include "identity/graph.h"

#include <algorithm>

#include "base/assert.h"
#include "identity/linker.h"
#include "identity/work.h"

namespace throughline::identity {

namespace {

using model::EventView;
using model::IdentifierView;

constexpr uint8_t kNeedsThought = model::kIdentifierPrevious | model::kIdentifierPreviousUser;

/// Looks whether an event says nothing new: then `out` is its answer and nothing is written.
/// Whatever is unusual is left to Linker, which decides the same by the rules.
Result<bool> is_settled(const Tables& tables, const EventView& event, Resolution& out) {
    const Micros time = event.time();
    const size_t count = event.identifier_count();
    for (size_t i = 0; i < count; ++i) {
        const IdentifierView identifier = event.identifier(i);
        if ((identifier.flags & kNeedsThought) != 0) return false;
        if ((identifier.flags & model::kIdentifierGeneric) != 0) continue;
        TL_TRY_ASSIGN(const auto record, tables.identifiers.get(identifier.key));
        if (!record) return false;
        const SlicesView slices(*record);
        if (slices.is_generic()) continue;
        const IdentityId identity = slices.at(slices.covering(time)).identity;
        TL_TRY_ASSIGN(const auto bytes, tables.identities.get(identity_key(identity)));
        if (!bytes) return false;
        const NodeView node(*bytes);
        const bool is_seen = node.first_seen() <= time && time - node.last_seen() < kLastSeenStep;
        const bool is_news =
            (identifier.flags & model::kIdentifierVerified) != 0 && !node.has(kNodeVerified);
        if (!is_seen || is_news || node.has(kNodeErased)) return false;
        if (out.identity == 0) {
            out.identity = identity;
            out.root = out.root_before = node.root();
        } else if (identity != out.identity) {
            if (!node.has_edge_to(out.identity)) return false;
            out.companions.push_back(identity);
        }
    }
    return out.identity != 0;
}

}  // namespace

void Resolution::clear() {
    identity = root = root_before = 0;
    companions.clear();
    facts.clear();
    roots.clear();
}

IdentityGraph::IdentityGraph(const Tables& tables, const SecretKey& secret, IdentityId next)
    : work_(std::make_unique<Work>(tables, secret, next)) {
    TL_ASSERT(next > 0);
}

IdentityGraph::~IdentityGraph() = default;

void IdentityGraph::set_namespaces(const model::Namespaces& spaces) {
    work_->set_spaces(spaces);
}

Status IdentityGraph::resolve(const Moment& moment, const EventView& event, AliasPolicy policy,
                              Resolution& out) {
    out.clear();
    TL_TRY_ASSIGN(const bool settled, is_settled(work_->tables(), event, out));
    if (settled) return Status::ok();
    out.clear();
    work_->begin(moment, out);
    Linker(*work_, event, policy).run();
    TL_TRY(work_->finish());
    return take_companions(event, out);
}

Result<Outlook> IdentityGraph::look_ahead(const EventView& event) {
    ahead_.clear();
    TL_TRY_ASSIGN(const bool settled, is_settled(work_->tables(), event, ahead_));
    Outlook outlook;
    if (!settled || ahead_.companions.size() > Outlook::kCompanionsMax) return outlook;
    outlook.identity = ahead_.identity;
    outlook.root = ahead_.root;
    outlook.companion_count = static_cast<uint32_t>(ahead_.companions.size());
    std::ranges::copy(ahead_.companions, outlook.companions.begin());
    return outlook;
}

void IdentityGraph::resolve(const Outlook& outlook, Resolution& out) {
    TL_ASSERT(outlook.identity != 0);
    out.clear();
    out.identity = outlook.identity;
    out.root = out.root_before = outlook.root;
    out.companions.assign(outlook.companions.begin(),
                          outlook.companions.begin() + outlook.companion_count);
}

uint64_t IdentityGraph::changes() const {
    return work_->records();
}

// After linking, as that may have opened a slice.
Status IdentityGraph::take_companions(const EventView& event, Resolution& out) {
    constexpr uint8_t kNoLink = model::kIdentifierGeneric | model::kIdentifierPreviousUser;
    for (size_t i = 0; event.identifier_count() > 1 && i < event.identifier_count(); ++i) {
        const IdentifierView identifier = event.identifier(i);
        if ((identifier.flags & kNoLink) != 0) continue;
        TL_TRY_ASSIGN(const auto record, work_->tables().identifiers.get(identifier.key));
        if (!record) continue;
        const SlicesView slices(*record);
        if (slices.size() == 0 || slices.is_generic()) continue;
        const IdentityId other = slices.at(slices.covering(event.time())).identity;
        if (other != out.identity) out.companions.push_back(other);
    }
    return Status::ok();
}

void IdentityGraph::identifier_keys(const EventView& event, std::vector<Key128>& out) {
    for (size_t i = 0; i < event.identifier_count(); ++i) out.push_back(event.identifier(i).key);
}

Status IdentityGraph::identity_keys(const EventView& event, std::vector<Key128>& out) {
    for (size_t i = 0; i < event.identifier_count(); ++i) {
        TL_TRY_ASSIGN(const auto record, work_->tables().identifiers.get(event.identifier(i).key));
        if (!record) continue;
        const SlicesView slices(*record);
        out.push_back(identity_key(slices.at(slices.covering(event.time())).identity));
    }
    return Status::ok();
}

Status IdentityGraph::root_keys(const EventView& event, std::vector<Key128>& out) {
    std::vector<Key128>& nodes = scratch_;
    nodes.clear();
    TL_TRY(identity_keys(event, nodes));
    const bool has_strangers = nodes.size() < event.identifier_count();
    IdentityId owner = 0;
    bool is_linked = !has_strangers;
    const size_t before = out.size();
    for (const Key128& key : nodes) {
        TL_TRY_ASSIGN(const auto bytes, work_->tables().identities.get(key));
        if (!bytes) continue;
        const NodeView node(*bytes);
        const auto id = static_cast<IdentityId>(key.low);
        if (owner == 0) owner = id;
        is_linked = is_linked && (id == owner || node.has_edge_to(owner));
        out.push_back(identity_key(node.root()));
    }
    if (is_linked) out.resize(before);
    return Status::ok();
}

Status IdentityGraph::member_keys(std::span<const Key128> roots, std::vector<Key128>& out) {
    for (const Key128& root : roots) {
        TL_TRY_ASSIGN(const auto bytes, work_->tables().identities.get(root));
        if (!bytes) continue;
        const NodeView node(*bytes);
        for (size_t i = 0; i < node.member_count(); ++i) {
            out.push_back(identity_key(node.member(i)));
        }
    }
    return Status::ok();
}

IdentityId IdentityGraph::next_identity() const {
    return work_->next();
}

}  // namespace throughline::identity
