// Merging: which files, and how rows of several runs become one.
#include <algorithm>
#include <map>
#include <queue>
#include <unordered_set>

#include "sequence/find_rows.h"
#include "sequence/history.h"
#include "sequence/run_writer.h"

namespace throughline::sequence {

namespace {

using FilePointer = std::shared_ptr<const HistoryFile>;

/// One flush or merge, within one month.
struct Run {
    std::vector<FilePointer> files;  // Parts in order: their rows continue each other.
    uint64_t bytes = 0;
};

/// Groups files by month, then by run. Requires: in the order of their names.
std::map<int64_t, std::vector<Run>> runs_by_month(std::span<const FilePointer> files) {
    std::map<int64_t, std::vector<Run>> months;
    const HistoryFile* last = nullptr;
    for (const FilePointer& file : files) {
        auto& runs = months[file->parts().month];
        const bool continues = last && !runs.empty() && last->parts().run == file->parts().run;
        if (!continues) runs.emplace_back();
        runs.back().files.push_back(file);
        runs.back().bytes += file->bytes();
        last = file.get();
    }
    return months;
}

MergePlan plan_of(std::span<const Run> runs) {
    MergePlan plan;
    for (const Run& run : runs) {
        for (const FilePointer& file : run.files) plan.files.push_back(file->name());
        plan.bytes += run.bytes;
    }
    return plan;
}

/// The smallest runs, so that at most `runs_max` are left; and each next larger one while it is no
/// larger than those together: then every byte is rewritten a logarithmic number of times.
MergePlan smallest_runs(std::vector<Run> runs, size_t runs_max) {
    std::sort(runs.begin(), runs.end(),
              [](const Run& a, const Run& b) { return a.bytes < b.bytes; });
    size_t count = std::max<size_t>(2, runs.size() - runs_max + 1);
    uint64_t bytes = 0;
    for (size_t i = 0; i < count; ++i) bytes += runs[i].bytes;
    while (count < runs.size() && runs[count].bytes <= bytes) bytes += runs[count++].bytes;
    return plan_of(std::span(runs).first(count));
}

/// Whether a run has rows of one of the identities.
Result<bool> holds_any(const Run& run, std::span<const uint32_t> identities) {
    for (const FilePointer& file : run.files) {
        bool is_hit = false;
        TL_TRY(for_keys_of(*file, identities, [&](const RowKey&, size_t, uint32_t) {
            is_hit = true;
            return false;
        }));
        if (is_hit) return true;
    }
    return false;
}

/// A row on its way from one file to another, and where it belongs there.
struct Moving {
    uint32_t home = 0;
    Row row;
    std::string payload;
};

bool comes_before(uint32_t home, const Row& row, uint32_t other_home, const Row& other) {
    if (home != other_home) return home < other_home;
    return key_of(row) < key_of(other);
}

/// Walks the rows of a run, part by part, block by block, in the order of the homes they stand
/// under.
class RunCursor {
public:
    explicit RunCursor(const Run& run) : files_(run.files) {}

    /// Moves to the next row; false at the end of the run.
    Result<bool> next() {
        if (block_ && ++at_ < columns_.size()) return load_row();
        if (block_ && ++number_ == files_[file_]->blocks().size()) {
            number_ = 0;
            ++file_;
        }
        if (file_ == files_.size()) return false;
        block_.emplace(*files_[file_], number_);
        TL_TRY_ASSIGN(homes_, block_->homes());
        TL_TRY_ASSIGN(columns_, block_->row_columns());
        at_ = 0;
        run_ = 0;
        return load_row();
    }

    uint32_t home() const { return homes_[run_].home; }
    const Row& row() const { return row_; }
    Result<std::string_view> payload() { return block_->payload(at_); }
    Status copy_to(RunWriter& writer) { return writer.copy(home(), row_, *block_, at_); }

private:
    Result<bool> load_row() {
        while (at_ == homes_[run_].end) ++run_;
        TL_TRY_ASSIGN(row_, block_->row(columns_, at_));
        return true;
    }

    std::vector<FilePointer> files_;
    size_t file_ = 0;
    size_t number_ = 0;
    std::optional<Block> block_;
    std::span<const HomeRun> homes_;
    RowColumns columns_;
    size_t run_ = 0;
    uint32_t at_ = 0;
    Row row_;
};

/// One merge: all its runs in order, and between them the rows that have found a new home.
class Merger {
public:
    Merger(std::span<const Run> runs, const RewriteOptions& options, RunWriter& writer,
           Change& change)
        : runs_(runs), options_(options), writer_(writer), change_(change) {}

