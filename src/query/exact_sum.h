// A sum of decimals without rounding.
//
// Whole and fraction are summed apart, the fraction in units of 10^-18, the finest that a Decimal
// has; so addends of any scale add up exactly, and 128 bits do not overflow below 10^19 addends.
//
// Layer 4. Pure. 32 bytes.
#pragma once

#include <string>

#include "model/doc.h"

namespace throughline::query {

/// A number in units of 10^-18, so that parts of it can be handed out without loss.
__extension__ using Units = __int128;
inline constexpr Units kOneUnits = 1'000'000'000'000'000'000;

Units units_of(model::Decimal value);

class ExactSum {
public:
    void add(model::Decimal value);
    void add_units(Units units);
    void add(const ExactSum& other);

    /// Appends the decimal number, without trailing zeros: `-12.5`.
    void append_to(std::string& out) const;
    double as_double() const;
    bool is_zero() const {
        return whole_ + fraction_ / kOneUnits == 0 && fraction_ % kOneUnits == 0;
    }

private:
    Units whole_ = 0;
    Units fraction_ = 0;  // Units of 10^-18.
};

}  // namespace throughline::query
