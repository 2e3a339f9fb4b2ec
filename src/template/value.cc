#include "template/value.h"

#include <charconv>
#include <cmath>
#include <limits>

#include "template/characters.h"

namespace throughline::tmpl {

Value Value::of(model::DocView doc) {
    if (doc.is_missing()) return {};
    switch (doc.type()) {
        case model::DocType::Null:
            return null();
        case model::DocType::Bool:
            return boolean(doc.as_bool());
        case model::DocType::Integer:
        case model::DocType::Decimal:
        case model::DocType::Double:
        case model::DocType::NumberText:
            return number(doc.as_double().value_or(0));
        case model::DocType::String:
            return text(doc.as_string());
        case model::DocType::Array:
            return Value(Kind::Array, doc.bytes().data(),
                         static_cast<uint32_t>(doc.bytes().size()));
        case model::DocType::Object:
            return Value(Kind::Object, doc.bytes().data(),
                         static_cast<uint32_t>(doc.bytes().size()));
    }
    return {};
}

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// 0x1f, 0o17, 0b11: no sign, at least one digit.
double number_with_base(std::string_view digits, int base) {
    double number = 0;
    if (digits.empty()) return kNaN;
    for (const char c : digits) {
        const int digit = hex_digit(c);
        if (digit < 0 || digit >= base) return kNaN;
        number = number * base + digit;
    }
    return number;
}

}  // namespace

double number_of_text(std::string_view text) {
    text = trimmed(text);
    if (text.empty()) return 0;
    if (text.size() > 1 && text[0] == '0') {
        const char mark = static_cast<char>(text[1] | 0x20);
        if (mark == 'x') return number_with_base(text.substr(2), 16);
        if (mark == 'o') return number_with_base(text.substr(2), 8);
        if (mark == 'b') return number_with_base(text.substr(2), 2);
    }
    const bool negative = text[0] == '-';
    std::string_view digits = text;
    if (negative || text[0] == '+') digits.remove_prefix(1);
    if (digits == "Infinity") {
        return negative ? -std::numeric_limits<double>::infinity()
                        : std::numeric_limits<double>::infinity();
    }
    // Only what begins like a decimal number: from_chars also reads "inf" and "nan".
    const bool is_decimal = !digits.empty() && (digits[0] == '.' || is_digit(digits[0]));
    if (!is_decimal) return kNaN;
    double number = 0;
    const char* end = digits.data() + digits.size();
    const auto [rest, error] = std::from_chars(digits.data(), end, number);
    if (rest != end) return kNaN;
    if (error == std::errc::result_out_of_range) {
        // Too large or too small: the exponent says which.
        const bool tiny = digits.find("e-") != digits.npos || digits.find("E-") != digits.npos;
        number = tiny ? 0 : std::numeric_limits<double>::infinity();
    }
    return negative ? -number : number;
}

}  // namespace throughline::tmpl
