#include "identity/work.h"

#include <algorithm>

#include "base/assert.h"
#include "identity/components.h"

namespace throughline::identity {

void Work::begin(const Moment& moment, Resolution& out) {
    ++records_;
    moment_ = moment;
    out_ = &out;
    used_ = 0;
    by_id_.clear();
}

Status Work::finish() {
    if (!failure_.is_ok()) return failure_;
    for (size_t i = 0; i < used_; ++i) {
        const Entry& entry = *entries_[i];
        if (!entry.is_changed) continue;
        entry.node.encode(bytes_);
        tables_.identities.put(identity_key(entry.id), bytes_);
    }
    return Status::ok();
}

Work::Entry& Work::take_entry(IdentityId id) {
    if (used_ == entries_.size()) entries_.push_back(std::make_unique<Entry>());
    Entry& entry = *entries_[used_++];
    entry.id = id;
    entry.is_changed = false;
    by_id_[id] = &entry;
    return entry;
}

Work::Entry& Work::find(IdentityId id) {
    if (const auto known = by_id_.find(id); known != by_id_.end()) return *known->second;
    Entry& entry = take_entry(id);
    entry.node = Node{};
    const auto bytes = tables_.identities.get(identity_key(id));
    if (!bytes.is_ok()) {
        failure_ = bytes.error();
    } else if (!*bytes) {
        failure_ = Error::corrupt("identity: identities: no record of an identity in use");
    } else {
        entry.node.decode(**bytes);
    }
    return entry;
}

Node& Work::change(IdentityId id) {
    Entry& entry = find(id);
    entry.is_changed = true;
    return entry.node;
}

IdentityId Work::create(const Node& node) {
    const IdentityId id = next_++;
    TL_ASSERT(id != 0);  // 32 bits of identities in one partition are used up.
    tables_.identities.add_absent(identity_key(id));
    Entry& entry = take_entry(id);
    entry.node = node;
    entry.node.root = id;
    entry.is_changed = true;
    out_->facts.push_back({FactKind::Created, Reason::None, id, 0});
    out_->roots.push_back({id, id});
    return id;
}

std::optional<std::string_view> Work::slices(const Key128& key) {
    const auto bytes = tables_.identifiers.get(key);
    if (bytes.is_ok()) return *bytes;
    failure_ = bytes.error();
    return {};
}

void Work::put_slices(const Key128& key, const Slices& slices) {
    // After a failed read nothing may be written: the record is folded again after a restart.
    if (!failure_.is_ok()) return;
    slices.encode(bytes_);
    tables_.identifiers.put(key, bytes_);
}

Members Work::members(IdentityId root) {
    const Node& node = read(root);
    return node.members.empty() ? Members{root} : node.members;
}

void Work::set_root(IdentityId id, IdentityId root) {
    if (read(id).root == root) return;
    change(id).root = root;
    out_->roots.push_back({id, root});
}

void Work::make_profile(const Members& members) {
    for (const IdentityId id : members) {
        set_root(id, members.front());
        const bool lists_members = id == members.front() && members.size() > 1;
        if (lists_members) {
            change(id).members = members;
        } else if (!read(id).members.empty()) {
            change(id).members.clear();
        }
    }
}

void Work::unite(IdentityId root_a, IdentityId root_b) {
    TL_ASSERT(root_a != root_b);
    const Members a = members(root_a);
    const Members b = members(root_b);
    Members both;
    both.reserve(a.size() + b.size());
    std::ranges::merge(a, b, std::back_inserter(both));

    constexpr uint8_t kOfRoot = kNodeCapped | kNodeHasCannot;
    const auto marks = static_cast<uint8_t>((read(root_a).flags | read(root_b).flags) & kOfRoot);
    const IdentityId survivor = std::min(root_a, root_b);
    const IdentityId absorbed = std::max(root_a, root_b);
    make_profile(both);
    if (marks != 0) {
        change(survivor).flags |= marks;
        change(absorbed).flags &= static_cast<uint8_t>(~kOfRoot);
    }
    out_->facts.push_back({FactKind::Joined, Reason::None, root_a, root_b});
}

void Work::part(IdentityId root) {
    const Members all = members(root);
    std::vector<EdgeEnds> edges;
    for (const IdentityId id : all) {
        for (const Edge& edge : read(id).edges) {
            if (id < edge.other) edges.push_back({id, edge.other});
        }
    }
    const bool has_cannot = read(root).has(kNodeHasCannot);
    const std::vector<Members> profiles = components(all, edges);
    for (const Members& profile : profiles) {
        const IdentityId first = profile.front();
        make_profile(profile);
        if (first == root) continue;
        if (has_cannot) change(first).flags |= kNodeHasCannot;
        out_->facts.push_back({FactKind::Parted, Reason::None, root, first});
    }
    if (profiles.size() > 1 && read(root).has(kNodeCapped)) {
        change(root).flags &= static_cast<uint8_t>(~kNodeCapped);
    }
}

void Work::add_edge(IdentityId strong, IdentityId weak, const Edge& evidence, uint8_t weak_flags,
                    uint8_t strong_flags) {
    Edge edge = evidence;
    edge.other = strong;
    edge.flags = weak_flags;
    change(weak).edges.push_back(edge);
    edge.other = weak;
    edge.flags = strong_flags;
    change(strong).edges.push_back(edge);
}

void Work::remove_edge(IdentityId a, IdentityId b) {
    std::erase_if(change(a).edges, [b](const Edge& edge) { return edge.other == b; });
    std::erase_if(change(b).edges, [a](const Edge& edge) { return edge.other == a; });
}

Status Work::node(IdentityId id, Node& out) const {
    if (const auto known = by_id_.find(id); known != by_id_.end()) {
        out = known->second->node;
        return Status::ok();
    }
    TL_TRY_ASSIGN(const auto bytes, tables_.identities.get(identity_key(id)));
    if (!bytes) return Error::not_found("identity: no such profile");
    out.decode(*bytes);
    return Status::ok();
}

Status Work::decision(DecisionId id, Decision& out) const {
    return read_decision(tables_.decisions, id, out);
}

void Work::put_decision(const Decision& decision) {
    decision.encode(bytes_);
    tables_.decisions.put(decision_key(decision.id), bytes_);
}

const model::Namespace& Work::space(model::NamespaceId id) const {
    static const model::Namespace kUnknown{};  // One that the settings no longer name.
    const model::Namespace* space = spaces_->find(id);
    return space == nullptr ? kUnknown : *space;
}

}  // namespace throughline::identity
