// Filters of texts.
#include <array>
#include <cmath>

#include "model/unicode.h"
#include "template/characters.h"
#include "template/filters.h"
#include "template/property.h"
#include "template/template.h"
#include "template/value_text.h"

namespace throughline::tmpl {

namespace {

constexpr double kTruncateCharacters = 50;
constexpr double kTruncateWords = 15;
constexpr std::string_view kEllipsis = "...";

std::string_view text_of(FilterContext& context, Value value) {
    return printed(context.work, value);
}
std::string_view text_argument(FilterContext& context, FilterArguments arguments, size_t at) {
    return text_of(context, argument(arguments, at));
}

model::Casing casing(const FilterContext& context) {
    return model::casing_of(context.input.locale);
}

Value joined(FilterContext& context, std::initializer_list<std::string_view> parts) {
    TextBuilder out(context.work);
    for (const std::string_view part : parts) out.add(part);
    return out.value();
}

Value append(FilterContext& context, Value value, FilterArguments arguments) {
    return joined(context, {text_of(context, value), text_argument(context, arguments, 0)});
}

Value prepend(FilterContext& context, Value value, FilterArguments arguments) {
    return joined(context, {text_argument(context, arguments, 0), text_of(context, value)});
}

Value upcase(FilterContext& context, Value value, FilterArguments) {
    const std::string text = model::upper_case(text_of(context, value), casing(context));
    return Value::text(context.work.keep(text));
}

Value downcase(FilterContext& context, Value value, FilterArguments) {
    const std::string text = model::lower_case(text_of(context, value), casing(context));
    return Value::text(context.work.keep(text));
}

Value capitalize(FilterContext& context, Value value, FilterArguments) {
    const std::string_view text = text_of(context, value);
    if (text.empty()) return Value::text("");
    const size_t first = first_character(text).size;
    return joined(context, {model::upper_case(text.substr(0, first), casing(context)),
                            model::lower_case(text.substr(first), casing(context))});
}

// Whether the text begins with one of the characters of a set.
bool is_one_of(std::string_view character, std::string_view set) {
    for (size_t at = set.find(character); at != set.npos; at = set.find(character, at + 1)) {
        if (first_character(set.substr(at)).size == character.size()) return true;
    }
    return false;
}

std::string_view stripped_start(std::string_view text, std::string_view set) {
    while (!text.empty()) {
        const size_t size = first_character(text).size;
        if (!is_one_of(text.substr(0, size), set)) break;
        text.remove_prefix(size);
    }
    return text;
}

std::string_view stripped_end(std::string_view text, std::string_view set) {
    while (!text.empty()) {
        size_t start = text.size() - 1;
        while (start > 0 && (static_cast<unsigned char>(text[start]) & 0xc0) == 0x80) --start;
        if (!is_one_of(text.substr(start), set)) break;
        text = text.substr(0, start);
    }
    return text;
}

// The characters to take away; none named, or nil: blanks.
std::string_view strip_set(FilterContext& context, std::string_view text,
                           FilterArguments arguments) {
    const std::string_view set = text_argument(context, arguments, 0);
    context.work.step(text.size() * set.size() / 64);
    return set;
}

Value strip(FilterContext& context, Value value, FilterArguments arguments) {
    const std::string_view text = text_of(context, value);
    const std::string_view set = strip_set(context, text, arguments);
    return Value::text(set.empty() ? trimmed(text) : stripped_end(stripped_start(text, set), set));
}

Value lstrip(FilterContext& context, Value value, FilterArguments arguments) {
    const std::string_view text = text_of(context, value);
    const std::string_view set = strip_set(context, text, arguments);
    return Value::text(set.empty() ? trimmed_start(text) : stripped_start(text, set));
}

Value rstrip(FilterContext& context, Value value, FilterArguments arguments) {
    const std::string_view text = text_of(context, value);
    const std::string_view set = strip_set(context, text, arguments);
    return Value::text(set.empty() ? trimmed_end(text) : stripped_end(text, set));
}

// The pieces between the places where `by` stands; its characters if `by` is empty.
std::vector<std::string_view> pieces(FilterContext& context, std::string_view text,
                                     std::string_view by) {
    std::vector<std::string_view> found;
    if (by.empty()) {
        while (!text.empty()) {
            found.push_back(text.substr(0, first_character(text).size));
            text.remove_prefix(found.back().size());
            context.work.step();
            if (context.work.failed()) break;
        }
    } else {
        for (size_t at = find_text(text, by); at != text.npos; at = find_text(text, by)) {
            found.push_back(text.substr(0, at));
            text.remove_prefix(at + by.size());
            context.work.step(1 + by.size() / 64);  // Each search looks at the whole of `by` first.
            if (context.work.failed()) break;
        }
        found.push_back(text);
    }
    return found;
}

Value split(FilterContext& context, Value value, FilterArguments arguments) {
    std::vector<Value> items;
    const std::string_view by = text_argument(context, arguments, 0);
    for (const std::string_view piece : pieces(context, text_of(context, value), by)) {
        items.push_back(Value::text(piece));
    }
    while (!items.empty() && items.back().text().empty()) items.pop_back();
    return context.work.keep(items);
}

Value replaced(FilterContext& context, std::string_view text, std::string_view from,
               std::string_view to) {
    TextBuilder out(context.work);
    bool first = true;
    for (const std::string_view piece : pieces(context, text, from)) {
        if (!first) out.add(to);
        first = false;
        out.add(piece);
        if (context.work.failed()) break;
    }
    return out.value();
}

Value replace(FilterContext& context, Value value, FilterArguments arguments) {
    return replaced(context, text_of(context, value), text_argument(context, arguments, 0),
                    text_argument(context, arguments, 1));
}

Value remove(FilterContext& context, Value value, FilterArguments arguments) {
    return replaced(context, text_of(context, value), text_argument(context, arguments, 0), "");
}

// The text with something else in place of `size` bytes at `at`, if that is a place.
Value exchanged(FilterContext& context, std::string_view text, size_t at, size_t size,
                std::string_view to) {
    if (at == text.npos) return Value::text(text);
    return joined(context, {text.substr(0, at), to, text.substr(at + size)});
}

Value replace_first(FilterContext& context, Value value, FilterArguments arguments) {
    const std::string_view text = text_of(context, value);
    const std::string_view from = text_argument(context, arguments, 0);
    return exchanged(context, text, find_text(text, from), from.size(),
                     text_argument(context, arguments, 1));
}

Value replace_last(FilterContext& context, Value value, FilterArguments arguments) {
    const std::string_view text = text_of(context, value);
    const std::string_view from = text_argument(context, arguments, 0);
    size_t last = from.empty() ? text.size() : text.npos;
    for (size_t at = find_text(text, from); at != text.npos && !from.empty();
         at = find_text(text, from, at + 1)) {
        last = at;
        context.work.step(1 + from.size() / 64);
        if (context.work.failed()) break;
    }
    return exchanged(context, text, last, from.size(), text_argument(context, arguments, 1));
}

Value strip_newlines(FilterContext& context, Value value, FilterArguments) {
    const std::string_view text = text_of(context, value);
    TextBuilder out(context.work);
    for (size_t i = 0; i < text.size(); ++i) {
        const bool is_break = text[i] == '\n' || text.substr(i).starts_with("\r\n");
        if (!is_break) out.add(text[i]);
    }
    return out.value();
}

// Each run of blanks as one.
Value normalize_whitespace(FilterContext& context, Value value, FilterArguments) {
    std::string_view text = text_of(context, value);
    TextBuilder out(context.work);
    while (!text.empty()) {
        if (const size_t blanks = blank_prefix(text)) {
            out.add(' ');
            text.remove_prefix(blanks);
        } else {
            const size_t size = first_character(text).size;
            out.add(text.substr(0, size));
            text.remove_prefix(size);
        }
    }
    return out.value();
}

Value squish(FilterContext& context, Value value, FilterArguments arguments) {
    const Value normal = normalize_whitespace(context, value, arguments);
    return Value::text(trimmed(normal.text()));
}

// The words of a text, as splitting at blanks gives them: a blank at the end leaves an empty one.
std::vector<std::string_view> words_of(FilterContext& context, std::string_view text) {
    std::vector<std::string_view> words;
    size_t start = 0;
    size_t at = 0;
    while (at < text.size()) {
        const size_t blanks = blank_prefix(text.substr(at));
        if (blanks == 0) {
            at += first_character(text.substr(at)).size;
            continue;
        }
        words.push_back(text.substr(start, at - start));
        start = at += blanks;
        context.work.step();
        if (context.work.failed()) break;
    }
    words.push_back(text.substr(start));
    return words;
}

Value truncate(FilterContext& context, Value value, FilterArguments arguments) {
    const std::string_view text = text_of(context, value);
    const Value wanted = argument(arguments, 0);
    const double length =
        wanted.is_missing() ? kTruncateCharacters : as_number(context.work, wanted);
    const Value mark = argument(arguments, 1);
    const std::string_view end = mark.is_missing() ? kEllipsis : text_of(context, mark);
    if (byte_of_character(text, length) >= text.size()) return value;
    const double kept = std::max(length - static_cast<double>(character_count(end)), 0.0);
    return joined(context, {text.substr(0, byte_of_character(text, kept)), end});
}

Value truncatewords(FilterContext& context, Value value, FilterArguments arguments) {
    const auto words = words_of(context, trimmed_start(text_of(context, value)));
    const Value wanted = argument(arguments, 0);
    double count = wanted.is_missing() ? kTruncateWords : as_operand(context.work, wanted);
    if (count <= 0) count = 1;
    const Value mark = argument(arguments, 1);
    TextBuilder out(context.work);
    for (size_t i = 0; i < words.size() && static_cast<double>(i) + 1 <= count; ++i) {
        if (i > 0) out.add(' ');
        out.add(words[i]);
    }
    if (static_cast<double>(words.size()) >= count) {
        out.add(mark.is_missing() ? kEllipsis : text_of(context, mark));
    }
    return out.value();
}

bool is_ideograph(char32_t c) {
    return (c >= 0x4e00 && c <= 0x9fff) || (c >= 0xf900 && c <= 0xfaff) ||
           (c >= 0x3400 && c <= 0x4dbf) || (c >= 0x3040 && c <= 0x30ff) ||
           (c >= 0xac00 && c <= 0xd7af);
}

// Each ideograph is a word, and so is each run of other characters between them and blanks.
size_t words_with_ideographs(std::string_view text, bool& has_ideograph) {
    size_t words = 0;
    bool in_word = false;
    while (!text.empty()) {
        const size_t blanks = blank_prefix(text);
        const Character character = first_character(text);
        const bool is_one = is_ideograph(character.code);
        has_ideograph = has_ideograph || is_one;
        const bool is_part = blanks == 0 && !is_one;
        words += is_one || (is_part && !in_word);
        in_word = is_part;
        text.remove_prefix(blanks > 0 ? blanks : character.size);
    }
    return words;
}

Value number_of_words(FilterContext& context, Value value, FilterArguments arguments) {
    const std::string_view text = trimmed(text_of(context, value));
    if (text.empty()) return Value::number(0);
    const std::string_view mode = text_argument(context, arguments, 0);
    bool has_ideograph = false;
    const size_t by_character = words_with_ideographs(text, has_ideograph);
    const bool counts_characters = mode == "cjk" || (mode == "auto" && has_ideograph);
    return Value::number(
        static_cast<double>(counts_characters ? by_character : words_of(context, text).size()));
}

Value array_to_sentence_string(FilterContext& context, Value value, FilterArguments arguments) {
    const auto items = filter_items(context.work, value);
    const Value word = argument(arguments, 0);
    const std::string_view connector = word.is_missing() ? "and" : text_of(context, word);
    if (items.empty()) return Value::text("");
    if (items.size() == 1) return items[0];
    TextBuilder out(context.work);
    const bool is_pair = items.size() == 2;
    for (size_t i = 0; i + 1 < items.size(); ++i) {
        if (i > 0) out.add(", ");
        // Two are named even if nil, as JavaScript does it.
        if (is_pair || !items[i].is_nil()) append_as_string(out, items[i]);
        if (context.work.failed()) break;
    }
    out.add(is_pair ? " " : ", ");
    out.add(connector);
    out.add(' ');
    append_as_string(out, items.back());
    return out.value();
}

}  // namespace

std::span<const Filter> string_filters() {
    static constexpr std::array<Filter, 22> kFilters{
        {{"append", append, 1, 1},
         {"array_to_sentence_string", array_to_sentence_string, 0, 1},
         {"capitalize", capitalize, 0, 0},
         {"downcase", downcase, 0, 0},
         {"lstrip", lstrip, 0, 1},
         {"normalize_whitespace", normalize_whitespace, 0, 0},
         {"number_of_words", number_of_words, 0, 1},
         {"prepend", prepend, 1, 1},
         {"remove", remove, 1, 1},
         {"remove_first", replace_first, 1, 1},
         {"remove_last", replace_last, 1, 1},
         {"replace", replace, 1, 2},
         {"replace_first", replace_first, 1, 2},
         {"replace_last", replace_last, 1, 2},
         {"rstrip", rstrip, 0, 1},
         {"split", split, 1, 1},
         {"squish", squish, 0, 0},
         {"strip", strip, 0, 1},
         {"strip_newlines", strip_newlines, 0, 0},
         {"truncate", truncate, 0, 2},
         {"truncatewords", truncatewords, 0, 2},
         {"upcase", upcase, 0, 0}}};
    return kFilters;
}

}  // namespace throughline::tmpl
