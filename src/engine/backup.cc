#include "engine/backup.h"

#include "base/log.h"
#include "engine/engine.h"
#include "model/json.h"

namespace throughline::engine {

namespace {

constexpr std::string_view kSecretName = "secret";
constexpr size_t kCopyBytes = 1 << 20;

// Copies the files of one engine into a directory.
class Copier {
public:
    Copier(store::Files& files, BackupReport& report) : files_(files), report_(report) {}

    // A second name for a file that never changes, or a copy on another disk.
    Status add(const std::string& from, const std::string& to) {
        if (const Status linked = files_.link(from, to); !linked) {
            TL_TRY(copy_file(files_, from, to));
        }
        return count(to);
    }

    Status count(const std::string& path) {
        TL_TRY_ASSIGN(const store::FileStat stat, files_.stat(path));
        ++report_.files;
        report_.bytes += stat.size;
        return Status::ok();
    }

    Status add_named(const std::string& from, const std::string& to,
                     std::span<const std::string> names) {
        TL_TRY(store::make_directories(files_, to));
        for (const std::string& name : names) {
            TL_TRY(add(store::join_path(from, name), store::join_path(to, name)));
        }
        return files_.sync_directory(to);
    }

private:
    store::Files& files_;
    BackupReport& report_;
};

Status copy_tree(store::Files& files, const std::string& from, const std::string& to) {
    TL_TRY(store::make_directories(files, to));
    TL_TRY_ASSIGN(const auto names, files.list(from));
    for (const std::string& name : names) {
        const std::string source = store::join_path(from, name);
        const std::string target = store::join_path(to, name);
        TL_TRY_ASSIGN(const store::FileStat stat, files.stat(source));
        TL_TRY(stat.is_directory ? copy_tree(files, source, target)
                                 : copy_file(files, source, target));
    }
    return files.sync_directory(to);
}

Status need_empty(store::Files& files, const std::string& directory) {
    const auto names = files.list(directory);
    if (!names && names.error().code == Code::NotFound) return Status::ok();
    TL_TRY(names);
    if (names->empty()) return Status::ok();
    return Error::conflict("backup: " + directory + ": exists and is not empty");
}

std::string note_doc(const BackupReport& report, Micros now) {
    std::string doc;
    model::DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("format", int64_t{kFormatVersion});
    out.field("fold", int64_t{kFoldVersion});
    out.field("made_at", format_instant(now));
    out.field("position", static_cast<int64_t>(report.position));
    out.field("events", static_cast<int64_t>(report.events));
    out.field("files", static_cast<int64_t>(report.files));
    out.field("bytes", static_cast<int64_t>(report.bytes));
    out.close(mark);
    return doc;
}

uint64_t number(model::DocView note, std::string_view key) {
    return static_cast<uint64_t>(note.find(key).as_integer().value_or(0));
}

}  // namespace

std::string report_doc(const BackupReport& report) {
    std::string doc;
    model::DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("position", model::format_position(report.position));
    out.field("events", static_cast<int64_t>(report.events));
    out.field("files", static_cast<int64_t>(report.files));
    out.field("bytes", static_cast<int64_t>(report.bytes));
    out.close(mark);
    return doc;
}

Status copy_file(store::Files& files, const std::string& from, const std::string& to) {
    TL_TRY_ASSIGN(const auto source, files.open(from, store::OpenMode::Read));
    TL_TRY_ASSIGN(const auto target, files.open(to, store::OpenMode::Fresh));
    std::string buffer(kCopyBytes, '\0');
    for (uint64_t offset = 0;;) {
        TL_TRY_ASSIGN(const size_t size, source->read_at(offset, buffer));
        if (size == 0) break;
        TL_TRY(target->write_at(offset, std::string_view(buffer).substr(0, size)));
        offset += size;
    }
    return target->sync();
}

// A checkpoint removes the files that the one before named, so none may end while we copy. Hard
// links take milliseconds; a copy to another disk holds checkpoints off for as long as it takes,
// and ingest goes on meanwhile as long as memory lets it.
Result<BackupReport> Engine::backup_to(const std::string& directory) {
    TL_TRY(need_empty(files_, directory));
    Manifest manifest;
    std::unique_lock no_checkpoint_ends(named_files_mutex_, std::defer_lock);
    // A backup has no log, so state and history must be of one position. One of the history alone
    // may have come between.
    while (!no_checkpoint_ends.owns_lock()) {
        TL_TRY(checkpoint());
        no_checkpoint_ends.lock();
        TL_TRY_ASSIGN(const auto stored, cold_->manifest());
        TL_ASSERT(stored);
        TL_TRY_ASSIGN(manifest, Manifest::decode(*stored));
        if (manifest.history_next != manifest.state.next_position) no_checkpoint_ends.unlock();
    }
    TL_TRY_ASSIGN(const auto live, store::DuplicateSet::file_names(manifest.live));
    TL_TRY_ASSIGN(const auto imported, store::DuplicateSet::file_names(manifest.imported));

    BackupReport report{.position = manifest.state.next_position, .events = manifest.state.events};
    Copier copier(files_, report);
    const auto path = [](const std::string& root, std::string_view part) {
        return store::join_path(store::join_path(root, "p0000"), part);
    };
    const auto add = [&](std::string_view part, std::span<const std::string> names) {
        return copier.add_named(path(options_.directory, part), path(directory, part), names);
    };
    TL_TRY(add("history", manifest.history));
    TL_TRY(add("sets/live", live));
    TL_TRY(add("sets/imported", imported));
    const std::vector<std::string> roots{manifest.roots};
    TL_TRY(add("sets", manifest.roots.empty() ? std::span<const std::string>() : roots));
    TL_TRY(cold_->backup_to(path(directory, "state")));
    TL_TRY_ASSIGN(const auto state_files, files_.list(path(directory, "state")));
    for (const std::string& name : state_files) {
        TL_TRY(copier.count(store::join_path(path(directory, "state"), name)));
    }
    TL_TRY(copy_file(files_, store::join_path(options_.directory, kSecretName),
                     store::join_path(directory, kSecretName)));
    TL_TRY(files_.sync_directory(store::join_path(directory, "p0000")));
    TL_TRY(store::replace_file(
        files_, store::join_path(directory, kBackupNote),
        model::to_pretty_json(model::DocView(note_doc(report, clock_.now()))) + "\n"));
    log_info("engine.backup_finished", {{"files", report.files}, {"bytes", report.bytes}});
    return report;
}

Result<BackupReport> read_backup(store::Files& files, const std::string& directory) {
    const auto text = store::read_file(files, store::join_path(directory, kBackupNote));
    if (!text && text.error().code == Code::NotFound) {
        return Error::not_found("backup: " + directory + ": no complete backup, " +
                                std::string(kBackupNote) + " is missing");
    }
    TL_TRY(text);
    TL_TRY_ASSIGN(const std::string doc, model::doc_from_json(*text));
    const model::DocView note(doc);
    if (number(note, "format") > kFormatVersion) {
        return Error::precondition("backup: format: written by a newer version (format " +
                                   std::to_string(number(note, "format")) + ", this one reads " +
                                   std::to_string(kFormatVersion) + ")");
    }
    return BackupReport{.position = number(note, "position"),
                        .events = number(note, "events"),
                        .files = number(note, "files"),
                        .bytes = number(note, "bytes")};
}

Result<BackupReport> restore_backup(store::Files& files, const std::string& backup,
                                    const std::string& to) {
    TL_TRY_ASSIGN(const BackupReport report, read_backup(files, backup));
    TL_TRY(need_empty(files, to));
    const std::string unfinished = to + ".restoring";
    TL_TRY(store::remove_tree(files, unfinished));  // Of a restore that was cut short.
    TL_TRY(
        copy_tree(files, store::join_path(backup, "p0000"), store::join_path(unfinished, "p0000")));
    TL_TRY(store::replace_file(files, store::join_path(unfinished, kRestoredMark), ""));
    TL_TRY(
        store::replace_file(files, store::join_path(unfinished, kSendingHeldMark), "restored\n"));
    TL_TRY(copy_file(files, store::join_path(backup, kSecretName),
                     store::join_path(unfinished, kSecretName)));
    TL_TRY(files.sync_directory(unfinished));
    TL_TRY(files.rename(unfinished, to));
    TL_TRY(files.sync_directory(store::parent_path(to)));
    return report;
}

}  // namespace throughline::engine
