// How a model shares one conversion among the touches before it.
//
//   first, last        all to that one
//   last_non_direct    all to the last that is not direct; to the last when all are
//   linear             the same to each
//   position           40 % to the first, 40 % to the last, 20 % shared by those between; two
//                      touches take half each
//   time_decay         2^(-t / half-life), t from the touch to the conversion
//
// Shares are whole numbers of 10^-18, so what touches get adds up to the conversion exactly.
//
// Layer 4. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "query/exact_sum.h"

namespace throughline::query {

enum class Model : uint8_t { First, Last, LastNonDirect, Linear, Position, TimeDecay };

std::string_view model_name(Model model);
std::optional<Model> model_named(std::string_view name);

struct CreditTouch {
    Micros at = 0;
    bool is_direct = false;
};

/// The touch that gets all, where the model gives all to one. Requires: at least one touch.
std::optional<size_t> only_touch(Model model, std::span<const CreditTouch> touches);

/// Writes the weight of each touch; their sum is above 0 and below 2^63.
///
/// Requires: touches oldest first, at least one; half_life > 0.
void credit_weights(Model model, std::span<const CreditTouch> touches, Micros half_life,
                    std::vector<uint64_t>& weights);

/// Divides a total by weights into parts that add up to it, each less than 1 from its share.
void divide(Units total, std::span<const uint64_t> weights, std::vector<Units>& parts);

}  // namespace throughline::query
