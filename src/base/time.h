// Instants, durations and the clock that is passed in.
//
// An instant is microseconds since the Unix epoch, UTC, in an int64 named `..._us`. Civil time and
// zones are resolved late, at the edges (civil.h).
//
// Layer 0. Clock is Thread-safe; the functions are Pure.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace throughline {

using Micros = int64_t;

inline constexpr Micros kNoTime = std::numeric_limits<Micros>::min();
inline constexpr Micros kSecond = 1'000'000;
inline constexpr Micros kMinute = 60 * kSecond;
inline constexpr Micros kHour = 60 * kMinute;
inline constexpr Micros kDay = 24 * kHour;

/// Where the time comes from. Tests and replays pass their own.
class Clock {
public:
    virtual ~Clock() = default;
    /// Wall-clock time. May jump either way.
    virtual Micros now() const = 0;
    /// For measuring: never goes back, unrelated to the wall clock.
    virtual Micros monotonic() const = 0;
};

/// The machine's clock.
const Clock& system_clock();

/// A clock that stands still until it is told to move.
class FakeClock final : public Clock {
public:
    explicit FakeClock(Micros now) : now_(now) {}
    Micros now() const override { return now_; }
    Micros monotonic() const override { return now_; }
    void set(Micros now) { now_ = now; }
    void advance(Micros by) { now_ += by; }

private:
    Micros now_;
};

/// Reads an ISO 8601 / RFC 3339 instant as clients really write it: `2026-01-31T09:15:00.123456Z`,
/// with an offset, with a blank for the T, with a comma for the point, a date alone; without a zone
/// it is UTC. Returns nothing for anything else, and for dates that do not exist.
std::optional<Micros> parse_instant(std::string_view text);

/// Writes RFC 3339 in UTC with milliseconds, as the API does: `2026-01-31T09:15:00.123Z`.
std::string format_instant(Micros at);

/// Writes RFC 3339 in UTC with as many of six fraction digits as the instant needs.
std::string format_instant_exact(Micros at);

/// Days since 1970-01-01 of a proleptic Gregorian date (Howard Hinnant, "chrono-Compatible
/// Low-Level Date Algorithms"). Requires: 1 <= month <= 12, 1 <= day <= 31.
int64_t days_from_civil(int64_t year, unsigned month, unsigned day);

struct CivilDate {
    int64_t year;
    unsigned month;
    unsigned day;
};
CivilDate civil_from_days(int64_t days);

/// Whether such a day exists, e.g. not 2023-02-29.
bool is_date(int64_t year, unsigned month, unsigned day);

/// Floor division: the bucket of width `width` that `at` falls into, also before 1970.
inline int64_t floor_div(int64_t at, int64_t width) {
    int64_t quotient = at / width;
    return (at % width < 0) ? quotient - 1 : quotient;
}

}  // namespace throughline
