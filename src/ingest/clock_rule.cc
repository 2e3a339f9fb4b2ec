#include "ingest/clock_rule.h"

#include <charconv>

namespace throughline::ingest {

namespace {

constexpr Micros kEarliest = -62'135'596'800 * kSecond;  // 0001-01-01
constexpr Micros kLatest = 253'402'300'800 * kSecond;    // 10000-01-01

// Seconds reach 1e11 in the year 5138 and milliseconds 1e14 likewise: below that the size tells.
std::optional<Micros> from_number(double number) {
    const double size = number < 0 ? -number : number;
    const double micros = size < 1e11 ? number * 1e6 : size < 1e14 ? number * 1e3 : number;
    if (!(micros >= static_cast<double>(kEarliest) && micros < static_cast<double>(kLatest))) {
        return {};
    }
    return static_cast<Micros>(micros < 0 ? micros - 0.5 : micros + 0.5);
}

std::optional<Micros> within_years(std::optional<Micros> at) {
    if (at && (*at < kEarliest || *at >= kLatest)) return {};
    return at;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

}  // namespace

EventTime decide_time(const ClockFacts& facts) {
    const bool has_both = facts.explicit_time != kNoTime && facts.original != kNoTime;
    EventTime result;
    result.original = facts.original != kNoTime ? facts.original : facts.explicit_time;
    result.time = facts.explicit_time != kNoTime ? facts.explicit_time : result.original;
    if (result.time == kNoTime) {
        result.time = facts.received;
        return result;
    }
    const Micros skew = facts.sent == kNoTime ? 0 : facts.received - facts.sent;
    if (!has_both && (skew > kClockDeadBand || skew < -kClockDeadBand)) {
        result.time += skew;
        result.corrected = true;
    }
    if (result.time > facts.received) {
        result.time = facts.received;
        result.clamped = true;
    }
    return result;
}

std::optional<Micros> read_instant(model::DocView value) {
    if (value.is_string()) {
        const std::string_view text = trimmed(value.as_string());
        if (const auto at = within_years(parse_instant(text))) return at;
        double number = 0;
        const char* end = text.data() + text.size();
        const auto read = std::from_chars(text.data(), end, number);
        if (text.empty() || read.ec != std::errc{} || read.ptr != end) return {};
        return from_number(number);
    }
    const auto number = value.as_double();
    return number ? from_number(*number) : std::nullopt;
}

}  // namespace throughline::ingest
