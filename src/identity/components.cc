#include "identity/components.h"

#include <algorithm>
#include <numeric>

#include "base/assert.h"

namespace throughline::identity {

std::vector<Members> components(const Members& members, std::span<const EdgeEnds> edges) {
    std::vector<size_t> parent(members.size());
    std::iota(parent.begin(), parent.end(), size_t{0});
    const auto find = [&parent](size_t at) {
        while (parent[at] != at) at = parent[at] = parent[parent[at]];
        return at;
    };
    const auto index_of = [&members](IdentityId id) {
        const auto at = std::ranges::lower_bound(members, id);
        TL_ASSERT(at != members.end() && *at == id);
        return static_cast<size_t>(at - members.begin());
    };
    for (const EdgeEnds& edge : edges) {
        const size_t a = find(index_of(edge.a));
        const size_t b = find(index_of(edge.b));
        parent[std::max(a, b)] = std::min(a, b);  // The oldest leads, so it comes first below.
    }

    std::vector<Members> found;
    std::vector<size_t> place(members.size());
    for (size_t at = 0; at < members.size(); ++at) {
        const size_t leader = find(at);
        if (leader == at) {
            place[at] = found.size();
            found.emplace_back();
        }
        found[place[leader]].push_back(members[at]);
    }
    return found;
}

}  // namespace throughline::identity
