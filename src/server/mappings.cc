#include "server/mappings.h"

#include <algorithm>

#include "model/json.h"
#include "server/write_fields.h"

namespace throughline::server {

using model::DocView;

namespace {

// A mapping says how to read a row; whether rows come in files or over HTTP it does not say. What
// ships for a sender's webhook is for webhooks; the rest, and a company's own, for files.
std::string kind_of(std::string_view shipped_name) {
    constexpr std::string_view kWebhooks[] = {"segment-webhook", "rudderstack-webhook",
                                              "shopify-orders", "woocommerce-orders",
                                              "call-centre"};
    const bool is_webhook = std::ranges::find(kWebhooks, shipped_name) != std::end(kWebhooks);
    return is_webhook ? "webhook" : "file";
}

// `online-retail` is called Online retail where nothing better is said.
std::string title_of(std::string_view key) {
    std::string title(key);
    std::ranges::replace(title, '-', ' ');
    std::ranges::replace(title, '_', ' ');
    if (!title.empty() && title[0] >= 'a' && title[0] <= 'z') {
        title[0] = static_cast<char>(title[0] - 'a' + 'A');
    }
    return title;
}

}  // namespace

std::vector<ListedMapping> list_mappings(const engine::Settings& settings) {
    std::vector<ListedMapping> found;
    for (const auto& [path, definition] : settings.all()) {
        if (definition.kind != "mappings") continue;
        found.push_back({definition.key, kind_of(""), false, definition.value});
    }
    const size_t own = found.size();
    for (const std::string_view name : ingest::Mapping::shipped_names()) {
        const auto end = found.begin() + static_cast<std::ptrdiff_t>(own);
        if (std::find_if(found.begin(), end, [&](const auto& m) { return m.key == name; }) != end) {
            continue;
        }
        auto doc = model::doc_from_json(ingest::Mapping::shipped_text(name));
        TL_ASSERT(doc.is_ok());
        found.push_back({std::string(name), kind_of(name), true, std::move(*doc)});
    }
    return found;
}

void write_mapping(model::DocWriter& out, const ListedMapping& mapping) {
    const DocView doc(mapping.doc);
    const std::string_view format = doc.find("format").find("kind").as_string();
    const size_t mark = out.open_object();
    out.field("key", mapping.key);
    out.field("name", std::string_view(title_of(mapping.key)));
    out.field("kind", mapping.kind);
    out.field("description", doc.find("description").as_string());
    write_flag(out, "shipped", mapping.is_shipped);
    out.key("formats");
    const size_t formats = out.open_array();
    if (format != "jsonl") out.string("csv");
    if (format.empty() || format == "jsonl") out.string("jsonl");
    out.close(formats);
    out.key("definition");
    out.copy(doc);
    out.close(mark);
}

std::optional<ingest::Mapping> find_mapping(const engine::Settings& settings,
                                            std::string_view key) {
    const engine::Definition* own = settings.find("mappings", key);
    auto mapping = own != nullptr ? ingest::Mapping::from_doc(DocView(own->value))
                                  : ingest::Mapping::shipped(key);
    if (!mapping) return {};
    return std::move(*mapping);
}

}  // namespace throughline::server
