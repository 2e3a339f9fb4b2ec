#include "model/normalise_phone.h"

#include <algorithm>
#include <array>

namespace throughline::model {

namespace {

struct Country {
    std::string_view region;
    std::string_view code;   // Calling code.
    std::string_view trunk;  // Dialled before a national number, not part of it.
    size_t digits_min = 0;   // Of a national number without the trunk digit.
    size_t digits_max = 0;
    std::string_view first{};  // Digits that it may begin with; empty: any but the trunk's.
};

// Sources: ITU-T E.164 national numbering plans. Italy keeps its leading 0; Spain, Portugal,
// Denmark, Norway, Greece, Poland, Czechia have no trunk digit.
constexpr auto kCountries = std::to_array<Country>({
    {"AE", "971", "0", 7, 9, {}},         {"AT", "43", "0", 4, 13, "123456789"},
    {"AU", "61", "0", 9, 9, {}},          {"AZ", "994", "0", 9, 9, {}},
    {"BE", "32", "0", 8, 9, {}},          {"BG", "359", "0", 7, 9, {}},
    {"BR", "55", "0", 10, 11, {}},        {"CA", "1", "1", 10, 10, "23456789"},
    {"CH", "41", "0", 9, 9, {}},          {"CY", "357", "", 8, 8, {}},
    {"CZ", "420", "", 9, 9, "23456789"},  {"DE", "49", "0", 5, 12, "123456789"},
    {"DK", "45", "", 8, 8, {}},           {"EG", "20", "0", 8, 10, {}},
    {"ES", "34", "", 9, 9, "6789"},       {"FI", "358", "0", 5, 12, {}},
    {"FR", "33", "0", 9, 9, "123456789"}, {"GB", "44", "0", 9, 10, "1235789"},
    {"GR", "30", "", 10, 10, "267"},      {"HU", "36", "06", 8, 9, {}},
    {"IE", "353", "0", 7, 9, {}},         {"IL", "972", "0", 8, 9, {}},
    {"IN", "91", "0", 10, 10, {}},        {"IT", "39", "", 6, 11, "038"},
    {"JP", "81", "0", 9, 10, {}},         {"LU", "352", "", 6, 11, {}},
    {"MD", "373", "0", 8, 8, {}},         {"MX", "52", "", 10, 10, {}},
    {"NL", "31", "0", 9, 9, "123456789"}, {"NO", "47", "", 8, 8, {}},
    {"NZ", "64", "0", 8, 10, {}},         {"PL", "48", "", 9, 9, {}},
    {"PT", "351", "", 9, 9, "2346789"},   {"RO", "40", "0", 9, 9, "23678"},
    {"RS", "381", "0", 8, 9, {}},         {"RU", "7", "8", 10, 10, {}},
    {"SA", "966", "0", 8, 9, {}},         {"SE", "46", "0", 7, 9, {}},
    {"SK", "421", "0", 9, 9, {}},         {"TR", "90", "0", 10, 10, "234589"},
    {"UA", "380", "0", 9, 9, {}},         {"US", "1", "1", 10, 10, "23456789"},
    {"ZA", "27", "0", 9, 9, {}},
});

constexpr size_t kDigitsMin = 7;  // Of any international number, the calling code included.
constexpr size_t kDigitsMax = 15;

// Calling codes of one and two digits; three digits begin with one of the pairs below.
constexpr std::string_view kTwoDigitCodes =
    "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 "
    "65 66 81 82 84 86 90 91 92 93 94 95 98";
constexpr std::string_view kThreeDigitPairs =
    "21 22 23 24 25 26 29 35 37 38 42 50 59 67 68 69 80 85 87 88 96 97 99";

bool lists(std::string_view pairs, std::string_view pair) {
    for (size_t at = 0; at < pairs.size(); at += 3) {
        if (pairs.substr(at, 2) == pair) return true;
    }
    return false;
}

bool has_calling_code(std::string_view digits) {
    const std::string_view pair = digits.substr(0, 2);
    return digits[0] == '1' || digits[0] == '7' || lists(kTwoDigitCodes, pair) ||
           lists(kThreeDigitPairs, pair);
}

const Country* country_in(std::string_view region) {
    const auto found = std::ranges::find(kCountries, region, &Country::region);
    return found == kCountries.end() ? nullptr : &*found;
}

bool is_national(const Country& country, std::string_view digits) {
    if (digits.size() < country.digits_min || digits.size() > country.digits_max) return false;
    if (country.code.size() + digits.size() < kDigitsMin) return false;
    if (country.code == "1" && (digits[3] == '0' || digits[3] == '1')) return false;
    return country.first.empty() ? !digits.starts_with('0')
                                 : country.first.find(digits[0]) != std::string_view::npos;
}

/// The digits of a number as people write it: what it begins with is kept in `is_plus`. Nothing
/// for text that is no number. An extension (`ext. 12`, `x12`, `;ext=12`) is left out.
std::optional<std::string> digits_of(std::string_view text, bool& is_plus) {
    if (text.starts_with("tel:")) text.remove_prefix(4);
    std::string digits;
    is_plus = false;
    for (size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const std::string_view rest = text.substr(i);
        if (c >= '0' && c <= '9') {
            digits.push_back(c);
        } else if (c == '+') {
            if (is_plus || !digits.empty()) return {};
            is_plus = true;
        } else if (rest.starts_with("(0)") && (is_plus || digits.starts_with("00"))) {
            i += 2;  // `+44 (0)20`: the trunk digit, to be left out from abroad.
        } else if (rest.starts_with("\xc2\xa0")) {
            ++i;  // A no-break space.
        } else if (rest.starts_with("\xe2\x80\x90") || rest.starts_with("\xe2\x80\x91") ||
                   rest.starts_with("\xe2\x80\x93")) {
            i += 2;  // Hyphens and dashes of word processors.
        } else if (c == 'x' || c == 'X' || c == ';' || c == '#' || rest.starts_with("ext")) {
            if (digits.empty()) return {};
            break;
        } else if (std::string_view(" -.()/").find(c) == std::string_view::npos) {
            return {};
        }
    }
    return digits;
}

std::optional<std::string> international(std::string_view digits) {
    if (digits.size() < kDigitsMin || digits.size() > kDigitsMax) return {};
    if (!has_calling_code(digits)) return {};
    for (const Country& country : kCountries) {
        if (!digits.starts_with(country.code)) continue;
        // `+90 0532 ...`: the trunk digit, written where it does not belong.
        std::string_view national = digits.substr(country.code.size());
        const bool has_trunk = country.trunk == "0" && national.starts_with('0');
        if (has_trunk) national.remove_prefix(1);
        // `7` and `1` are shared by several countries, which agree on their lengths here.
        if (!is_national(country, national)) return {};
        return '+' + std::string(country.code) + std::string(national);
    }
    return '+' + std::string(digits);
}

std::optional<std::string> national(const Country& country, std::string_view digits) {
    const auto number = [&](std::string_view rest) -> std::optional<std::string> {
        if (!is_national(country, rest)) return {};
        return '+' + std::string(country.code) + std::string(rest);
    };
    if (!country.trunk.empty() && digits.starts_with(country.trunk)) {
        if (auto found = number(digits.substr(country.trunk.size()))) return found;
    }
    if (auto found = number(digits)) return found;
    // Written as abroad, but without a plus.
    if (digits.starts_with(country.code)) return number(digits.substr(country.code.size()));
    return {};
}

}  // namespace

std::optional<std::string> normalise_phone(std::string_view text, std::string_view region) {
    bool is_plus = false;
    const auto digits = digits_of(text, is_plus);
    if (!digits) return {};
    const std::string_view all = *digits;
    if (is_plus) return international(all.starts_with("00") ? all.substr(2) : all);
    const Country* country = country_in(region);
    if (country != nullptr && country->code == "1" && all.starts_with("011")) {
        return international(all.substr(3));
    }
    if (all.starts_with("00")) return international(all.substr(2));
    return country == nullptr ? std::nullopt : national(*country, all);
}

}  // namespace throughline::model
