#include "server/import_routes.h"

#include <charconv>

#include "model/json.h"
#include "server/definitions.h"
#include "server/import_jobs.h"
#include "server/import_preview.h"
#include "server/import_reading.h"
#include "server/mappings.h"
#include "server/verdicts.h"
#include "server/write_fields.h"

namespace throughline::server {

using model::DocView;
using model::DocWriter;

namespace {

constexpr size_t kPageUsual = 50;
constexpr size_t kPageMost = 500;
constexpr size_t kFileNameBytesMax = 255;

void write_import(DocWriter& out, const Import& import) {
    const size_t mark = out.open_object();
    out.field("id", import.id);
    out.field("file_name", import.file_name);
    write_count(out, "size", import.size);
    write_count(out, "uploaded", import.uploaded);
    write_standing(out, import);
    write_real(out, "progress", import.progress);
    write_real(out, "rows_per_second", import.rows_per_second);
    if (import.seconds_left > 0) {
        write_real(out, "seconds_left", import.seconds_left);
    } else {
        write_null(out, "seconds_left");
    }
    write_time(out, "created_at", import.created_at);
    out.field("created_by", import.created_by);
    write_time(out, "started_at", import.started_at);
    write_time(out, "finished_at", import.finished_at);
    write_text(out, "error", import.error);
    out.close(mark);
}

Result<net::HttpResponse> answer(Result<Import> import, int status = 200) {
    TL_TRY(import);
    std::string doc;
    DocWriter out(doc);
    write_import(out, *import);
    return doc_response(doc, status);
}

Result<net::HttpResponse> create(ImportJobs& jobs, ApiRequest& request) {
    const DocView body = request.body();
    const std::string_view name = body.find("file_name").as_string();
    const auto size = body.find("size").as_integer();
    if (name.empty() || name.size() > kFileNameBytesMax) {
        return Error::invalid("import: file_name: need text of 1 to 255 bytes");
    }
    if (!size || *size < 0) return Error::invalid("import: size: need the bytes of the file");
    Import wanted;
    wanted.file_name = name;
    wanted.size = static_cast<uint64_t>(*size);
    wanted.mapping = body.find("mapping").as_string();
    wanted.source = body.find("source").as_string();
    wanted.created_by = actor_name(request.caller.actor);
    return answer(jobs.create(std::move(wanted)), 201);
}

Result<net::HttpResponse> list(ImportJobs& jobs, ApiRequest& request) {
    TL_TRY_ASSIGN(size_t left, request.limit(kPageUsual, kPageMost));
    const std::string cursor = request.query("cursor");
    return doc_response(list_doc([&](DocWriter& out) {
        bool has_begun = cursor.empty();
        std::string last;
        for (const Import& import : jobs.list()) {
            if (has_begun) {
                if (left-- == 0) return last;
                write_import(out, import);
                last = import.id;
            }
            has_begun = has_begun || import.id == cursor;
        }
        return std::string();
    }));
}

Result<net::HttpResponse> append(ImportJobs& jobs, ApiRequest& request) {
    const std::string text = request.query("offset");
    uint64_t offset = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), offset);
    if (text.empty() || end.ec != std::errc{} || end.ptr != text.data() + text.size()) {
        return Error::invalid("import: offset: need where the piece begins");
    }
    return answer(jobs.append(request.parameters[0], offset, request.http.body));
}

Result<net::HttpResponse> preview(App& app, ApiRequest& request) {
    const auto settings = app.engine.settings();
    TL_TRY_ASSIGN(const ingest::Mapping mapping,
                  need_mapping(*settings, request.query("mapping"), "import: mapping"));
    const model::Source* source = settings->source(request.query("source"));
    if (source == nullptr)
        return Error::invalid(
            "import: source: no source has this key: make it first, or choose another");
    const PreviewRequest wanted{
        .mapping = mapping,
        .source = *source,
        .context = {.spaces = &settings->namespaces(), .secret = &app.engine.secret()},
        .now = app.clock.now(),
        .is_whole_file = request.is_set("whole_file")};
    TL_TRY_ASSIGN(const std::string doc, preview_import(wanted, request.http.body));
    return doc_response(doc);
}

// `line 3: …` without the line, which has a field of its own.
std::string_view message_without_line(std::string_view message) {
    const size_t colon = message.find(": ");
    return message.starts_with("line ") && colon != message.npos ? message.substr(colon + 2)
                                                                 : message;
}

Result<net::HttpResponse> list_rejects(App& app, ImportJobs& jobs, ApiRequest& request) {
    constexpr size_t kStep = 500;
    TL_TRY_ASSIGN(const Import import, jobs.find(request.parameters[0]));
    const std::string path = "import:" + import.id;
    const engine::View view = app.engine.view();
    store::KeyRange range{engine::ordered_key(import.first_position), ""};
    std::string lines;
    uint64_t left = import.started_at == kNoTime ? 0 : kImportRejectsMax;
    while (left > 0) {
        TL_TRY_ASSIGN(const auto rows, view.tables.rejects.scan(range, kStep));
        for (const auto& [key, value] : rows) {
            const DocView row(value);
            if (row.find("path").as_string() != path || left == 0) continue;
            --left;
            std::string doc;
            DocWriter out(doc);
            const size_t mark = out.open_object();
            out.field("line", row.find("line").as_integer().value_or(0));
            out.field("code", row.find("code").as_string());
            out.field("message", message_without_line(row.find("message").as_string()));
            out.field("raw", std::string_view(reject_body(row)));
            out.close(mark);
            model::append_json(lines, DocView(doc));
            lines += '\n';
        }
        if (rows.size() < kStep) break;
        range.from = rows.back().first + '\0';
    }
    net::HttpResponse response;
    response.content_type = "application/x-ndjson";
    response.body = std::move(lines);
    return response;
}

}  // namespace

void add_import_routes(Router& router, App& app) {
    // Shared by the handlers below, which std::function wants copyable.
    const auto jobs = std::make_shared<ImportJobs>(app);
    router.get("/api/imports", [jobs](ApiRequest& request) { return list(*jobs, request); });
    router.post("/api/imports", [jobs](ApiRequest& request) { return create(*jobs, request); });
    router.post(
        "/api/imports/preview", [&app](ApiRequest& request) { return preview(app, request); },
        Scope::Read);
    router.get("/api/imports/{id}",
               [jobs](ApiRequest& request) { return answer(jobs->find(request.parameters[0])); });
    router.put("/api/imports/{id}/data",
               [jobs](ApiRequest& request) { return append(*jobs, request); });
    router.post("/api/imports/{id}/start", [jobs](ApiRequest& request) {
        return answer(jobs->start(request.parameters[0], request.caller));
    });
    router.post("/api/imports/{id}/cancel", [jobs](ApiRequest& request) {
        return answer(jobs->cancel(request.parameters[0], request.caller));
    });
    router.get("/api/imports/{id}/rejects",
               [&app, jobs](ApiRequest& request) { return list_rejects(app, *jobs, request); });
}

}  // namespace throughline::server
