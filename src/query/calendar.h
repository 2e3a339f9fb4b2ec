// Calendar intervals of a time zone.
//
// An interval begins at a full minute or hour, a midnight, the midnight of a Monday, or the
// midnight of a first day of a month, as clocks in the zone show it (base/civil.h: a midnight that
// is skipped is the instant at which it is, one that comes twice the first). An hour that comes
// twice is two hours.
//
// Layer 4. Immutable.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/civil.h"
#include "base/result.h"
#include "base/time.h"

namespace throughline::query {

enum class Interval : uint8_t { Minute, Hour, Day, Week, Month };

inline constexpr size_t kIntervalsMax = 10'000;

class Zone {
public:
    /// Errors: InvalidArgument for a name that the IANA database does not have.
    static Result<Zone> find(const std::string& name);

    /// The first instant of a day. Units: days since 1970-01-01.
    Micros day_start(int64_t day) const { return zone_.day_start(day); }
    /// The day that clocks show at an instant.
    int64_t day_of(Micros at) const { return zone_.day_of(at); }
    /// The first instant of the interval that holds `at`.
    Micros interval_start(Micros at, Interval interval) const;
    /// The first instant of the interval after the one that holds `at`.
    Micros next_interval(Micros at, Interval interval) const;

    /// Returns where each interval begins that meets [from, to).
    ///
    /// Requires: from < to. Errors: InvalidArgument for more than kIntervalsMax.
    Result<std::vector<Micros>> intervals(Micros from, Micros to, Interval interval) const;

    /// Reads one end of a range: a date (its first instant), an RFC 3339 instant, or `-30d` before
    /// `now`. Units s m h d w mo; a `d` is 24 hours, a `mo` a calendar month of the zone.
    /// Errors: InvalidArgument, without the name of the field.
    Result<Micros> parse_time(std::string_view text, Micros now) const;

private:
    explicit Zone(const TimeZone& zone) : zone_(zone) {}
    Micros months_before(Micros at, int64_t months) const;

    TimeZone zone_;
};

}  // namespace throughline::query
