#include "engine/traces.h"

#include <algorithm>

namespace throughline::engine {

namespace {

constexpr size_t kTellingBytes = 5;
constexpr size_t kPhoneDigits = 9;  // National numbers of nearly all countries have so many.

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

// The digits of each number in a text, however they are grouped; one blank between two numbers.
std::string numbers_of(std::string_view text) {
    std::string digits;
    for (const char c : text) {
        if (is_digit(c)) {
            digits += c;
        } else if (std::string_view(" -.()/").find(c) == std::string_view::npos) {
            digits += ' ';
        }
    }
    return digits;
}

// Whether `text` goes on with `: "value"` or `: value`.
bool has_value(std::string_view text, std::string_view value) {
    const auto skip_blanks = [&] {
        text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    };
    skip_blanks();
    if (!text.starts_with(':')) return false;
    text.remove_prefix(1);
    skip_blanks();
    const bool is_quoted = text.starts_with('"');
    if (is_quoted) text.remove_prefix(1);
    skip_blanks();
    if (!text.starts_with(value)) return false;
    text.remove_prefix(value.size());
    return text.empty() || std::string_view("\" \t\r\n,}").find(text.front()) != text.npos;
}

bool names_id(std::string_view text, std::string_view value) {
    for (const std::string_view field :
         {"\"userid\"", "\"user_id\"", "\"anonymousid\"", "\"anonymous_id\"", "\"previousid\""}) {
        for (size_t at = text.find(field); at != text.npos; at = text.find(field, at + 1)) {
            if (has_value(text.substr(at + field.size()), value)) return true;
        }
    }
    return false;
}

}  // namespace

void Traces::add(std::string_view value) {
    if (value.empty()) return;
    (value.size() < kTellingBytes ? ids_ : texts_).push_back(lower(value));
    const std::string_view digits = value.substr(1);
    if (value.front() != '+' || digits.size() < kPhoneDigits) return;
    if (!std::ranges::all_of(digits, is_digit)) return;
    phones_.emplace_back(digits.substr(digits.size() - kPhoneDigits));
}

bool Traces::are_in(std::string_view reject) const {
    const std::string text = lower(reject);
    const auto holds = [](const std::string& whole) {
        return [&whole](const std::string& part) { return whole.find(part) != whole.npos; };
    };
    if (std::ranges::any_of(texts_, holds(text))) return true;
    if (!phones_.empty() && std::ranges::any_of(phones_, holds(numbers_of(reject)))) return true;
    return std::ranges::any_of(ids_, [&](const std::string& id) { return names_id(text, id); });
}

}  // namespace throughline::engine
