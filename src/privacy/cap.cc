#include "privacy/cap.h"

#include <algorithm>

#include "base/assert.h"

namespace throughline::privacy {

Micros next_by_cap(const Cap& cap, std::span<const Micros> sent, Micros at) {
    TL_ASSERT(cap.messages > 0 && cap.within > 0);
    TL_ASSERT(std::ranges::is_sorted(sent));
    if (sent.size() < cap.messages) return at;
    return std::max(at, sent[sent.size() - cap.messages] + cap.within);
}

Micros next_by_caps(std::span<const Cap> caps, std::span<const Micros> sent, Micros at) {
    Micros next = at;
    for (const Cap& cap : caps) next = std::max(next, next_by_cap(cap, sent, at));
    return next;
}

}  // namespace throughline::privacy
