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

#include "query/predicate.h"
#include "sequence/field_reader.h"

namespace throughline::query {

class RowFields {
public:
    /// A field of an event: the value at a path, or another key beside it.
    struct Field {
        PropertyPath path = {};
        std::string_view beside = {};  // Of a literal. Empty: the value itself.
        bool operator==(const Field&) const = default;
        model::DocView value_in(const model::EventView& event) const {
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
    /// Returns the number of a field's value, or kAnother. Errors: Corrupt.
    Result<uint32_t> look(size_t field);
    /// The value looked at last; holds until the next call of anything here. Errors: Corrupt.
    Result<model::DocView> value();
    /// The name of the event.
    std::string_view name() const { return name_; }
    /// The whole event; holds until the next row. Errors: Corrupt. Cost: 200 to 400 ns of a block.
    Result<model::EventView> event();

private:
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
