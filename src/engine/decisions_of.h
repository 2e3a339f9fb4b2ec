// What people decided about an identity, also what holds no more.
//
// The graph keeps a decision on its nodes for as long as it holds: a link, a cannot-link. A split
// that was lifted, a merge that was undone and a pin that was taken off leave nothing there, so
// each decision is also noted under the identities it named: rows `d` identity position (both big
// endian) of the ordered table `search`, the value `d` where table `decisions` has it as a merge or
// split.
//
// Layer 6. Pure over the tables.
#pragma once

#include <vector>

#include "engine/view.h"
#include "identity/plan.h"

namespace throughline::engine {

/// Notes a merge, a split or a lift under all that it named. Errors: those of the reads.
Status note_decision(Tables& tables, identity::DecisionId id);
/// Notes a decision about one identity that is none of the graph's.
void note_about(Tables& tables, identity::IdentityId identity, model::Position position);

/// The latest merges and splits that named an identity, of its last `limit` decisions, newest
/// first.
Result<std::vector<identity::DecisionId>> decisions_of(const View& view,
                                                       identity::IdentityId identity, size_t limit);

/// Empties what people wrote about an identity when they decided on it, in decisions and audit: a
/// person is erased. Errors: those of the reads.
Status forget_reasons(Tables& tables, identity::IdentityId identity);

}  // namespace throughline::engine
