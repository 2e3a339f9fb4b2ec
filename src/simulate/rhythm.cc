#include "simulate/rhythm.h"

#include <array>

namespace throughline::simulate {

namespace {

// By hour of the day: an evening peak at eight, a lull at four in the morning.
constexpr std::array<uint64_t, 24> kHours{3,  2,  1,  1,  1,  2,  4,  7,  9,  10, 11, 12,
                                          13, 12, 11, 11, 12, 13, 15, 18, 20, 19, 13, 7};
// Monday first.
constexpr std::array<uint64_t, 7> kWeekdays{10, 10, 10, 10, 11, 12, 12};
// Turkey has three fifths of the people.
constexpr std::array<uint64_t, kCountries> kShares{3, 2};

// Monday 0. Day 0 of the epoch was a Thursday.
unsigned weekday_of(int64_t day) {
    return static_cast<unsigned>(day + 3 - floor_div(day + 3, 7) * 7);
}

Micros last_sunday(int64_t year, unsigned month) {
    const int64_t last = days_from_civil(year, month, 31);  // March and October have 31 days.
    return (last - (weekday_of(last) + 1) % 7) * kDay;
}

}  // namespace

Micros wall_offset(Country country, Micros at) {
    if (country == Country::Turkey) return 3 * kHour;
    const int64_t year = civil_from_days(floor_div(at, kDay)).year;
    const bool is_summer = at >= last_sunday(year, 3) + kHour && at < last_sunday(year, 10) + kHour;
    return is_summer ? 3 * kHour : 2 * kHour;
}

unsigned wall_hour(Country country, Micros at) {
    const Micros wall = at + wall_offset(country, at);
    return static_cast<unsigned>(floor_div(wall - floor_div(wall, kDay) * kDay, kHour));
}

uint64_t busyness(Country country, Micros at) {
    const Micros wall = at + wall_offset(country, at);
    return kHours[wall_hour(country, at)] * kWeekdays[weekday_of(floor_div(wall, kDay))] *
           kShares[static_cast<size_t>(country)];
}

bool is_store_open(Country country, Micros at) {
    const unsigned hour = wall_hour(country, at);
    return hour >= 10 && hour < 21;
}

}  // namespace throughline::simulate
