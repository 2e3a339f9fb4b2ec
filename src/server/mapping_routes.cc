#include "server/mapping_routes.h"

#include "model/json.h"
#include "server/definitions.h"
#include "server/import_preview.h"
#include "server/mappings.h"
#include "server/write_fields.h"

namespace throughline::server {

using model::DocView;
using model::DocWriter;

namespace {

constexpr size_t kDefinitionBytesMax = 256 << 10;

Result<net::HttpResponse> list(App& app, ApiRequest& request) {
    const std::string kind = request.query("kind");
    if (!kind.empty() && kind != "file" && kind != "webhook") {
        return Error::invalid("query: kind: need file or webhook");
    }
    const auto settings = app.engine.settings();
    return doc_response(list_doc([&](DocWriter& out) {
        for (const ListedMapping& mapping : list_mappings(*settings)) {
            if (kind.empty() || mapping.kind == kind || mapping.kind == kAnyKind) {
                write_mapping(out, mapping);
            }
        }
        return std::string();
    }));
}

Result<net::HttpResponse> answer(const App& app, std::string_view key, int status) {
    const auto settings = app.engine.settings();
    for (const ListedMapping& mapping : list_mappings(*settings)) {
        if (mapping.key != key) continue;
        std::string doc;
        DocWriter out(doc);
        write_mapping(out, mapping);
        auto response = doc_response(doc, status);
        const engine::Definition* own = settings->find("mappings", key);
        return own != nullptr ? with_etag(std::move(response), own->version) : std::move(response);
    }
    return Error::not_found("mapping: no mapping has this key: choose one of the list");
}

// The mapping that a request brings, checked against the installation.
Result<ingest::Mapping> brought(const ApiRequest& request, const engine::Settings& settings) {
    const DocView definition = request.body().find("definition");
    if (!definition.is_object()) return Error::invalid("mapping: definition: need an object");
    if (definition.bytes().size() > kDefinitionBytesMax) {
        return Error::invalid("mapping: definition: at most 256 KiB");
    }
    TL_TRY_ASSIGN(ingest::Mapping mapping, ingest::Mapping::from_doc(definition));
    TL_TRY(mapping.check_namespaces(settings.namespaces(), "mapping: definition"));
    return mapping;
}

Result<net::HttpResponse> write(App& app, ApiRequest& request) {
    const std::string& key = request.parameters[0];
    if (!model::is_definition_key(key)) {
        return Error::invalid("mapping: key: need 1 to 64 of a-z, 0-9, -, _ and .");
    }
    const auto lock = hold_definitions();
    const auto settings = app.engine.settings();
    const engine::Definition* standing = settings->find("mappings", key);
    TL_TRY_ASSIGN(auto refusal, check_preconditions(request, standing, "mapping"));
    if (refusal) return std::move(*refusal);
    TL_TRY(brought(request, *settings));
    const std::string_view definition = request.body().find("definition").bytes();
    if (request.is_set("dry_run")) {
        std::string doc;
        DocWriter out(doc);
        write_mapping(out, own_mapping(key, definition));
        return doc_response(doc);
    }
    TL_TRY(define(app, request.caller.actor, "mappings", key, definition));
    return answer(app, key, standing == nullptr ? 201 : 200);
}

// A source must not lose the mapping that its webhook runs. Below an own mapping there may be one
// of the same key that ships: then that one runs again.
Result<net::HttpResponse> remove(App& app, ApiRequest& request) {
    const std::string& key = request.parameters[0];
    const auto lock = hold_definitions();
    const auto settings = app.engine.settings();
    const bool ships = !ingest::Mapping::shipped_text(key).empty();
    const bool is_own = settings->find("mappings", key) != nullptr;
    if (ships && !is_own)
        return Error::precondition("mapping: key: it ships with the program and cannot be deleted");
    for (const auto& [source_key, source] : settings->sources()) {
        if (source.mapping != key || ships) continue;
        return Error::precondition("mapping: key: the source " + source_key +
                                   " uses it: choose another there first");
    }
    return delete_held_definition(app, request, "mappings", "mapping");
}

// A sample as a file would hold it: the body of a webhook is a line, text is itself.
Result<std::string> file_of(DocView sample, const ingest::FileShape& shape) {
    if (sample.is_string()) return std::string(sample.as_string());
    if (!sample.is_object() && !sample.is_array()) {
        return Error::invalid("mapping: sample: need an object, a list of them, or text");
    }
    if (shape.kind == "csv" || shape.kind == "aligned") {
        return Error::invalid("mapping: sample: need the text of a file of format.kind " +
                              shape.kind);
    }
    std::string lines;
    if (sample.is_object()) lines = model::to_json(sample) + "\n";
    for (const DocView row : sample.items()) lines += model::to_json(row) + "\n";
    return lines;
}

// What a sample would become.
Result<net::HttpResponse> preview(App& app, ApiRequest& request) {
    const auto settings = app.engine.settings();
    TL_TRY_ASSIGN(const ingest::Mapping mapping, brought(request, *settings));
    TL_TRY_ASSIGN(std::string file, file_of(request.body().find("sample"), mapping.shape()));
    const model::Source source{.key = "preview"};
    const PreviewRequest wanted{
        .mapping = mapping,
        .source = source,
        .context = {.spaces = &settings->namespaces(), .secret = &app.engine.secret()},
        .now = app.clock.now(),
        .is_whole_file = true};
    TL_TRY_ASSIGN(const std::string doc, preview_import(wanted, std::move(file)));
    return doc_response(doc);
}

}  // namespace

void add_mapping_routes(Router& router, App& app) {
    router.get("/api/mappings", [&app](ApiRequest& request) { return list(app, request); });
    router.post(
        "/api/mappings/preview", [&app](ApiRequest& request) { return preview(app, request); },
        Scope::Read);
    router.get("/api/mappings/{key}",
               [&app](ApiRequest& request) { return answer(app, request.parameters[0], 200); });
    router.put("/api/mappings/{key}", [&app](ApiRequest& request) { return write(app, request); });
    router.remove("/api/mappings/{key}",
                  [&app](ApiRequest& request) { return remove(app, request); });
}

}  // namespace throughline::server
