// Rows of a pass that match and do not stand where their person is: those of the tail, and those
// of files written before their person became who she is now. They are gathered here, and given
// back person by person in sequence order.
//
// People are gathered in parts, by rising root: when the rows of a part pass the limit of memory,
// its end moves down to the middle of the people it holds, and the rest waits for the next part.
//
// Layer 4. One thread gathers; once sorted, Immutable. Cost: 32 bytes a gathered row, 4 or 8 more a
// dimension, 16 a number.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "query/people_seen.h"
#include "query/row_values.h"
#include "query/strays.h"

namespace throughline::query {

class Gathering {
public:
    Gathering(const Pass& pass, const Environment& environment, const PersonConditions& asked,
              Values& values);

    /// Forgets all rows, to gather those of people from `begin` on.
    void begin_part(uint32_t begin);
    uint32_t begin() const { return begin_; }
    /// Where the next part begins; kNobody: everybody was gathered.
    uint32_t end() const { return end_; }

    /// Keeps the rows of the tail that match. Errors: ResourceExhausted.
    Status take_tail();
    /// Keeps the rows of a file that match and stand under another home than their person's.
    /// Errors: Corrupt, ResourceExhausted.
    Status take_strays(const sequence::HistoryFile& file, sequence::Block& block,
                       std::span<const Stray> strays);

    /// The rows of one person.
    struct Person {
        uint32_t root = 0;
        uint32_t begin = 0;  // Of rows_by_person().
        uint32_t end = 0;
    };
    /// Puts what was gathered in order.
    void sort();
    /// By rising root. Requires: sort().
    std::span<const Person> people() const { return people_; }
    /// Rows of people in sequence order, as places in the columns below.
    std::span<const uint32_t> rows_by_person() const { return order_; }
    const std::vector<sequence::RowKey>& keys() const { return key_; }
    const std::vector<Match>& matches() const { return match_; }
    const ValueColumns& values() const { return columns_; }

    /// Of all parts: rows looked at, and whose they were.
    uint64_t rows() const { return rows_; }
    const PeopleSeen& seen() const { return seen_; }

private:
    /// Whose a chosen row is, and the file's numbers of what it says.
    struct ChosenOf {
        uint32_t root = 0;
        uint32_t name = 0;
        uint32_t origin = 0;
    };

    /// Whether a row is in the range and had arrived.
    bool counts(const sequence::Row& row) const;
    void count(uint32_t root, uint64_t rows);
    bool is_in_part(uint32_t root) const { return root >= begin_ && root < end_; }
    Status choose(const sequence::HistoryFile& file, sequence::Block& block,
                  std::span<const Stray> strays, bool all_count);
    Status find_times(sequence::Block& block);
    /// Keeps it if it matches. Requires: row_values_ is at it; it counts, and is of the part.
    Status take_row(uint32_t root, const sequence::Row& row);
    Status shrink();
    void drop_rows_from(uint32_t root);
    size_t bytes() const { return root_.size() * row_bytes_; }
    std::vector<uint32_t> order_by_person() const;

    const Pass& pass_;
    const Environment& environment_;
    RowValues row_values_;
    size_t row_bytes_;
    uint32_t begin_ = 0;
    uint32_t end_ = kNobody;

    // Gathered rows, column by column.
    std::vector<uint32_t> root_;
    std::vector<sequence::RowKey> key_;
    std::vector<Match> match_;
    ValueColumns columns_;

    std::vector<uint32_t> order_;
    std::vector<Person> people_;
    // Scratch.
    std::vector<uint32_t> roots_;
    std::vector<uint32_t> chosen_;  // Rows of the block at hand,
    std::vector<ChosenOf> chosen_of_;
    std::vector<uint32_t> chosen_ends_;  // how many of them there are up to the end of each home,
    std::vector<Micros> times_;          // and their times.
    uint64_t rows_ = 0;
    PeopleSeen seen_;
};

}  // namespace throughline::query
