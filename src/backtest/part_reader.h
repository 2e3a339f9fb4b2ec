// The rows of one part of the people after another, in the order in which they are to be taken.
//
// Within a part it goes in three steps: who has a row that may start a run; the rows that are of
// use, of these people alone; and what is asked of these rows beyond the columns of every row: of
// those whose properties are asked for the whole event, of others that say traits those that are
// wanted.
//
// Layer 6. One thread. Errors: Corrupt, what the watch says. Cost: 3 ns a row of history; 50 ns and
// 88 bytes a row of the part that is chosen, and 100 ns (of traits) to 400 ns more where it is
// read.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backtest/block_rows.h"
#include "backtest/said_traits.h"

namespace throughline::backtest {

class PartReader {
public:
    explicit PartReader(const RowSource& source);
    PartReader(const PartReader&) = delete;
    PartReader& operator=(const PartReader&) = delete;

    /// Reads the rows of a part: those of people who may move, by family.
    Status read(const RowSource::Part& part, const Watch& watch);
    const std::vector<ChosenRow>& rows() const { return rows_; }
    const std::string& name(const ChosenRow& row) const { return names_.text(row.name); }
    /// The whole event, of use kReads; else the document of one that says only the traits that are
    /// wanted. Empty: neither is asked for.
    std::string_view payload(const ChosenRow& row) const {
        return std::string_view(payloads_).substr(row.payload, row.payload_size);
    }

private:
    template <typename Visit>
    Status for_blocks(const RowSource::Part& part, Visit&& visit) const;
    Status find_starts(const RowSource::Part& part, const Watch& watch);
    Status choose(const RowSource::Part& part, const Watch& watch);
    void keep_candidates();
    std::span<const ChosenRow> gathered(const RowSource::Part& part) const;
    Status read_payloads(const Watch& watch);
    Status read_payload(ChosenRow& row, const Watch& watch);
    Status open_block(const ChosenRow& row);
    void sort();

    const RowSource& source_;
    const Plan& plan_;
    Names names_;
    BlockRows blocks_;
    FamilySet wanted_;  // Families of the part that may move.
    std::vector<ChosenRow> rows_;
    std::string payloads_;
    SaidTraits said_;
    std::optional<sequence::Block> block_;          // Of payloads, the one that was read last.
    std::pair<uint32_t, uint32_t> at_{kInTail, 0};  // Which: its file and number.
};

}  // namespace throughline::backtest