    Status run() {
        TL_TRY(collect_moving());
        std::vector<std::unique_ptr<RunCursor>> cursors;
        std::priority_queue<RunCursor*, std::vector<RunCursor*>, decltype(&comes_later)> heads(
            &comes_later);
        for (const Run& run : runs_) {
            cursors.push_back(std::make_unique<RunCursor>(run));
            TL_TRY_ASSIGN(const bool has_row, to_next_staying(*cursors.back()));
            if (has_row) heads.push(cursors.back().get());
        }
        while (!heads.empty()) {
            RunCursor* cursor = heads.top();
            heads.pop();
            bool has_row = true;
            // Rows of a person lie together, so the next one is often of the same run.
            while (has_row && (heads.empty() || !comes_later(cursor, heads.top()))) {
                TL_TRY(write(*cursor));
                TL_TRY_ASSIGN(has_row, to_next_staying(*cursor));
            }
            if (has_row) heads.push(cursor);
        }
        for (; moved_ < moving_.size(); ++moved_) TL_TRY(write(moving_[moved_]));
        return Status::ok();
    }

private:
    // In memory; others move another time.
    static constexpr uint64_t kMovingRowsMax = 200'000;
    static constexpr size_t kMovingBytesMax = 64 << 20;

    static bool comes_later(const RunCursor* a, const RunCursor* b) {
        return comes_before(b->home(), b->row(), a->home(), a->row());
    }

    bool is_kept(const Row& row) const { return !options_.keep || options_.keep(row); }
    bool wants_to_move(const RunCursor& at) const {
        return is_kept(at.row()) && options_.home_of(at.row().identity) != at.home();
    }
    bool moves(const RunCursor& at) const {
        return !movers_.empty() && movers_.contains(at.row().identity) && wants_to_move(at);
    }

    template <typename Visit>
    Status for_each_row(Visit&& visit) const {
        for (const Run& run : runs_) {
            RunCursor cursor(run);
            TL_TRY_ASSIGN(bool has_row, cursor.next());
            while (has_row) {
                TL_TRY(visit(cursor));
                TL_TRY_ASSIGN(has_row, cursor.next());
            }
        }
        return Status::ok();
    }

    // Rows whose person has an older identity now than when they were written stand too late: they
    // are taken out first, whole identities at a time.
    Status collect_moving() {
        if (!options_.home_of) return Status::ok();
        std::map<uint32_t, uint64_t> rows_of;
        TL_TRY(for_each_row([&](const RunCursor& at) {
            if (wants_to_move(at)) ++rows_of[at.row().identity];
            return Status::ok();
        }));
        // What events weigh shows only when they are read: too much, and fewer are taken.
        for (uint64_t rows_max = kMovingRowsMax; !rows_of.empty() && rows_max > 0; rows_max /= 8) {
            choose_movers(rows_of, rows_max);
            TL_TRY_ASSIGN(const bool fits, read_moving());
            if (fits) break;
            movers_.clear();
            moving_.clear();
        }
        std::sort(moving_.begin(), moving_.end(), [](const Moving& a, const Moving& b) {
            return comes_before(a.home, a.row, b.home, b.row);
        });
        return Status::ok();
    }

    void choose_movers(const std::map<uint32_t, uint64_t>& rows_of, uint64_t rows_max) {
        uint64_t total = 0;
        for (const auto& [identity, rows] : rows_of) {
            if (total + rows > rows_max) continue;
            total += rows;
            movers_.insert(identity);
        }
    }

    // Returns whether they are few enough bytes.
    Result<bool> read_moving() {
        size_t bytes = 0;
        if (movers_.empty()) return true;
        TL_TRY(for_each_row([&](RunCursor& at) -> Status {
            if (bytes > kMovingBytesMax || !moves(at)) return Status::ok();
            TL_TRY_ASSIGN(const auto payload, at.payload());
            bytes += sizeof(Moving) + payload.size();
            moving_.push_back(
                {options_.home_of(at.row().identity), at.row(), std::string(payload)});
            return Status::ok();
        }));
        return bytes <= kMovingBytesMax;
    }

