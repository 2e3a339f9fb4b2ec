#include "cli/import.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/json_text.h"
#include "cli/api.h"
#include "cli/console.h"
#include "cli/data_directory.h"
#include "cli/engine_sink.h"
#include "cli/import_note.h"
#include "cli/import_progress.h"
#include "cli/signals.h"
#include "model/json.h"
#include "server/mappings.h"

namespace throughline::cli {

namespace {

// Of a source that an import makes; the API wants each said.
constexpr std::string_view kUsualSettings =
    R"({"keep_ip":false,"late_after_hours":24,"phone_region":"US","party":"first","purpose":null,)"
    R"("trust":50,"allow_alias_of_user_ids":false,"webhook_mapping":null})";
constexpr size_t kPieceBytes = 4 << 20;
constexpr size_t kDryRunEvents = 5;
constexpr auto kPollPause = std::chrono::milliseconds(200);

// --- rejects

// One JSON line a refused row.
class RejectFile {
public:
    static Result<RejectFile> open(const std::string& path) {
        RejectFile file;
        if (path.empty()) return file;
        file.out_.open(path, std::ios::binary | std::ios::trunc);
        if (file.out_) return file;
        return Error::unavailable("--rejects: cannot write " + path);
    }

    void add(const std::string& file, const ingest::ImportReject& reject) {
        std::string line = R"({"file":)";
        append_json_string(line, file);
        line += R"(,"line":)" + std::to_string(reject.line) + R"(,"reason":)";
        append_json_string(line, reject.reason);
        line += R"(,"raw":)";
        append_json_string(line, reject.raw);
        add_text(line + "}\n");
    }
    void add_text(std::string_view text) {
        if (out_.is_open()) out_ << text;
    }

