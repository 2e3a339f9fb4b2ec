#include "sequence/history.h"

#include <algorithm>
#include <map>

#include "base/log.h"
#include "sequence/run_writer.h"

namespace throughline::sequence {

namespace {

/// What a flush sorts: 24 bytes a row.
struct FlushKey {
    uint32_t identity;
    uint32_t tie;
    Micros time;
    uint64_t row;  // Number in the tail; rises with the position.
    auto operator<=>(const FlushKey&) const = default;
};

bool comes_before(const FlushKey& a, const FlushKey& b) {
    if (a.identity != b.identity) return a.identity < b.identity;
    if (a.time != b.time) return a.time < b.time;
    if (a.tie != b.tie) return a.tie < b.tie;
    return a.row < b.row;
}

constexpr uint64_t kRowsBetweenAsking = 8192;

std::shared_ptr<const FileSet> sorted(FileSet files) {
    std::sort(files.begin(), files.end(),
              [](const auto& a, const auto& b) { return a->parts() < b->parts(); });
    return std::make_shared<const FileSet>(std::move(files));
}

}  // namespace

Result<std::unique_ptr<History>> History::open(store::Files& files, HistoryOptions options,
                                               std::span<const std::string> names) {
    TL_TRY(store::make_directories(files, options.directory));
    std::unique_ptr<History> history(new History(files, std::move(options)));
    const std::string& directory = history->options_.directory;
    FileSet set;
    for (const std::string& name : names) {
        TL_TRY_ASSIGN(auto file, HistoryFile::open(files, directory, name));
        history->run_ = std::max(history->run_, file->parts().run);
        set.push_back(std::move(file));
    }
    TL_TRY_ASSIGN(const auto present, files.list(directory));
    for (const std::string& name : present) {
        if (std::find(names.begin(), names.end(), name) != names.end()) continue;
        TL_TRY(files.remove(store::join_path(directory, name)));
        log_info("sequence.leftover_removed", {{"file", name}});
    }
    TL_TRY(files.sync_directory(directory));

    const std::lock_guard lock(history->mutex_);
    history->files_ = sorted(std::move(set));
    history->swing();
    return history;
}

void History::append(uint32_t identity, model::Position position, std::string_view payload) {
    const model::EventView event(payload);
    tail_.append({.identity = identity,
                  .name = dictionary_.intern(event.name()),
                  .time = event.time(),
                  .position = position,
                  .tie = event.tie(),
                  .source = event.source(),
                  .type = event.type(),
                  .flags = event.flags()},
                 payload);
}

std::shared_ptr<const HistorySnapshot> History::publish() {
    const std::lock_guard lock(mutex_);
    tail_.publish();
    swing();
    return snapshot_;
}

std::shared_ptr<const HistorySnapshot> History::snapshot() const {
    const std::lock_guard lock(mutex_);
    return snapshot_;
}

void History::swing() {
    snapshot_ =
        std::make_shared<const HistorySnapshot>(files_, tail_.snapshot(), dictionary_.size());
}

uint64_t History::next_run() {
    const std::lock_guard lock(mutex_);
    return ++run_;
}

Result<Change> History::flush(const HistorySnapshot& snapshot, const RewriteOptions& options) {
    const TailSnapshot& tail = snapshot.tail();
    std::map<int64_t, std::vector<FlushKey>> months;
    Change change{.tail_end = tail.end()};
    tail.for_each_chunk([&](uint64_t first, const TailColumns& rows) {
        for (size_t i = 0; i < rows.time.size(); ++i) {
            if (options.keep && !options.keep(tail.row(first + i))) {
                ++change.dropped;
                continue;
            }
            months[month_of(rows.time[i])].push_back(
                {rows.identity[i], rows.tie[i], rows.time[i], first + i});
        }
        return true;
    });

    const uint64_t run = next_run();
    for (auto& [month, keys] : months) {
        std::sort(keys.begin(), keys.end(), comes_before);
        RunWriter writer(disk_, {options_.directory, month, run, options_.file_bytes_max});
        for (const FlushKey& key : keys) {
            if (change.rows++ % kRowsBetweenAsking == 0 && options.proceed && !options.proceed()) {
                return Error{Code::Cancelled, "history: flush: stopped"};
            }
            TL_TRY(writer.add(tail.row(key.row), tail.payload(key.row)));
        }
        TL_TRY_ASSIGN(auto names, writer.finish());
        change.added.insert(change.added.end(), names.begin(), names.end());
    }
    TL_TRY(disk_.sync_directory(options_.directory));
    return change;
}

std::vector<std::string> History::names_after(std::span<const Change> changes) const {
    std::set<std::string> names;
    for (const auto& file : snapshot()->files()) names.insert(file->name());
    for (const Change& change : changes) {
        for (const std::string& name : change.removed) names.erase(name);
        names.insert(change.added.begin(), change.added.end());
    }
    return {names.begin(), names.end()};
}

Result<std::shared_ptr<const FileSet>> History::files_after(std::span<const Change> changes) const {
    const auto names = names_after(changes);
    FileSet set;
    for (const auto& file : snapshot()->files()) {
        if (std::binary_search(names.begin(), names.end(), file->name())) set.push_back(file);
    }
    for (const Change& change : changes) {
        for (const std::string& name : change.added) {
            TL_TRY_ASSIGN(auto file, HistoryFile::open(disk_, options_.directory, name));
            set.push_back(std::move(file));
        }
    }
    TL_ASSERT(set.size() == names.size());
    return sorted(std::move(set));
}

Status History::commit(std::span<const Change> changes) {
    TL_TRY_ASSIGN(auto files, files_after(changes));
    commit(changes, std::move(files));
    return Status::ok();
}

void History::commit(std::span<const Change> changes, std::shared_ptr<const FileSet> files) {
    const std::lock_guard lock(mutex_);
    files_ = std::move(files);
    for (const Change& change : changes) {
        if (change.tail_end > 0) tail_.drop_before(change.tail_end);
        for (const std::string& name : change.removed) {
            busy_.erase(name);
            replaced_.push_back(name);
        }
    }
    swing();
}

void History::forget(std::span<const Change> changes) {
    const std::lock_guard lock(mutex_);
    for (const Change& change : changes) {
        for (const std::string& name : change.removed) busy_.erase(name);
    }
}

Status History::abandon(std::span<const Change> changes) {
    forget(changes);
    for (const Change& change : changes) {
        for (const std::string& name : change.added) {
            TL_TRY(disk_.remove(store::join_path(options_.directory, name)));
        }
    }
    return Status::ok();
}

Status History::remove_replaced() {
    std::vector<std::string> names;
    {
        const std::lock_guard lock(mutex_);
        names.swap(replaced_);
    }
    for (const std::string& name : names) {
        TL_TRY(disk_.remove(store::join_path(options_.directory, name)));
    }
    return names.empty() ? Status::ok() : disk_.sync_directory(options_.directory);
}

Status History::verify() const {
    const auto pinned = snapshot();
    for (const auto& file : pinned->files()) TL_TRY(file->verify());
    return Status::ok();
}

}  // namespace throughline::sequence
