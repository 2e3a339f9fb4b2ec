#include "ingest/pixel.h"

#include <map>
#include <memory>

#include "base/base64.h"
#include "base/json_text.h"
#include "model/doc.h"
#include "model/json.h"

namespace throughline::ingest {

namespace {

// One level of the object that dotted keys spell; a leaf has text and no children.
struct Branch {
    std::string text;
    std::map<std::string, Branch, std::less<>> children;
};

void put(Branch& root, std::string_view path, std::string_view text) {
    Branch* at = &root;
    for (int depth = 1; depth < model::kDocDepthMax - 1; ++depth) {
        const size_t dot = path.find('.');
        if (dot == std::string_view::npos) break;
        at = &at->children[std::string(path.substr(0, dot))];
        path.remove_prefix(dot + 1);
    }
    at->children[std::string(path)].text = text;
}

void append(std::string& out, const Branch& branch) {
    if (branch.children.empty()) return append_json_string(out, branch.text);
    char before = '{';
    for (const auto& [key, child] : branch.children) {
        out += before;
        append_json_string(out, key);
        out += ':';
        append(out, child);
        before = ',';
    }
    out += '}';
}

}  // namespace

std::string pixel_event_json(QueryParameters parameters) {
    Branch root;
    for (const auto& [key, value] : parameters) {
        if (key == "data") {
            if (auto json = decode_base64(value)) return *std::move(json);
        }
        if (key != "writeKey" && key != "writekey" && !key.empty()) put(root, key, value);
    }
    if (root.children.empty()) return "{}";
    std::string json;
    append(json, root);
    return json;
}

std::string_view pixel_gif() {
    static constexpr std::string_view kGif(
        "GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,"
        "\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02"
        "D\x01\x00;",
        43);
    return kGif;
}

}  // namespace throughline::ingest