    Status finish() {
        if (!out_.is_open()) return Status::ok();
        out_.close();
        return out_ ? Status::ok() : Status(Error::exhausted("--rejects: the file is incomplete"));
    }

private:
    std::ofstream out_;
};

// --- into a data directory

// A file, one that ships, or (given settings) one of the installation's own.
Result<ingest::Mapping> load_mapping(const std::string& name, const engine::Settings* settings) {
    TL_TRY_ASSIGN(const bool is_file, store::file_exists(store::posix_files(), name));
    if (!is_file && settings != nullptr && settings->find("mappings", name) != nullptr) {
        return server::need_mapping(*settings, name, "--mapping");
    }
    if (!is_file) return ingest::Mapping::shipped(name);
    TL_TRY_ASSIGN(const std::string text, store::read_file(store::posix_files(), name));
    TL_TRY_ASSIGN(ingest::Mapping mapping, ingest::Mapping::from_json(text));
    if (settings != nullptr) {
        TL_TRY(mapping.check_namespaces(settings->namespaces(), "--mapping"));
    }
    return mapping;
}

ingest::ImportOptions import_options(const engine::Engine& engine, const model::Source& source,
                                     const engine::Settings& settings) {
    ingest::ImportOptions options;
    options.source = source;
    options.context = {&settings.namespaces(), &engine.secret()};
    options.clock = &system_clock();
    return options;
}

void report(const Arguments& arguments, const std::string& file,
            const ingest::ImportProgress& progress) {
    if (arguments.has("json")) return print_json(model::DocView(progress_doc(progress)));
    print(file + ": " + progress_line(progress) + "\n");
}

Result<ingest::ImportProgress> import_file(engine::Engine& engine, const std::string& file,
                                           ingest::Importer& importer, RejectFile& rejects,
                                           StopSignals& signals) {
    EngineSink sink(engine);
    Progress line(system_clock());
    ingest::ImportSinks sinks;
    sinks.batch = [&](const ingest::RecordBatch& batch) { return sink.add(batch); };
    sinks.reject = [&](const ingest::ImportReject& reject) { rejects.add(file, reject); };
    sinks.progress = [&](const ingest::ImportProgress& now) {
        if (line.is_due()) line.show(file + ": " + progress_line(now));
        return !signals.has_come();
    };
    auto progress = importer.run(file, sinks);
    const auto rest = sink.finish();
    if (!progress && progress.error().code == Code::Cancelled) {
        return Error{Code::Cancelled,
                     "import: stopped; run it again to go on, nothing counts twice"};
    }
    TL_TRY(progress);
    TL_TRY(rest);
    progress->events += rest->accepted;
    progress->duplicates += rest->duplicates;
    progress->seconds_left = 0;
    return progress;
}

Status show_dry_run(const Arguments& arguments, const std::string& file,
                    const ingest::DryRun& found) {
    if (!arguments.has("json")) {
        print(file + ": the first events of " + with_commas(found.rows) + " rows read\n");
        for (const std::string& event : found.events) print(event + "\n");
        for (const auto& reject : found.rejects) {
            print("line " + std::to_string(reject.line) + ": " + reject.reason + "\n  " +
                  reject.raw + "\n");
        }
        return Status::ok();
    }
    std::string doc;
    model::DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("file", file);
    out.field("rows", static_cast<int64_t>(found.rows));
    out.key("events");
    const size_t events = out.open_array();
    for (const std::string& event : found.events) {
        TL_TRY_ASSIGN(const std::string packed, model::doc_from_json(event));
        out.copy(model::DocView(packed));
    }
    out.close(events);
    out.key("rejects");
    const size_t rejects = out.open_array();
    for (const auto& reject : found.rejects) {
        const size_t one = out.open_object();
        out.field("line", static_cast<int64_t>(reject.line));
        out.field("reason", reject.reason);
        out.field("raw", reject.raw);
        out.close(one);
    }
    out.close(rejects);
    out.close(mark);
    print_json(model::DocView(doc));
    return Status::ok();
}

// Needs no directory: the events are only shown.
Result<Exit> dry_run_files(const Arguments& arguments) {
    TL_TRY_ASSIGN(const ingest::Mapping mapping, load_mapping(arguments.text("mapping"), nullptr));
    const model::Namespaces spaces = model::Namespaces::built_in();
    const SecretKey secret{};
    ingest::ImportOptions options;
    options.source.id = 1;
    options.source.key = arguments.text("source");
    options.context = {&spaces, &secret};
    options.clock = &system_clock();
    for (const std::string& file : arguments.operands()) {
        TL_TRY_ASSIGN(auto bytes, ingest::open_file(file));
        TL_TRY_ASSIGN(const ingest::DryRun found,
                      ingest::dry_run(mapping, options, std::move(bytes), kDryRunEvents));
        TL_TRY(show_dry_run(arguments, file, found));
    }
    return Exit::Done;
}

Result<Exit> import_locally(const Arguments& arguments) {
    StopSignals signals;
    TL_TRY_ASSIGN(const auto engine, open_engine_for_command(arguments.text("data")));
    TL_TRY_ASSIGN(const model::Source source,
                  find_or_make_source(*engine, arguments.text("source")));
    const auto settings = engine->settings();
    TL_TRY_ASSIGN(ingest::Mapping mapping, load_mapping(arguments.text("mapping"), settings.get()));
    ingest::Importer importer(std::move(mapping), import_options(*engine, source, *settings));
    TL_TRY_ASSIGN(RejectFile rejects, RejectFile::open(arguments.text("rejects")));
    for (const std::string& file : arguments.operands()) {
        const Micros started_at = system_clock().now();
        TL_TRY_ASSIGN(const ingest::ImportProgress progress,
                      import_file(*engine, file, importer, rejects, signals));
        report(arguments, file, progress);
        TL_TRY(note_import(*engine, arguments.text("data"),
                           {.file = file,
                            .mapping = arguments.text("mapping"),
                            .source = source.key,
                            .actor = "command:import",
                            .started_at = started_at,
                            .finished_at = system_clock().now(),
                            .figures = progress}));
    }
    TL_TRY(rejects.finish());
    TL_TRY(engine->stop());
    return Exit::Done;
}

// --- to a server

// The state of an import, as the API tells it.
class RemoteImport {
public:
    RemoteImport(Api& api, std::string file) : api_(api), file_(std::move(file)) {}

    Status create(const Arguments& arguments) {
        std::error_code failed;
        size_ = std::filesystem::file_size(file_, failed);
        if (failed) return Error::not_found("import: " + file_ + ": " + failed.message());
        std::string body = R"({"file_name":)";
        append_json_string(body, std::filesystem::path(file_).filename().string());
        body += R"(,"size":)" + std::to_string(size_) + R"(,"mapping":)";
        append_json_string(body, arguments.text("mapping"));
        body += R"(,"source":)";
        append_json_string(body, arguments.text("source"));
        return take(api_.post("/api/imports", body + "}"));
    }

