// Chosen fields of the rows of blocks, read from their columns: what else an event holds is not
// looked at.
//
// Where the value of a field stands follows from the shape of the event and is worked out once a
// shape. Values come with a number, so that what is worked out from a value can be kept: rows of
// one block with the same number have the same value. A field that is a list, an object or an
// instant, and events of the spill, are left to who asks: she puts the event together.
//
// Layer 3. One thread. Cost: 1 to 2 ns for each row of a block and column met, 3 ns a look, 20 ns a
// value.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/event.h"
#include "sequence/by_run.h"
#include "sequence/history_file.h"
#include "sequence/outline.h"

namespace throughline::sequence {

class FieldReader {
public:
    /// Finds a field's value in an event. Must depend on nothing but the type of the event and the
    /// fields that its document has, not on their values.
    using Find = std::function<model::DocView(const model::EventView&)>;

    /// Numbers of values.
    static constexpr uint32_t kMissing = 0;
    static constexpr uint32_t kNull = 1;
    static constexpr uint32_t kWhole = UINT32_MAX;        // Look into the whole event.
    static constexpr uint32_t kAnother = UINT32_MAX - 1;  // Not known to equal any other's.

    static constexpr uint8_t kNoScale = UINT8_MAX;

    explicit FieldReader(std::vector<Find> fields);

    /// Goes on to a block; both must live as long as it is read. Errors: Corrupt.
    Status open(const HistoryFile& file, Block& block);
    /// Returns the number of a field's value in a row of the block. Errors: Corrupt.
    Result<uint32_t> look(size_t field, uint32_t row, model::EventType type);
    /// Looks at a field of several rows: their types are those of the file's origins, whose codes
    /// are given by row of the block. Writes their numbers. Errors: Corrupt.
    Status look_at(size_t field, std::span<const uint32_t> rows, std::span<const uint16_t> origins,
                   std::vector<uint32_t>& numbers);
    /// The same of numbers in columns, themselves; of scale kNoScale where the field is none.
    Status decimals_at(size_t field, std::span<const uint32_t> rows,
                       std::span<const uint16_t> origins, std::vector<model::Decimal>& decimals);
    /// Returns a number that rows of one file share when they have the same fields.
    size_t form(uint32_t row, model::EventType type) const {
        return shapes_[row] * kTypes + static_cast<size_t>(type) % kTypes;
    }
    /// The value looked at last, until the next call. Requires: not kWhole. Errors: Corrupt.
    Result<model::DocView> value();
    /// The same if it is a number of at most 18 digits, else nothing.
    std::optional<model::Decimal> decimal() const {
        return kind_ == Kind::Leaf ? decimal_in(*column_, at_) : std::nullopt;
    }

private:
    static constexpr size_t kTypes = 8;
    static constexpr uint32_t kUnknown = UINT32_MAX;

    enum class Kind : uint8_t { Unknown, Missing, Null, Name, Leaf, Whole };
    /// Where the value of a field stands in events of one shape and type.
    struct Place {
        Kind kind = Kind::Unknown;
        uint32_t column = 0;  // Of OfFile::columns.
        uint32_t before = 0;
    };
    /// A column that holds values of fields. What belongs to the block is made at the first look.
    struct Column {
        uint32_t number = 0;           // In the schema.
        std::vector<uint32_t> counts;  // By shape: values of an event; kUnknown.
        // Of the block at hand.
        std::optional<LeafReader> reader;
        std::vector<uint32_t> first;    // By row: its first value.
        uint32_t numbers = 0;           // Of the dictionary's first entry.
        std::vector<uint32_t> entries;  // Of the dictionary, by value.
        bool has_entries = false;       // They were read. None: the values are not of one.
    };

    /// What is known of a file.
    struct OfFile {
        std::vector<std::unique_ptr<Outline>> outlines;  // By shape.
        std::vector<std::vector<Place>> places;          // By field; [shape x types].
        std::vector<Column> columns;
    };

    OfFile begin_file(const HistoryFile& file) const;
    const Outline& outline(uint32_t shape);
    Place find_place(size_t field, uint32_t shape, model::EventType type);
    uint32_t column_of(uint32_t number);
    Status open_column(Column& column);
    Status read_entries(Column& column);
    std::optional<model::Decimal> decimal_in(const Column& column, uint32_t at) const;
    Place place_of(size_t field, uint32_t row, model::EventType type) {
        Place& place = known_->places[field][form(row, type)];
        if (place.kind == Kind::Unknown) place = find_place(field, shapes_[row], type);
        return place;
    }
    /// The column of a place in one, open.
    Result<Column*> column_at(const Place& place);
    Result<uint32_t> look_leaf(const Place& place, uint32_t row);
    Result<uint32_t> look_name(uint32_t row);

    const std::vector<Find> fields_;
    ByRun<OfFile> files_;
    // The file at hand.
    const HistoryFile* file_ = nullptr;
    OfFile* known_ = nullptr;
    // The block at hand.
    Block* block_ = nullptr;
    std::vector<uint32_t> shapes_;
    std::vector<uint16_t> names_;
    uint32_t first_name_ = 0;  // Number of the file's first name; 0: not asked yet.
    uint32_t next_number_ = 0;
    // The value looked at last.
    Kind kind_ = Kind::Missing;
    Column* column_ = nullptr;
    uint32_t at_ = 0;
    std::string value_;
};

}  // namespace throughline::sequence
