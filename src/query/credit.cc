#include "query/credit.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/assert.h"

namespace throughline::query {

namespace {

constexpr std::array<std::pair<std::string_view, Model>, 6> kModels = {{
    {"first", Model::First},
    {"last", Model::Last},
    {"last_non_direct", Model::LastNonDirect},
    {"linear", Model::Linear},
    {"position", Model::Position},
    {"time_decay", Model::TimeDecay},
}};

// 2^40 for the latest touch: one 40 half-lives older still counts, and a million fit 63 bits.
constexpr int kDecayBits = 40;

size_t last_non_direct(std::span<const CreditTouch> touches) {
    for (size_t i = touches.size(); i-- > 0;) {
        if (!touches[i].is_direct) return i;
    }
    return touches.size() - 1;
}

void weigh_positions(std::vector<uint64_t>& weights) {
    const size_t count = weights.size();
    std::ranges::fill(weights, 1);
    if (count > 2) weights.front() = weights.back() = 2 * (count - 2);  // 40 % : 20 % : 40 %.
}

void weigh_by_age(std::span<const CreditTouch> touches, Micros half_life,
                  std::vector<uint64_t>& weights) {
    // How long the conversion came after the latest touch is the same factor for all.
    const Micros latest = touches.back().at;
    for (size_t i = 0; i < touches.size(); ++i) {
        const double age = static_cast<double>(latest - touches[i].at);
        const double weight = std::exp2(kDecayBits - age / static_cast<double>(half_life));
        weights[i] = static_cast<uint64_t>(std::llround(weight));
    }
}

}  // namespace

std::string_view model_name(Model model) {
    return kModels[static_cast<size_t>(model)].first;
}

std::optional<Model> model_named(std::string_view name) {
    for (const auto& [known, model] : kModels) {
        if (known == name) return model;
    }
    return std::nullopt;
}

std::optional<size_t> only_touch(Model model, std::span<const CreditTouch> touches) {
    if (model == Model::First || touches.size() == 1) return 0;
    if (model == Model::Last) return touches.size() - 1;
    if (model == Model::LastNonDirect) return last_non_direct(touches);
    return std::nullopt;
}

void credit_weights(Model model, std::span<const CreditTouch> touches, Micros half_life,
                    std::vector<uint64_t>& weights) {
    TL_ASSERT(!touches.empty() && half_life > 0);
    weights.assign(touches.size(), 0);
    if (const auto only = only_touch(model, touches)) {
        weights[*only] = 1;
        return;
    }
    switch (model) {
        case Model::First:
        case Model::Last:
        case Model::LastNonDirect:
            TL_UNREACHABLE();  // They have an only touch.
        case Model::Linear:
            std::ranges::fill(weights, 1);
            return;
        case Model::Position:
            weigh_positions(weights);
            return;
        case Model::TimeDecay:
            weigh_by_age(touches, half_life, weights);
            return;
    }
    TL_UNREACHABLE();
}

void divide(Units total, std::span<const uint64_t> weights, std::vector<Units>& parts) {
    Units sum = 0;
    for (const uint64_t weight : weights) sum += weight;
    TL_ASSERT(sum > 0);
    // Part i is the step of the running share, floor(total * running / sum). Taken apart as
    // quotient and remainder of the total it fits 128 bits: both factors are below 2^63.
    const Units quotient = total / sum;
    const Units remainder = total % sum;
    parts.assign(weights.size(), 0);
    Units running = 0;
    Units given = 0;
    for (size_t i = 0; i < weights.size(); ++i) {
        running += weights[i];
        const Units share = quotient * running + remainder * running / sum;
        parts[i] = share - given;
        given = share;
    }
    TL_ASSERT(given == total);
}

}  // namespace throughline::query
