// One history file, mapped and read in place.
//
// Layer 3. HistoryFile is Immutable and shared by every FileSet that lists it. A Block belongs to
// one thread and holds the file's mapping only as long as the file lives. Each segment is checked
// against its checksum when it is first read: 1 ns for 10 bytes.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "sequence/file_format.h"
#include "sequence/ints.h"
#include "sequence/row.h"
#include "sequence/shredder.h"
#include "sequence/statistics.h"
#include "store/files.h"

namespace throughline::sequence {

class HistoryFile {
public:
    /// Opens one file. Errors: NotFound; Corrupt when header, footer or name disagree.
    static Result<std::shared_ptr<const HistoryFile>> open(store::Files& files,
                                                           const std::string& directory,
                                                           const std::string& name);
    /// The same over bytes already in memory. Errors: Corrupt.
    static Result<std::shared_ptr<const HistoryFile>> from_bytes(std::string_view bytes,
                                                                 const std::string& name);

    const std::string& name() const { return name_; }
    const FileName& parts() const { return parts_; }
    uint64_t rows() const { return footer_.rows; }
    uint64_t bytes() const { return bytes_.size(); }
    const std::vector<BlockEntry>& blocks() const { return footer_.blocks; }
    const std::vector<StoredName>& names() const { return footer_.names; }
    const std::vector<Origin>& origins() const { return footer_.origins; }
    const Schema& schema() const { return footer_.schema; }
    /// Of the DerivedText that the touches of rows are of; 0: none are kept.
    uint32_t touch_version() const { return footer_.touch_version; }
    /// Nothing: the file was written by a version that kept none. Errors: Corrupt.
    Result<std::optional<FileStatistics>> statistics() const;
    /// Nothing counted without statistics.
    const RowOverflow& overflow() const { return overflow_; }

    /// Adds the homes that rows of an identity may stand under: its own, and others it moved to.
    void add_homes_of(uint32_t identity, std::vector<uint32_t>& homes) const;
    /// Returns the blocks [first, second) that may hold rows of a home.
    std::pair<size_t, size_t> blocks_of(uint32_t home) const;

    /// Reads every byte; checks order, ranges and that columns agree with payloads.
    Status verify() const;

    Error corrupt(std::string_view what, size_t block) const;

private:
    friend class Block;
    HistoryFile() = default;
    static Result<std::shared_ptr<HistoryFile>> make(std::string_view bytes,
                                                     const std::string& name);
    Error corrupt_statistics() const;
    Status verify_statistics() const;
    Status verify_block(size_t block, std::optional<std::pair<uint32_t, RowKey>>& last) const;

    std::string name_;
    FileName parts_;
    std::unique_ptr<store::MappedFile> mapped_;  // Null for from_bytes.
    std::string_view bytes_;
    Footer footer_;
    RowOverflow overflow_;
};

/// Consecutive rows of one home.
struct HomeRun {
    uint32_t home = 0;
    uint32_t begin = 0;  // Rows of the block.
    uint32_t end = 0;
};

/// Some rows of a block, rising: those of homes[i] end before rows[ends[i]].
struct PickedRows {
    std::span<const HomeRun> homes;  // One after another.
    std::span<const uint32_t> ends;
    std::span<const uint32_t> rows;
};

/// The columns that make up a Row, of some rows of a block.
struct RowColumns {
    HomeRun rows;                    // Which: begin and end count.
    std::vector<uint32_t> identity;  // From rows.begin on, as `time`.
    std::vector<Micros> time;
    IntView name;  // From the first row of the block on, as all below.
    IntView origin;
    IntView tie;
    IntView position;

    uint32_t size() const { return static_cast<uint32_t>(time.size()); }
    // Rows count from the first of the block.
    uint32_t identity_of(uint32_t row) const { return identity[row - rows.begin]; }
    RowKey key(uint32_t row) const {
        return {time[row - rows.begin], static_cast<uint32_t>(tie.at(row)),
                static_cast<model::Position>(position.at(row))};
    }
};

/// The columns of one block of a file. All errors are Corrupt, naming the file and the block.
class Block final : private LeafSource {
public:
    Block(const HistoryFile& file, size_t number) : file_(&file), number_(number) {}
    Block(const Block&) = delete;
    Block& operator=(const Block&) = delete;
    /// Goes on to another block and forgets this one, but keeps the memory it took.
    void move_to(const HistoryFile& file, size_t number);

