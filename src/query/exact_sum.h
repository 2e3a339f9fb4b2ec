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

class ExactSum {
public:
    void add(model::Decimal value);
    void add(const ExactSum& other);

    /// Appends the decimal number, without trailing zeros: `-12.5`.
    void append_to(std::string& out) const;
    double as_double() const;

private:
    __extension__ using Int128 = __int128;

    Int128 whole_ = 0;
    Int128 fraction_ = 0;  // Units of 10^-18.
};

}  // namespace throughline::query
