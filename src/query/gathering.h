// The rows of a pass that match, gathered from history in whatever order it shows them, and given
// back person by person in sequence order.
//
// People are gathered in parts, by rising root: when the rows of a part pass the limit of memory,
// its end moves down to the middle of the people it holds, and the rest waits for the next part.
//
// Layer 4. One thread. Cost: 32 bytes a gathered row, 4 or 8 more a dimension, 16 a number.
#pragma once

#include <functional>
#include <vector>

#include "query/pass.h"
#include "query/people_seen.h"
#include "query/row_conditions.h"

namespace throughline::query {

class Gathering {
public:
    Gathering(const Pass& pass, const Environment& environment);

    /// The columns that a scan must show.
    sequence::ScanColumns columns() const;
    /// Forgets all rows, to gather those of people from `begin` on.
    void begin_part(uint32_t begin);
    /// Where the next part begins; kNobody: everybody was gathered.
    uint32_t end() const { return end_; }
    /// Keeps the rows of a block that match. Errors: Corrupt, ResourceExhausted.
    Status take(const sequence::ScanBlock& rows);
    /// Calls visit for each person of this part, until it returns an error, which is handed on.
    Status for_each_person(const std::function<Status(const PersonRows&)>& visit);
    /// What was seen in all parts. Leaves nothing behind.
    PassResult finish();

private:
    Status keep(const sequence::ScanBlock& rows, size_t row, uint32_t root, Match match);
    Status read_event(const sequence::ScanBlock& rows, size_t row);
    Status read_values(const sequence::ScanBlock& rows, size_t row, Match match);
    std::optional<std::string_view> text_of(const Dimension& dimension,
                                            const sequence::ScanBlock& rows, size_t row);
    Status shrink();
    void drop_rows_from(uint32_t root);
    size_t bytes() const { return root_.size() * row_bytes_; }

    std::vector<uint32_t> order_by_person() const;
    void show(std::span<const uint32_t> rows);
    void number_values(size_t dimension, std::span<const uint32_t> rows);

    const Pass& pass_;
    const Environment& environment_;
    RowConditions conditions_;
    size_t row_bytes_;
    uint32_t begin_ = 0;
    uint32_t end_ = kNobody;

    // Gathered rows, column by column.
    std::vector<uint32_t> root_;
    std::vector<sequence::RowKey> key_;
    std::vector<Match> match_;
    std::vector<std::vector<ValueCode>> codes_;  // Of dimensions with a name.
    std::vector<std::vector<uint64_t>> marks_;   // Of dimensions to compare: a hash, 0 for none.
    std::vector<std::vector<model::Decimal>> numbers_;

    // One person, as folds see her.
    std::vector<Micros> person_time_;
    std::vector<Match> person_match_;
    std::vector<std::vector<ValueCode>> person_codes_;
    std::vector<std::vector<model::Decimal>> person_numbers_;
    std::vector<std::span<const ValueCode>> code_spans_;
    std::vector<std::span<const model::Decimal>> number_spans_;
    std::vector<uint64_t> distinct_marks_;

    std::vector<uint32_t> block_roots_;
    std::string_view event_;  // Payload of the row at hand; empty until it is read.
    std::string text_;
    Values values_;
    uint64_t rows_ = 0;
    PeopleSeen seen_;
    bool is_first_part_ = true;
};

}  // namespace throughline::query
