#include "sequence/history.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/log.h"
#include "sequence/run_writer.h"

namespace throughline::sequence {

namespace {

// Tells the processor that an event is about to be read: most fit this many cache lines.
void prefetch_hint(std::string_view payload) {
    constexpr size_t kLine = 64;
    constexpr size_t kLinesMax = 16;
    const size_t size = std::min(payload.size(), kLine * kLinesMax);
    for (size_t at = 0; at < size; at += kLine) __builtin_prefetch(payload.data() + at);
}

uint32_t home_of(const RewriteOptions& options, uint32_t identity) {
    return options.home_of ? options.home_of(identity) : identity;
}

/// What a flush sorts: the home, and where the rest of the row stands.
struct FlushRow {
    uint32_t home;
    TailPlace place;  // Rises with the position.
};

/// Sorts by home and leaves rows of one in their order: three passes over 8 bytes a row.
void sort_by_home(std::vector<FlushRow>& rows) {
    constexpr unsigned kBits = 11;
    constexpr uint32_t kMask = (1U << kBits) - 1;
    std::vector<FlushRow> sorted(rows.size());
    for (unsigned shift = 0; shift < 32; shift += kBits) {
        std::array<size_t, kMask + 2> starts{};
        for (const FlushRow& row : rows) ++starts[((row.home >> shift) & kMask) + 1];
        for (size_t digit = 1; digit <= kMask; ++digit) starts[digit] += starts[digit - 1];
        for (const FlushRow& row : rows) {
            sorted[starts[(row.home >> shift) & kMask]++] = row;
        }
        rows.swap(sorted);
    }
}

/// Puts rows of one home, given in order of arrival, into sequence order. Few have more than a
/// handful, and those mostly happened in the order they came.
void sort_by_time(std::span<FlushRow> rows, const TailSnapshot& tail) {
    if (rows.size() == 1) return;
    const auto comes_before = [&](const FlushRow& a, const FlushRow& b) {
        return key_of(tail.row_at(a.place)) < key_of(tail.row_at(b.place));
    };
    if (!std::ranges::is_sorted(rows, comes_before)) std::ranges::sort(rows, comes_before);
}

/// The rows of a tail by month of event time, each month in file order.
class FlushOrder {
public:
    FlushOrder(const TailSnapshot& tail, const RewriteOptions& options, Change& change) {
        tail.for_each_chunk([&](uint64_t first, const TailColumns& rows) {
            const TailPlace place = tail.place_of(first);
            for (uint32_t i = 0; i < rows.time.size(); ++i) {
                if (options.keep && !options.keep(tail.row_at(place + i))) {
                    ++change.dropped;
                    continue;
                }
                month_of_row(rows.time[i])
                    .push_back({home_of(options, rows.identity[i]), place + i});
            }
            return true;
        });
        for (auto& [month, rows] : months_) {
            sort_by_home(rows);
            for (size_t from = 0, to = 0; from < rows.size(); from = to) {
                while (to < rows.size() && rows[to].home == rows[from].home) ++to;
                sort_by_time(std::span(rows).subspan(from, to - from), tail);
            }
        }
    }

    const std::map<int64_t, std::vector<FlushRow>>& months() const { return months_; }

private:
    // Nearly all rows are of the month of the row before.
    std::vector<FlushRow>& month_of_row(Micros time) {
        if (last_ == nullptr || time < last_begin_ || time >= last_end_) {
            const int64_t month = month_of(time);
            last_ = &months_[month];
            last_begin_ = month_start(month);
            last_end_ = month_start(month + 1);
        }
        return *last_;
    }

    std::map<int64_t, std::vector<FlushRow>> months_;
    std::vector<FlushRow>* last_ = nullptr;
    Micros last_begin_ = 0;
    Micros last_end_ = 0;
};

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

RunPlace History::place_of(int64_t month, uint64_t run) const {
    return {options_.directory, month, run, options_.file_bytes_max, options_.touch.get()};
}

uint64_t History::next_run() {
    const std::lock_guard lock(mutex_);
    return ++run_;
}

Result<Change> History::flush(const HistorySnapshot& snapshot, const RewriteOptions& options) {
    constexpr size_t kColumnsAhead = 16;  // Rows stand in arrival order, so each is a cache miss.
    constexpr size_t kPayloadAhead = 8;
    const TailSnapshot& tail = snapshot.tail();
    Change change{.tail_end = tail.end()};
    const FlushOrder order(tail, options, change);
    const uint64_t run = next_run();
    for (const auto& [month, rows] : order.months()) {
        RunWriter writer(disk_, place_of(month, run));
        for (size_t i = 0; i < rows.size(); ++i) {
            if (change.rows++ % kRowsBetweenAsking == 0 && options.proceed && !options.proceed()) {
                return Error{Code::Cancelled, "history: flush: stopped"};
            }
            if (i + kColumnsAhead < rows.size()) tail.prefetch_hint(rows[i + kColumnsAhead].place);
            if (i + kPayloadAhead < rows.size()) {
                prefetch_hint(tail.payload_at(rows[i + kPayloadAhead].place));
            }
            TL_TRY(writer.add(rows[i].home, tail.row_at(rows[i].place),
                              tail.payload_at(rows[i].place)));
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
