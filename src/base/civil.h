// Civil time: what clocks of a time zone show, and which instant a clock's time means.
//
// The rule, everywhere in the product: a local time means the first instant at which clocks show
// it or later. So an hour that does not exist (a gap) means the first instant after the gap, and
// one that exists twice means the first. An instant shows exactly one local time, so that what is
// asked of an instant (is it quiet?) is asked of what its clock shows and never has two answers.
//
// A local time is Micros like an instant: microseconds since 1970-01-01 00:00 of the zone's clock.
// A time of day is Micros since midnight, 0 <= t < kDay.
//
// Layer 0. Immutable and safe from any thread. The only includer of the date library, whose
// exceptions end here; zones are those of the system's tzdata, which ends with the year 2037:
// later years keep the offset they have then. Instants before year 1 and after 9999 count as those.
#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace date {
class time_zone;
}

namespace throughline {

// Where the calendar begins and ends.
inline constexpr Micros kCivilMin = -62'135'596'800 * kSecond;  // 0001-01-01
inline constexpr Micros kCivilMax = 253'402'300'800 * kSecond;  // 10000-01-01

class TimeZone {
public:
    /// UTC.
    TimeZone() = default;
    /// Finds a zone by its name: `Europe/Istanbul`, `UTC`; case counts.
    ///
    /// Errors: InvalidArgument, without the name of the field, for a name that the IANA database
    /// does not have. Cost: a search among 600 names; the first reads the zone's file.
    static Result<TimeZone> find(std::string_view name);

    /// The name of the zone itself, where an alias was asked for.
    std::string_view name() const;

    /// A stretch of time in which clocks are ahead of UTC by one and the same offset.
    struct Stretch {
        Micros begin;   // Its first instant,
        Micros end;     // and the first after it.
        Micros offset;  // Local time less UTC.
    };
    /// Cost: about 0.1 us.
    Stretch stretch_at(Micros at) const;

    /// What clocks show at an instant.
    Micros local_of(Micros at) const { return at + stretch_at(at).offset; }
    /// The first instant at which clocks show `local` or later.
    Micros instant_of(Micros local) const;

    /// The day that clocks show at an instant. Units: days since 1970-01-01.
    int64_t day_of(Micros at) const { return floor_div(local_of(at), kDay); }
    /// The first instant of a day.
    Micros day_start(int64_t day) const { return instant_of(day * kDay); }

    /// The first instant after `after` that a time of day means on some day.
    /// Requires: 0 <= time_of_day < kDay.
    Micros next_time(Micros after, Micros time_of_day) const;

    bool operator==(const TimeZone&) const = default;

private:
    const date::time_zone* rules_ = nullptr;  // Lives as long as the process; null: UTC.
};

/// Hours of the day in which nothing is to disturb: from <= t < to, over midnight if from > to;
/// none if they are equal. Units: times of day.
struct QuietHours {
    Micros from = 0;
    Micros to = 0;

    bool operator==(const QuietHours&) const = default;
};

/// When the quiet that holds at `at` ends: the first later instant whose clock shows no quiet hour;
/// nothing when it is not quiet. An hour that comes twice is quiet twice.
std::optional<Micros> quiet_until(const TimeZone& zone, const QuietHours& hours, Micros at);

/// Reads a time of day as people write it: `09:00`, `9:05`, `21:30:15`; not `24:00`.
std::optional<Micros> parse_time_of_day(std::string_view text);

}  // namespace throughline
