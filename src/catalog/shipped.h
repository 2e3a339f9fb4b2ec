// The types of items that ship with the product, to begin from.
//
// Layer 3. Pure.
#pragma once

#include <string_view>
#include <vector>

namespace throughline::catalog {

/// Their keys, ascending.
std::vector<std::string_view> shipped_types();

/// The JSON text of one; empty if there is none.
std::string_view shipped_type(std::string_view key);

}  // namespace throughline::catalog
