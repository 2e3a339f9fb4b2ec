// The rows of one block of a file that match, person by person.
//
// Only rows whose person is the home they stand under: the others are gathered (gathering.h).
//
// Names and types choose rows first; only of what they let pass is more read: properties that
// conditions ask for, then times, then values.
//
// Layer 4. One thread. Cost: about 2 ns a row of the block, 3 ns a row that matches, 200 to 400 ns
// more when its event must be put together.
#pragma once

#include <optional>
#include <vector>

#include "query/block_values.h"
#include "query/people_seen.h"
#include "query/row_set.h"
#include "query/strays.h"
#include "sequence/history_file.h"

namespace throughline::query {

/// People from one root on, up to another.
struct RootRange {
    uint32_t begin = 0;
    uint32_t end = kNobody;
    bool contains(uint32_t root) const { return root >= begin && root < end; }
};

/// What a walk looked at.
struct LookedAt {
    uint64_t rows = 0;
    PeopleSeen seen;
};

class MatchedBlock {
public:
    /// Rows of one person.
    struct Stretch {
        uint32_t root = 0;
        uint32_t begin = 0;  // Of the columns below.
        uint32_t end = 0;
    };

    /// So many rows behind those of the columns can be read and written.
    static constexpr uint32_t kRoomBehind = kWordRows;

    explicit MatchedBlock(const Pass& pass) : values(pass) {}

    std::vector<Stretch>
        stretches;              // Rising roots; they cover the columns, which have room for more.
    std::vector<uint32_t> row;  // In the block.
    std::vector<Micros> time;
    std::vector<Match> match;
    std::vector<Micros> until;  // Of a pass with Quiet.
    ValueColumns values;

    /// The place of a matched row in sequence order. Errors: Corrupt.
    Result<sequence::RowKey> key(uint32_t at);

private:
    friend class BlockMatcher;
    void clear();
    void make_room(uint32_t rows);

    uint32_t size_ = 0;
    std::optional<sequence::Block> block_;
    std::optional<sequence::IntView> tie_;
    std::optional<sequence::IntView> position_;
};

/// Fills matched blocks, one after another.
class BlockMatcher {
public:
    BlockMatcher(const Pass& pass, const Environment& environment, const PersonConditions& asked,
                 Values& values);

    /// Matches the rows of people of a range, but those in `strays`. Errors: Corrupt.
    Status load(const sequence::HistoryFile& file, size_t number, std::span<const Stray> strays,
                RootRange range, MatchedBlock& out);
    LookedAt& looked_at() { return looked_at_; }

private:
    void table_of_names(const sequence::HistoryFile& file);
    Status admit(sequence::Block& block, std::span<const Stray> strays);
    void choose(uint32_t begin, uint32_t end, MatchedBlock& out);
    void write_chosen(uint32_t begin, MatchedBlock& out) const;
    void leave_out_unmatched(MatchedBlock& out);
    Status decide(std::span<const sequence::HomeRun> homes, MatchedBlock& out);
    Status leave_out_later(sequence::Block& block);
    void divide(std::span<const sequence::HomeRun> homes, MatchedBlock& out);
    Status add_times(std::span<const sequence::HomeRun> homes, MatchedBlock& out);
    BlockRows rows_of(std::span<const sequence::HomeRun> homes, MatchedBlock& out) const;
    Status leave_out_quiet(std::span<const sequence::HomeRun> homes, MatchedBlock& out);
    void leave_out_quiet(MatchedBlock::Stretch& stretch, uint32_t& kept, MatchedBlock& out) const;

    const Pass& pass_;
    const Environment& environment_;
    RowValues row_values_;
    BlockValues block_values_;
    LookedAt looked_at_;
    const bool reads_rows_;   // To decide, beyond names and types.
    bool straddles_ = false;  // The block at hand has rows outside of the range of time.

    // The file at hand: candidates by name, by [name][type] if types are asked for.
    const sequence::HistoryFile* file_ = nullptr;
    bool asks_type_ = false;     // To choose rows.
    bool reads_origin_ = false;  // Of rows, for this or their values.
    size_t types_ = 1;
    bool has_overflow_ = false;  // Some names have no number.
    std::vector<Match> candidates_;
    NameSet names_wanted_;          // Names with a candidate, of some type.
    std::vector<uint8_t> type_of_;  // Of origins.
    // The block at hand, by row.
    std::vector<uint16_t> names_;
    std::vector<uint16_t> origins_;
    std::vector<Micros> times_;               // If it straddles.
    std::vector<model::Position> positions_;  // Of a question about an earlier moment.
    RowSet admitted_;                         // Those that may match. Clear: all.
    RowSet chosen_;                           // Those that do.
    std::vector<Match> open_;                 // By chosen row: not decided yet.
    std::vector<uint32_t> ends_;              // By home: where its rows end among the chosen.
    std::vector<uint8_t> says_nothing_;       // By chosen row.
};

}  // namespace throughline::query
