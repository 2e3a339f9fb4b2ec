#include "ingest/number_text.h"

namespace throughline::ingest {

namespace {

constexpr int64_t kUnitsMax = 999'999'999'999'999'999;  // 18 digits

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool takes_digit(int64_t& units, char digit) {
    if (units > (kUnitsMax - 9) / 10) return false;
    units = units * 10 + (digit - '0');
    return true;
}

// Size of what parts groups at the front of `text`: one character, or a no-break blank.
size_t separator_size(std::string_view text, char mark) {
    const char other = mark == ',' ? '.' : ',';
    if (text[0] == other || text[0] == ' ' || text[0] == '\'') return 1;
    return text.starts_with("\xc2\xa0") ? 2 : text.starts_with("\xe2\x80\xaf") ? 3 : 0;
}

// Exactly three digits, and then no more.
bool is_group(std::string_view text) {
    return text.size() >= 3 && is_digit(text[0]) && is_digit(text[1]) && is_digit(text[2]) &&
           (text.size() == 3 || !is_digit(text[3]));
}

}  // namespace

std::optional<model::Decimal> read_decimal(std::string_view text, char mark) {
    const bool is_negative = text.starts_with('-');
    if (is_negative || text.starts_with('+')) text.remove_prefix(1);
    int64_t units = 0;
    bool has_digits = false;
    while (!text.empty() && text[0] != mark) {
        if (is_digit(text[0])) {
            if (!takes_digit(units, text[0])) return {};
            text.remove_prefix(1);
            has_digits = true;
            continue;
        }
        const size_t size = separator_size(text, mark);
        if (size == 0 || !has_digits || !is_group(text.substr(size))) return {};
        text.remove_prefix(size);
    }
    uint8_t scale = 0;
    if (!text.empty()) text.remove_prefix(1);  // The mark.
    for (const char c : text) {
        if (!is_digit(c) || !takes_digit(units, c)) return {};
        has_digits = true;
        ++scale;
        if (scale > 18) return {};
    }
    if (!has_digits) return {};
    return model::Decimal{is_negative ? -units : units, scale};
}

std::optional<int64_t> whole_number(model::Decimal number) {
    for (; number.scale > 0; --number.scale, number.units /= 10) {
        if (number.units % 10 != 0) return {};
    }
    return number.units;
}

std::optional<model::Decimal> multiply(model::Decimal a, model::Decimal b) {
    __int128 units = static_cast<__int128>(a.units) * b.units;
    int scale = a.scale + b.scale;
    while (scale > 0 && units % 10 == 0) {
        units /= 10;
        --scale;
    }
    if (scale > 18 || units > kUnitsMax || units < -kUnitsMax) return {};
    return model::Decimal{static_cast<int64_t>(units), static_cast<uint8_t>(scale)};
}

}  // namespace throughline::ingest
