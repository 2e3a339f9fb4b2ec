// Merging: which files, and how rows of several runs become one.
#include <algorithm>
#include <map>
#include <queue>

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
        for (const uint32_t identity : identities) {
            const auto [begin, end] = file->blocks_of(identity);
            for (size_t block = begin; block < end; ++block) {
                TL_TRY_ASSIGN(const auto rows, file->rows_of(block, identity));
                if (rows.first < rows.second) return true;
            }
        }
    }
    return false;
}

/// Walks the rows of a run, part by part, block by block.
class RunCursor {
public:
    explicit RunCursor(const Run& run) : files_(run.files) {}

    /// Moves to the next row; false at the end of the run.
    Result<bool> next() {
        if (columns_ && ++at_ < columns_->size()) {
            row_ = columns_->row(at_);
            return true;
        }
        if (columns_ && ++block_ == files_[file_]->blocks().size()) {
            block_ = 0;
            ++file_;
        }
        if (file_ == files_.size()) return false;
        TL_TRY_ASSIGN(columns_, files_[file_]->row_columns(block_));
        payloads_.emplace(*files_[file_], block_);
        at_ = 0;
        row_ = columns_->row(0);
        return true;
    }

    const Row& row() const { return row_; }
    Result<std::string_view> payload() { return payloads_->read(at_); }

private:
    std::vector<FilePointer> files_;
    size_t file_ = 0;
    size_t block_ = 0;
    uint32_t at_ = 0;
    std::optional<RowColumns> columns_;  // Of the block in work.
    std::optional<PayloadReader> payloads_;
    Row row_;
};

bool comes_later(const RunCursor* a, const RunCursor* b) {
    if (a->row().identity != b->row().identity) return a->row().identity > b->row().identity;
    return key_of(a->row()) > key_of(b->row());
}

Status write_row(RunCursor& cursor, RunWriter& writer, const RewriteOptions& options,
                 Change& change) {
    if (options.keep && !options.keep(cursor.row())) {
        ++change.dropped;
        return Status::ok();
    }
    TL_TRY_ASSIGN(const auto payload, cursor.payload());
    ++change.rows;
    return writer.add(cursor.row(), payload);
}

/// Writes the rows of all runs in order.
Status merge_runs(std::span<const Run> runs, RunWriter& writer, const RewriteOptions& options,
                  Change& change) {
    std::vector<RunCursor> cursors(runs.begin(), runs.end());
    std::priority_queue<RunCursor*, std::vector<RunCursor*>, decltype(&comes_later)> heads(
        &comes_later);
    for (RunCursor& cursor : cursors) {
        TL_TRY_ASSIGN(const bool has_row, cursor.next());
        if (has_row) heads.push(&cursor);
    }
    uint64_t done = 0;
    while (!heads.empty()) {
        RunCursor* cursor = heads.top();
        heads.pop();
        bool has_row = true;
        // Rows of a person lie together, so the next one is often of the same run.
        while (has_row && (heads.empty() || !comes_later(cursor, heads.top()))) {
            if (done++ % kBlockRows == 0 && options.proceed && !options.proceed()) {
                return Error{Code::Cancelled, "history: merge: stopped"};
            }
            TL_TRY(write_row(*cursor, writer, options, change));
            TL_TRY_ASSIGN(has_row, cursor->next());
        }
        if (has_row) heads.push(cursor);
    }
    return Status::ok();
}

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
    RunWriter writer(disk_, {options_.directory, month, next_run(), options_.file_bytes_max});
    Status status = merge_runs(runs, writer, options, change);
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
