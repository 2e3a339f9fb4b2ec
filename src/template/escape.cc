#include "template/escape.h"

#include <array>

#include "template/characters.h"
#include "template/value_text.h"

namespace throughline::tmpl {

namespace {

std::string_view entity(char c) {
    switch (c) {
        case '&':
            return "&amp;";
        case '<':
            return "&lt;";
        case '>':
            return "&gt;";
        case '"':
            return "&#34;";
        case '\'':
            return "&#39;";
        default:
            return {};
    }
}

}  // namespace

void append_html_escaped(TextBuilder& out, std::string_view text) {
    size_t start = 0;
    for (size_t i = 0; i < text.size(); ++i) {
        const std::string_view instead = entity(text[i]);
        if (instead.empty()) continue;
        out.add(text.substr(start, i - start));
        out.add(instead);
        start = i + 1;
    }
    out.add(text.substr(start));
}

void append_percent_encoded(TextBuilder& out, std::string_view text, std::string_view kept) {
    static constexpr char kHex[] = "0123456789ABCDEF";
    for (const char c : text) {
        if (is_alphanumeric(c) || kept.find(c) != kept.npos) {
            out.add(c);
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        const char encoded[] = {'%', kHex[byte >> 4], kHex[byte & 15]};
        out.add({encoded, sizeof encoded});
    }
}

void append_escaped(TextBuilder& out, Value value, Escape escape) {
    switch (escape) {
        case Escape::None:
            return append_printed(out, value);
        case Escape::Html:
            return append_html_escaped(out, printed(out.work(), value));
        case Escape::Url:
            return append_percent_encoded(out, printed(out.work(), value), kUrlComponentMarks);
        case Escape::Json:
            // Something must stand there, or the document is none.
            if (value.is_missing()) return out.add("null");
            return append_json_value(out, value, "");
    }
}

}  // namespace throughline::tmpl
