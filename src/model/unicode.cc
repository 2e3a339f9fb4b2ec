#include "model/unicode.h"

#include <utf8proc.h>

#include <cstdlib>

#include "base/json_text.h"
#include "model/normalise.h"

namespace throughline::model {

namespace {

constexpr std::string_view kDottedI = "i\xcc\x87";  // i and U+0307

std::optional<std::string> mapped(std::string_view text, int options) {
    utf8proc_uint8_t* bytes = nullptr;
    const utf8proc_ssize_t size =
        utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                     static_cast<utf8proc_ssize_t>(text.size()), &bytes,
                     static_cast<utf8proc_option_t>(options));
    if (size < 0) return {};
    std::string out(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
    std::free(bytes);
    return out;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
    std::string out;
    std::string_view rest = text;
    for (size_t at = rest.find(from); at != std::string_view::npos; at = rest.find(from)) {
        out += rest.substr(0, at);
        out += to;
        rest.remove_prefix(at + from.size());
    }
    out += rest;
    text = std::move(out);
}

bool is_blank(std::string_view character) {
    if (character.size() == 1)
        return character[0] == ' ' || (character[0] >= 9 && character[0] <= 13);
    return character == "\xc2\xa0" || character == "\xe2\x80\xaf" || character == "\xe3\x80\x80" ||
           (character.starts_with("\xe2\x80") && static_cast<unsigned char>(character[2]) <= 0x8a);
}

bool is_invisible(std::string_view character) {
    const auto first = static_cast<unsigned char>(character[0]);
    if (character.size() == 1) return first < 0x20 || first == 0x7f;
    const bool is_c1 = first == 0xc2 && static_cast<unsigned char>(character[1]) < 0xa0;
    return is_c1 || character == "\xef\xbb\xbf" || character == "\xe2\x80\x8b";
}

/// The characters of UTF-8 text, one by one; a byte that is none stands for itself.
std::string_view next_character(std::string_view rest) {
    const size_t size = utf8_character_size(rest);
    return rest.substr(0, size == 0 ? 1 : size);
}

}  // namespace

std::string trimmed_text(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    size_t end = 0;  // Of the last character that is no blank.
    while (!text.empty()) {
        const std::string_view character = next_character(text);
        text.remove_prefix(character.size());
        if (is_blank(character)) {
            // A tab or line feed inside is a control character: out, like the rest of its kind.
            if (!out.empty() && !is_invisible(character)) out += character;
            continue;
        }
        if (is_invisible(character)) continue;
        out += character;
        end = out.size();
    }
    out.resize(end);
    return out;
}

std::optional<std::string> unicode_folded(std::string_view text) {
    auto folded = mapped(text, UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD);
    if (!folded) return {};
    // Full case folding makes `i` and U+0307 of `İ`, which would match no `i` anybody types.
    while (folded->find(kDottedI) != std::string::npos) replace_all(*folded, kDottedI, "i");
    return mapped(*folded, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
}

std::string name_match_form(std::string_view name) {
    auto form = mapped(name, UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT |
                                 UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK | UTF8PROC_IGNORE);
    if (!form) return {};
    // Letters that Unicode does not take apart, as people without them on their keyboard write
    // them. Dotless i is the one that matters: "Işık" and "Isik" are the same name.
    replace_all(*form, "\xc4\xb1", "i");  // ı
    replace_all(*form, "\xc5\x82", "l");  // ł
    replace_all(*form, "\xc3\xb8", "o");  // ø
    replace_all(*form, "\xc4\x91", "d");  // đ

    std::string out;
    for (std::string_view rest = *form; !rest.empty();) {
        const std::string_view character = next_character(rest);
        rest.remove_prefix(character.size());
        if (!is_blank(character)) {
            if (!is_invisible(character)) out += character;
        } else if (!out.empty() && out.back() != ' ') {
            out.push_back(' ');
        }
    }
    if (out.ends_with(' ')) out.pop_back();
    return out;
}

std::string name_display_form(std::string_view name) {
    return mapped(name, UTF8PROC_STABLE | UTF8PROC_COMPOSE).value_or(std::string(name));
}

namespace {

// What has more letters in upper case, of the scripts of Europe.
std::string_view special_upper(std::string_view character) {
    if (character == "\xc3\x9f") return "SS";  // ß
    if (!character.starts_with("\xef\xac")) return {};
    static constexpr std::string_view kLigatures[] = {"FF", "FI", "FL", "FFI", "FFL", "ST", "ST"};
    const auto place = static_cast<size_t>(static_cast<unsigned char>(character[2]) - 0x80u);
    return place < std::size(kLigatures) ? kLigatures[place] : std::string_view();
}

std::string_view turkic_upper(std::string_view character) {
    return character == "i" ? "\xc4\xb0" : std::string_view();  // İ; ı is I everywhere
}

std::string_view turkic_lower(std::string_view character) {
    if (character == "I") return "\xc4\xb1";                    // ı
    return character == "\xc4\xb0" ? "i" : std::string_view();  // İ
}

char32_t code_of(std::string_view character) {
    utf8proc_int32_t code = 0;
    utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(character.data()),
                     static_cast<utf8proc_ssize_t>(character.size()), &code);
    return code < 0 ? U'\ufffd' : static_cast<char32_t>(code);
}

bool is_letter(std::string_view text) {
    if (text.empty()) return false;
    const auto kind =
        utf8proc_category(static_cast<utf8proc_int32_t>(code_of(next_character(text))));
    return kind >= UTF8PROC_CATEGORY_LU && kind <= UTF8PROC_CATEGORY_LO;
}

}  // namespace

Casing casing_of(std::string_view language) {
    const std::string_view name = language.substr(0, 2);
    const bool is_whole = language.size() == 2 || (language.size() > 2 && language[2] == '-');
    return is_whole && (name == "tr" || name == "az") ? Casing::Turkic : Casing::Common;
}

std::string upper_case(std::string_view text, Casing casing) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const std::string_view character = next_character(text);
        text.remove_prefix(character.size());
        std::string_view special = special_upper(character);
        if (casing == Casing::Turkic && special.empty()) special = turkic_upper(character);
        if (!special.empty()) {
            out += special;
        } else {
            const auto upper = utf8proc_toupper(static_cast<utf8proc_int32_t>(code_of(character)));
            append_utf8(out, static_cast<char32_t>(upper));
        }
    }
    return out;
}

std::string lower_case(std::string_view text, Casing casing) {
    std::string out;
    out.reserve(text.size());
    bool after_letter = false;
    while (!text.empty()) {
        const std::string_view character = next_character(text);
        text.remove_prefix(character.size());
        std::string_view special;
        if (casing == Casing::Turkic) special = turkic_lower(character);
        if (special.empty() && character == "\xc4\xb0") special = kDottedI;  // İ
        const bool ends_word = after_letter && !is_letter(text);
        if (character == "\xce\xa3" && ends_word) special = "\xcf\x82";  // Σ, ς
        if (!special.empty()) {
            out += special;
        } else {
            const auto lower = utf8proc_tolower(static_cast<utf8proc_int32_t>(code_of(character)));
            append_utf8(out, static_cast<char32_t>(lower));
        }
        after_letter = is_letter(character);
    }
    return out;
}

bool is_letter_or_digit(char32_t character) {
    const auto kind = utf8proc_category(static_cast<utf8proc_int32_t>(character));
    return kind >= UTF8PROC_CATEGORY_LU && kind <= UTF8PROC_CATEGORY_ND;
}

}  // namespace throughline::model
