// What clocks show in a time zone.
//
// Layer 2. Pure. Includes the date library, whose exceptions end here.
#pragma once

#include <optional>
#include <string_view>

#include "base/time.h"

namespace throughline::tmpl {

/// How far clocks of a zone are ahead of UTC at an instant; nothing for a name that the IANA
/// database does not have. Units: seconds.
std::optional<int> zone_offset(std::string_view name, Micros at);

}  // namespace throughline::tmpl
