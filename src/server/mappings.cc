#include "server/mappings.h"

#include <algorithm>

#include "model/json.h"
#include "server/write_fields.h"

namespace throughline::server {

using model::DocView;

namespace {

// A mapping says how to read a row; whether rows come in files or over HTTP it does not say. What
// ships for a sender's webhook is for webhooks, a till's line for either, the rest for files; a
// company's own for either, unless it reads text in columns.
std::string kind_of(std::string_view shipped_name) {
    constexpr std::string_view kWebhooks[] = {"segment-webhook", "rudderstack-webhook",
                                              "shopify-orders",  "woocommerce-orders",
                                              "call-centre",     "postmark",
                                              "sendgrid"};
    if (shipped_name == "till-line") return std::string(kAnyKind);
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

ListedMapping own_mapping(std::string_view key, std::string_view doc) {
    const std::string_view format = DocView(doc).find("format").find("kind").as_string();
    const bool is_text = format == "csv" || format == "aligned";
    return {.key = std::string(key),
            .kind = is_text ? "file" : std::string(kAnyKind),
            .is_shipped = false,
            .doc = std::string(doc)};
}

std::vector<ListedMapping> list_mappings(const engine::Settings& settings) {
    std::vector<ListedMapping> found;
    for (const auto& [path, definition] : settings.all()) {
        if (definition.kind != "mappings") continue;
        found.push_back(own_mapping(definition.key, definition.value));
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

Result<ingest::Mapping> need_mapping(const engine::Settings& settings, std::string_view key,
                                     const std::string& where) {
    auto mapping = find_mapping(settings, key);
    if (!mapping) return Error::invalid(where + ": no mapping has this key");
    TL_TRY(mapping->check_namespaces(settings.namespaces(), where));
    return *std::move(mapping);
}

Status check_namespaces_unused(const engine::Settings& settings, const model::Namespaces& spaces) {
    // What was missing before is not this change's fault.
    const auto lost = [&](std::string_view key) -> std::optional<std::string> {
        const auto mapping = find_mapping(settings, key);
        if (!mapping || mapping->namespace_outside(settings.namespaces())) return {};
        return mapping->namespace_outside(spaces);
    };
    for (const auto& [source_key, source] : settings.sources()) {
        if (const auto space = lost(source.mapping)) {
            return Error::precondition("identity: namespaces: " + *space + ": the mapping " +
                                       source.mapping + " names it, and the source " + source_key +
                                       " runs that: choose another mapping there first");
        }
    }
    for (const auto& [path, definition] : settings.all()) {
        if (definition.kind != "mappings") continue;
        if (const auto space = lost(definition.key)) {
            return Error::precondition("identity: namespaces: " + *space + ": the mapping " +
                                       definition.key +
                                       " names it: change or delete that mapping first");
        }
    }
    return Status::ok();
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
