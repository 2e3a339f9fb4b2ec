// Imports over HTTP: a file comes in pieces into a spool, then a thread reads it through a mapping.
//
//   <spool>/im_3/status.json   what it is and how far it got; replaced in one durable step
//   <spool>/im_3/data          the bytes so far; goes when the import ends, whichever way
//
// Importing the same rows again counts nothing twice, so an import that a restart broke off can be
// started again from its beginning: it is `ready` then. Rows that are refused become rejects with
// path `import:im_3`, their line and their columns, so that they can be mended and replayed. When
// the same file comes again mended (same name, mapping, source and number of rows, and every event
// of the earlier import again), rejects of rows that are taken now are settled as `mended`. What
// was uploaded and not started within a day is deleted: files of customers do not lie about.
//
// Layer 7. Thread-safe. One thread for each running import, at most kImportsRunningMax.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "server/app.h"
#include "server/import_reading.h"

namespace throughline::server {

inline constexpr size_t kImportsRunningMax = 2;
inline constexpr uint64_t kPieceBytesMax = 4ULL << 20;

enum class ImportState : uint8_t { Uploading, Ready, Running, Done, Failed, Cancelled };
std::string_view import_state_name(ImportState state);

struct Import {
    std::string id;
    std::string file_name;
    uint64_t size = 0;
    uint64_t uploaded = 0;
    std::string mapping;
    std::string source;
    ImportState state = ImportState::Uploading;
    uint64_t rows = 0;
    uint64_t events = 0;
    uint64_t duplicates = 0;
    uint64_t rejected = 0;
    double progress = 0;  // Share of the bytes read.
    double rows_per_second = 0;
    double seconds_left = 0;  // 0: not known.
    Micros created_at = 0;
    std::string created_by;
    Micros started_at = kNoTime;
    Micros finished_at = kNoTime;
    std::string error;
    model::Position first_position = 0;  // Its rejects stand at or after this.
};

/// Lists an import that the command line or the demo has run, under the next free id, which it
/// returns. Errors: of the disk.
Result<std::string> record_import(const std::string& spool_directory, Import import);

/// Writes what it reads and how far it got: mapping, source, state and the figures.
void write_standing(model::DocWriter& out, const Import& import);

class ImportJobs {
public:
    /// Reads what the spool holds. Borrows the app.
    explicit ImportJobs(App& app);
    /// Stops running imports; they can be started again.
    ~ImportJobs();

    /// Errors: InvalidArgument for an unknown mapping or source.
    Result<Import> create(Import wanted);
    Result<Import> append(const std::string& id, uint64_t offset, std::string_view piece);
    /// Who starts and who cancels stands in the audit list.
    Result<Import> start(const std::string& id, const Caller& caller);
    Result<Import> cancel(const std::string& id, const Caller& caller);
    Result<Import> find(const std::string& id) const;
    /// Newest first.
    std::vector<Import> list();

private:
    struct Job;

    std::string directory_of(const std::string& id) const;
    std::string data_of(const std::string& id) const;
    Status save(const Import& import) const;
    void load();
    Result<Job*> job(const std::string& id) const;
    void drop_stale();
    void end(Job& job, ImportState state, std::string error);
    void run(Job& job);
    Result<Import> start_job(const std::string& id);
    Result<Import> cancel_job(const std::string& id);
    std::vector<Import> mended_by(const Import& import, const ImportFigures& figures) const;
    Status settle_mended(const Job& job);
    void note(const Caller& caller, std::string_view action, const std::string& id);

    App& app_;
    mutable std::mutex mutex_;  // Guards what follows, and each job's import.
    std::map<uint64_t, std::unique_ptr<Job>> jobs_;
    uint64_t next_number_ = 1;
    size_t running_ = 0;
};

}  // namespace throughline::server
