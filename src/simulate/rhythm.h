// When people shop: hours and weekdays by the clock on their own wall.
//
// Turkey keeps UTC+3 all year. Romania is two hours ahead of UTC, three from the last Sunday of
// March to the last Sunday of October, both at 01:00 UTC (directive 2000/84/EC).
//
// Layer 4. Pure. Whole numbers only.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace throughline::simulate {

enum class Country : uint8_t { Turkey, Romania };
inline constexpr size_t kCountries = 2;

/// How far the wall clock is ahead of UTC.
Micros wall_offset(Country country, Micros at);

/// The hour of the day on the wall, 0 to 23.
unsigned wall_hour(Country country, Micros at);

/// How busy the hour that begins at `at` is in one country: its people count for more or less.
/// Units: none; compare it with other hours.
uint64_t busyness(Country country, Micros at);

/// Whether the stores there are open: 10 to 21 o'clock, every day.
bool is_store_open(Country country, Micros at);

}  // namespace throughline::simulate
