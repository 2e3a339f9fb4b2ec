#include "query/calendar.h"

#include <algorithm>
#include <charconv>

namespace throughline::query {

namespace {

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

// Whether an interval is a stretch of the clock; the others are whole days.
bool is_clock(Interval interval) {
    return interval == Interval::Minute || interval == Interval::Hour;
}
Micros step_of(Interval interval) {
    return interval == Interval::Minute ? kMinute : kHour;
}

}  // namespace

Result<Zone> Zone::find(const std::string& name) {
    TL_TRY_ASSIGN(const TimeZone zone, TimeZone::find(name));
    return Zone(zone);
}

Micros Zone::interval_start(Micros at, Interval interval) const {
    if (!is_clock(interval)) return day_start(first_day(day_of(at), interval));
    const auto [begin, end, offset] = zone_.stretch_at(at);
    const Micros step = step_of(interval);
    const Micros start = floor_div(at + offset, step) * step - offset;
    // An hour that began under another offset began, under this one, when this one did.
    return std::max(start, begin);
}

Micros Zone::next_interval(Micros at, Interval interval) const {
    if (!is_clock(interval)) {
        return day_start(day_after(first_day(day_of(at), interval), interval));
    }
    const auto [begin, end, offset] = zone_.stretch_at(at);
    const Micros step = step_of(interval);
    const Micros next = (floor_div(at + offset, step) + 1) * step - offset;
    return std::min(next, end);
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
            if (unit == name) return std::max(kCivilMin, now - count * width);
        }
        return Error::invalid(std::string(kForms));
    }
    const auto at = parse_instant(text);
    if (!at || *at < kCivilMin || *at > kCivilMax) return Error::invalid(std::string(kForms));
    // A date alone names a day of the zone.
    if (text.size() == 10) return day_start(floor_div(*at, kDay));
    return *at;
}

}  // namespace throughline::query
