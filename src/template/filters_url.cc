// Filters of addresses, and of texts in other codes.
#include <algorithm>
#include <array>
#include <string>

#include "base/base64.h"
#include "base/digest.h"
#include "base/json_text.h"
#include "model/unicode.h"
#include "template/characters.h"
#include "template/escape.h"
#include "template/filters.h"
#include "template/value_text.h"

namespace throughline::tmpl {

namespace {

std::string_view text_of(FilterContext& context, Value value) {
    return printed(context.work, value);
}

// Percent-encoded with a plus for a blank, as forms are.
Value form_encoded(FilterContext& context, Value value, std::string_view kept) {
    TextBuilder out(context.work);
    std::string_view text = text_of(context, value);
    for (size_t at = text.find(' '); at != text.npos; at = text.find(' ')) {
        append_percent_encoded(out, text.substr(0, at), kept);
        out.add('+');
        text.remove_prefix(at + 1);
    }
    append_percent_encoded(out, text, kept);
    return out.value();
}

Value url_encode(FilterContext& context, Value value, FilterArguments) {
    return form_encoded(context, value, kUrlComponentMarks);
}

Value cgi_escape(FilterContext& context, Value value, FilterArguments) {
    return form_encoded(context, value, "-_.~");
}

Value uri_escape(FilterContext& context, Value value, FilterArguments) {
    TextBuilder out(context.work);
    append_percent_encoded(out, text_of(context, value), ";/?:@&=+$,#-_.!~*'()[]");
    return out.value();
}

// What is not percent-encoded UTF-8 stays as it is.
Value url_decode(FilterContext& context, Value value, FilterArguments) {
    const std::string_view text = text_of(context, value);
    std::string decoded;
    for (size_t i = 0; i < text.size(); ++i) {
        const bool is_code = text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
                             hex_digit(text[i + 2]) >= 0;
        if (!is_code) {
            decoded += text[i] == '+' ? ' ' : text[i];
            continue;
        }
        decoded += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
        i += 2;
    }
    return Value::text(is_utf8(decoded) ? context.work.keep(decoded) : text);
}

enum class Slug : uint8_t { Raw, Default, Pretty, Ascii, Latin, None };

Slug slug_mode(std::string_view name) {
    if (name == "raw") return Slug::Raw;
    if (name == "pretty") return Slug::Pretty;
    if (name == "ascii") return Slug::Ascii;
    if (name == "latin") return Slug::Latin;
    return name == "default" ? Slug::Default : Slug::None;
}

// What stands for a letter with an accent; empty if it stays.
std::string_view without_accent(std::string_view letter) {
    struct Plain {
        std::string_view letters;
        std::string_view plain;
    };
    static constexpr std::array<Plain, 16> kPlain{{{"àáâãäå", "a"},
                                                   {"æ", "ae"},
                                                   {"ç", "c"},
                                                   {"èéêë", "e"},
                                                   {"ìíîï", "i"},
                                                   {"ð", "d"},
                                                   {"ñ", "n"},
                                                   {"òóôõöø", "o"},
                                                   {"ùúûü", "u"},
                                                   {"ýÿ", "y"},
                                                   {"ß", "ss"},
                                                   {"œ", "oe"},
                                                   {"þ", "th"},
                                                   {"ẞ", "SS"},
                                                   {"Œ", "OE"},
                                                   {"Þ", "TH"}}};
    if (letter.size() == 1) return {};
    for (const Plain& one : kPlain) {
        if (one.letters.find(letter) != one.letters.npos) return one.plain;
    }
    return {};
}

bool is_kept(Slug mode, std::string_view character) {
    const char c = character[0];
    const bool is_ascii = character.size() == 1;
    if (mode == Slug::Raw) return blank_prefix(character) == 0;
    if (is_ascii && is_alphanumeric(c)) return true;
    if (mode == Slug::Ascii) return false;
    if (is_ascii) {
        static constexpr std::string_view kPretty = "._~!$&'()+,;=@";
        return mode == Slug::Pretty && kPretty.find(c) != kPretty.npos;
    }
    return model::is_letter_or_digit(first_character(character).code);
}

// Each run of what is not kept becomes one `-`; one at either end is taken away.
std::string slug_of(std::string_view text, Slug mode) {
    std::string out;
    bool in_gap = false;
    while (!text.empty()) {
        std::string_view character = text.substr(0, first_character(text).size);
        text.remove_prefix(character.size());
        const std::string_view plain =
            mode == Slug::Latin ? without_accent(character) : std::string_view();
        const bool stays = !plain.empty() || is_kept(mode, character);
        if (!stays && !in_gap) out += '-';
        if (stays) out += plain.empty() ? character : plain;
        in_gap = !stays;
    }
    if (out.ends_with('-')) out.pop_back();
    if (out.starts_with('-')) out.erase(0, 1);
    return out;
}

Value slugify(FilterContext& context, Value value, FilterArguments arguments) {
    const std::string_view text = text_of(context, value);
    const Value wanted = argument(arguments, 0);
    const Slug mode = wanted.is_missing() ? Slug::Default : slug_mode(text_of(context, wanted));
    std::string slug = mode == Slug::None ? std::string(text) : slug_of(text, mode);
    if (!argument(arguments, 1).is_truthy()) slug = model::lower_case(slug, model::Casing::Common);
    return Value::text(context.work.keep(slug));
}

Value base64_encode(FilterContext& context, Value value, FilterArguments) {
    return Value::text(context.work.keep(encode_base64(text_of(context, value))));
}

Value base64_decode(FilterContext& context, Value value, FilterArguments) {
    std::string text(text_of(context, value));
    std::erase_if(text, [](char c) {
        return c == ' ' || c == '\t' || (c >= '\n' && c <= '\r' && c != '\v');
    });
    const auto decoded = decode_base64(text);
    if (decoded && is_utf8(*decoded)) return Value::text(context.work.keep(*decoded));
    context.work.fail(Code::InvalidArgument, "base64_decode: not base64 of a text");
    return {};
}

Value sha256(FilterContext& context, Value value, FilterArguments) {
    return Value::text(context.work.keep(sha256_hex(text_of(context, value))));
}

Value hmac_sha256(FilterContext& context, Value value, FilterArguments arguments) {
    const std::string_view key = text_of(context, arguments[0]);
    return Value::text(context.work.keep(hmac_sha256_hex(text_of(context, value), key)));
}

}  // namespace

std::span<const Filter> url_filters() {
    constexpr ItemTest kNone = ItemTest::None;
    static constexpr std::array<Filter, 5> kFilters{
        {{"cgi_escape", cgi_escape, 0, 0, kNone, Form::Url},
         {"slugify", slugify, 0, 2},
         {"uri_escape", uri_escape, 0, 0, kNone, Form::Url},
         {"url_decode", url_decode, 0, 0},
         {"url_encode", url_encode, 0, 0, kNone, Form::Url}}};
    return kFilters;
}

std::span<const Filter> coding_filters() {
    static constexpr std::array<Filter, 4> kFilters{{{"base64_decode", base64_decode, 0, 0},
                                                     {"base64_encode", base64_encode, 0, 0},
                                                     {"hmac_sha256", hmac_sha256, 1, 1},
                                                     {"sha256", sha256, 0, 0}}};
    return kFilters;
}

}  // namespace throughline::tmpl
