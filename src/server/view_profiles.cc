#include "server/view_profiles.h"

#include <algorithm>
#include <limits>

#include "engine/membership.h"
#include "identity/node.h"
#include "model/normalise.h"
#include "profile/golden_record.h"

namespace throughline::server {

using engine::View;
using identity::IdentityId;
using model::DocView;
using model::DocWriter;

namespace {

/// The identities of a person; none when she is no more.
Result<std::vector<IdentityId>> members_of(const View& view, IdentityId root) {
    TL_TRY_ASSIGN(const auto bytes,
                  view.tables.identities.read(identity::identity_key(root), view.pin));
    std::vector<IdentityId> members;
    if (!bytes) return members;
    const identity::NodeView node(*bytes);
    if (node.has(identity::kNodeErased)) return members;
    // Merged away while the question runs: she is whom she belongs to now.
    if (node.root() != root) return members_of(view, node.root());
    for (size_t i = 0; i < node.member_count(); ++i) members.push_back(node.member(i));
    if (members.empty()) members.push_back(root);
    return members;
}

Status read_traits(const View& view, const std::vector<IdentityId>& members,
                   const std::vector<std::string>& wanted, std::string& out) {
    profile::GoldenRecord record;
    for (const IdentityId member : members) {
        TL_TRY_ASSIGN(const auto bytes,
                      view.tables.leaves.read(identity::identity_key(member), view.pin));
        if (!bytes) continue;
        TL_TRY_ASSIGN(profile::Leaf leaf, profile::Leaf::decode(*bytes));
        for (profile::TraitEntry& entry : leaf.traits) {
            if (std::ranges::find(wanted, entry.name) == wanted.end()) continue;
            record.traits[entry.name].push_back(std::move(entry));
        }
    }
    DocWriter writer(out);
    const size_t mark = writer.open_object();
    for (const auto& [name, entries] : record.traits) {
        const auto value = profile::trait_doc(record, name, view.settings->survivorship(),
                                              view.settings->source_names());
        if (!value) continue;
        writer.key(name);
        writer.copy(DocView(*value));
    }
    writer.close(mark);
    return Status::ok();
}

Status read_identifiers(const View& view, const std::vector<IdentityId>& members,
                        const std::vector<std::string>& wanted, std::string& out) {
    std::vector<std::vector<std::string>> values(wanted.size());
    for (const IdentityId member : members) {
        TL_TRY_ASSIGN(const auto bytes,
                      view.tables.identities.read(identity::identity_key(member), view.pin));
        if (!bytes) continue;
        const identity::NodeView node(*bytes);
        const model::Namespace* space = view.settings->namespaces().find(node.space());
        if (space == nullptr || node.has(identity::kNodeErased)) continue;
        const auto place = std::ranges::find(wanted, space->key);
        if (place == wanted.end()) continue;
        values[static_cast<size_t>(place - wanted.begin())].emplace_back(node.value());
    }
    DocWriter writer(out);
    const size_t mark = writer.open_object();
    for (size_t i = 0; i < wanted.size(); ++i) {
        writer.key(wanted[i]);
        const size_t list = writer.open_array();
        for (const std::string& value : values[i]) writer.string(value);
        writer.close(list);
    }
    writer.close(mark);
    return Status::ok();
}

}  // namespace

Result<std::optional<std::string>> ViewProfiles::normalised(std::string_view space,
                                                            std::string_view value) const {
    const auto settings = engine_.settings();
    const model::Namespace* const found = settings->namespaces().find(space);
    if (found == nullptr) {
        return Error::invalid("query: where: identifier: there is no namespace " +
                              std::string(space));
    }
    return model::normalise(found->normaliser, value, "");
}

Status ViewProfiles::read(uint32_t root, const query::ProfileWants& wants,
                          query::ProfileFacts& out) const {
    const View view = engine_.view();
    TL_TRY_ASSIGN(const auto members, members_of(view, IdentityId{root}));
    out.traits.clear();
    out.identifiers.clear();
    if (!wants.traits.empty()) TL_TRY(read_traits(view, members, wants.traits, out.traits));
    if (wants.namespaces.empty()) return Status::ok();
    return read_identifiers(view, members, wants.namespaces, out.identifiers);
}

Status ViewProfiles::members(std::string_view segment,
                             const std::function<void(uint32_t root)>& tell) const {
    const View view = engine_.view();
    const std::string place = "query: where: segment: ";
    const engine::LiveSegment* const live = view.settings->segments().find(segment);
    if (live == nullptr)
        return Error::invalid(place + "no segment has the key " + std::string(segment));
    const auto state = view.state.segments.find(live->id);
    if (state != view.state.segments.end() && state->second.phase != engine::SegmentPhase::Live) {
        return Error::precondition(place + std::string(segment) +
                                   " is still being built: ask again when it is live");
    }
    const engine::MemberRange all{.segment = live->id, .end = view.state.next_identity};
    TL_TRY_ASSIGN(const auto roots, engine::member_ids(view.tables, view.pin, all,
                                                       std::numeric_limits<size_t>::max()));
    for (const IdentityId root : roots) tell(root);
    return Status::ok();
}

}  // namespace throughline::server
