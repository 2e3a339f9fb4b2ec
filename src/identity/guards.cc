#include "identity/guards.h"

#include <algorithm>
#include <tuple>

namespace throughline::identity {

namespace {

struct Counts {
    int a = 0;     // Distinct values of one side.
    int b = 0;     // Of the other.
    int both = 0;  // Of both together.

    /// Whether joining brings more values together than either side holds.
    bool adds() const { return both > std::max(a, b); }
};

/// Counts the distinct values among sorted holdings of one namespace; window 0 takes all.
Counts count_values(std::span<const Holding> holdings, Micros time, Micros window) {
    Counts counts;
    for (size_t begin = 0; begin < holdings.size();) {
        unsigned sides = 0;
        size_t end = begin;
        for (; end < holdings.size() && holdings[end].value == holdings[begin].value; ++end) {
            const Micros away = holdings[end].first_seen - time;
            const bool counts_here = window == 0 || (away < window && -away < window);
            if (counts_here) sides |= holdings[end].side;
        }
        counts.a += (sides & 1) != 0 ? 1 : 0;
        counts.b += (sides & 2) != 0 ? 1 : 0;
        counts.both += sides != 0 ? 1 : 0;
        begin = end;
    }
    return counts;
}

Reason judge_space(const model::Namespace& space, std::span<const Holding> holdings, Micros time,
                   Immutables immutables) {
    if (space.immutable) {
        if (immutables == Immutables::Ignored) return Reason::None;
        if (const Counts ever = count_values(holdings, time, 0); ever.both > 1 && ever.adds()) {
            return Reason::ImmutableConflict;
        }
    }
    const Counts counts = count_values(holdings, time, space.window);
    return counts.both > space.limit && counts.adds() ? Reason::Limit : Reason::None;
}

void gather(Work& work, const Members& members, uint8_t side, std::vector<Holding>& holdings) {
    for (const IdentityId id : members) {
        const Node& node = work.read(id);
        holdings.push_back({node.space, side, node.value, node.first_seen});
    }
}

std::vector<CannotLink> cannot_links_of(Work& work, const Members& members) {
    std::vector<CannotLink> links;
    for (const IdentityId id : members) {
        const auto& of_node = work.read(id).cannot;
        links.insert(links.end(), of_node.begin(), of_node.end());
    }
    return links;
}

}  // namespace

Reason judge_values(const model::Namespaces& spaces, std::vector<Holding>& holdings, Micros time,
                    Immutables immutables) {
    std::ranges::sort(holdings, {}, [](const Holding& holding) {
        return std::tie(holding.space, holding.value);
    });
    Reason worst = Reason::None;
    for (size_t begin = 0; begin < holdings.size();) {
        size_t end = begin;
        while (end < holdings.size() && holdings[end].space == holdings[begin].space) ++end;
        const std::span<const Holding> group(holdings.data() + begin, end - begin);
        const model::Namespace* space = spaces.find(group.front().space);
        if (space != nullptr && group.size() > 1) {
            const Reason reason = judge_space(*space, group, time, immutables);
            if (reason == Reason::ImmutableConflict) return reason;
            if (reason != Reason::None) worst = reason;
        }
        begin = end;
    }
    return worst;
}

std::vector<DecisionId> cannot_links_between(std::vector<CannotLink> a, std::vector<CannotLink> b) {
    const auto order = [](const CannotLink& link) { return std::tie(link.decision, link.side); };
    std::ranges::sort(b, {}, order);
    std::vector<DecisionId> found;
    for (const CannotLink& link : a) {
        const CannotLink other{link.decision, static_cast<uint8_t>(1 - link.side)};
        if (std::ranges::binary_search(b, order(other), {}, order)) found.push_back(link.decision);
    }
    std::ranges::sort(found);
    found.erase(std::ranges::unique(found).begin(), found.end());
    return found;
}

Reason judge(Work& work, IdentityId root_a, IdentityId root_b, Micros time, Immutables immutables) {
    const Members a = work.members(root_a);
    const Members b = work.members(root_b);
    if (a.size() + b.size() > kMembersMax) return Reason::Capped;
    if (work.read(root_a).has(kNodeHasCannot) && work.read(root_b).has(kNodeHasCannot) &&
        !cannot_links_between(cannot_links_of(work, a), cannot_links_of(work, b)).empty()) {
        return Reason::CannotLink;
    }
    std::vector<Holding> holdings;
    holdings.reserve(a.size() + b.size());
    gather(work, a, 1, holdings);
    gather(work, b, 2, holdings);
    return judge_values(work.spaces(), holdings, time, immutables);
}

}  // namespace throughline::identity
