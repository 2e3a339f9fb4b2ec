#include "cli/findings.h"
#include "engine/backup.h"
#include "engine/skips.h"
#include "engine/tables.h"
#include "sequence/history_file.h"
#include "store/duplicate_run.h"
#include "store/log_reader.h"

namespace throughline::cli {

namespace {

constexpr std::string_view kRestore =
    "keep this directory aside, restore the last backup: throughline restore";

store::Files& files() {
    return store::posix_files();
}

// One data directory, read from front to back.
class Check {
public:
    Check(const std::string& directory, Findings& findings)
        : partition_(store::join_path(directory, "p0000")),
          directory_(directory),
          findings_(findings) {}

    void run() {
        note("secret", check_secret());
        const auto manifest = check_state();
        note("state", manifest ? Status() : Status(manifest.error()));
        if (!manifest) return;  // Nothing says which files count.
        for (const std::string& name : manifest->history) note(name, check_history(name));
        check_runs("live", manifest->live);
        check_runs("imported", manifest->imported);
        if (!manifest->roots.empty()) note(manifest->roots, check_roots(manifest->roots));
        check_log(*manifest);
        note("skips", engine::read_skips(files(), directory_));
        if (!is_damaged_) tell_size(*manifest);
    }

private:
    template <typename Outcome>
    void note(const std::string& what, const Outcome& outcome) {
        if (outcome.is_ok()) return;
        is_damaged_ = true;
        findings_.problem("contents", what + ": " + outcome.error().message, kRestore);
    }

    std::string path(std::string_view part) const { return store::join_path(partition_, part); }

    Status check_secret() const {
        TL_TRY_ASSIGN(const std::string bytes,
                      store::read_file(files(), store::join_path(directory_, "secret")));
        if (bytes.size() == SecretKey{}.size()) return Status::ok();
        return Error::corrupt("wrong length");
    }

    // The cold store, and what its last checkpoint says.
    Result<engine::Manifest> check_state() const {
        engine::Manifest manifest;
        TL_TRY_ASSIGN(const bool exists, store::file_exists(files(), path("state/CURRENT")));
        if (!exists) return manifest;
        TL_TRY_ASSIGN(const auto cold,
                      store::StateStore::open(
                          {.path = path("state"), .families = engine::Tables::families()}));
        TL_TRY(cold->verify());
        TL_TRY_ASSIGN(const auto stored, cold->manifest());
        if (!stored) return manifest;
        return engine::Manifest::decode(*stored);
    }

    Status check_history(const std::string& name) const {
        TL_TRY_ASSIGN(const auto file, sequence::HistoryFile::open(files(), path("history"), name));
        return file->verify();
    }

    void check_runs(const std::string& set, std::string_view manifest) {
        const auto names = store::DuplicateSet::file_names(manifest);
        note("sets/" + set, names);
        if (!names) return;
        for (const std::string& name : *names) {
            const std::string file = store::join_path(path("sets/" + set), name);
            note(set + "/" + name, check_run(file));
        }
    }
    static Status check_run(const std::string& file) {
        TL_TRY_ASSIGN(const auto run, store::DuplicateRun::open(files(), file));
        return run->verify();
    }

    Status check_roots(const std::string& name) const {
        store::Dense32 roots;
        return roots.load(files(), store::join_path(path("sets"), name));
    }

    void check_log(const engine::Manifest& manifest) {
        const auto is_restored =
            store::file_exists(files(), store::join_path(directory_, engine::kRestoredMark));
        note("log", is_restored);
        if (!is_restored || *is_restored) return;  // Its log begins with the next start.
        store::LogReader log(files(), path("log"));
        const auto damaged = log.verify();
        note("log", damaged);
        if (!damaged) return;
        for (const store::LogDamage& damage : *damaged) {
            note(damage.file, Status(store::log_damage(path("log"), damage)));
        }
        const auto pass = [](const store::LogRecordView&) { return Status::ok(); };
        if (damaged->empty()) {
            note("log", log.read(manifest.state.next_position, engine::kFoldVersion, pass));
        }
    }

    void tell_size(const engine::Manifest& manifest) const {
        findings_.fine("contents", "every byte of " + std::to_string(manifest.history.size()) +
                                       " history files, state, sets and log is as it was written; "
                                       "the last checkpoint has " +
                                       std::to_string(manifest.state.events) + " events");
    }

    const std::string partition_;
    const std::string directory_;
    Findings& findings_;
    bool is_damaged_ = false;
};

}  // namespace

void check_files(const std::string& directory, Findings& findings) {
    Check(directory, findings).run();
}

}  // namespace throughline::cli
