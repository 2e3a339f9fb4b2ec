// The journeys that ship with the product, to begin from.
//
// Layer 5. Pure.
#pragma once

#include <string_view>
#include <vector>

namespace throughline::journey {

/// Their keys, ascending.
std::vector<std::string_view> shipped_journeys();

/// The YAML text of one; empty if there is none.
std::string_view shipped_journey(std::string_view key);

}  // namespace throughline::journey
