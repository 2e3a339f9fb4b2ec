#include "profile/session_spans.h"

#include <algorithm>

namespace throughline::profile {

void add_time(std::vector<Span>& spans, Micros at) {
    add_spans(spans, {{at, at}});
}

void add_spans(std::vector<Span>& spans, const std::vector<Span>& others) {
    for (const Span& other : others) {
        // The first span that does not end a whole gap before the new one begins, and from there
        // every span that begins less than a gap after it ends, become one.
        const auto from =
            std::ranges::lower_bound(spans, other.start - kSessionGap + 1, {}, &Span::end);
        auto to = from;
        Span joined = other;
        while (to != spans.end() && to->start < joined.end + kSessionGap) {
            joined = {std::min(joined.start, to->start), std::max(joined.end, to->end)};
            ++to;
        }
        if (from == to) {
            spans.insert(from, joined);
        } else {
            *from = joined;
            spans.erase(from + 1, to);
        }
    }
}

bool trim_spans(std::vector<Span>& spans) {
    if (spans.size() <= kSpansMax) return false;
    spans.erase(spans.begin(), spans.end() - static_cast<std::ptrdiff_t>(kSpansMax));
    return true;
}

}  // namespace throughline::profile
