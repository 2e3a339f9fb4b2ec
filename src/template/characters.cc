#include "template/characters.h"

#include <cstring>

namespace throughline::tmpl {

namespace {

bool is_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

bool is_space(char32_t c) {
    if (c < 0x80) return c == ' ' || (c >= 9 && c <= 13);
    return c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 ||
           c == 0x202f || c == 0x205f || c == 0x3000;
}

constexpr char32_t kByteOrderMark = 0xfeff;
constexpr char32_t kMongolianSeparator = 0x180e;

}  // namespace

int hex_digit(char c) {
    if (is_digit(c)) return c - '0';
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

Character first_character(std::string_view text) {
    const auto byte = [&](size_t i) {
        return static_cast<char32_t>(i < text.size() ? static_cast<unsigned char>(text[i]) & 0x3f
                                                     : 0);
    };
    const auto lead = static_cast<unsigned char>(text[0]);
    if (lead < 0x80) return {lead, 1};
    if (lead < 0xe0) return {(lead & 0x1fu) << 6 | byte(1), text.size() < 2 ? text.size() : 2};
    if (lead < 0xf0) {
        return {(lead & 0x0fu) << 12 | byte(1) << 6 | byte(2), text.size() < 3 ? text.size() : 3};
    }
    return {(lead & 0x07u) << 18 | byte(1) << 12 | byte(2) << 6 | byte(3),
            text.size() < 4 ? text.size() : 4};
}

size_t blank_prefix(std::string_view text) {
    size_t size = 0;
    while (size < text.size()) {
        const Character first = first_character(text.substr(size));
        if (!is_space(first.code) && first.code != kByteOrderMark) break;
        size += first.size;
    }
    return size;
}

size_t blank_suffix(std::string_view text) {
    size_t end = text.size();
    while (end > 0) {
        size_t start = end - 1;
        while (start > 0 && is_continuation(text[start])) --start;
        const char32_t code = first_character(text.substr(start, end - start)).code;
        if (!is_space(code) && code != kByteOrderMark) break;
        end = start;
    }
    return text.size() - end;
}

std::string_view trimmed_start(std::string_view text) {
    return text.substr(blank_prefix(text));
}

std::string_view trimmed_end(std::string_view text) {
    return text.substr(0, text.size() - blank_suffix(text));
}

std::string_view trimmed(std::string_view text) {
    return trimmed_end(trimmed_start(text));
}

size_t tag_blank_size(std::string_view text) {
    if (text.empty()) return 0;
    const Character first = first_character(text);
    return is_space(first.code) || first.code == kMongolianSeparator ? first.size : 0;
}

size_t word_character_size(std::string_view text) {
    if (text.empty()) return 0;
    const char c = text[0];
    if (is_alphanumeric(c) || c == '_' || c == '-' || c == '?') return 1;
    if (static_cast<unsigned char>(c) < 0x80) return 0;
    const Character first = first_character(text);
    const bool is_quote = first.code == 0x201c || first.code == 0x201d;
    return is_quote || tag_blank_size(text) != 0 ? 0 : first.size;
}

size_t character_count(std::string_view text) {
    size_t count = 0;
    for (const char c : text) count += !is_continuation(c);
    return count;
}

size_t utf16_length(std::string_view text) {
    size_t length = 0;
    for (const char c : text) {
        // A character of four bytes is two units.
        length += !is_continuation(c) + (static_cast<unsigned char>(c) >= 0xf0 ? 1u : 0u);
    }
    return length;
}

size_t find_text(std::string_view text, std::string_view part, size_t from) {
    if (from > text.size()) return std::string_view::npos;
    if (part.empty()) return from;
    if (part.size() > text.size() - from) return std::string_view::npos;
    const void* found = memmem(text.data() + from, text.size() - from, part.data(), part.size());
    if (!found) return std::string_view::npos;
    return static_cast<size_t>(static_cast<const char*>(found) - text.data());
}

size_t byte_of_character(std::string_view text, double count) {
    size_t at = 0;
    for (double i = 0; i < count && at < text.size(); ++i) {
        ++at;
        while (at < text.size() && is_continuation(text[at])) ++at;
    }
    return at;
}

}  // namespace throughline::tmpl
