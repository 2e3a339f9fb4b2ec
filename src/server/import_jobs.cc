#include "server/import_jobs.h"

#include <algorithm>
#include <charconv>

#include "base/log.h"
#include "model/json.h"
#include "server/mappings.h"
#include "server/replay.h"
#include "server/write_fields.h"

namespace throughline::server {

using model::DocView;

namespace {

constexpr Micros kUploadLife = kDay;
constexpr std::string_view kStates[] = {"uploading", "ready",  "running",
                                        "done",      "failed", "cancelled"};

std::optional<uint64_t> number_of_id(std::string_view id) {
    uint64_t number = 0;
    if (!id.starts_with("im_")) return {};
    const auto end = std::from_chars(id.data() + 3, id.data() + id.size(), number);
    if (end.ec != std::errc{} || end.ptr != id.data() + id.size()) return {};
    return number;
}

bool has_ended(ImportState state) {
    return state == ImportState::Done || state == ImportState::Failed ||
           state == ImportState::Cancelled;
}

std::string status_text(const Import& import) {
    std::string doc;
    model::DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("file_name", import.file_name);
    write_count(out, "size", import.size);
    write_standing(out, import);
    out.field("created_at", import.created_at);
    out.field("created_by", import.created_by);
    if (import.started_at != kNoTime) out.field("started_at", import.started_at);
    if (import.finished_at != kNoTime) out.field("finished_at", import.finished_at);
    out.field("error", import.error);
    write_count(out, "first_position", import.first_position);
    out.close(mark);
    return model::to_json(DocView(doc)) + "\n";
}

Result<Import> read_status(std::string id, std::string_view text) {
    TL_TRY_ASSIGN(const std::string bytes, model::doc_from_json(text));
    const DocView doc(bytes);
    const auto count = [&](std::string_view name) {
        return static_cast<uint64_t>(doc.find(name).as_integer().value_or(0));
    };
    const auto state = std::ranges::find(kStates, doc.find("state").as_string());
    if (state == std::end(kStates)) return Error::corrupt("import: status file: unknown state");
    Import import;
    import.id = std::move(id);
    import.file_name = doc.find("file_name").as_string();
    import.size = count("size");
    import.mapping = doc.find("mapping").as_string();
    import.source = doc.find("source").as_string();
    import.state = static_cast<ImportState>(state - std::begin(kStates));
    import.rows = count("rows");
    import.events = count("events");
    import.duplicates = count("duplicates");
    import.rejected = count("rejected");
    import.created_at = doc.find("created_at").as_integer().value_or(0);
    import.created_by = doc.find("created_by").as_string();
    import.started_at = doc.find("started_at").as_integer().value_or(kNoTime);
    import.finished_at = doc.find("finished_at").as_integer().value_or(kNoTime);
    import.error = doc.find("error").as_string();
    import.first_position = count("first_position");
    import.progress = import.state == ImportState::Done ? 1 : 0;
    return import;
}

void take_figures(const ImportFigures& figures, Import& import) {
    import.rows = figures.rows;
    import.events = figures.events;
    import.duplicates = figures.duplicates;
    import.rejected = figures.rejected;
    import.rows_per_second = figures.rows_per_second;
    import.seconds_left = figures.seconds_left;
    if (import.size == 0) return;
    import.progress =
        std::min(1.0, static_cast<double>(figures.bytes) / static_cast<double>(import.size));
}

Status save_status(const std::string& directory, const Import& import) {
    return store::replace_file(store::posix_files(), store::join_path(directory, "status.json"),
                               status_text(import));
}

// Back to what it was before it began.
void reset_figures(Import& import) {
    take_figures({}, import);
    import.started_at = kNoTime;
    import.finished_at = kNoTime;
    import.error.clear();
    import.state = ImportState::Ready;
}

}  // namespace

void write_standing(model::DocWriter& out, const Import& import) {
    out.field("mapping", import.mapping);
    out.field("source", import.source);
    out.field("state", import_state_name(import.state));
    write_count(out, "rows", import.rows);
    write_count(out, "events", import.events);
    write_count(out, "duplicates", import.duplicates);
    write_count(out, "rejected", import.rejected);
}

std::string_view import_state_name(ImportState state) {
    return kStates[static_cast<size_t>(state)];
}

struct ImportJobs::Job {
    Import import;
    std::unique_ptr<ImportReading> reading;  // While it runs.
    std::thread thread;
    bool is_cancelled = false;  // By a person, not by a stop of the server.
};

ImportJobs::ImportJobs(App& app) : app_(app) {
    load();
    drop_stale();
}

ImportJobs::~ImportJobs() {
    std::vector<std::thread> threads;
    {
        const std::lock_guard lock(mutex_);
        for (auto& [number, job] : jobs_) {
            if (job->reading) job->reading->stop();
            if (job->thread.joinable()) threads.push_back(std::move(job->thread));
        }
    }
    for (std::thread& thread : threads) thread.join();
}

std::string ImportJobs::directory_of(const std::string& id) const {
    return store::join_path(app_.options.spool_directory, id);
}

std::string ImportJobs::data_of(const std::string& id) const {
    return store::join_path(directory_of(id), "data");
}

Status ImportJobs::save(const Import& import) const {
    return save_status(directory_of(import.id), import);
}

void ImportJobs::load() {
    store::Files& files = store::posix_files();
    const auto names = files.list(app_.options.spool_directory);
    if (!names) return;  // Nothing was ever imported.
    for (const std::string& name : *names) {
        const auto number = number_of_id(name);
        if (!number || jobs_.contains(*number)) continue;
        next_number_ = std::max(next_number_, *number + 1);
        const auto text =
            store::read_file(files, store::join_path(directory_of(name), "status.json"));
        auto import = text ? read_status(name, *text) : Result<Import>(text.error());
        if (!import) {
            log_warn("server.import_skipped", {{"import", name}});
            continue;
        }
        const auto data = files.stat(data_of(name));
        import->uploaded = has_ended(import->state) ? import->size : data ? data->size : 0;
        // A restart broke it off: nothing counts twice when it begins again.
        if (import->state == ImportState::Running) reset_figures(*import);
        auto job = std::make_unique<Job>();
        job->import = std::move(*import);
        jobs_.emplace(*number, std::move(job));
    }
}

// What nobody starts within a day goes.
void ImportJobs::drop_stale() {
    const Micros oldest = app_.clock.now() - kUploadLife;
    for (auto& [number, job] : jobs_) {
        const ImportState state = job->import.state;
        const bool waits = state == ImportState::Uploading || state == ImportState::Ready;
        if (waits && job->import.created_at < oldest) {
            end(*job, ImportState::Cancelled, "not started within a day");
        }
    }
}

Result<ImportJobs::Job*> ImportJobs::job(const std::string& id) const {
    const auto number = number_of_id(id);
    const auto found = number ? jobs_.find(*number) : jobs_.end();
    if (found == jobs_.end())
        return Error::not_found("import: no import has this id: choose one of the list");
    return found->second.get();
}

Result<Import> ImportJobs::create(Import wanted) {
    const auto settings = app_.engine.settings();
    TL_TRY(need_mapping(*settings, wanted.mapping, "import: mapping"));
    if (settings->source(wanted.source) == nullptr) {
        return Error::invalid(
            "import: source: no source has this key: make it first, or choose another");
    }
    const std::lock_guard lock(mutex_);
    load();  // The demo may have taken a number.
    drop_stale();
    const uint64_t number = next_number_++;
    wanted.id = "im_" + std::to_string(number);
    wanted.created_at = app_.clock.now();
    wanted.state = wanted.size == 0 ? ImportState::Ready : ImportState::Uploading;
    store::Files& files = store::posix_files();
    TL_TRY(store::make_directories(files, directory_of(wanted.id)));
    TL_TRY_ASSIGN(const auto data, files.open(data_of(wanted.id), store::OpenMode::Fresh));
    TL_TRY(data->sync());
    TL_TRY(save(wanted));
    auto job = std::make_unique<Job>();
    job->import = wanted;
    jobs_.emplace(number, std::move(job));
    return wanted;
}

Result<Import> ImportJobs::append(const std::string& id, uint64_t offset, std::string_view piece) {
    const std::lock_guard lock(mutex_);
    TL_TRY_ASSIGN(Job* const found, job(id));
    Import& import = found->import;
    if (offset != import.uploaded) {
        return Error::conflict("import: offset: expected " + std::to_string(import.uploaded));
    }
    if (import.state != ImportState::Uploading) {
        return Error::precondition("import: data: it is " +
                                   std::string(import_state_name(import.state)));
    }
    if (piece.empty() || piece.size() > kPieceBytesMax) {
        return Error::invalid("import: data: need a piece of 1 byte to 4 MiB");
    }
    if (piece.size() > import.size - import.uploaded) {
        return Error::invalid("import: data: more than the size that was announced");
    }
    TL_TRY_ASSIGN(const auto data, store::posix_files().open(data_of(id), store::OpenMode::Write));
    TL_TRY(data->write_at(offset, piece));
    const bool is_whole = offset + piece.size() == import.size;
    if (is_whole) TL_TRY(data->sync());
    import.uploaded += piece.size();
    if (is_whole) {
        import.state = ImportState::Ready;
        TL_TRY(save(import));
    }
    return import;
}

Result<Import> ImportJobs::start(const std::string& id, const Caller& caller) {
    TL_TRY_ASSIGN(Import import, start_job(id));
    note(caller, "import.start", id);
    return import;
}

Result<Import> ImportJobs::cancel(const std::string& id, const Caller& caller) {
    TL_TRY_ASSIGN(Import import, cancel_job(id));
    note(caller, "import.cancel", id);
    return import;
}

// It has happened: an audit entry that cannot be written must not deny it.
void ImportJobs::note(const Caller& caller, std::string_view action, const std::string& id) {
    const auto noted = decide(app_, caller, action, [&](model::DocWriter& out) {
        out.field("subject", "imports/" + id);
    });
    if (!noted) log_warn("server.import_not_noted", {{"import", id}});
}

Result<Import> ImportJobs::start_job(const std::string& id) {
    const std::lock_guard lock(mutex_);
    TL_TRY_ASSIGN(Job* const found, job(id));
    Import& import = found->import;
    if (import.state != ImportState::Ready) {
        return Error::precondition("import: state: it is " +
                                   std::string(import_state_name(import.state)));
    }
    if (running_ >= kImportsRunningMax) {
        return Error::exhausted("import: at most " + std::to_string(kImportsRunningMax) +
                                " run at a time: start this one when another has ended");
    }
    const auto settings = app_.engine.settings();
    auto mapping = find_mapping(*settings, import.mapping);
    const model::Source* source = settings->source(import.source);
    if (!mapping || source == nullptr) {
        return Error::precondition(
            "import: its mapping or its source no longer exists: make it again, or cancel this "
            "import");
    }
    TL_TRY(mapping->check_namespaces(settings->namespaces(), "import: mapping"));
    import.state = ImportState::Running;
    import.started_at = app_.clock.now();
    import.first_position = app_.engine.query_view().state.next_position;
    TL_TRY(save(import));
    found->reading =
        std::make_unique<ImportReading>(app_, ImportPlan{.id = id,
                                                         .path = data_of(id),
                                                         .mapping_key = import.mapping,
                                                         .mapping = std::move(*mapping),
                                                         .settings = settings,
                                                         .source = *source});
    if (found->thread.joinable()) found->thread.join();  // Of a run that has ended.
    ++running_;
    found->thread = std::thread([this, found] { run(*found); });
    return import;
}

void ImportJobs::run(Job& job) {
    const Status status = job.reading->run();
    if (status && !settle_mended(job)) {
        log_warn("server.import_rejects_not_settled", {{"import", job.import.id}});
    }
    const std::lock_guard lock(mutex_);
    take_figures(job.reading->figures(), job.import);
    --running_;
    if (status) {
        job.import.progress = 1;
        end(job, ImportState::Done, {});
    } else if (job.is_cancelled) {
        end(job, ImportState::Cancelled, {});
    } else if (job.reading->is_stopping()) {
        // The server stops: the status file says `running`, and the next start makes it ready.
    } else {
        log_warn("server.import_failed",
                 {{"import", job.import.id}, {"code", code_name(status.error().code)}});
        end(job, ImportState::Failed, status.error().message);
    }
    job.reading.reset();
}

// Earlier imports of the same file, all of whose events have come again.
std::vector<Import> ImportJobs::mended_by(const Import& import,
                                          const ImportFigures& figures) const {
    const std::lock_guard lock(mutex_);
    std::vector<Import> earlier;
    for (const auto& [number, job] : jobs_) {
        const Import& other = job->import;
        if (other.id == import.id) break;
        const bool is_same_file = other.file_name == import.file_name &&
                                  other.mapping == import.mapping && other.source == import.source;
        if (is_same_file && other.state == ImportState::Done && other.rejected > 0 &&
            other.events + other.duplicates > 0 && other.rows == figures.rows &&
            figures.duplicates >= other.events + other.duplicates) {
            earlier.push_back(other);
        }
    }
    return earlier;
}

// Settles the open rejects of rows that were refused from this file before and are taken now.
Status ImportJobs::settle_mended(const Job& job) {
    constexpr size_t kStep = 500;
    const ImportFigures figures = job.reading->figures();
    const auto refused = job.reading->refused_lines();
    if (figures.events == 0 || !refused) return Status::ok();
    std::string became;
    model::DocWriter out(became);
    const size_t mark = out.open_object();
    out.field("import", job.import.id);
    out.close(mark);
    std::vector<Settling> settlings;
    for (const Import& earlier : mended_by(job.import, figures)) {
        const engine::View view = app_.engine.view();
        store::KeyRange range{engine::ordered_key(earlier.first_position), ""};
        while (true) {
            TL_TRY_ASSIGN(const auto rows, view.tables.rejects.scan(range, kStep));
            for (const auto& [key, value] : rows) {
                const DocView row(value);
                const auto line = row.find("line").as_integer().value_or(0);
                const bool is_open = row.find("path").as_string() == "import:" + earlier.id &&
                                     row.find("status").as_string() == "open";
                if (!is_open || refused->contains(static_cast<uint64_t>(line))) continue;
                settlings.push_back({engine::number_of_key(key), "mended", became});
            }
            if (rows.size() < kStep) break;
            range.from = rows.back().first + '\0';
        }
    }
    return settle_rejects(app_, {.actor = "import:" + job.import.id, .scopes = {}, .session = {}},
                          settlings);
}

void ImportJobs::end(Job& job, ImportState state, std::string error) {
    job.import.state = state;
    job.import.error = std::move(error);
    job.import.finished_at = app_.clock.now();
    job.import.seconds_left = 0;
    Status status = save(job.import);
    if (status) status = store::posix_files().remove(data_of(job.import.id));
    if (!status) log_warn("server.import_not_cleaned", {{"import", job.import.id}});
}

Result<Import> ImportJobs::cancel_job(const std::string& id) {
    const std::lock_guard lock(mutex_);
    TL_TRY_ASSIGN(Job* const found, job(id));
    if (has_ended(found->import.state)) {
        return Error::precondition("import: state: it is " +
                                   std::string(import_state_name(found->import.state)));
    }
    if (!found->reading) {
        end(*found, ImportState::Cancelled, {});
        return found->import;
    }
    found->is_cancelled = true;
    found->reading->stop();
    Import import = found->import;
    take_figures(found->reading->figures(), import);
    import.state = ImportState::Cancelled;  // As it will be within a batch.
    return import;
}

Result<Import> ImportJobs::find(const std::string& id) const {
    const std::lock_guard lock(mutex_);
    TL_TRY_ASSIGN(const Job* const found, job(id));
    Import import = found->import;
    if (found->reading) take_figures(found->reading->figures(), import);
    return import;
}

std::vector<Import> ImportJobs::list() {
    const std::lock_guard lock(mutex_);
    load();  // What the demo has run since.
    std::vector<Import> imports;
    for (auto at = jobs_.rbegin(); at != jobs_.rend(); ++at) {
        imports.push_back(at->second->import);
        if (at->second->reading) take_figures(at->second->reading->figures(), imports.back());
    }
    return imports;
}

Result<std::string> record_import(const std::string& spool_directory, Import import) {
    store::Files& files = store::posix_files();
    uint64_t number = 1;
    if (const auto names = files.list(spool_directory)) {
        for (const std::string& name : *names) {
            number = std::max(number, number_of_id(name).value_or(0) + 1);
        }
    }
    import.id = "im_" + std::to_string(number);
    const std::string directory = store::join_path(spool_directory, import.id);
    TL_TRY(store::make_directories(files, directory));
    TL_TRY(save_status(directory, import));
    return import.id;
}

}  // namespace throughline::server
