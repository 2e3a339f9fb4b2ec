// Who is in a segment, and which segments somebody is in.
//
// Table `members`, written by the fold: {segment, page} to a set of roots, one bit each, the page's
// first identity in the lowest bit of the first byte; zero bytes at the end are left out. So that
// one is in costs a bit, and a question that asks for a segment looks at bits.
//
// Layer 6. Readers: pure over a View. Cost: of a page of 4,096 identities a read; of a member
// listed a read of her acts. The fold's: a copy of the page.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "engine/view.h"
#include "identity/node.h"

namespace throughline::engine {

struct SegmentMember {
    identity::IdentityId root = 0;
    Micros since = 0;
};

struct SegmentStay {
    std::string key;  // Of the segment.
    Micros since = 0;
};

/// Errors: of the read.
Result<bool> is_member(const View& view, uint32_t segment, identity::IdentityId root);

struct MemberRange {
    uint32_t segment = 0;
    identity::IdentityId after = 0;
    identity::IdentityId end = 0;  // No identity is above.
};

/// Roots above `after` and up to `end`, rising, at least `limit` of them if there are so many.
/// Errors: of the reads.
Result<std::vector<identity::IdentityId>> member_ids(const Tables& tables,
                                                     const store::Epochs::Pin& pin,
                                                     const MemberRange& range, size_t limit);

/// The same of the record in hand, for the fold.
Result<std::vector<identity::IdentityId>> member_ids(store::StateTable& members,
                                                     const MemberRange& range, size_t limit);

/// Members above `after`, rising. Errors: of the reads.
Result<std::vector<SegmentMember>> segment_members(const View& view, uint32_t segment,
                                                   identity::IdentityId after, size_t limit);

/// The segments that a person is in, by rising key. Errors: of the read.
Result<std::vector<SegmentStay>> segments_of(const View& view, identity::IdentityId root);

// Rows, for the fold.

/// Errors: of the read.
Status put_member(store::StateTable& members, uint32_t segment, identity::IdentityId root);
Status drop_member(store::StateTable& members, uint32_t segment, identity::IdentityId root);
/// Empties a segment. `end`: no identity is above. Cost: a read for each 4,096 identities.
Status drop_members(store::StateTable& members, uint32_t segment, identity::IdentityId end);

}  // namespace throughline::engine
