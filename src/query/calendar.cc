#include "query/calendar.h"

#include <date/tz.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace throughline::query {

namespace {

using date::local_time;
using date::sys_time;
using std::chrono::microseconds;

sys_time<microseconds> instant(Micros at) {
    return sys_time<microseconds>(microseconds(at));
}

Micros micros(std::chrono::seconds seconds) {
    return microseconds(seconds).count();
}

/// The first day of the interval that holds a day. Requires: not Hour.
int64_t first_day(int64_t day, Interval interval) {
    if (interval == Interval::Month) {
        const CivilDate date = civil_from_days(day);
        return days_from_civil(date.year, date.month, 1);
    }
    // 1970-01-05, day 4, was a Monday.
    return interval == Interval::Week ? floor_div(day - 4, 7) * 7 + 4 : day;
}

/// The first day of the interval after the one that begins at `first`.
int64_t day_after(int64_t first, Interval interval) {
    if (interval == Interval::Month) return first_day(first + 31, interval);
    return first + (interval == Interval::Week ? 7 : 1);
}

// Beyond these years the date library's calendar ends.
constexpr Micros kTimeMin = -62'135'596'800 * kSecond;  // 0001-01-01
constexpr Micros kTimeMax = 253'402'300'800 * kSecond;  // 10000-01-01

// Whether an interval is a stretch of the clock; the others are whole days.
bool is_clock(Interval interval) {
    return interval == Interval::Minute || interval == Interval::Hour;
}
Micros step_of(Interval interval) {
    return interval == Interval::Minute ? kMinute : kHour;
}

}  // namespace

Result<Zone> Zone::find(const std::string& name) {
    try {
        return Zone(date::locate_zone(name));
    } catch (const std::exception&) {
        return Error::invalid("not a time zone of the IANA database, such as Europe/Istanbul");
    }
}

Micros Zone::day_start(int64_t day) const {
    const local_time<microseconds> midnight{microseconds(day * kDay)};
    return zone_->to_sys(midnight, date::choose::earliest).time_since_epoch().count();
}

int64_t Zone::day_of(Micros at) const {
    return floor_div(at + micros(zone_->get_info(instant(at)).offset), kDay);
}

Micros Zone::interval_start(Micros at, Interval interval) const {
    if (!is_clock(interval)) return day_start(first_day(day_of(at), interval));
    const auto info = zone_->get_info(instant(at));
    const Micros offset = micros(info.offset);
    const Micros step = step_of(interval);
    const Micros start = floor_div(at + offset, step) * step - offset;
    // An hour that began under another offset began, under this one, when this one did.
    return std::max(start, micros(info.begin.time_since_epoch()));
}

Micros Zone::next_interval(Micros at, Interval interval) const {
    if (!is_clock(interval)) {
        return day_start(day_after(first_day(day_of(at), interval), interval));
    }
    const auto info = zone_->get_info(instant(at));
    const Micros offset = micros(info.offset);
    const Micros step = step_of(interval);
    const Micros next = (floor_div(at + offset, step) + 1) * step - offset;
    return std::min(next, micros(info.end.time_since_epoch()));
}

Result<std::vector<Micros>> Zone::intervals(Micros from, Micros to, Interval interval) const {
    std::vector<Micros> starts;
    for (Micros at = interval_start(from, interval); at < to; at = next_interval(at, interval)) {
        if (starts.size() == kIntervalsMax) {
            return Error::invalid("more than " + std::to_string(kIntervalsMax) +
                                  " intervals: take a longer one or a shorter range");
        }
        starts.push_back(at);
    }
    return starts;
}

Micros Zone::months_before(Micros at, int64_t months) const {
    const int64_t day = day_of(at);
    const CivilDate date = civil_from_days(day);
    const int64_t month = date.year * 12 + date.month - 1 - months;
    unsigned day_of_month = date.day;
    const auto year = floor_div(month, 12);
    const auto month_of_year = static_cast<unsigned>(month - year * 12) + 1;
    while (!is_date(year, month_of_year, day_of_month)) --day_of_month;
    const int64_t target = days_from_civil(year, month_of_year, day_of_month);
    return day_start(target) + (at - day_start(day));
}

Result<Micros> Zone::parse_time(std::string_view text, Micros now) const {
    static constexpr std::string_view kForms =
        "neither a date (2026-01-31), an RFC 3339 instant nor a duration such as -30d";
    if (text.starts_with('-')) {
        int64_t count = 0;
        const char* end = text.data() + text.size();
        const auto [rest, error] = std::from_chars(text.data() + 1, end, count);
        if (error != std::errc() || count < 0 || count > 1'000'000)
            return Error::invalid(std::string(kForms));
        const std::string_view unit(rest, static_cast<size_t>(end - rest));
        if (unit == "mo") return months_before(now, std::min<int64_t>(count, 12 * 1000));
        static constexpr std::pair<std::string_view, Micros> kUnits[] = {
            {"s", kSecond}, {"m", kMinute}, {"h", kHour}, {"d", kDay}, {"w", 7 * kDay}};
        for (const auto& [name, width] : kUnits) {
            if (unit == name) return std::max(kTimeMin, now - count * width);
        }
        return Error::invalid(std::string(kForms));
    }
    const auto at = parse_instant(text);
    if (!at || *at < kTimeMin || *at > kTimeMax) return Error::invalid(std::string(kForms));
    // A date alone names a day of the zone.
    if (text.size() == 10) return day_start(floor_div(*at, kDay));
    return *at;
}

}  // namespace throughline::query
