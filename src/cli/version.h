// The version of this program, from the project's build file.
//
// Layer 8. Pure.
#pragma once

#include <string_view>

namespace throughline::cli {

inline constexpr std::string_view kVersion = TL_VERSION;

}  // namespace throughline::cli
