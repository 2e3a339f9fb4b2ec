#include "model/normalise.h"

#include <idn2.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/json_text.h"
#include "model/normalise_phone.h"
#include "model/unicode.h"

namespace throughline::model {

namespace {

constexpr size_t kValueBytesMax = 2048;  // Push tokens are the longest that mean anything.
constexpr size_t kLocalBytesMax = 64;    // RFC 5321 4.5.3.1.1
constexpr size_t kDomainBytesMax = 253;  // RFC 1035, without the root's dot.
constexpr size_t kLabelBytesMax = 63;

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

char ascii_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string ascii_lowered(std::string_view text) {
    std::string lowered(text);
    std::ranges::transform(lowered, lowered.begin(), ascii_lower);
    return lowered;
}

bool is_label_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

/// Checks a lower-case ASCII domain: at least two labels, each as host names may have them.
bool is_domain(std::string_view domain) {
    if (domain.empty() || domain.size() > kDomainBytesMax) return false;
    size_t labels = 0;
    std::string_view label;
    for (size_t from = 0; from <= domain.size(); from += label.size() + 1) {
        label = domain.substr(from, domain.find('.', from) - from);
        if (label.empty() || label.size() > kLabelBytesMax) return false;
        if (label.front() == '-' || label.back() == '-') return false;
        if (!std::ranges::all_of(label, is_label_char)) return false;
        ++labels;
    }
    // The last label of a name is never all digits: that would be an address.
    return labels >= 2 && !std::ranges::all_of(label, [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<std::string> ascii_domain(std::string_view domain) {
    if (domain.ends_with('.')) domain.remove_suffix(1);
    if (is_ascii(domain)) {
        std::string lowered = ascii_lowered(domain);
        if (!is_domain(lowered)) return {};
        return lowered;
    }
    const std::string text(domain);
    char* encoded = nullptr;
    // UTS 46 without its transitional mappings is what browsers and registries do today.
    const int status =
        idn2_to_ascii_8z(text.c_str(), &encoded, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    if (status != IDN2_OK) return {};
    std::string lowered = ascii_lowered(encoded);
    idn2_free(encoded);
    if (!is_domain(lowered)) return {};
    return lowered;
}

/// RFC 5322's dot-atom, and beyond ASCII what RFC 6531 adds to it. Quoted local parts are legal and
/// not in use.
bool is_local_char(char c) {
    if (static_cast<unsigned char>(c) >= 0x80) return true;
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return is_letter || (c >= '0' && c <= '9') ||
           std::string_view(".!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

std::optional<std::string> normalise_email(std::string_view text) {
    const size_t at = text.rfind('@');
    if (at == std::string_view::npos) return {};
    const std::string_view local = text.substr(0, at);
    if (local.empty() || local.size() > kLocalBytesMax) return {};
    // Dots at the ends or doubled are not legal, but real providers have given such addresses away.
    if (!std::ranges::all_of(local, is_local_char)) return {};
    const auto domain = ascii_domain(text.substr(at + 1));
    if (!domain) return {};
    const auto lowered = is_ascii(local) ? ascii_lowered(local) : unicode_folded(local);
    if (!lowered || lowered->empty()) return {};
    return *lowered + '@' + *domain;
}

constexpr auto kNobody = std::to_array<std::string_view>({
    "(none)",  "(not set)", "(null)",    "-1",      "[object object]",
    "anon",    "anonymous", "blank",     "default", "deleted",
    "empty",   "false",     "guest",     "n/a",     "na",
    "nan",     "nil",       "no",        "none",    "not set",
    "not_set", "null",      "nulo",      "test",    "testing",
    "true",    "undef",     "undefined", "unknown", "unset",
    "user",    "visitor",   "void",      "xxx",     "{}",
});
static_assert(std::ranges::is_sorted(kNobody));
constexpr size_t kNobodyBytesMax = 15;  // `[object object]`

constexpr auto kNobodysMailbox = std::to_array<std::string_view>({
    "anonymous", "asdf",     "donotreply", "email",     "guest",   "na",     "no",
    "no-email",  "no-reply", "noemail",    "none",      "noreply", "nospam", "null",
    "test",      "testing",  "tests",      "undefined", "unknown", "user",
});
static_assert(std::ranges::is_sorted(kNobodysMailbox));

constexpr auto kNobodysDomain = std::to_array<std::string_view>({
    "domain.com",
    "noemail.com",
    "none.com",
    "test.com",
    "test.test",
});
static_assert(std::ranges::is_sorted(kNobodysDomain));

bool is_generic_email(std::string_view value) {
    const size_t at = value.rfind('@');
    if (at == std::string_view::npos) return false;
    const std::string_view domain = value.substr(at + 1);
    // RFC 2606 lets nobody have it. Its example domains link like any other: whoever tries the
    // product out uses them, one address a person.
    return domain.ends_with(".invalid") ||
           std::ranges::binary_search(kNobodysMailbox, value.substr(0, at)) ||
           std::ranges::binary_search(kNobodysDomain, domain);
}

/// A phone number whose last seven digits are one digit, or count up.
bool is_generic_phone(std::string_view value) {
    constexpr size_t kTail = 7;
    if (value.size() <= kTail) return true;
    const std::string_view tail = value.substr(value.size() - kTail);
    const bool is_one_digit = tail.find_first_not_of(tail[0]) == std::string_view::npos;
    return is_one_digit || value.ends_with("123456789") || value.ends_with("1234567890");
}

/// `0`, `0000`, `---`, `0000-0000`: the values Segment suggests to block.
bool is_zeros_and_dashes(std::string_view value) {
    return value.find_first_not_of("0-") == std::string_view::npos;
}

}  // namespace

std::optional<std::string> normalise(Normaliser how, std::string_view value,
                                     std::string_view region) {
    if (value.size() > kValueBytesMax || !is_utf8(value)) return {};
    std::string text = trimmed_text(value);
    if (text.empty()) return {};
    switch (how) {
        case Normaliser::Text:
            return text;
        case Normaliser::Email:
            return normalise_email(text);
        case Normaliser::Phone:
            return normalise_phone(text, region);
        case Normaliser::CaseFolded:
            return is_ascii(text) ? ascii_lowered(text) : unicode_folded(text);
    }
    return {};
}

bool is_generic(NamespaceId space, std::string_view value) {
    if (is_zeros_and_dashes(value)) return true;
    if (space == kEmail) return is_generic_email(value);
    if (space == kPhone) return is_generic_phone(value);
    if (value.size() > kNobodyBytesMax) return false;
    // Most ids are told by their digits: none of these words has one.
    const bool has_digit = std::ranges::any_of(value, [](char c) { return c >= '0' && c <= '9'; });
    if (has_digit) return value == "-1";
    return std::ranges::binary_search(kNobody, ascii_lowered(value));
}

}  // namespace throughline::model
