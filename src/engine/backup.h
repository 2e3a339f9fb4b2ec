// Backups: a complete data directory beside the running one, and the way back.
//
// A backup holds what one checkpoint names, and nothing else: the cold store, the history files,
// the runs of duplicates, the roots and the secret; no log. `backup.json` is written last, so a
// directory without it is no backup. restore_backup() copies it to a new data directory and leaves
// two marks there: `restored` lets the log begin anew at the checkpoint's position, once, and
// `sending-held` holds all messages until a person says that this is the one installation.
//
// Layer 6. Cost: hard links where the disk is the same, else copies.
#pragma once

#include <string>

#include "base/result.h"
#include "engine/checkpoint.h"

namespace throughline::engine {

inline constexpr std::string_view kBackupNote = "backup.json";
inline constexpr std::string_view kRestoredMark = "restored";
inline constexpr std::string_view kSendingHeldMark = "sending-held";
inline constexpr std::string_view kResumeWish = "resume\n";  // In it: whoever sends next goes on.

struct BackupReport {
    model::Position position = 0;  // Records before it are in the backup.
    uint64_t events = 0;
    uint64_t files = 0;
    uint64_t bytes = 0;
};

/// `{"position":"0:12","events":9,"files":7,"bytes":4096}` as a packed document.
std::string report_doc(const BackupReport& report);

/// Copies a file, synced. Requires: `to` does not exist.
Status copy_file(store::Files& files, const std::string& from, const std::string& to);

/// What a backup says of itself. Errors: NotFound when the directory is no complete backup;
/// FailedPrecondition when a newer version wrote it.
Result<BackupReport> read_backup(store::Files& files, const std::string& directory);

/// Makes the data directory `to` from a backup, which stays as it is.
///
/// It comes into being in one step, after all of it is on disk (as `to`.restoring until then).
/// Errors: Conflict when `to` exists and is not empty; those of read_backup and of the disk.
Result<BackupReport> restore_backup(store::Files& files, const std::string& backup,
                                    const std::string& to);

}  // namespace throughline::engine
