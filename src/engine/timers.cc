#include "engine/timers.h"

#include <algorithm>

#include "base/bytes.h"

namespace throughline::engine {

namespace {

constexpr uint64_t kSign = uint64_t{1} << 63;

}  // namespace

std::string timer_key(const Timer& timer) {
    std::string key;
    ByteWriter out(key);
    out.fixed(__builtin_bswap64(static_cast<uint64_t>(timer.due) ^ kSign));
    out.fixed(static_cast<uint8_t>(timer.kind));
    out.fixed(__builtin_bswap64(timer.subject.high));
    out.fixed(__builtin_bswap64(timer.subject.low));
    return key;
}

std::optional<Timer> timer_of_key(std::string_view key) {
    if (key.size() != sizeof(uint64_t) + sizeof(uint8_t) + sizeof(Key128)) return std::nullopt;
    ByteReader in(key);
    const auto due = static_cast<Micros>(__builtin_bswap64(in.fixed<uint64_t>()) ^ kSign);
    const auto kind = in.fixed<uint8_t>();
    if (kind > static_cast<uint8_t>(TimerKind::Item)) return std::nullopt;
    const uint64_t high = __builtin_bswap64(in.fixed<uint64_t>());
    const uint64_t low = __builtin_bswap64(in.fixed<uint64_t>());
    return Timer{due, static_cast<TimerKind>(kind), {high, low}};
}

void set_timer(store::OrderedTable& timers, const Timer& timer, Micros& next_due) {
    timers.put(timer_key(timer), "");
    next_due = std::min(next_due, timer.due);
}

Result<std::vector<Timer>> next_timers(const store::OrderedTable& timers, Micros from,
                                       size_t limit) {
    TL_TRY_ASSIGN(const auto rows,
                  timers.scan({.from = timer_key({.due = from}), .to = {}}, limit));
    std::vector<Timer> found;
    for (const auto& [key, value] : rows) {
        const auto timer = timer_of_key(key);
        if (!timer) return Error::corrupt("engine: timers: damaged");
        found.push_back(*timer);
    }
    return found;
}

}  // namespace throughline::engine
