// Filters of HTML, of JSON, and `default`.
#include <array>
#include <string>

#include "template/characters.h"
#include "template/escape.h"
#include "template/filters.h"
#include "template/value_text.h"

namespace throughline::tmpl {

namespace {

constexpr size_t kIndentMax = 10;  // JSON.stringify's own limit.

Value escaped(FilterContext& context, std::string_view text) {
    TextBuilder out(context.work);
    append_html_escaped(out, text);
    return out.value();
}

Value escape(FilterContext& context, Value value, FilterArguments) {
    return escaped(context, printed(context.work, value));
}

// The entities that escape() makes, back to what they stand for.
std::string_view unescaped(Work& work, std::string_view text) {
    struct Entity {
        std::string_view text;
        char character;
    };
    static constexpr std::array<Entity, 5> kEntities{
        {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&#34;", '"'}, {"&#39;", '\''}}};
    TextBuilder out(work);
    while (!text.empty()) {
        size_t size = 1;
        char c = text.front();
        for (const Entity& entity : kEntities) {
            if (c != '&' || !text.starts_with(entity.text)) continue;
            size = entity.text.size();
            c = entity.character;
            break;
        }
        out.add(c);
        text.remove_prefix(size);
    }
    return out.text();
}

Value escape_once(FilterContext& context, Value value, FilterArguments) {
    return escaped(context, unescaped(context.work, printed(context.work, value)));
}

Value newline_to_br(FilterContext& context, Value value, FilterArguments) {
    std::string_view text = printed(context.work, value);
    TextBuilder out(context.work);
    for (size_t at = text.find('\n'); at != text.npos; at = text.find('\n')) {
        const bool has_return = at > 0 && text[at - 1] == '\r';
        out.add(text.substr(0, has_return ? at - 1 : at));
        out.add("<br />\n");
        text.remove_prefix(at + 1);
    }
    out.add(text);
    return out.value();
}

// Takes away tags, comments, and scripts and styles with what is in them. What is not closed stays.
Value strip_html(FilterContext& context, Value value, FilterArguments) {
    struct Block {
        std::string_view open;
        std::string_view close;
        bool is_closed = true;  // False once no end was found: there is none further on either.
    };
    std::array<Block, 4> blocks{
        {{"<script", "</script>"}, {"<style", "</style>"}, {"<!--", "-->"}, {"<", ">"}}};
    const std::string_view text = printed(context.work, value);
    TextBuilder out(context.work);
    size_t at = 0;
    for (size_t open = text.find('<'); open != text.npos; open = text.find('<', at)) {
        out.add(text.substr(at, open - at));
        at = open;
        for (Block& block : blocks) {
            if (!block.is_closed || !text.substr(open).starts_with(block.open)) continue;
            const size_t close = text.find(block.close, open + block.open.size());
            block.is_closed = close != text.npos;
            if (!block.is_closed) continue;
            at = close + block.close.size();
            break;
        }
        if (at == open) break;
    }
    out.add(text.substr(at));
    return out.value();
}

// Blanks before each level: as many as a number says, or a text.
Value json(FilterContext& context, Value value, FilterArguments arguments) {
    if (value.is_missing()) return {};
    const Value indent = argument(arguments, 0);
    std::string before;
    if (indent.is_number() && indent.number() >= 1) {
        before.assign(static_cast<size_t>(std::min(indent.number(), double{kIndentMax})), ' ');
    } else if (indent.is_text()) {
        before = indent.text().substr(0, byte_of_character(indent.text(), kIndentMax));
    }
    TextBuilder out(context.work);
    append_json_value(out, value, before);
    return out.value();
}

// The second argument is the option allow_false.
Value default_to(FilterContext& context, Value value, FilterArguments arguments) {
    const Value instead = arguments[0];
    if (value.kind() == Kind::Empty || value.kind() == Kind::Blank) return instead;
    if (value.is_text()) return value.text().empty() ? instead : value;
    if (value.is_list()) return context.work.items(value).empty() ? instead : value;
    const bool is_false = value.kind() == Kind::Bool && !value.truth();
    // The option is true as JavaScript has it; it is nearly always the word itself.
    if (is_false && argument(arguments, 1).is_truthy()) return value;
    return value.is_truthy() ? value : instead;
}

Value raw(FilterContext&, Value value, FilterArguments) {
    return value;
}

}  // namespace

std::span<const Filter> html_filters() {
    constexpr ItemTest kNone = ItemTest::None;
    static constexpr std::array<Filter, 10> kFilters{
        {{"default", default_to, 1, 1},
         {"escape", escape, 0, 0, kNone, Form::Html},
         {"escape_once", escape_once, 0, 0, kNone, Form::Html},
         {"inspect", json, 0, 1, kNone, Form::Json},
         {"json", json, 0, 1, kNone, Form::Json},
         {"jsonify", json, 0, 1, kNone, Form::Json},
         {"newline_to_br", newline_to_br, 0, 0, kNone, Form::Html},
         {"raw", raw, 0, 0, kNone, Form::AsItIs},
         {"strip_html", strip_html, 0, 0},
         {"xml_escape", escape, 0, 0, kNone, Form::Html}}};
    return kFilters;
}

}  // namespace throughline::tmpl
