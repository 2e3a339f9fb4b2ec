// Characters as templates and their filters see them. All texts are UTF-8.
//
// Layer 2. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace throughline::tmpl {

inline bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
inline bool is_alphanumeric(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// The value of a hexadecimal digit, or -1.
int hex_digit(char c);

/// The first character of a text that is not empty. Requires: UTF-8.
struct Character {
    char32_t code = 0;
    size_t size = 1;
};
Character first_character(std::string_view text);

/// How many bytes of blank (as JavaScript's \s and trim()) the text begins with; 0 if none.
size_t blank_prefix(std::string_view text);
size_t blank_suffix(std::string_view text);
std::string_view trimmed(std::string_view text);
std::string_view trimmed_start(std::string_view text);
std::string_view trimmed_end(std::string_view text);

/// The same for one blank between the words of a tag, which is slightly another set.
size_t tag_blank_size(std::string_view text);
/// How many bytes the letter, digit, `_`, `-` or `?` takes that the text begins with; 0 if none.
size_t word_character_size(std::string_view text);

/// How many characters (code points) a text has; how many UTF-16 units, which is what `size` tells.
size_t character_count(std::string_view text);
size_t utf16_length(std::string_view text);

/// The first place at or after `from` where `part` stands in `text`, or npos. Cost: linear, also
/// for texts made to be slow to search.
size_t find_text(std::string_view text, std::string_view part, size_t from = 0);

/// The byte where the character number `count` begins, at most the end. JavaScript's loop counts
/// up while it is below `count`, so 1.5 is 2, and NaN is 0.
size_t byte_of_character(std::string_view text, double count);

}  // namespace throughline::tmpl
