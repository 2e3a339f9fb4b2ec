// The values of the rows of a block that match, one dimension and one number after another.
//
// What a row's name, source or kept touch says is worked out once a file or block for each
// different one; the rest is read row by row (row_values.h).
//
// Layer 4. One thread. Cost: 1 ns a row and dimension; of fields as RowFields says.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
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

    /// A further block comes. Requires: values.row() has begun it.
    void begin_block();
    /// Whether the file keeps the texts of a computed dimension.
    bool keeps(size_t dimension, const sequence::HistoryFile& file) const;
    /// Writes of each row that the dimension is of whether its text says nothing, as far as what is
    /// kept tells. Requires: keeps(). Errors: Corrupt.
    Status says_nothing(size_t dimension, const BlockRows& rows, std::vector<uint8_t>& out);
    /// Appends the values of all the rows. Errors: Corrupt.
    Status append(const BlockRows& rows, ValueColumns& out);

private:
    /// What was worked out of a thing with a number. kUnknown: not yet.
    using Codes = std::vector<uint64_t>;
    static constexpr uint64_t kUnknown = ~uint64_t{0};

    /// What comes of a kept text from a source.
    struct OfText {
        uint64_t code = kUnknown;
        bool says_nothing = false;
    };
    static constexpr uint8_t kNotKnown = 2;
    using OfSources = std::vector<OfText>;
    struct TextHash : std::hash<std::string_view> {
        using is_transparent = void;
    };
    static constexpr size_t kTextsMax = 65'536;

    struct OfDimension {
        sequence::ByRun<Codes> codes;                       // By a file's names or origins.
        sequence::ByRun<std::vector<uint8_t>> needs_event;  // By a file's names.
        std::unordered_map<std::string, OfSources, TextHash, std::equal_to<>> of_texts;
        OfSources of_none;
        // Of the block at hand, if its texts were asked for.
        bool is_open = false;
        std::vector<OfSources*> of_sources;  // By touch; 0: no text.
        std::vector<OfText> of_touches;      // [touch][origin]
        std::vector<uint8_t> says_nothing;   // As these, or kNotKnown.
        std::vector<uint16_t> touches;       // By row.
    };

    Status append_dimension(size_t index, const BlockRows& rows, ValueColumns& out);
    Status append_number(size_t index, const BlockRows& rows, ValueColumns& out);
    Status append_field(size_t index, const BlockRows& rows, ValueColumns& out);
    void ask(const BlockRows& rows, Match of);
    template <typename Code>
    Status append_known(size_t index, const BlockRows& rows, std::vector<Code>& column, Code none);
    Status append_trait(size_t index, const BlockRows& rows, ValueColumns& out);
    Status append_kept(size_t index, const BlockRows& rows, ValueColumns& out);
    Status open_kept(OfDimension& of, const BlockRows& rows);
    const std::vector<uint8_t>& needs_event(size_t index, const sequence::HistoryFile& file);
    const OfText& kept_text(size_t index, const BlockRows& rows, size_t at);
    void work_out(size_t index, const BlockRows& rows, size_t at, OfText& out);
    Result<uint64_t> read(size_t index, const BlockRows& rows, size_t at);
    template <typename CodeOf>
    Status put(size_t index, const BlockRows& rows, ValueColumns& out, CodeOf&& code_of) const;

    const Pass& pass_;
    RowValues& values_;
    std::vector<OfDimension> dimensions_;
    std::vector<uint32_t> asked_;    // Rows,
    std::vector<uint32_t> places_;   // where they stand among all that were given,
    std::vector<uint32_t> numbers_;  // and the numbers of their values, or the values.
    std::vector<model::Decimal> decimals_;
    std::string scratch_;
};

}  // namespace throughline::query
