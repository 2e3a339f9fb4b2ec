// The values of the rows of a block that match, one dimension and one number after another.
//
// What a row's name, source or kept touch says is worked out once a file or block for each
// different one; the rest is read row by row (row_values.h).
//
// Layer 4. One thread. Cost: 1 ns a row and dimension; of fields as RowFields says.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "query/row_values.h"

namespace throughline::query {

/// Rows of one block.
struct BlockRows {
    const sequence::HistoryFile& file;
    sequence::Block& block;
    std::span<const uint32_t> row;  // Rising.
    std::span<const Match> match;   // Of each of these.
    // Of all rows of the block: codes of the file's names and origins.
    std::span<const uint16_t> names;
    std::span<const uint16_t> origins;         // Empty unless RowValues::reads_origin().
    std::span<const sequence::HomeRun> homes;  // Whose the rows are.

    size_t size() const { return row.size(); }
    sequence::Origin origin(size_t at) const {
        return origins.empty() ? sequence::Origin{} : file.origins()[origins[row[at]]];
    }
    const sequence::StoredName& name(size_t at) const { return file.names()[names[row[at]]]; }
};

class BlockValues {
public:
    /// Both must outlive this; `values` is asked about the rows of the same block.
    BlockValues(const Pass& pass, RowValues& values)
        : pass_(pass), values_(values), dimensions_(pass.dimensions.size()) {}

    /// Appends the values of all the rows. Requires: values.row() has begun the block.
    /// Errors: Corrupt.
    Status append(const BlockRows& rows, ValueColumns& out);

private:
    /// What was worked out of a thing with a number. kUnknown: not yet.
    using Codes = std::vector<uint64_t>;
    static constexpr uint64_t kUnknown = ~uint64_t{0};

    struct OfDimension {
        sequence::ByRun<Codes> codes;                       // By a file's names or origins.
        sequence::ByRun<std::vector<uint8_t>> needs_event;  // By a file's names.
        Codes touches;  // Of the block at hand: [touch][origin].
    };

    Status append_dimension(size_t index, const BlockRows& rows, ValueColumns& out);
    Status append_number(size_t index, const BlockRows& rows, ValueColumns& out);
    Status append_trait(size_t index, const BlockRows& rows, ValueColumns& out);
    Status append_kept(size_t index, const BlockRows& rows, ValueColumns& out);
    Result<uint64_t> read(size_t index, const BlockRows& rows, size_t at);
    template <typename CodeOf>
    Status put(size_t index, const BlockRows& rows, ValueColumns& out, CodeOf&& code_of) const;

    const Pass& pass_;
    RowValues& values_;
    std::vector<OfDimension> dimensions_;
    std::vector<uint16_t> touches_;  // Scratch: by row of the block.
};

}  // namespace throughline::query
