#include "base/json_text.h"

#include <charconv>
#include <cmath>

namespace throughline {

void append_utf8(std::string& out, char32_t c) {
    const auto put = [&](char32_t byte) { out.push_back(static_cast<char>(byte)); };
    if (c < 0x80) {
        put(c);
    } else if (c < 0x800) {
        put(0xc0 | c >> 6), put(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        put(0xe0 | c >> 12), put(0x80 | (c >> 6 & 0x3f)), put(0x80 | (c & 0x3f));
    } else {
        put(0xf0 | c >> 18), put(0x80 | (c >> 12 & 0x3f)), put(0x80 | (c >> 6 & 0x3f));
        put(0x80 | (c & 0x3f));
    }
}

size_t utf8_character_size(std::string_view text) {
    if (text.empty()) return 0;
    const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto tail = [&](size_t i) { return i < text.size() && (byte(i) & 0xc0) == 0x80; };
    const unsigned lead = byte(0);
    if (lead < 0x80) return 1;
    if (lead >= 0xc2 && lead < 0xe0) return tail(1) ? 2 : 0;
    if (lead >= 0xe0 && lead < 0xf0) {
        if (!tail(1) || !tail(2)) return 0;
        if (lead == 0xe0 && byte(1) < 0xa0) return 0;  // overlong
        if (lead == 0xed && byte(1) > 0x9f) return 0;  // surrogate
        return 3;
    }
    if (lead >= 0xf0 && lead < 0xf5) {
        if (!tail(1) || !tail(2) || !tail(3)) return 0;
        if (lead == 0xf0 && byte(1) < 0x90) return 0;  // overlong
        if (lead == 0xf4 && byte(1) > 0x8f) return 0;  // past U+10FFFF
        return 4;
    }
    return 0;
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const size_t size = utf8_character_size(text);
        if (size == 0) return false;
        text.remove_prefix(size);
    }
    return true;
}

void append_json_string(std::string& out, std::string_view text) {
    static constexpr char kHex[] = "0123456789abcdef";
    out += '"';
    size_t start = 0;  // What lies between start and i is written as it is.
    size_t i = 0;
    const auto flush = [&](std::string_view instead, size_t skipped) {
        out.append(text, start, i - start);
        out += instead;
        i += skipped;
        start = i;
    };
    while (i < text.size()) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\') {
            ++i;
        } else if (byte == '"') {
            flush("\\\"", 1);
        } else if (byte == '\\') {
            flush("\\\\", 1);
        } else if (byte == '\n') {
            flush("\\n", 1);
        } else if (byte == '\r') {
            flush("\\r", 1);
        } else if (byte == '\t') {
            flush("\\t", 1);
        } else if (byte < 0x20) {
            const char escape[] = {'\\', 'u', '0', '0', kHex[byte >> 4], kHex[byte & 15], 0};
            flush(escape, 1);
        } else if (const size_t size = utf8_character_size(text.substr(i))) {
            i += size;
        } else {
            flush("\xef\xbf\xbd", 1);
        }
    }
    flush("", 0);
    out += '"';
}

void append_json_number(std::string& out, double number) {
    if (!std::isfinite(number)) {
        out += "null";
        return;
    }
    char buffer[32];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, number).ptr;
    out.append(buffer, end);
}

}  // namespace throughline
