// The rows of history one part at a time, as the table `events` reads them: a block of a file or a
// chunk of the tail, and of these the rows that a statement can need.
//
// What a name, a type or a source must be is decided once a file for each that it has; a block none
// of whose rows fit is left after its names.
//
// Layer 5. RowChoice: Immutable. PartRows: one thread.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "query/environment.h"
#include "sql/needs.h"

namespace throughline::sql {

/// Rows that one worker takes at a time.
struct EventPart {
    const sequence::HistoryFile* file = nullptr;  // None: of the tail.
    size_t block = 0;
    uint64_t first = 0;  // Number of the first row, of the tail.
    sequence::TailColumns tail = {};
};

/// Which rows can be needed. Borrows.
class RowChoice {
public:
    RowChoice(const query::Environment& environment, const TableNeeds& needs);

    /// Whether each name and each origin of a file is needed; empty: all are.
    struct OfFile {
        std::vector<uint8_t> names;
        std::vector<uint8_t> origins;
        bool is_any = true;  // False: no row of the file is.
    };
    const OfFile& of(const sequence::HistoryFile& file) const { return files_.find(&file)->second; }
    /// Whether a row of the tail is needed.
    bool needs_row(const sequence::Row& row) const;
    bool chooses() const { return events_ || types_ || sources_; }
    /// The parts to be read.
    std::vector<EventPart> parts() const;

private:
    OfFile choice_of(const sequence::HistoryFile& file) const;
    bool needs_origin(const sequence::Origin& origin) const;

    const query::Environment& environment_;
    TimeRange range_;
    std::optional<TextSet> events_;
    std::optional<TextSet> types_;
    std::optional<TextSet> sources_;
    std::unordered_map<const sequence::HistoryFile*, OfFile> files_;
};

class PartRows {
public:
    PartRows(const query::Environment& environment, const RowChoice& choice)
        : environment_(environment), choice_(choice) {}

    Status open(const EventPart& part);
    bool is_at_end() const { return at_ == rows_.size(); }
    void next() { ++at_; }

    uint32_t root() const { return roots_[row()]; }
    Micros time() const { return block_ ? columns_.time[row()] : part_->tail.time[row()]; }
    Result<sequence::Row> facts() const;
    Result<std::string_view> payload();
    /// The block at hand, and the row in it. Null: of the tail.
    sequence::Block* block() { return block_ ? &*block_ : nullptr; }
    const sequence::HistoryFile& file() const { return *part_->file; }
    uint32_t row() const { return rows_[at_]; }

private:
    Status choose_rows(const RowChoice::OfFile& choice);
    Status choose_tail_rows();

    const query::Environment& environment_;
    const RowChoice& choice_;
    const EventPart* part_ = nullptr;
    size_t at_ = 0;
    std::vector<uint32_t> rows_;  // Those to be read, of the part.
    std::optional<sequence::Block> block_;
    sequence::RowColumns columns_;
    std::vector<uint32_t> roots_;
    std::vector<uint16_t> codes_;
};

}  // namespace throughline::sql
