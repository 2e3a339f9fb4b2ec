#include "engine/membership.h"

#include <algorithm>
#include <bit>

#include "segment/acts.h"

namespace throughline::engine {

using identity::IdentityId;

namespace {

constexpr uint32_t kPageIdentities = 4096;

Key128 page_key(uint32_t segment, uint32_t page) {
    return {.high = segment, .low = page};
}

uint32_t page_of(IdentityId id) {
    return id / kPageIdentities;
}

// The place of an identity in its page.
struct BitPlace {
    size_t byte;
    uint8_t bit;
};
BitPlace place_of(IdentityId id) {
    const uint32_t place = id % kPageIdentities;
    return {place / 8, static_cast<uint8_t>(1U << place % 8)};
}

/// Appends the identities of a page that are at `from` or above.
void append_ids(std::string_view bits, uint32_t page, IdentityId from,
                std::vector<IdentityId>& ids) {
    for (size_t byte = 0; byte < bits.size(); ++byte) {
        const auto first = static_cast<IdentityId>(page * kPageIdentities + byte * 8);
        for (auto rest = static_cast<uint8_t>(bits[byte]); rest != 0;) {
            const auto id = first + static_cast<IdentityId>(std::countr_zero(rest));
            if (id >= from) ids.push_back(id);
            rest = static_cast<uint8_t>(rest & (rest - 1));
        }
    }
}

/// `read` gives the bits of a page, or nothing.
template <typename Read>
Result<std::vector<IdentityId>> collect_ids(const MemberRange& range, size_t limit, Read&& read) {
    std::vector<IdentityId> ids;
    const uint32_t last = page_of(range.end);
    for (uint32_t page = page_of(range.after + 1); page <= last && ids.size() < limit; ++page) {
        TL_TRY_ASSIGN(const auto bits, read(page_key(range.segment, page)));
        if (bits) append_ids(*bits, page, range.after + 1, ids);
    }
    return ids;
}

Result<Micros> member_since(const View& view, uint32_t segment, IdentityId root) {
    TL_TRY_ASSIGN(const auto bytes, view.tables.acts.read(identity::identity_key(root), view.pin));
    segment::Acts acts;
    TL_TRY(acts.decode(bytes.value_or("")));
    const segment::Standing* const standing = acts.standing(segment);
    if (standing == nullptr) return Error::corrupt("engine: members: one that does not know it");
    return standing->since;
}

}  // namespace

Result<bool> is_member(const View& view, uint32_t segment, IdentityId root) {
    TL_TRY_ASSIGN(const auto bits,
                  view.tables.members.read(page_key(segment, page_of(root)), view.pin));
    const BitPlace place = place_of(root);
    return bits && place.byte < bits->size() &&
           (static_cast<uint8_t>((*bits)[place.byte]) & place.bit) != 0;
}

Result<std::vector<IdentityId>> member_ids(const Tables& tables, const store::Epochs::Pin& pin,
                                           const MemberRange& range, size_t limit) {
    return collect_ids(range, limit,
                       [&](const Key128& page) { return tables.members.read(page, pin); });
}

Result<std::vector<IdentityId>> member_ids(store::StateTable& members, const MemberRange& range,
                                           size_t limit) {
    return collect_ids(range, limit, [&](const Key128& page) { return members.get(page); });
}

Result<std::vector<SegmentMember>> segment_members(const View& view, uint32_t segment,
                                                   IdentityId after, size_t limit) {
    const MemberRange range{.segment = segment, .after = after, .end = view.state.next_identity};
    TL_TRY_ASSIGN(const auto ids, member_ids(view.tables, view.pin, range, limit));
    std::vector<SegmentMember> members;
    for (const IdentityId id : ids) {
        if (members.size() == limit) break;
        TL_TRY_ASSIGN(const Micros since, member_since(view, segment, id));
        members.push_back({id, since});
    }
    return members;
}

Result<std::vector<SegmentStay>> segments_of(const View& view, IdentityId root) {
    std::vector<SegmentStay> stays;
    if (view.settings->segments().empty()) return stays;
    TL_TRY_ASSIGN(const auto bytes, view.tables.acts.read(identity::identity_key(root), view.pin));
    segment::Acts acts;
    TL_TRY(acts.decode(bytes.value_or("")));
    for (const segment::Standing& standing : acts.standings()) {
        const LiveSegment* const live = view.settings->segments().find(standing.segment);
        if (standing.is_listed && live != nullptr) stays.push_back({live->key, standing.since});
    }
    std::ranges::sort(stays, {}, &SegmentStay::key);
    return stays;
}

Status put_member(store::StateTable& members, uint32_t segment, IdentityId root) {
    const Key128 key = page_key(segment, page_of(root));
    const BitPlace place = place_of(root);
    TL_TRY_ASSIGN(const auto standing, members.get(key));
    std::string bits(standing.value_or(std::string_view{}));
    if (bits.size() <= place.byte) bits.resize(place.byte + 1);
    bits[place.byte] = static_cast<char>(bits[place.byte] | place.bit);
    members.put(key, bits);
    return Status::ok();
}

Status drop_member(store::StateTable& members, uint32_t segment, IdentityId root) {
    const Key128 key = page_key(segment, page_of(root));
    const BitPlace place = place_of(root);
    TL_TRY_ASSIGN(const auto standing, members.get(key));
    std::string bits(standing.value_or(std::string_view{}));
    TL_ASSERT(place.byte < bits.size());
    bits[place.byte] = static_cast<char>(bits[place.byte] & ~place.bit);
    while (!bits.empty() && bits.back() == '\0') bits.pop_back();
    bits.empty() ? members.erase(key) : members.put(key, bits);
    return Status::ok();
}

Status drop_members(store::StateTable& members, uint32_t segment, IdentityId end) {
    std::vector<Key128> keys;
    for (uint32_t page = 0; page <= page_of(end); ++page) keys.push_back(page_key(segment, page));
    TL_TRY(members.prefetch(keys));
    for (const Key128& key : keys) {
        TL_TRY_ASSIGN(const auto standing, members.get(key));
        if (standing) members.erase(key);
    }
    return Status::ok();
}

}  // namespace throughline::engine
