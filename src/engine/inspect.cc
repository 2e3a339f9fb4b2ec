#include "engine/inspect.h"

#include "engine/engine.h"
#include "engine/skips.h"
#include "sequence/history_file.h"
#include "store/log_reader.h"

namespace throughline::engine {

namespace {

constexpr std::string_view kRestore =
    "restore the newest backup with `throughline restore`; this directory cannot be mended";
constexpr std::string_view kRestoreFile =
    "copy this one file from a backup; what was taken since then is kept";
constexpr std::string_view kRestart =
    "start and stop the server once: it writes the damaged copy again from the good one";
constexpr std::string_view kMakeRoom = "see that the disk can be read and has room, then try again";

class Inspection {
public:
    Inspection(store::Files& files, std::string directory, rocksdb::Env* env)
        : files_(files), directory_(std::move(directory)), env_(env) {}

    std::vector<Finding> run() {
        if (const auto secret = read_secret(files_, store::join_path(directory_, "secret"));
            !secret) {
            add("secret", secret.error(), kRestoreFile);
        }
        if (const auto skips = read_skips(files_, directory_); !skips) {
            add("p0000/skips", skips.error(), kRestoreFile);
        }
        verify_log();
        verify_state();
        return std::move(findings_);
    }

private:
    // What the disk cannot read at present is no damage.
    void add(std::string file, const Error& error, std::string_view advice) {
        const bool is_damage = error.code == Code::Corrupt || error.code == Code::NotFound ||
                               error.code == Code::FailedPrecondition;
        findings_.push_back(
            {std::move(file), error.message, std::string(is_damage ? advice : kMakeRoom)});
    }

    std::string path(std::string_view part) const {
        return store::join_path(store::join_path(directory_, "p0000"), part);
    }

    void verify_log() {
        const auto exists = store::file_exists(files_, path("log"));
        if (exists && !*exists) return;  // Of a directory never started.
        const auto damages = store::LogReader(files_, path("log")).verify();
        if (!damages) return add("p0000/log", damages.error(), kRestore);
        for (const store::LogDamage& damage : *damages) {
            const bool is_copy = damage.offset == 0 && damage.what.starts_with("one of two");
            findings_.push_back({"p0000/log/" + damage.file,
                                 damage.what + ", at offset " + std::to_string(damage.offset),
                                 std::string(is_copy ? kRestart : kRestore)});
        }
    }

    void verify_state() {
        const auto exists = store::file_exists(files_, store::join_path(path("state"), "CURRENT"));
        if (exists && !*exists) return;
        auto cold = store::StateStore::open({.path = path("state"),
                                             .families = {},
                                             .cache_bytes = 8 << 20,
                                             .env = env_,
                                             .access = store::StateStore::Access::ReadOnly});
        if (!cold) return add("p0000/state", cold.error(), kRestore);
        if (const Status read = (*cold)->verify(); !read) {
            add("p0000/state", read.error(), kRestore);
        }
        const auto stored = (*cold)->manifest();
        if (!stored) return add("p0000/state", stored.error(), kRestore);
        if (!*stored) return;  // No checkpoint yet: the log holds all.
        const auto manifest = Manifest::decode(**stored);
        if (!manifest) return add("p0000/state", manifest.error(), kRestore);
        verify_named(*manifest);
    }

    void verify_named(const Manifest& manifest) {
        for (const std::string& name : manifest.history) {
            const auto file = sequence::HistoryFile::open(files_, path("history"), name);
            const Status read = file ? (*file)->verify() : Status(file.error());
            if (!read) add("p0000/history/" + name, read.error(), kRestore);
            if (file) note_overflow((*file)->overflow());
        }
        tell_overflow();
        verify_set("live", manifest.live);
        verify_set("imported", manifest.imported);
        if (manifest.roots.empty()) return;
        const std::string roots = store::join_path("sets", manifest.roots);
        if (const Status read = store::Dense32().load(files_, path(roots)); !read) {
            add("p0000/" + roots, read.error(), kRestore);
        }
    }

    void note_overflow(const sequence::RowOverflow& overflow) {
        overflow_.whole += overflow.whole;
        overflow_.unnamed += overflow.unnamed;
    }
    void tell_overflow() {
        const auto tell = [&](uint64_t rows, const std::string& why, const std::string& advice) {
            if (rows == 0) return;
            findings_.push_back({.file = "p0000/history",
                                 .what = std::to_string(rows) + " events " + why,
                                 .advice = advice,
                                 .is_damage = false});
        };
        tell(overflow_.whole, "are kept whole: they have too many different fields for columns",
             "send what varies as values, not as names of fields: such events are read slower");
        tell(overflow_.unnamed, "have a name that came after the first 100,000",
             "send what varies as a property, not in the name: such events are read slower");
    }

    void verify_set(const std::string& set, std::string_view manifest) {
        const std::string part = store::join_path("sets", set);
        const auto names = store::DuplicateSet::file_names(manifest);
        if (!names) return add("p0000/" + part, names.error(), kRestore);
        for (const std::string& name : *names) {
            const auto run = store::DuplicateRun::open(files_, store::join_path(path(part), name));
            const Status read = run ? (*run)->verify() : Status(run.error());
            if (!read) add("p0000/" + store::join_path(part, name), read.error(), kRestore);
        }
    }

    store::Files& files_;
    const std::string directory_;
    rocksdb::Env* const env_;
    std::vector<Finding> findings_;
    sequence::RowOverflow overflow_;
};

}  // namespace

Result<std::vector<Finding>> verify_directory(store::Files& files, const std::string& directory,
                                              rocksdb::Env* env) {
    TL_TRY(files.stat(directory));
    TL_TRY_ASSIGN(const auto lock,
                  files.lock(store::join_path(directory, "lock"), "throughline verify"));
    return Inspection(files, directory, env).run();
}

}  // namespace throughline::engine
