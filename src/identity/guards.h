// The guards that keep strangers apart: may these two profiles be one?
//
// In this order, the first that objects names the reason: more than kMembersMax identities; a
// cannot-link between a member of one and a member of the other; two values of an immutable
// namespace; more values of a namespace than its limit within its window. A value counts in a
// window if it was first seen less than the window away from the event. A profile that is over a
// limit already (by hand, or under older settings) may still take what adds nothing to it.
//
// Layer 2. Pure over Work's reads. Cost: linear in the members of both, one read each.
#pragma once

#include "identity/work.h"

namespace throughline::identity {

enum class Immutables : uint8_t { Guarded, Ignored };

/// Requires: different roots.
Reason judge(Work& work, IdentityId root_a, IdentityId root_b, Micros time, Immutables immutables);

/// One value that a profile holds.
struct Holding {
    model::NamespaceId space = 0;
    uint8_t side = 0;  // 1: of one profile, 2: of the other.
    std::string_view value;
    Micros first_seen = 0;
};

/// Judges the values alone. Sorts `holdings`.
Reason judge_values(const model::Namespaces& spaces, std::vector<Holding>& holdings, Micros time,
                    Immutables immutables);

/// Returns the decisions whose cannot-link stands between members of one and of the other.
std::vector<DecisionId> cannot_links_between(std::vector<CannotLink> a, std::vector<CannotLink> b);

}  // namespace throughline::identity
