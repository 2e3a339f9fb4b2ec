#include "engine/membership.h"

#include <algorithm>

#include "base/bytes.h"
#include "engine/person_acts.h"

namespace throughline::engine {

using identity::IdentityId;

Result<std::vector<SegmentMember>> segment_members(const View& view, uint32_t segment,
                                                   IdentityId after, size_t limit) {
    store::KeyRange range = store::KeyRange::prefix(member_row_prefix(segment));
    if (after > 0) range.from = member_row_key(segment, after) + '\0';
    TL_TRY_ASSIGN(const auto rows, view.tables.members.scan(range, limit));
    std::vector<SegmentMember> members;
    for (const auto& [key, value] : rows) {
        if (value.size() != sizeof(Micros)) return Error::corrupt("engine: members: damaged");
        members.push_back({member_of_row_key(key), load<Micros>(value.data())});
    }
    return members;
}

Result<std::vector<std::string>> segments_of(const View& view, IdentityId root) {
    std::vector<std::string> keys;
    if (view.settings->segments().empty()) return keys;
    TL_TRY_ASSIGN(const auto bytes, view.tables.acts.read(identity::identity_key(root), view.pin));
    segment::Acts acts;
    TL_TRY(acts.decode(bytes.value_or("")));
    for (const segment::Standing& standing : acts.standings()) {
        const LiveSegment* const live = view.settings->segments().find(standing.segment);
        if (standing.is_listed && live != nullptr) keys.push_back(live->key);
    }
    std::ranges::sort(keys);
    return keys;
}

}  // namespace throughline::engine
