#include "ingest/sent_text.h"

#include <cstring>

#include "base/bytes.h"
#include "base/json_text.h"
#include "model/json.h"

namespace throughline::ingest {

namespace {

// Each byte's highest bit is set if it is below 0x20 or above 0x7e. When all bytes before it are
// printable nothing is borrowed or carried, so the first one that is not is always seen.
uint64_t unprintable_bits(uint64_t word) {
    constexpr uint64_t kOnes = 0x0101010101010101;
    return (word | (word - 0x20 * kOnes) | (word + kOnes)) & (0x80 * kOnes);
}

// Whether nothing has to go. The bytes that may begin something that must: control characters,
// U+0080 to U+00A0 (0xC2), and the byte-order mark (0xEF).
bool is_clean(std::string_view text) {
    if (text.front() == ' ' || text.back() == ' ') return false;
    if (is_printable_ascii(text)) return true;
    unsigned suspects = 0;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        suspects |= static_cast<unsigned>(byte < 0x20) | static_cast<unsigned>(byte == 0x7f) |
                    static_cast<unsigned>(byte == 0xc2) | static_cast<unsigned>(byte == 0xef);
    }
    return suspects == 0;
}

bool is_control(std::string_view character) {
    const auto first = static_cast<unsigned char>(character[0]);
    if (character.size() == 1) return first < 0x20 || first == 0x7f;
    const auto second = static_cast<unsigned char>(character[1]);
    return (first == 0xc2 && second < 0xa0) || character == "\xef\xbb\xbf";
}

// A tab or line end becomes a blank, so that words stay apart and ends are trimmed.
void clean(std::string_view text, std::string& out) {
    out.clear();
    while (!text.empty()) {
        size_t size = utf8_character_size(text);
        if (size == 0) size = 1;
        const std::string_view character = text.substr(0, size);
        text.remove_prefix(size);
        const bool is_blank = character == "\t" || character == "\n" || character == "\r" ||
                              character == " " || character == "\xc2\xa0";
        if (is_blank) {
            if (!out.empty()) out += ' ';
        } else if (!is_control(character)) {
            out += character;
        }
    }
    while (!out.empty() && out.back() == ' ') out.pop_back();
}

}  // namespace

bool is_printable_ascii(std::string_view text) {
    const char* at = text.data();
    if (text.size() < sizeof(uint64_t)) {
        uint64_t word = 0x2020202020202020;
        std::memcpy(&word, at, text.size());
        return unprintable_bits(word) == 0;
    }
    const char* last = at + text.size() - sizeof(uint64_t);  // Overlaps the one before it.
    uint64_t bits = unprintable_bits(load<uint64_t>(last));
    for (; at < last; at += sizeof(uint64_t)) bits |= unprintable_bits(load<uint64_t>(at));
    return bits == 0;
}

SentText read_text(model::DocView value, std::string& room, std::string_view& text) {
    text = {};
    if (value.is_string()) {
        text = value.as_string();
        if (text.empty()) return SentText::Missing;
        if (is_clean(text)) return SentText::Present;
        clean(text, room);
        text = room;
        return text.empty() ? SentText::Missing : SentText::Present;
    }
    if (value.is_number()) {
        room.clear();
        model::append_json(room, value);
        text = room;
        return SentText::Present;
    }
    return value.is_missing() || value.is_null() ? SentText::Missing : SentText::Unusable;
}

std::string_view cut_text(std::string_view text, size_t bytes_max) {
    if (text.size() <= bytes_max) return text;
    while (bytes_max > 0 && (static_cast<unsigned char>(text[bytes_max]) & 0xc0) == 0x80) {
        --bytes_max;
    }
    return text.substr(0, bytes_max);
}

}  // namespace throughline::ingest
