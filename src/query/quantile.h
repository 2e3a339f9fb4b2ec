// Quantiles of all values, not of a sketch.
//
// They interpolate between the two neighbours, as spreadsheets do: of 1, 2, 3 and 4 the median is
// 2.5.
//
// Layer 4. Pure. Cost: linear.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

namespace throughline::query {

/// Puts `values` in another order. Nothing of nothing. Requires: 0 <= share <= 1.
template <typename Number>
std::optional<double> quantile_of(std::vector<Number>& values, double share) {
    if (values.empty()) return std::nullopt;
    const double place = share * static_cast<double>(values.size() - 1);
    const auto below = static_cast<std::ptrdiff_t>(place);
    const auto at = values.begin() + below;
    std::nth_element(values.begin(), at, values.end());
    const auto low = static_cast<double>(*at);
    const double part = place - static_cast<double>(below);
    if (part <= 0) return low;
    const auto high = static_cast<double>(*std::min_element(at + 1, values.end()));
    return low + part * (high - low);
}

}  // namespace throughline::query
