#include "engine/person_facts.h"

#include <algorithm>

#include "profile/golden_record.h"

namespace throughline::engine {

using identity::IdentityId;
using model::DocView;
using model::DocWriter;

Result<IdentityId> root_of_identity(Tables& tables, IdentityId id) {
    TL_TRY_ASSIGN(const auto bytes, tables.identities.get(identity::identity_key(id)));
    if (!bytes) return IdentityId{0};
    const identity::NodeView node(*bytes);
    return node.has(identity::kNodeErased) ? IdentityId{0} : node.root();
}

Status PersonFacts::load(IdentityId root) {
    count_ = 0;
    has_profile_ = false;
    items_.clear();
    status_ = Status::ok();
    TL_TRY(add_member(root));
    TL_TRY_ASSIGN(const auto bytes, tables_.identities.get(identity::identity_key(root)));
    TL_ASSERT(bytes);
    const identity::NodeView node(*bytes);
    for (size_t i = 0; i < node.member_count(); ++i) {
        if (node.member(i) != root) TL_TRY(add_member(node.member(i)));
    }
    return Status::ok();
}

Status PersonFacts::add_member(IdentityId id) {
    if (count_ == members_.size()) members_.emplace_back();
    MemberActs& member = members_[count_++];
    TL_TRY_ASSIGN(const auto bytes, tables_.acts.get(identity::identity_key(id)));
    member.id = id;
    member.has_row = bytes.has_value();
    member.is_changed = false;
    return member.acts.decode(bytes.value_or(std::string_view{}));
}

MemberActs& PersonFacts::member(IdentityId id) {
    const auto found = std::ranges::find(members(), id, &MemberActs::id);
    TL_ASSERT(found != members().end());
    return *found;
}

void PersonFacts::release() {
    store();
    count_ = 0;
}

void PersonFacts::store() {
    for (MemberActs& member : members()) {
        if (!member.is_changed) continue;
        member.is_changed = false;
        const Key128 key = identity::identity_key(member.id);
        const bool is_empty = member.acts.is_empty();
        if (is_empty && member.has_row) tables_.acts.erase(key);
        if (!is_empty) {
            member.acts.encode(bytes_);
            tables_.acts.put(key, bytes_);
        }
        member.has_row = !is_empty;
    }
}

std::span<const Micros> PersonFacts::times(const segment::Deed& deed) {
    if (count_ == 1) return members_[0].acts.times(deed.number);
    lists_.clear();
    for (const MemberActs& member : members()) {
        const auto list = member.acts.times(deed.number);
        if (!list.empty()) lists_.push_back(list);
    }
    if (lists_.empty()) return {};
    if (lists_.size() == 1) return lists_[0];
    segment::merge_times(lists_, deed.kept, merged_);
    return merged_;
}

const query::ProfileFacts& PersonFacts::profile() {
    if (has_profile_) return profile_;
    has_profile_ = true;
    profile_.traits.clear();
    profile_.identifiers.clear();
    if (status_) status_ = read_profile();
    return profile_;
}

// The list of members names roots.
bool PersonFacts::is_in(std::string_view segment) {
    const LiveSegment* const live = settings_->segments().find(segment);
    if (live == nullptr) return false;
    const segment::Standing* const standing = root().acts.standing(live->id);
    return standing != nullptr && standing->is_listed;
}

std::span<const std::string> PersonFacts::items(const query::AskedItems& asked) {
    TL_ASSERT(start_ != nullptr);
    const catalog::Type* const type = settings_->catalog(asked.catalog);
    if (type == nullptr || !status_) return {};
    identities_.clear();
    for (const MemberActs& member : members()) identities_.push_back(member.id);
    const auto found = items_.find(asked, *type, {.identities = identities_, .start = *start_});
    if (found) return *found;
    status_ = found.error();
    return {};
}

Status PersonFacts::read_profile() {
    if (!wants_->traits.empty()) {
        TL_TRY(settle_leaves_());
        TL_TRY(read_traits());
    }
    return wants_->namespaces.empty() ? Status::ok() : read_identifiers();
}

Status PersonFacts::read_traits() {
    const std::vector<std::string>& wanted = wants_->traits;
    profile::GoldenRecord record;
    for (const MemberActs& member : members()) {
        TL_TRY_ASSIGN(const auto bytes, tables_.leaves.get(identity::identity_key(member.id)));
        if (!bytes) continue;
        TL_TRY_ASSIGN(profile::Leaf leaf, profile::Leaf::decode(*bytes));
        for (profile::TraitEntry& entry : leaf.traits) {
            if (std::ranges::find(wanted, entry.name) == wanted.end()) continue;
            record.traits[entry.name].push_back(std::move(entry));
        }
    }
    DocWriter out(profile_.traits);
    const size_t mark = out.open_object();
    for (const auto& [name, entries] : record.traits) {
        const auto value =
            profile::trait_doc(record, name, settings_->survivorship(), settings_->source_names());
        if (!value) continue;
        out.key(name);
        out.copy(DocView(*value));
    }
    out.close(mark);
    return Status::ok();
}

Status PersonFacts::read_identifiers() {
    DocWriter out(profile_.identifiers);
    const size_t mark = out.open_object();
    for (const std::string& wanted : wants_->namespaces) {
        const model::Namespace* const space = settings_->namespaces().find(wanted);
        if (space == nullptr) continue;
        out.key(wanted);
        const size_t list = out.open_array();
        for (const MemberActs& member : members()) {
            TL_TRY_ASSIGN(const auto bytes,
                          tables_.identities.get(identity::identity_key(member.id)));
            if (!bytes) continue;
            const identity::NodeView node(*bytes);
            const bool is_of_it = node.space() == space->id && !node.has(identity::kNodeErased);
            if (is_of_it) out.string(node.value());
        }
        out.close(list);
    }
    out.close(mark);
    return Status::ok();
}

}  // namespace throughline::engine