    size_t number() const { return number_; }
    uint32_t rows() const { return entry().rows; }
    /// The rows by home; holds as long as the block. Cost: 2 ns a run, once.
    Result<std::span<const HomeRun>> homes();
    /// Consecutive rows of one identity under one home. None: each row stands under its own.
    struct IdentityRun {
        uint32_t home = 0;
        uint32_t identity = 0;
        uint32_t rows = 0;
    };
    Status identity_runs(std::vector<IdentityRun>& out);
    /// The identities and times of rows [run.begin, run.end) of one or more runs of homes.
    Status identities(HomeRun rows, std::vector<uint32_t>& out);
    Status times(HomeRun rows, std::vector<Micros>& out);
    /// The times of some rows. Requires: as many as `out` has room for. Cost: 0.5 ns for each row
    /// of the block, 1 ns for each of these.
    Status times_of(const PickedRows& picked, std::span<Micros> out);
    HomeRun all() const { return {0, 0, rows()}; }
    /// One of Name, Origin, Tie, Position, Shape, Original, Sent, Received.
    Result<IntView> ints(Segment which);
    /// Codes of name and origin as numbers of the file's lists, checked.
    Status codes(Segment which, std::vector<uint16_t>& out);
    /// The shape of each row, checked.
    Status shapes(std::vector<uint32_t>& out);
    /// The values of a column of the schema that some row has.
    Result<LeafReader> leaf_column(uint32_t column);
    uint32_t touch_version() const { return file_->touch_version(); }
    /// The different touches of the block; hold as long as it.
    Result<std::span<const std::string>> touches();
    /// By row 0, or 1 + the place of its touch among these, checked.
    Status touch_codes(std::vector<uint16_t>& out);
    /// The touch of a row; holds as long as the block.
    Result<std::optional<std::string_view>> touch(uint32_t row);
    Error corrupt(std::string_view what) const { return file_->corrupt(what, number_); }
    Result<RowColumns> row_columns(HomeRun rows);
    Result<RowColumns> row_columns() { return row_columns(all()); }
    Result<Row> row(const RowColumns& columns, uint32_t at) const;
    /// One row. Cheapest for rows of one home.
    Result<Row> row(uint32_t at);

    /// What of an event is not among the values, for a copy of it. Holds until the next call.
    struct CopyHead {
        model::Event event;
        uint32_t shape = 0;
    };
    Result<CopyHead> head_to_copy(uint32_t row);
    /// Hands the values of a row to a shredder. Requires: its shape is not kSpilled.
    Status copy_values(uint32_t row, const std::vector<uint32_t>& columns, Shredder& to);
    const Schema& schema() const { return file_->schema(); }

    /// Adds the stored bytes of each segment, by id (segment_id(), leaf_segment()).
    Status add_sizes(std::map<uint32_t, uint64_t>& out);
    /// Reads every byte.
    Status verify_bytes();
    /// Returns the payload of a row; the view holds until the next call. Cheapest in rising order.
    Result<std::string_view> payload(uint32_t row);

private:
    struct Stored {
        uint32_t id = 0;
        uint64_t offset = 0;
        uint64_t bytes = 0;
        uint64_t checksum = 0;
        uint32_t values = 0;
        bool is_checked = false;
    };

    const BlockEntry& entry() const { return file_->footer_.blocks[number_]; }
    Status load_directory();
    template <typename T>
    Status check_below(size_t end, const std::vector<T>& numbers) const;
    Status load_homes();
    Status load_seconds();
    uint32_t sum_before(const HomeRun& run) const {
        return run.begin == 0 ? 0 : sums_[run.begin - 1];
    }
    void find_sums_before(const PickedRows& picked);
    /// Nothing: all are 0.
    Result<std::optional<IntView>> micros();
    /// Null: the block has no such segment.
    Result<Stored*> find(uint32_t id);
    /// Empty: the block has no such segment.
    Result<std::string_view> bytes(uint32_t id);
    LeafReader* leaf(uint32_t column) override;
    Status open_payloads();
    /// Makes columns_ those of a row: of its home first, of all when asked for another.
    Status open_columns(uint32_t row);
    Result<std::string_view> read_payload(uint32_t row);
    Status seek(uint32_t row);
    Result<model::Event> head(uint32_t row);

    const HistoryFile* file_;
    size_t number_;
    std::vector<Stored> segments_;  // Rising ids.
    std::vector<HomeRun> homes_;
    std::optional<RowColumns> columns_;
    bool has_seconds_ = false;           // They were read,
    bool has_steps_ = false;             // from steps, which
    std::vector<uint32_t> sums_;         // are added up over all rows,
    std::vector<int64_t> seconds_;       // or from a column: since the start of the month.
    std::vector<uint32_t> sums_before_;  // Scratch, as the next: of the home before a row's.
    std::vector<uint32_t> micros_;
    std::optional<std::vector<std::string>> touches_;
    std::vector<uint16_t> touch_codes_;  // For touch().

    /// What payload() needs; opened by the first call.
    struct Payloads {
        Payloads(const Schema& schema, LeafSource& source) : assembler(schema, source) {}

        std::vector<uint32_t> shapes;
        IntView original;
        IntView sent;
        IntView received;
        std::optional<TextView> message_ids;
        std::optional<TextView> spill;
        Assembler assembler;
        std::map<uint32_t, std::unique_ptr<LeafReader>> leaves;
        uint32_t next = 0;        // Where the assembler stands.
        uint32_t next_spill = 0;  // And in the spill.
        std::string message_id;
        std::string payload;
    };
    std::unique_ptr<Payloads> payloads_;
};

}  // namespace throughline::sequence