    // The next row that is kept and stays under its home.
    Result<bool> to_next_staying(RunCursor& cursor) {
        while (true) {
            TL_TRY_ASSIGN(const bool has_row, cursor.next());
            if (!has_row) return false;
            if (!is_kept(cursor.row())) {
                ++change_.dropped;
            } else if (!moves(cursor)) {
                return true;
            }
        }
    }

    Status write(RunCursor& cursor) {
        while (moved_ < moving_.size() && comes_before(moving_[moved_].home, moving_[moved_].row,
                                                       cursor.home(), cursor.row())) {
            TL_TRY(write(moving_[moved_++]));
        }
        TL_TRY(tell_progress());
        return cursor.copy_to(writer_);
    }

    Status write(const Moving& moving) {
        TL_TRY(tell_progress());
        return writer_.add(moving.home, moving.row, moving.payload);
    }

    Status tell_progress() {
        if (change_.rows++ % kBlockRows == 0 && options_.proceed && !options_.proceed()) {
            return Error{Code::Cancelled, "history: merge: stopped"};
        }
        return Status::ok();
    }

    std::span<const Run> runs_;
    const RewriteOptions& options_;
    RunWriter& writer_;
    Change& change_;
    std::unordered_set<uint32_t> movers_;  // Identities.
    std::vector<Moving> moving_;           // In file order.
    size_t moved_ = 0;                     // How many of them are written.
};

}  // namespace

std::optional<MergePlan> History::plan_merge(Micros now) const {
    std::vector<FilePointer> idle;
    uint64_t last_run = 0;
    {
        const std::lock_guard lock(mutex_);
        last_run = run_;
        for (const auto& file : *files_) {
            if (!busy_.contains(file->name())) idle.push_back(file);
        }
    }
    const int64_t open_month = month_of(now);
    for (auto& [month, runs] : runs_by_month(idle)) {
        const uint64_t newest = runs.back().files.front()->parts().run;
        const bool is_used = month == open_month || newest + options_.quiet_after_runs > last_run;
        const size_t runs_max = is_used ? options_.runs_max : options_.runs_quiet_month_max;
        if (runs.size() > runs_max) return smallest_runs(std::move(runs), runs_max);
    }
    return std::nullopt;
}

std::optional<Change> History::expire_month(Micros before) {
    const std::lock_guard lock(mutex_);
    if (files_->empty()) return std::nullopt;
    const int64_t oldest = files_->front()->parts().month;
    if (month_start(oldest + 1) > before) return std::nullopt;
    Change change;
    for (const auto& file : *files_) {
        if (file->parts().month != oldest) break;
        if (busy_.contains(file->name())) return std::nullopt;
        change.removed.push_back(file->name());
        change.dropped += file->rows();
    }
    busy_.insert(change.removed.begin(), change.removed.end());
    return change;
}

Result<std::vector<MergePlan>> History::plan_erasure(std::span<const uint32_t> identities) const {
    const auto pinned = snapshot();
    std::vector<MergePlan> plans;
    for (const auto& [month, runs] : runs_by_month(pinned->files())) {
        for (const Run& run : runs) {
            TL_TRY_ASSIGN(const bool is_hit, holds_any(run, identities));
            if (is_hit) plans.push_back(plan_of(std::span(&run, 1)));
        }
    }
    return plans;
}

Result<Change> History::merge(const MergePlan& plan, const RewriteOptions& options) {
    TL_ASSERT(!plan.files.empty());
    Change change{.removed = plan.files};
    std::vector<FilePointer> files;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& file : *files_) {
            const auto& names = plan.files;
            if (std::find(names.begin(), names.end(), file->name()) == names.end()) continue;
            files.push_back(file);
            busy_.insert(file->name());
        }
    }
    TL_ASSERT(files.size() == plan.files.size());
    const auto months = runs_by_month(files);
    TL_ASSERT(months.size() == 1);

    const auto& [month, runs] = *months.begin();
    RunWriter writer(disk_, place_of(month, next_run()));
    Status status = Merger(runs, options, writer, change).run();
    if (status) {
        auto names = writer.finish();
        if (names) {
            change.added = std::move(names).value();
            status = disk_.sync_directory(options_.directory);
        } else {
            status = names.error();
        }
    }
    if (!status) {
        const std::lock_guard lock(mutex_);
        for (const std::string& name : plan.files) busy_.erase(name);
        return status.error();
    }
    return change;
}

}  // namespace throughline::sequence
