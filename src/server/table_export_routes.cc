#include "server/table_export_routes.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>

#include "base/log.h"
#include "query/question_fields.h"
#include "server/sql_question.h"
#include "server/write_fields.h"
#include "sql/table_file.h"

namespace throughline::server {

using model::DocView;
using model::DocWriter;
using sql::FileFormat;
using sql::TableFile;

namespace {

constexpr Micros kTimeMax = kHour;  // Of one file.
// Longer than fetching takes, and with the pause of Maintenance below a day: a file holds people
// who may be erased meanwhile.
constexpr std::chrono::hours kFileLife{3};
constexpr std::string_view kFields[] = {"table", "format", "columns", "from",
                                        "to",    "gzip",   "timezone"};

Result<FileFormat> format_of(DocView request) {
    TL_TRY_ASSIGN(const auto name, query::text_of(request, "format", "export: "));
    if (!name || *name == "parquet") return FileFormat::Parquet;
    if (*name == "csv") return FileFormat::Csv;
    if (*name == "jsonl") return FileFormat::JsonLines;
    return Error::invalid("export: format: need parquet, csv or jsonl");
}

Result<TableFile> parse(DocView request, const query::QuestionDefaults& defaults) {
    TL_TRY(query::check_keys(request, kFields, "export: "));
    TableFile file;
    TL_TRY_ASSIGN(const auto table, query::text_of(request, "table", "export: "));
    file.table = table.value_or("");
    TL_TRY_ASSIGN(file.format, format_of(request));
    file.is_compressed = request.find("gzip").as_bool();
    for (const DocView column : request.find("columns").items()) {
        file.columns.emplace_back(column.as_string());
    }
    TL_TRY_ASSIGN(const query::Range range, query::parse_range(request, defaults));
    if (request.find("from").is_string()) file.range.from = range.from;
    if (request.find("to").is_string()) file.range.to = range.to;
    TL_TRY(sql::check_table_file(file));
    return file;
}

Result<uint64_t> number_of(std::string_view text, const std::string& what) {
    uint64_t number = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
    if (!text.empty() && end.ec == std::errc{} && end.ptr == text.data() + text.size()) {
        return number;
    }
    return Error::invalid("export: " + what + ": need a number");
}

std::string exports_directory(const App& app) {
    return store::join_path(store::parent_path(app.options.spool_directory), "exports");
}

/// The files that wait to be fetched.
class Exports {
public:
    explicit Exports(App& app) : app_(app), directory_(exports_directory(app)) {}

    Result<net::HttpResponse> make(const ApiRequest& request) {
        const std::unique_lock busy(making_, std::try_to_lock);
        if (!busy) return Error::conflict("export: another one is being made: ask again");
        TL_TRY(begin());
        const engine::View view = app_.engine.view();
        TL_TRY_ASSIGN(TableFile file,
                      parse(request.body(), {view.settings->timezone(), app_.clock.now()}));
        const std::string id = std::to_string(++last_);
        file.path = path_of(id);
        SqlMoment moment(app_.engine);
        moment.environment().time_limit = kTimeMax;
        // The callback may outlive this.
        const auto has_left = std::make_shared<std::atomic<bool>>(false);
        if (request.responder != nullptr) {
            request.responder->watch([has_left] { *has_left = true; });
        }
        moment.environment().cancelled = has_left.get();
        const auto rows = sql::write_table_file(file, moment.sources());
        if (!rows) {
            static_cast<void>(store::posix_files().remove(file.path).is_ok());
            return rows.error();
        }
        TL_TRY_ASSIGN(const store::FileStat stat, store::posix_files().stat(file.path));
        std::string doc;
        DocWriter out(doc);
        const size_t mark = out.open_object();
        out.field("id", id);
        write_count(out, "rows", *rows);
        write_count(out, "bytes", stat.size);
        out.close(mark);
        return doc_response(doc);
    }

    Result<net::HttpResponse> read(const std::string& id, const std::string& offset) const {
        TL_TRY_ASSIGN(const std::string path, known_path(id));
        TL_TRY_ASSIGN(const uint64_t at, number_of(offset.empty() ? "0" : offset, "offset"));
        TL_TRY_ASSIGN(const auto file, store::posix_files().open(path, store::OpenMode::Read));
        net::HttpResponse response{.content_type = "application/octet-stream"};
        response.body.resize(kExportPieceBytes);
        TL_TRY_ASSIGN(const size_t size, file->read_at(at, response.body));
        response.body.resize(size);
        return response;
    }

    Result<net::HttpResponse> remove(const std::string& id) {
        TL_TRY_ASSIGN(const std::string path, known_path(id));
        TL_TRY(store::posix_files().remove(path));
        return net::HttpResponse::empty();
    }

private:
    // What an earlier process left behind goes before the first file is made.
    Status begin() {
        if (last_ > 0) return Status::ok();
        TL_TRY(store::remove_tree(store::posix_files(), directory_));
        return store::make_directories(store::posix_files(), directory_);
    }

    std::string path_of(const std::string& id) const { return store::join_path(directory_, id); }

    // Ids are numbers, so none leads out of the directory.
    Result<std::string> known_path(const std::string& id) const {
        TL_TRY(number_of(id, "id"));
        TL_TRY_ASSIGN(const bool is_there, store::file_exists(store::posix_files(), path_of(id)));
        if (!is_there) return Error::not_found("export: no such file; it may have been fetched");
        return path_of(id);
    }

    App& app_;
    const std::string directory_;
    std::mutex making_;  // Guards last_.
    uint64_t last_ = 0;
};

}  // namespace

void remove_left_exports(const App& app) {
    std::error_code failed;
    const auto now = std::filesystem::file_time_type::clock::now();
    for (const auto& entry : std::filesystem::directory_iterator(exports_directory(app), failed)) {
        const auto written = entry.last_write_time(failed);
        if (failed || now - written < kFileLife) continue;
        const Status removed = store::posix_files().remove(entry.path().string());
        if (!removed) log_warn("server.export_kept", {{"code", code_name(removed.error().code)}});
    }
}

void add_table_export_routes(Router& router, App& app) {
    const auto exports = std::make_shared<Exports>(app);
    router.post(
        "/api/exports", [exports](ApiRequest& request) { return exports->make(request); },
        Scope::Read);
    router.get("/api/exports/{id}/data", [exports](ApiRequest& request) {
        return exports->read(request.parameters.front(), request.query("offset"));
    });
    router.remove(
        "/api/exports/{id}",
        [exports](ApiRequest& request) { return exports->remove(request.parameters.front()); },
        Scope::Read);
}

}  // namespace throughline::server
