#include "template/zone.h"

#include <date/tz.h>

#include <algorithm>
#include <stdexcept>

namespace throughline::tmpl {

namespace {

// The date library's calendar ends beyond these years.
constexpr Micros kTimeMin = -62'135'596'800 * kSecond;  // 0001-01-01
constexpr Micros kTimeMax = 253'402'300'800 * kSecond;  // 10000-01-01

}  // namespace

std::optional<int> zone_offset(std::string_view name, Micros at) {
    if (name.empty() || name == "UTC") return 0;
    const std::chrono::microseconds inside(std::clamp(at, kTimeMin, kTimeMax));
    try {
        const auto* zone = date::locate_zone(std::string(name));
        const auto info = zone->get_info(date::sys_time<std::chrono::microseconds>(inside));
        return static_cast<int>(info.offset.count());
    } catch (const std::exception&) {
        return {};
    }
}

}  // namespace throughline::tmpl
