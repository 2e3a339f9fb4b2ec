// History as one reader sees it: a set of files and a stretch of the tail. Every row stands in
// exactly one of the two, and nothing that happens later changes it.
//
// Where identities are passed, they are those of one person and all different.
//
// Layer 3. Immutable: any number of threads, no locks. Errors: Corrupt, naming the file, when
// stored bytes fail their checksum; never a wrong row.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "sequence/history_file.h"
#include "sequence/tail.h"

namespace throughline::sequence {

/// Files in the order of their names: by month, run and part.
using FileSet = std::vector<std::shared_ptr<const HistoryFile>>;

struct TimelinePage {
    std::vector<StoredEvent> events;  // Newest first: sequence order backwards.
    std::string next;                 // Cursor of the next page; empty at the end.
};

/// Which columns a scan decodes; identity and time always are.
struct ScanColumns {
    bool name = false;
    bool type = false;
    bool source = false;
    bool flags = false;
    bool position = false;
    bool tie = false;
};

/// A stretch of rows, column by column; columns not asked for may be empty. Views hold during the
/// call only. May hold rows outside the range of the scan: the caller looks at `time`.
class ScanBlock {
public:
    std::span<const uint32_t> identity;
    std::span<const Micros> time;
    std::span<const uint32_t> name;
    std::span<const uint8_t> type;
    std::span<const model::SourceId> source;
    std::span<const uint8_t> flags;
    std::span<const uint32_t> tie;
    std::span<const model::Position> position;

    size_t size() const { return time.size(); }
    /// The event of a row. Cheapest in rising order: neighbours are decompressed together.
    Result<std::string_view> payload(size_t row) const;

private:
    friend class HistorySnapshot;
    std::span<const std::string_view> in_memory_;  // Of the tail;
    Block* stored_ = nullptr;                      // or of a file.
};

class HistorySnapshot {
public:
    HistorySnapshot(std::shared_ptr<const FileSet> files, TailSnapshot tail, uint32_t names)
        : files_(std::move(files)), tail_(std::move(tail)), names_(names) {}

    /// One page of the events of some identities (of one person), newest first.
    ///
    /// `cursor` is empty or a page's `next`. It names a place in sequence order, so it stays right
    /// while rows move from tail to files, files merge, and people merge or split.
    /// Errors: InvalidArgument for a cursor that is none; Corrupt.
    /// Cost: about 10 us a run of a month that has rows of hers, and 0.3 us a row of the page.
    Result<TimelinePage> timeline(std::span<const uint32_t> identities, std::string_view cursor,
                                  size_t limit) const;

    /// Returns how many rows the identities have.
    Result<uint64_t> count(std::span<const uint32_t> identities) const;

    /// Calls visit for each row of the identities, in no order.
    Status rows_of(std::span<const uint32_t> identities,
                   const std::function<void(const RowKey&)>& visit) const;

    /// Shows every row with from <= time < to in some block, files first (month by month, each by
    /// home), the tail last, until visit returns an error, which is handed on.
    Status scan(Micros from, Micros to, ScanColumns columns,
                const std::function<Status(const ScanBlock&)>& visit) const;

    /// Returns the event at a position: evidence names positions. Give its identity if you have
    /// it: without it every block that may hold the position is searched.
    Result<std::optional<StoredEvent>> find(model::Position position,
                                            std::optional<uint32_t> identity) const;

    uint64_t rows() const;
    const FileSet& files() const { return *files_; }
    const TailSnapshot& tail() const { return tail_; }
    /// How many names the dictionary had.
    uint32_t names() const { return names_; }

private:
    std::shared_ptr<const FileSet> files_;  // Shared by all snapshots between two commits.
    TailSnapshot tail_;
    uint32_t names_;
};

}  // namespace throughline::sequence
