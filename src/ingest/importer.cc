#include "ingest/importer.h"

#include <algorithm>

#include "model/json.h"

namespace throughline::ingest {

namespace {

EventFacts import_facts(const ImportOptions& options) {
    EventFacts facts;
    facts.source = &options.source;
    facts.path = "import";
    facts.received = options.clock->now();
    facts.flags = model::kEventHistory | model::kEventImported;
    facts.any_identifier_will_do = true;
    return facts;
}

std::string reason_of(const Refusal& refusal) {
    return std::string(refusal.code) + ": " + refusal.message;
}

}  // namespace

// One file on its way.
struct Importer::Run {
    MappingRun mapping;
    const ImportSinks& sinks;
    EventFacts facts;
    Micros begin;
    const ByteSource* source = nullptr;
    RecordBatch batch{};
    MappedRow mapped{};
    ImportProgress progress{};
};

Importer::Importer(Mapping mapping, ImportOptions options)
    : mapping_(std::move(mapping)), options_(std::move(options)) {
    TL_ASSERT(options_.clock != nullptr && options_.context.secret != nullptr);
}

Result<ImportProgress> Importer::run(const std::string& path, const ImportSinks& sinks) {
    TL_TRY_ASSIGN(auto source, open_file(path));
    return run(std::move(source), sinks);
}

Result<ImportProgress> Importer::run(std::unique_ptr<ByteSource> source, const ImportSinks& sinks) {
    TL_TRY_ASSIGN(const auto rows, open_rows(std::move(source), mapping_.shape()));
    Run run{.mapping = MappingRun(mapping_, *options_.context.secret),
            .sinks = sinks,
            .facts = import_facts(options_),
            .begin = options_.clock->monotonic()};
    run.source = &rows->source();
    bool knows_columns = false;
    Row row;
    while (true) {
        TL_TRY_ASSIGN(const bool has_row, rows->next(row));
        if (!has_row) break;
        if (!knows_columns && row.doc.is_missing()) {
            knows_columns = true;
            TL_TRY(run.mapping.use_columns(row.columns));
        }
        map_row(run, row);
        if (run.batch.size() >= options_.batch_events_max) TL_TRY(flush(run));
    }
    TL_TRY(flush(run));
    return run.progress;
}

void Importer::map_row(Run& run, const Row& row) {
    const auto reject = [&](std::string reason) {
        ++run.progress.rejects;
        if (run.sinks.reject) run.sinks.reject({row.line, std::move(reason), row.raw});
    };
    ++run.progress.rows;
    run.mapping.apply(row, run.mapped);
    if (!run.mapped.problem.empty()) return reject(run.mapped.problem);
    if (run.mapped.events.empty()) ++run.progress.skipped;
    for (const std::string& event : run.mapped.events) {
        RecordBatch& batch = run.batch;
        const size_t bytes = batch.bytes.size();
        run.facts.index = static_cast<uint32_t>(run.progress.rows);
        encoder_.append(options_.context, run.facts, model::DocView(event), batch);
        if (batch.refused.empty()) continue;
        // The row goes to the rejects of the import, with its line; not into quarantine.
        reject(reason_of(batch.refused[0]));
        batch.bytes.resize(bytes);
        batch.ends.pop_back();
        batch.refused.clear();
    }
}

Status Importer::flush(Run& run) {
    ImportProgress& progress = run.progress;
    if (run.batch.size() > 0) {
        TL_TRY_ASSIGN(const BatchResult result, run.sinks.batch(run.batch));
        progress.events += result.accepted;
        progress.duplicates += result.duplicates;
        run.batch.clear();
    }
    progress.bytes = run.source->stored_bytes_read();
    progress.bytes_total = run.source->stored_bytes_total();
    const double seconds =
        static_cast<double>(options_.clock->monotonic() - run.begin) / static_cast<double>(kSecond);
    progress.seconds = seconds;
    if (seconds > 0) {
        progress.rows_per_second = static_cast<double>(progress.rows) / seconds;
        const double left =
            static_cast<double>(progress.bytes_total) - static_cast<double>(progress.bytes);
        progress.seconds_left = progress.bytes == 0 ? 0
                                                    : std::max(0.0, left) * seconds /
                                                          static_cast<double>(progress.bytes);
    }
    if (run.sinks.progress && !run.sinks.progress(progress)) {
        return Error{Code::Cancelled, "import: stopped"};
    }
    return Status::ok();
}

Result<DryRun> dry_run(const Mapping& mapping, const ImportOptions& options,
                       std::unique_ptr<ByteSource> source, size_t events_wanted) {
    DryRun found;
    ImportOptions one_by_one = options;
    one_by_one.batch_events_max = 1;
    ImportSinks sinks;
    sinks.batch = [&](const RecordBatch& batch) -> Result<BatchResult> {
        for (size_t i = 0; i < batch.size() && found.events.size() < events_wanted; ++i) {
            found.events.push_back(model::to_pretty_json(model::EventView(batch.record(i)).doc()));
        }
        return BatchResult{batch.size(), 0};
    };
    sinks.reject = [&](const ImportReject& reject) {
        if (found.rejects.size() >= kDryRunRejectsMax) return;
        found.rejects.push_back({reject.line, reject.reason, std::string(reject.raw)});
    };
    sinks.progress = [&](const ImportProgress& progress) {
        found.rows = progress.rows;
        return found.events.size() < events_wanted;
    };
    const auto result = Importer(mapping, std::move(one_by_one)).run(std::move(source), sinks);
    if (!result && result.error().code != Code::Cancelled) return result.error();
    return found;
}

}  // namespace throughline::ingest
