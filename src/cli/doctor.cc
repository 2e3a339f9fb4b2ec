#include "cli/doctor.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "cli/api.h"
#include "cli/console.h"
#include "cli/data_directory.h"
#include "cli/findings.h"
#include "engine/backup.h"
#include "engine/skips.h"
#include "model/json.h"

namespace throughline::cli {

namespace {

constexpr uint64_t kFreeBytesMin = uint64_t{2} << 30;
constexpr uint64_t kOpenFilesMin = 4096;  // RocksDB keeps 512, each connection one.
constexpr Micros kSyncGood = 10'000;      // Ingest answers after one sync: its p99 is to be 10 ms.
constexpr size_t kSyncProbes = 20;
constexpr Micros kClockFirst = 1'767'225'600LL * kSecond;  // 2026-01-01: no earlier than this text.

store::Files& files() {
    return store::posix_files();
}

void check_disk(const std::string& directory, Findings& findings) {
    const auto free = files().free_bytes(directory);
    if (!free) return findings.problem("disk", free.error().message, "see that it is mounted");
    const std::string what = readable_bytes(*free) + " free";
    if (*free >= kFreeBytesMin) return findings.fine("disk", what);
    findings.problem("disk", what + ", at least 2 GB should be",
                     "free some space: writes are refused when it is full, nothing is lost");
}

// How long a small write takes to be on disk: what every acknowledgement waits for.
Result<std::vector<Micros>> time_syncs(const std::string& path) {
    TL_TRY_ASSIGN(const auto file, files().open(path, store::OpenMode::Fresh));
    const std::string block(4096, 'x');
    TL_TRY(file->write_at(0, std::string(kSyncProbes * block.size(), 'y')));
    TL_TRY(file->sync());
    std::vector<Micros> times;
    for (size_t i = 0; i < kSyncProbes; ++i) {
        const Micros begun = system_clock().monotonic();
        TL_TRY(file->write_at(i * block.size(), block));
        TL_TRY(file->sync());
        times.push_back(system_clock().monotonic() - begun);
    }
    std::ranges::sort(times);
    return times;
}

void check_sync(const std::string& directory, Findings& findings) {
    const std::string path = store::join_path(directory, "sync-probe");
    const auto times = time_syncs(path);
    const Status removed = files().remove(path);
    if (!times) return findings.problem("sync", times.error().message, "see that it is writable");
    if (!removed) return findings.problem("sync", removed.error().message, "remove it");
    const auto milliseconds = [](Micros time) {
        return std::to_string(time / 1000) + "." + std::to_string(time / 100 % 10) + " ms";
    };
    const std::string what = "write and fdatasync take " + milliseconds((*times)[kSyncProbes / 2]) +
                             ", at most " + milliseconds(times->back());
    if ((*times)[kSyncProbes / 2] <= kSyncGood) return findings.fine("sync", what);
    findings.advice("sync", what,
                    "every acknowledgement waits for one: use a local disk with a write cache");
}

void check_limits(Findings& findings) {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    const std::string what = std::to_string(limit.rlim_cur) + " open files allowed";
    if (limit.rlim_cur >= kOpenFilesMin) return findings.fine("limits", what);
    findings.advice("limits", what, "ulimit -n 65536, or LimitNOFILE= of the service");
}

void check_clock(const std::string& directory, Findings& findings) {
    const Micros now = system_clock().now();
    const std::string what = "it is " + format_instant(now);
    if (now < kClockFirst) {
        return findings.problem("clock", what, "set the clock: events are corrected by it");
    }
    // Files from the future: the clock has gone back since.
    std::error_code failed;
    const auto log = std::filesystem::path(directory) / "p0000" / "log";
    for (const auto& entry : std::filesystem::directory_iterator(log, failed)) {
        const auto age = std::filesystem::file_time_type::clock::now() - entry.last_write_time();
        if (age > -std::chrono::minutes(1)) continue;
        return findings.problem("clock", what + ", and the log was written later than that",
                                "set the clock, then start: stamps never go back");
    }
    findings.fine("clock", what);
}

void check_privacy(const std::string& directory, Findings& findings) {
    std::error_code failed;
    const auto status = std::filesystem::status(directory, failed);
    if (failed) return;
    const auto others = std::filesystem::perms::group_all | std::filesystem::perms::others_all;
    if ((status.permissions() & others) == std::filesystem::perms::none) return;
    findings.advice("privacy", "other users of this machine can look into " + directory,
                    "chmod 700 " + directory);
}

void check_sending(const std::string& directory, Findings& findings) {
    const auto state = sending_state(directory);
    if (!state) return findings.problem("sending", state.error().message, "see the disk");
    if (*state == "on") return;
    findings.advice("sending", "held: it was restored, or woke on another machine",
                    "throughline resume-sending, once no other copy of it sends");
}

// What only shows when nobody else has the directory open.
void check_contents(const std::string& directory, Findings& findings) {
    const Status read = check_files(directory, findings);
    if (read) return;
    if (read.error().code == Code::FailedPrecondition) {
        return findings.fine("contents", "in use, not read: " + read.error().message);
    }
    findings.problem("contents", read.error().message, "see that the disk can be read");
}

Status skip(const Arguments& arguments) {
    const std::string directory = arguments.text("data");
    TL_TRY_ASSIGN(const auto lock,
                  files().lock(store::join_path(directory, "lock"), "throughline doctor --skip"));
    std::string text = arguments.text("skip");
    if (text.starts_with("0:")) text = text.substr(2);
    TL_TRY_ASSIGN(const uint64_t position, parse_count("skip", text));
    if (!arguments.has("reason")) {
        return usage_error("--skip: say why with --reason: the audit keeps it");
    }
    const char* user = ::getlogin();
    TL_TRY(engine::append_skip(files(), directory,
                               {.position = position,
                                .at = system_clock().now(),
                                .actor = std::string("command:") + (user ? user : "root"),
                                .reason = arguments.text("reason")}));
    print("The record at 0:" + std::to_string(position) + " is passed over from now on.\n");
    return Status::ok();
}

}  // namespace

Result<Exit> run_doctor(const Arguments& arguments) {
    const std::string directory = arguments.text("data");
    TL_TRY(need_data_directory(directory));
    if (arguments.has("skip")) {
        TL_TRY(skip(arguments));
        return Exit::Done;
    }
    Findings findings;
    check_contents(directory, findings);
    check_disk(directory, findings);
    check_sync(directory, findings);
    check_limits(findings);
    check_clock(directory, findings);
    check_privacy(directory, findings);
    check_sending(directory, findings);
    arguments.has("json") ? print_json(model::DocView(findings.doc())) : print(findings.text());
    return findings.problems() == 0 ? Exit::Done : Exit::Failed;
}

}  // namespace throughline::cli