    Status upload() {
        std::ifstream in(file_, std::ios::binary);
        std::string piece(kPieceBytes, '\0');
        Progress line(system_clock());
        for (uint64_t offset = 0; offset < size_;) {
            in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
            const auto got = static_cast<size_t>(in.gcount());
            if (got == 0) return Error::unavailable("import: " + file_ + ": ends too early");
            TL_TRY(take(api_.call("PUT", path("/data?offset=" + std::to_string(offset)),
                                  std::string_view(piece).substr(0, got))));
            offset += got;
            if (line.is_due()) {
                line.show(file_ + ": " + readable_bytes(offset) + " of " + readable_bytes(size_) +
                          " sent");
            }
        }
        return Status::ok();
    }

    Status run() {
        TL_TRY(take(api_.post(path("/start"), "")));
        Progress line(system_clock());
        while (state() == "running" || state() == "ready") {
            std::this_thread::sleep_for(kPollPause);
            TL_TRY(take(api_.get(path(""))));
            if (line.is_due()) line.show(file_ + ": " + progress_line(progress()));
        }
        if (state() == "done") return Status::ok();
        return Error::unavailable("import: " + file_ + ": " + std::string(state()) + ": " +
                                  std::string(view().find("error").as_string()));
    }

    Result<std::string> rejects() { return api_.get(path("/rejects")); }

    ingest::ImportProgress progress() const {
        ingest::ImportProgress now;
        now.rows = count("rows");
        now.events = count("events");
        now.duplicates = count("duplicates");
        now.rejects = count("rejected");
        now.bytes_total = size_;
        now.bytes = static_cast<uint64_t>(view().find("progress").as_double().value_or(0) *
                                          static_cast<double>(size_));
        now.rows_per_second = view().find("rows_per_second").as_double().value_or(0);
        now.seconds_left = view().find("seconds_left").as_double().value_or(0);
        const auto started = parse_instant(view().find("started_at").as_string());
        const auto finished = parse_instant(view().find("finished_at").as_string());
        if (started && finished) {
            now.seconds = static_cast<double>(*finished - *started) / static_cast<double>(kSecond);
        }
        return now;
    }

private:
    Status take(Result<std::string> answer) {
        TL_TRY(answer);
        TL_TRY_ASSIGN(doc_, model::doc_from_json(*answer));
        return Status::ok();
    }
    model::DocView view() const { return model::DocView(doc_); }
    std::string_view state() const { return view().find("state").as_string(); }
    std::string path(std::string_view rest) const {
        return "/api/imports/" + path_segment(view().find("id").as_string()) + std::string(rest);
    }
    uint64_t count(std::string_view key) const {
        return static_cast<uint64_t>(view().find(key).as_integer().value_or(0));
    }

    Api& api_;
    std::string file_;
    uint64_t size_ = 0;
    std::string doc_;
};

Status make_source_if_missing(Api& api, const std::string& key) {
    const std::string path = "/api/sources/" + path_segment(key);
    const auto found = api.get(path);
    if (found || found.error().code != Code::NotFound) return found ? Status() : found.error();
    std::string body = R"({"name":)";
    append_json_string(body, key);
    TL_TRY(api.call("PUT", path, body + ",\"settings\":" + std::string(kUsualSettings) + "}"));
    return Status::ok();
}

Result<Exit> import_remotely(const Arguments& arguments) {
    TL_TRY_ASSIGN(const bool is_file,
                  store::file_exists(store::posix_files(), arguments.text("mapping")));
    if (is_file) {
        return usage_error(
            "--mapping: a server takes the name of a mapping it has; a file goes with --data");
    }
    TL_TRY_ASSIGN(const auto api, open_api(arguments));
    TL_TRY(make_source_if_missing(*api, arguments.text("source")));
    TL_TRY_ASSIGN(RejectFile rejects, RejectFile::open(arguments.text("rejects")));
    for (const std::string& file : arguments.operands()) {
        RemoteImport import(*api, file);
        TL_TRY(import.create(arguments));
        TL_TRY(import.upload());
        TL_TRY(import.run());
        if (arguments.has("rejects")) {
            TL_TRY_ASSIGN(const std::string lines, import.rejects());
            rejects.add_text(lines);
        }
        report(arguments, file, import.progress());
    }
    TL_TRY(rejects.finish());
    return Exit::Done;
}

}  // namespace

Result<Exit> run_import(const Arguments& arguments) {
    if (!arguments.has("mapping")) return usage_error("--mapping: name one, or a file");
    if (arguments.has("dry-run")) return dry_run_files(arguments);
    return is_remote(arguments) ? import_remotely(arguments) : import_locally(arguments);
}

}  // namespace throughline::cli
