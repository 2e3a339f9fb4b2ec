#include "query/exact_sum.h"

#include <algorithm>
#include <array>

#include "base/assert.h"

namespace throughline::query {

namespace {

constexpr int kScaleMax = 18;

constexpr std::array<int64_t, kScaleMax + 1> powers_of_ten() {
    std::array<int64_t, kScaleMax + 1> powers{1};
    for (int i = 1; i <= kScaleMax; ++i) powers[i] = powers[i - 1] * 10;
    return powers;
}
constexpr auto kPowers = powers_of_ten();

}  // namespace

void ExactSum::add(model::Decimal value) {
    TL_ASSERT(value.scale <= kScaleMax);
    const int64_t power = kPowers[value.scale];
    whole_ += value.units / power;
    fraction_ += Units{value.units % power} * kPowers[kScaleMax - value.scale];
}

Units units_of(model::Decimal value) {
    TL_ASSERT(value.scale <= kScaleMax);
    return Units{value.units} * kPowers[kScaleMax - value.scale];
}

void ExactSum::add_units(Units units) {
    whole_ += units / kOneUnits;
    fraction_ += units % kOneUnits;
}

void ExactSum::add(const ExactSum& other) {
    whole_ += other.whole_;
    fraction_ += other.fraction_;
}

void ExactSum::append_to(std::string& out) const {
    constexpr Units kOne = kPowers[kScaleMax];
    Units whole = whole_ + fraction_ / kOne;
    Units fraction = fraction_ % kOne;
    // One sign for both parts.
    if (whole > 0 && fraction < 0) --whole, fraction += kOne;
    if (whole < 0 && fraction > 0) ++whole, fraction -= kOne;
    if (whole < 0 || fraction < 0) {
        out += '-';
        whole = -whole;
        fraction = -fraction;
    }

    std::string digits;
    do {
        digits += static_cast<char>('0' + static_cast<int>(whole % 10));
        whole /= 10;
    } while (whole > 0);
    out.append(digits.rbegin(), digits.rend());
    if (fraction == 0) return;
    std::string places = std::to_string(static_cast<int64_t>(fraction));
    places.insert(0, kScaleMax - places.size(), '0');
    places.erase(places.find_last_not_of('0') + 1);
    out += '.';
    out += places;
}

double ExactSum::as_double() const {
    return static_cast<double>(whole_) + static_cast<double>(fraction_) * 1e-18;
}

}  // namespace throughline::query
