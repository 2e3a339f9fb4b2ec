// The fields of one row, wherever it is kept: read from the columns of a block, or from an event.
//
// Values of rows of one block come with numbers (sequence/field_reader.h), so that who works
// something out from a value can remember it until the next block.
//
// Layer 4. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "query/person_rows.h"
#include "query/predicate.h"
#include "sequence/field_reader.h"

namespace throughline::query {

class RowFields {
public:
    /// A field of an event: the value of a property, another key beside it, or what stands at a
    /// dotted path from the top.
    struct Field {
        PropertyPath path = {};
        std::string_view beside = {};  // Of a literal. Empty: the value itself.
        std::string from_top = {};     // Empty: as the path says.
        bool operator==(const Field&) const = default;
        model::DocView value_in(const model::EventView& event) const {
            if (!from_top.empty()) return event.doc().at_path(from_top);
            return beside.empty() ? path.value_in(event) : path.beside(event, beside);
        }
    };
    static constexpr uint32_t kAnother = sequence::FieldReader::kAnother;

    explicit RowFields(std::vector<Field> fields);

    /// The rows of a block come next; both must live as long.
    void begin_block(const sequence::HistoryFile& file, sequence::Block& block);
    void set_row(uint32_t row, model::EventType type, std::string_view name);
    /// An event that stands for itself comes next.
    void set_event(std::string_view payload);

    /// Changes when numbers of values lose their meaning.
    uint64_t generation() const { return generation_; }
    const sequence::HistoryFile* file() const { return file_; }
    /// Returns a number that rows of one file share when they have the same fields, so that a field
    /// is missing in all of them or in none. Requires: is_in_block(). Errors: Corrupt.
    Result<size_t> form();
    /// Returns the number of a field's value, or kAnother. Errors: Corrupt.
    Result<uint32_t> look(size_t field);
    /// The value looked at last; holds until the next call of anything here. Errors: Corrupt.
    Result<model::DocView> value();
    /// The same if it is a number in a column, else nothing.
    std::optional<model::Decimal> decimal() const {
        return whole_ ? std::nullopt : reader_.decimal();
    }
    /// Writes the numbers of a field's values in several rows of the block
    /// (FieldReader::look_at()); those that are kAnother must be looked at one by one. Errors:
    /// Corrupt.
    Status look_at(size_t field, std::span<const uint32_t> rows, std::span<const uint16_t> origins,
                   std::vector<uint32_t>& numbers);
    /// Writes the numbers that a field is in several rows of the block, of scale kNoNumber where it
    /// is none that stands in a column of numbers (FieldReader::decimals_at()). Errors: Corrupt.
    Status decimals_at(size_t field, std::span<const uint32_t> rows,
                       std::span<const uint16_t> origins, std::vector<model::Decimal>& decimals);
    bool is_in_block() const { return block_ != nullptr; }
    model::EventType type() const { return type_; }
    std::string_view name() const { return name_; }
    /// The whole event; holds until the next row. Errors: Corrupt. Cost: 200 to 400 ns of a block.
    Result<model::EventView> event();

private:
    Status open();

    const std::vector<Field> fields_;
    sequence::FieldReader reader_;
    uint64_t generation_ = 0;
    // The block at hand.
    const sequence::HistoryFile* file_ = nullptr;
    sequence::Block* block_ = nullptr;  // Null: the row is an event.
    bool is_open_ = false;              // The reader has gone on to it.
    // The row at hand.
    uint32_t row_ = 0;
    model::EventType type_ = {};
    std::string_view name_;
    std::string_view payload_;     // Empty: not put together yet.
    std::optional<size_t> whole_;  // The field looked at last, if it is read from the event.
};

}  // namespace throughline::query
