// The rows of one block of a file that match, person by person.
//
// Only rows whose person is the home they stand under: the others are gathered (gathering.h).
//
// Layer 4. One thread. Cost: about 3 ns a row of the block, 200 to 400 ns more when its event must
// be put together.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "query/people_seen.h"
#include "query/row_values.h"
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

    explicit MatchedBlock(const Pass& pass) : values(pass) {}

    std::vector<Stretch>
        stretches;              // Rising roots; they cover the columns, which have room for more.
    std::vector<uint32_t> row;  // In the block.
    std::vector<Micros> time;
    std::vector<Match> match;
    ValueColumns values;

    /// The place of a matched row in sequence order. Errors: Corrupt.
    Result<sequence::RowKey> key(uint32_t at);

private:
    friend class BlockMatcher;
    void clear();
    void make_room(uint32_t rows);

    uint32_t size_ = 0;
    std::unique_ptr<sequence::Block> block_;
    std::optional<sequence::IntView> tie_;
    std::optional<sequence::IntView> position_;
};

/// Fills matched blocks, one after another.
class BlockMatcher {
public:
    BlockMatcher(const Pass& pass, const Environment& environment, Values& values);

    /// Matches the rows of people of a range. `has_strays`: as stray_rows() says. Errors: Corrupt.
    Status load(const sequence::HistoryFile& file, size_t number, bool has_strays, RootRange range,
                MatchedBlock& out);
    LookedAt& looked_at() { return looked_at_; }

private:
    struct Rows {
        uint32_t root = 0;
        uint32_t begin = 0;
        uint32_t end = 0;
    };

    Status find_people(sequence::Block& block, bool has_strays);
    void add_people(uint32_t root, uint32_t begin, uint32_t end);
    void table_of_names(const sequence::HistoryFile& file);
    Status match_rows(const sequence::HistoryFile& file, const Rows& rows, MatchedBlock& out);
    void match_by_name(const Rows& rows, MatchedBlock& out);

    const Pass& pass_;
    const Environment& environment_;
    RowValues row_values_;
    LookedAt looked_at_;
    bool reads_type_;         // Of some rows.
    bool only_names_;         // Decide, and no value is read.
    bool straddles_ = false;  // The block at hand has rows outside of the range of time.

    // The file at hand: candidates by [name][type].
    const sequence::HistoryFile* file_ = nullptr;
    std::vector<Match> candidates_;
    // The block at hand.
    std::vector<uint32_t> roots_;
    std::vector<uint32_t> identities_;
    std::vector<Rows> people_;
    std::vector<uint16_t> names_;
    std::vector<uint16_t> origins_;
    std::vector<Micros> times_;
};

}  // namespace throughline::query
