#include "engine/timers.h"

#include "base/bytes.h"

namespace throughline::engine {

namespace {

constexpr uint64_t kSign = uint64_t{1} << 63;

}  // namespace

std::string timer_key(const Timer& timer) {
    std::string key;
    ByteWriter out(key);
    out.fixed(__builtin_bswap64(static_cast<uint64_t>(timer.due) ^ kSign));
    out.fixed(__builtin_bswap32(timer.identity));
    return key;
}

std::optional<Timer> timer_of_key(std::string_view key) {
    if (key.size() != sizeof(uint64_t) + sizeof(uint32_t)) return std::nullopt;
    ByteReader in(key);
    const auto due = static_cast<Micros>(__builtin_bswap64(in.fixed<uint64_t>()) ^ kSign);
    return Timer{due, __builtin_bswap32(in.fixed<uint32_t>())};
}

// Those before `from` have fired: erased, but still in the way until the next checkpoint.
Result<std::vector<Timer>> next_timers(const store::OrderedTable& timers, Micros from,
                                       size_t limit) {
    TL_TRY_ASSIGN(const auto rows, timers.scan({.from = timer_key({from, 0}), .to = {}}, limit));
    std::vector<Timer> found;
    for (const auto& [key, value] : rows) {
        const auto timer = timer_of_key(key);
        if (!timer) return Error::corrupt("engine: timers: damaged");
        found.push_back(*timer);
    }
    return found;
}

}  // namespace throughline::engine
