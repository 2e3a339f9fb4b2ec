#include "base/civil.h"

#include <date/tz.h>

#include <algorithm>
#include <stdexcept>
#include <string>

namespace throughline {

namespace {

// No zone was ever this far from UTC: the widest are Manila before 1844, 15:56 behind, and Juneau
// before 1867, 15:02 ahead.
constexpr Micros kOffsetMax = 16 * kHour;

Micros micros(std::chrono::seconds seconds) {
    return std::chrono::microseconds(seconds).count();
}

bool is_quiet(const QuietHours& hours, Micros time_of_day) {
    if (hours.from <= hours.to) return time_of_day >= hours.from && time_of_day < hours.to;
    return time_of_day >= hours.from || time_of_day < hours.to;
}

}  // namespace

Result<TimeZone> TimeZone::find(std::string_view name) {
    TimeZone found;
    if (name == "UTC") return found;
    try {
        found.rules_ = date::locate_zone(std::string(name));
    } catch (const std::exception&) {
        return Error::invalid("not a time zone of the IANA database, such as Europe/Istanbul");
    }
    return found;
}

std::string_view TimeZone::name() const {
    return rules_ == nullptr ? std::string_view("UTC") : std::string_view(rules_->name());
}

TimeZone::Stretch TimeZone::stretch_at(Micros at) const {
    if (rules_ == nullptr) return {kCivilMin, kCivilMax, 0};
    const std::chrono::microseconds inside(std::clamp(at, kCivilMin, kCivilMax - 1));
    const auto info = rules_->get_info(date::sys_time<std::chrono::microseconds>(inside));
    return {std::max(kCivilMin, micros(info.begin.time_since_epoch())),
            std::min(kCivilMax, micros(info.end.time_since_epoch())), micros(info.offset)};
}

Micros TimeZone::instant_of(Micros local) const {
    if (rules_ == nullptr) return local;
    // Clocks cannot show it before this; each stretch is asked in turn when it shows it or later.
    Stretch stretch = stretch_at(std::max(local, kCivilMin) - kOffsetMax);
    while (local - stretch.offset >= stretch.end && stretch.end < kCivilMax) {
        stretch = stretch_at(stretch.end);
    }
    return std::max(stretch.begin, local - stretch.offset);
}

Micros TimeZone::next_time(Micros after, Micros time_of_day) const {
    TL_ASSERT(time_of_day >= 0 && time_of_day < kDay);
    // Yesterday's may still be ahead: a gap can push it over midnight.
    int64_t day = day_of(after) - 1;
    while (instant_of(day * kDay + time_of_day) <= after) ++day;
    return instant_of(day * kDay + time_of_day);
}

std::optional<Micros> quiet_until(const TimeZone& zone, const QuietHours& hours, Micros at) {
    const auto time_of_day = [](Micros local) { return local - floor_div(local, kDay) * kDay; };
    TimeZone::Stretch stretch = zone.stretch_at(at);
    Micros shown = time_of_day(at + stretch.offset);
    if (!is_quiet(hours, shown)) return {};
    while (is_quiet(hours, shown)) {
        const Micros end = at + (hours.to > shown ? hours.to : hours.to + kDay) - shown;
        if (end < stretch.end || stretch.end >= kCivilMax) return end;
        // Clocks are set before the quiet ends; what they show then decides.
        at = stretch.end;
        stretch = zone.stretch_at(at);
        shown = time_of_day(at + stretch.offset);
    }
    return at;
}

std::optional<Micros> parse_time_of_day(std::string_view text) {
    Micros parts[3] = {};
    size_t part = 0;
    size_t digits = 0;
    for (const char c : text) {
        if (c == ':') {
            if (digits == 0 || (part > 0 && digits != 2) || ++part == 3) return {};
            digits = 0;
        } else if (c >= '0' && c <= '9' && ++digits <= 2) {
            parts[part] = parts[part] * 10 + (c - '0');
        } else {
            return {};
        }
    }
    if (part == 0 || digits != 2 || parts[0] > 23 || parts[1] > 59 || parts[2] > 59) return {};
    return parts[0] * kHour + parts[1] * kMinute + parts[2] * kSecond;
}

}  // namespace throughline
