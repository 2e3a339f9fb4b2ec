// Connected components: what hangs together.
//
// Layer 2. Pure. Cost: O((members + edges) log members).
#pragma once

#include <span>
#include <vector>

#include "identity/plan.h"

namespace throughline::identity {

/// Returns the components of `members` under `edges`, each ascending, in order of their first.
///
/// Requires: members ascending and distinct, both ends of each edge among them.
std::vector<Members> components(const Members& members, std::span<const EdgeEnds> edges);

}  // namespace throughline::identity
