// One import at work: rows through a mapping, batches to the engine, refused rows to quarantine.
//
// Layer 7. run() on the import's thread; figures() from any.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ingest/importer.h"
#include "server/app.h"

namespace throughline::server {

/// Of one import, so many refused rows are kept; further ones are only counted.
inline constexpr uint64_t kImportRejectsMax = 10'000;

struct ImportPlan {
    std::string id;
    std::string path;  // Of the spooled file.
    std::string mapping_key;
    ingest::Mapping mapping;
    std::shared_ptr<const engine::Settings> settings;
    model::Source source;
};

struct ImportFigures {
    uint64_t rows = 0;
    uint64_t events = 0;
    uint64_t duplicates = 0;
    uint64_t rejected = 0;
    uint64_t bytes = 0;
    double rows_per_second = 0;
    double seconds_left = 0;
};

class ImportReading {
public:
    ImportReading(App& app, ImportPlan plan);

    /// Reads the file to its end, or until stop(). Errors: of the file, the mapping, the engine;
    /// Cancelled.
    Status run();
    void stop() { is_stopping_ = true; }
    bool is_stopping() const { return is_stopping_; }
    ImportFigures figures() const;
    /// The lines that were refused; nothing when not all of them are known. After run().
    std::optional<std::set<uint64_t>> refused_lines() const;

private:
    Status look_at_columns();
    Status send(std::string bytes, std::vector<uint32_t> ends, bool are_events);
    Status send_rejects();
    Status wait_for(size_t in_flight_max);
    void take(const engine::Outcome& outcome, size_t events);
    void keep_reject(const ingest::ImportReject& reject);

    App& app_;
    ImportPlan plan_;
    std::vector<std::string> columns_;  // Of a CSV file; for replaying its rejects.
    std::string delimiter_;
    std::string reject_bytes_;  // Records waiting to be sent.
    std::vector<uint32_t> reject_ends_;
    uint64_t rejects_kept_ = 0;
    std::set<uint64_t> refused_lines_;  // Of those kept.
    std::atomic<bool> is_stopping_{false};

    mutable std::mutex mutex_;  // Guards what follows.
    std::condition_variable done_;
    size_t in_flight_ = 0;
    Status failed_;
    ImportFigures figures_;
};

}  // namespace throughline::server
