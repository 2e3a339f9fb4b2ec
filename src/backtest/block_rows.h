// Chooses rows of blocks, one block after another: names and types choose first, and only of rows
// that they let pass is more read.
//
// Rows stand under the home that their person had when they were written. Where that is still her
// family they are chosen by home; the others are strays, and known beforehand.
//
// Layer 6. One thread. Errors: Corrupt. Cost: 2 ns a row of the homes that are looked at, 30 ns a
// row that is chosen.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "backtest/row_source.h"
#include "query/row_set.h"

namespace throughline::backtest {

class BlockRows {
public:
    /// Both must outlive this.
    BlockRows(const RowSource& source, Names& names) : source_(source), names_(names) {}

    /// Puts those families of the range of a set into it that have a row in the block that may
    /// start a run; strays apart. Counts rows that would, had they not come late.
    Status find_starts(uint32_t file, size_t number, FamilySet& found, uint64_t& late_starts);
    /// Adds the rows that are of use, of families of a set; strays apart.
    Status choose(uint32_t file, size_t number, const FamilySet& of, std::vector<ChosenRow>& out,
                  uint64_t& late_starts);
    /// The same of strays, of all families.
    Status choose_strays(uint32_t file, size_t number, std::vector<ChosenRow>& out,
                         uint64_t& late_starts);

private:
    void open_file(uint32_t number);
    void open(uint32_t file, size_t number);
    Result<std::span<const sequence::HomeRun>> homes_of(const FamilySet& range);
    void admit(std::span<const sequence::HomeRun> homes, const FamilySet& of);
    void leave_out_strays();
    void take_all(uint32_t begin, uint32_t end);
    Status select(std::span<const sequence::HomeRun> homes, const query::NameSet& names,
                  bool with_shapes);
    uint64_t saying(uint32_t first, uint32_t rows) const;
    Status read_columns(std::span<const sequence::HomeRun> homes);
    Status add(std::span<const sequence::HomeRun> homes, std::span<const query::Stray> strays,
               std::vector<ChosenRow>& out, uint64_t& late_starts);
    ChosenRow row_at(size_t chosen, bool with_shape);
    uint32_t number_of(uint16_t name);

    const RowSource& source_;
    Names& names_;
    // The file at hand.
    const sequence::HistoryFile* file_ = nullptr;
    uint32_t file_number_ = 0;
    std::span<const uint8_t> says_;  // By shape. Empty: none says traits.
    std::vector<uint8_t> uses_;      // By name and type.
    std::vector<uint32_t> numbers_;  // By name: among names_.
    query::NameSet starts_;          // Names that may start a run,
    query::NameSet useful_;          // or are of any use.
    // The block at hand.
    std::optional<sequence::Block> block_;
    std::vector<uint16_t> name_;    // By row.
    std::vector<uint16_t> origin_;  // By row.
    std::vector<uint32_t> shape_;   // By row.
    query::RowSet admitted_;        // Rows that may be chosen;
    query::RowSet all_;             // of these those that are, whatever they say,
    bool has_all_ = false;          // if there are any.
    query::RowSet chosen_;          // Rows that are;
    std::vector<uint32_t> rows_;    // the same,
    std::vector<uint32_t> ends_;    // how many up to the end of each home,
    std::vector<Micros> times_;     // and their times.
    sequence::IntView received_;
    std::vector<sequence::Block::IdentityRun> runs_;
};

}  // namespace throughline::backtest
