#include "server/import_reading.h"

#include <algorithm>
#include <thread>

#include "ingest/byte_source.h"
#include "ingest/csv.h"
#include "ingest/rows.h"
#include "server/verdicts.h"

namespace throughline::server {

namespace {

constexpr size_t kBatchesInFlight = 4;
constexpr size_t kRejectsPerSubmission = 200;
constexpr auto kBusyPause = std::chrono::milliseconds(20);

struct Reason {
    std::string code;
    std::string message;
};

// `missing_id: userId and …` of an event; a mapping's own words have no code.
Reason split_reason(const std::string& reason) {
    const size_t colon = reason.find(": ");
    const std::string code = reason.substr(0, colon == std::string::npos ? 0 : colon);
    const bool is_code =
        code.find('_') != std::string::npos &&
        std::ranges::all_of(code, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
    if (!is_code) return {"row_refused", reason};
    return {code, reason.substr(colon + 2)};
}

}  // namespace

ImportReading::ImportReading(App& app, ImportPlan plan) : app_(app), plan_(std::move(plan)) {}

ImportFigures ImportReading::figures() const {
    const std::lock_guard lock(mutex_);
    return figures_;
}

std::optional<std::set<uint64_t>> ImportReading::refused_lines() const {
    const std::lock_guard lock(mutex_);
    // The fold refuses too, and does not know lines.
    if (figures_.rejected != rejects_kept_) return {};
    return refused_lines_;
}

Status ImportReading::run() {
    TL_TRY(look_at_columns());
    ingest::ImportSinks sinks;
    sinks.batch = [&](const ingest::RecordBatch& batch) -> Result<ingest::BatchResult> {
        TL_TRY(send(batch.bytes, batch.ends, true));
        return ingest::BatchResult{};  // Counted when the engine has answered.
    };
    sinks.reject = [&](const ingest::ImportReject& reject) { keep_reject(reject); };
    sinks.progress = [&](const ingest::ImportProgress& progress) {
        const std::lock_guard lock(mutex_);
        figures_.rows = progress.rows;
        figures_.bytes = progress.bytes;
        figures_.rows_per_second = progress.rows_per_second;
        figures_.seconds_left = progress.seconds_left;
        return !is_stopping_;
    };
    ingest::Importer importer(plan_.mapping, {.source = plan_.source,
                                              .context = {.spaces = &plan_.settings->namespaces(),
                                                          .secret = &app_.engine.secret()},
                                              .clock = &app_.clock});
    const auto read = importer.run(plan_.path, sinks);
    Status status = read ? Status::ok() : Status(read.error());
    // Also after a failure: what was refused so far is told, and nobody answers into a dead job.
    const Status told = send_rejects();
    const Status answered = wait_for(0);
    if (status) status = told;
    return status ? answered : status;
}

Status ImportReading::look_at_columns() {
    TL_TRY_ASSIGN(auto source, ingest::open_file(plan_.path));
    TL_TRY_ASSIGN(const auto rows, ingest::open_rows(std::move(source), plan_.mapping.shape()));
    ingest::Row row;
    TL_TRY_ASSIGN(const bool has_row, rows->next(row));
    if (!has_row || !row.doc.is_missing()) return Status::ok();
    columns_.assign(row.columns.begin(), row.columns.end());
    delimiter_ = ingest::find_dialect(row.raw, plan_.mapping.shape()).delimiter;
    return Status::ok();
}

Status ImportReading::send(std::string bytes, std::vector<uint32_t> ends, bool are_events) {
    TL_TRY(wait_for(kBatchesInFlight - 1));
    const size_t events = are_events ? ends.size() : 0;
    engine::Submission submission;
    submission.bytes = std::make_shared<const std::string>(std::move(bytes));
    submission.ends = std::move(ends);
    submission.done = [this, events](engine::Outcome outcome) { take(outcome, events); };
    {
        const std::lock_guard lock(mutex_);
        ++in_flight_;
    }
    Status status;
    while (true) {
        status = app_.engine.submit(submission);
        // Live traffic comes first: an import waits until there is room.
        if (status || status.error().code != Code::Unavailable || is_stopping_) break;
        std::this_thread::sleep_for(kBusyPause);
    }
    if (status) return status;
    const std::lock_guard lock(mutex_);
    --in_flight_;
    return status;
}

Status ImportReading::wait_for(size_t in_flight_max) {
    std::unique_lock lock(mutex_);
    done_.wait(lock, [&] { return in_flight_ <= in_flight_max; });
    return failed_;
}

void ImportReading::take(const engine::Outcome& outcome, size_t events) {
    const std::lock_guard lock(mutex_);
    --in_flight_;
    if (!outcome.status) {
        failed_ = outcome.status;
    } else if (events > 0) {
        figures_.duplicates += outcome.duplicates.size();
        figures_.rejected += outcome.refused.size();
        figures_.events += events - outcome.duplicates.size() - outcome.refused.size();
    }
    done_.notify_all();
}

void ImportReading::keep_reject(const ingest::ImportReject& reject) {
    {
        const std::lock_guard lock(mutex_);
        ++figures_.rejected;
    }
    if (rejects_kept_ == kImportRejectsMax) return;
    ++rejects_kept_;
    refused_lines_.insert(reject.line);
    const Reason reason = split_reason(reject.reason);
    std::string doc;
    model::DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("source", int64_t{plan_.source.id});
    out.field("code", reason.code);
    out.field("message", "line " + std::to_string(reject.line) + ": " + reason.message);
    out.field("line", static_cast<int64_t>(reject.line));
    out.field("received", app_.clock.now());
    out.field("path", "import:" + plan_.id);
    out.field("mapping", plan_.mapping_key);
    if (!columns_.empty()) {
        out.field("delimiter", delimiter_);
        out.key("columns");
        const size_t columns = out.open_array();
        for (const std::string& column : columns_) out.string(column);
        out.close(columns);
    }
    out.field("body", as_utf8(reject.raw, ingest::kRowBytesMax));
    out.close(mark);
    reject_bytes_ += model::make_record(model::RecordKind::Reject, doc);
    reject_ends_.push_back(static_cast<uint32_t>(reject_bytes_.size()));
    if (reject_ends_.size() < kRejectsPerSubmission) return;
    const Status status = send_rejects();
    if (status) return;
    const std::lock_guard lock(mutex_);
    failed_ = status;  // The next batch, or the end, tells it.
}

Status ImportReading::send_rejects() {
    if (reject_ends_.empty()) return Status::ok();
    return send(std::exchange(reject_bytes_, {}), std::exchange(reject_ends_, {}), false);
}

}  // namespace throughline::server
