#include "ingest/sent_text.h"

#include "base/json_text.h"
#include "model/json.h"

namespace throughline::ingest {

namespace {

// The bytes that may begin something to be removed: control characters, U+0080 to U+00A0 (0xC2),
// and the byte-order mark (0xEF). Everything else is clean as it is.
bool is_suspect(unsigned char byte) {
    return byte < 0x20 || byte == 0x7f || byte == 0xc2 || byte == 0xef;
}

bool is_clean(std::string_view text) {
    if (text.front() == ' ' || text.back() == ' ') return false;
    for (const char c : text) {
        if (is_suspect(static_cast<unsigned char>(c))) return false;
    }
    return true;
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
