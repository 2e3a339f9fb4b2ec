#include "query/value_lines.h"

#include <algorithm>

#include "base/json_text.h"

namespace throughline::query {

std::vector<ValueLine> value_lines(std::vector<ValueSize> sizes, size_t limit,
                                   const Values& values) {
    const auto is_text = [](const ValueSize& one) { return one.code >= kFirstValue; };
    const auto texts_end = std::partition(sizes.begin(), sizes.end(), is_text);
    std::sort(sizes.begin(), texts_end, [&](const ValueSize& a, const ValueSize& b) {
        if (a.size != b.size) return a.size > b.size;
        return values.text(a.code) < values.text(b.code);
    });
    std::vector<ValueLine> lines;
    ValueLine none;
    ValueLine other{.is_other = true};
    for (auto one = sizes.begin(); one != sizes.end(); ++one) {
        if (one->code == kNoValue) {
            none.codes.push_back(one->code);
        } else if (is_text(*one) && lines.size() < limit) {
            lines.push_back({{one->code}, false});
        } else {
            other.codes.push_back(one->code);
        }
    }
    if (!none.codes.empty()) lines.push_back(std::move(none));
    if (!other.codes.empty()) lines.push_back(std::move(other));
    if (lines.empty()) lines.push_back({{kNoValue}, false});
    return lines;
}

void append_breakdown(std::string& out, const ValueLine& line, const Values& values) {
    out += "\"breakdown\":";
    if (line.is_other) {
        out += "\"other\",\"other\":true";
    } else if (line.codes[0] == kNoValue) {
        out += "null";
    } else {
        append_json_string(out, values.text(line.codes[0]));
    }
}

std::optional<std::string> value_token(const ValueLine& line, const Values& values) {
    if (line.is_other) return std::nullopt;
    if (line.codes[0] == kNoValue) return "!";
    return "=" + std::string(values.text(line.codes[0]));
}

Result<WantedValue> parse_value_token(std::string_view text) {
    if (text.empty()) return WantedValue{};
    if (text == "!") return WantedValue{.is_asked = true};
    if (text[0] != '=') return Error::invalid("query: cell: need a token of an answer");
    return WantedValue{.is_asked = true, .text = std::string(text.substr(1))};
}

}  // namespace throughline::query
