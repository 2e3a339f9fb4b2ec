// Import: a file through a mapping into batches of records.
//
// Importing the same file again, or again from its start after a break, gives the same message
// ids, so nothing counts twice: that is what resuming means. All events are history.
//
// Layer 6. Shard-owned. Memory: one batch, one row, and 24 bytes per distinct `id` key.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "ingest/batch.h"
#include "ingest/event_encoder.h"
#include "ingest/mapping.h"
#include "ingest/rows.h"

namespace throughline::ingest {

/// What the caller did with a batch.
struct BatchResult {
    uint64_t accepted = 0;
    uint64_t duplicates = 0;
};

struct ImportReject {
    uint64_t line = 0;
    std::string reason;    // `code: message` of an event, or why the row could not be read.
    std::string_view raw;  // The row; borrowed for the call.
};

struct ImportProgress {
    uint64_t bytes = 0;        // Of the stored file, read so far.
    uint64_t bytes_total = 0;  // 0 if unknown.
    uint64_t rows = 0;
    uint64_t events = 0;      // Accepted.
    uint64_t duplicates = 0;  // Were there already.
    uint64_t skipped = 0;     // Rows the mapping passes over.
    uint64_t rejects = 0;
    double seconds = 0;  // It took so far.
    double rows_per_second = 0;
    double seconds_left = 0;  // 0 if unknown.
};

/// Where the parts of an import go.
struct ImportSinks {
    /// Takes a batch that holds events only; rejected rows go to `reject`.
    std::function<Result<BatchResult>(const RecordBatch&)> batch;
    std::function<void(const ImportReject&)> reject;
    /// Called after each batch; returning false stops the import (Cancelled).
    std::function<bool(const ImportProgress&)> progress;
};

struct ImportOptions {
    model::Source source;
    EncodeContext context;
    const Clock* clock = nullptr;
    size_t batch_events_max = 1000;
};

class Importer {
public:
    Importer(Mapping mapping, ImportOptions options);

    /// Reads the file to its end. Errors: of the file, of the batch sink, or Cancelled.
    Result<ImportProgress> run(const std::string& path, const ImportSinks& sinks);
    Result<ImportProgress> run(std::unique_ptr<ByteSource> source, const ImportSinks& sinks);

private:
    struct Run;
    Status flush(Run& run);
    void map_row(Run& run, const Row& row);

    Mapping mapping_;
    ImportOptions options_;
    EventEncoder encoder_;
};

inline constexpr size_t kDryRunRejectsMax = 100;

/// The first events of a file as JSON, and what would be refused: nothing is sent anywhere.
struct DryRun {
    struct Reject {
        uint64_t line = 0;
        std::string reason;
        std::string raw;
    };
    std::vector<std::string> events;  // Pretty JSON, at most as many as asked for.
    std::vector<Reject> rejects;      // Of the rows read, at most kDryRunRejectsMax.
    uint64_t rows = 0;                // Read until there were enough events.
};
Result<DryRun> dry_run(const Mapping& mapping, const ImportOptions& options,
                       std::unique_ptr<ByteSource> source, size_t events_wanted);

}  // namespace throughline::ingest
