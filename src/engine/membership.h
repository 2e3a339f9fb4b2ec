// Who is in a segment, and which segments somebody is in: what readers ask of a view.
//
// Layer 6. Pure over a View. The list of members may be ahead of the view by an epoch.
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

/// Members above `after`, rising. Errors: of the read.
Result<std::vector<SegmentMember>> segment_members(const View& view, uint32_t segment,
                                                   identity::IdentityId after, size_t limit);

/// The keys of the segments that a person is in, rising. Errors: of the read.
Result<std::vector<std::string>> segments_of(const View& view, identity::IdentityId root);

}  // namespace throughline::engine
