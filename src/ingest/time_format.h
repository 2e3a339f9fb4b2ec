// Times as files write them, by a format like strptime's.
//
//   %Y %y %m %d %e %b %B %H %I %M %S %p %f %z %s %Q    %% itself; a blank fits any blanks
//
// %f is a fraction of a second after its point or comma, %z `Z` or an offset, %s seconds and %Q
// milliseconds since 1970. %b and %B are English month names. Digits may lack their leading zero. A
// date without a time is midnight. The whole text must fit.
//
// Layer 6. Immutable.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/civil.h"
#include "base/result.h"
#include "base/time.h"

namespace throughline::ingest {

/// A time zone: `UTC`, an offset (`+03:00`), or a name of the IANA database (`Europe/Bucharest`).
class Zone {
public:
    Zone() = default;  // UTC
    /// Errors: InvalidArgument when there is no such zone.
    static Result<Zone> named(std::string_view name);

    /// Returns the instant of a local time, by the rule of base/civil.h.
    Micros to_utc(Micros local) const { return rules_.instant_of(local - offset_); }

private:
    Micros offset_ = 0;  // Of an offset, whose rules are those of UTC.
    TimeZone rules_;
};

class TimeFormat {
public:
    /// Without formats: ISO 8601 or a number, as clients send (clock_rule.h).
    /// Errors: InvalidArgument naming the directive that is not known.
    static Result<TimeFormat> make(std::vector<std::string> formats, Zone zone);

    /// Returns the instant by the first format that fits; nothing if none does.
    std::optional<Micros> parse(std::string_view text) const;

private:
    std::vector<std::string> formats_;
    Zone zone_;
};

}  // namespace throughline::ingest
