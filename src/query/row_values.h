// What a pass reads of a row: which conditions hold, and the values of its dimensions and numbers.
//
// The columns of every row decide first. Properties are read from columns of their own, and what is
// worked out from a value, a truth or a code, is worked out once a block for each value that
// repeats. The event is put together only for what its columns do not tell.
//
// Layer 4. One thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "query/attribution_walk.h"
#include "query/computed_text.h"
#include "query/pass.h"
#include "query/person_conditions.h"
#include "query/row_conditions.h"
#include "query/row_fields.h"

namespace throughline::query {

inline constexpr uint64_t kNoMark = 0;

/// Values of rows, column by column: codes of dimensions with a name, marks (a hash, 0 for none) of
/// those to compare, numbers.
struct ValueColumns {
    std::vector<std::vector<ValueCode>> codes;
    std::vector<std::vector<uint64_t>> marks;
    std::vector<std::vector<model::Decimal>> numbers;

    explicit ValueColumns(const Pass& pass)
        : codes(pass.dimensions.size()),
          marks(pass.dimensions.size()),
          numbers(pass.numbers.size()) {}

    void clear();
    /// Adds the values of rows [begin, end) of another one of the same pass.
    void append(const ValueColumns& from, size_t begin, size_t end);
    /// Keeps the rows marked, in their order.
    void keep(const std::vector<uint8_t>& rows);
    /// Bytes a row.
    static size_t row_bytes(const Pass& pass);
};

class RowValues {
public:
    /// All must outlive this.
    RowValues(const Pass& pass, const Environment& environment, const PersonConditions& people,
              Values& values);

    const RowConditions& conditions() const { return conditions_; }
    /// Whether some value is a source, a type, a touch, or a property, which stands by type.
    bool reads_origin() const;

    /// The row that is asked about: match() is, then append().
    RowFields& row() { return fields_; }
    /// Whose the row is, and who sent it.
    void set_whose(uint32_t root, model::SourceId source) {
        root_ = root;
        source_ = source;
    }
    /// The conditions that hold for the row. Errors: Corrupt.
    Result<Match> match(Match candidates, uint32_t name);
    /// Rows of one block and what may match: `open` of `match` is not decided.
    struct OpenRows {
        std::span<const uint32_t> row;
        std::span<Match> match;
        std::span<Match> open;
    };
    /// Decides, as far as columns of numbers tell, those conditions that are one comparison with a
    /// number: takes out of both what does not hold, and of `open` what does. `origins`: by row of
    /// the block. Errors: Corrupt.
    Status compare(const OpenRows& rows, std::span<const uint16_t> origins);
    /// Appends the values of the row, of which match() said `match`. Errors: Corrupt.
    Status append(Match match, model::EventType type, model::SourceId source, ValueColumns& out);
    /// The row's code or mark of a dimension; its number, of scale kNoNumber for none.
    /// Errors: Corrupt.
    Result<uint64_t> value_of(size_t dimension, model::EventType type, model::SourceId source);
    Result<model::Decimal> number_of(size_t number);
    /// Looks at a dimension that is a field in several rows (RowFields::look_at()); what it is of
    /// such numbers, where that was worked out in this block, as of now. Errors: Corrupt.
    Status look_at(size_t dimension, std::span<const uint32_t> rows,
                   std::span<const uint16_t> origins, std::vector<uint32_t>& numbers) {
        return fields_.look_at(dimensions_[dimension].field, rows, origins, numbers);
    }
    /// As number_of(), of several rows, as far as RowFields::decimals_at() tells.
    Status decimals_at(size_t number, std::span<const uint32_t> rows,
                       std::span<const uint16_t> origins, std::vector<model::Decimal>& decimals) {
        return fields_.decimals_at(numbers_[number], rows, origins, decimals);
    }
    std::span<const std::optional<uint64_t>> known_values(size_t dimension) const {
        const Known<uint64_t>& known = dimensions_[dimension].known;
        if (known.generation != fields_.generation()) return {};
        return known.of;
    }
    /// The code or mark of a text, or of none.
    uint64_t coded(const Dimension& dimension, std::optional<std::string_view> text);

private:
    /// What was worked out from a value, by the value's number.
    template <typename T>
    struct Known {
        std::vector<std::optional<T>> of;
        uint64_t generation = 0;
    };
    /// A dimension of a field, and its codes or marks.
    struct FieldOfDimension {
        size_t field = 0;
        Known<uint64_t> known;
        std::optional<ComputedText> computed = {};
    };
    /// Where the numbers of one scale begin or cease to meet a comparison.
    struct Cut {
        uint8_t scale = kNoNumber;
        int64_t units = 0;
        bool holds_below = false;
        bool holds_from = false;
    };
    /// A condition's leaf.
    struct Part {
        size_t field = 0;  // Of Subject::Property,
        Known<bool> known;
        size_t slot = 0;                                  // of a person,
        std::vector<std::optional<bool>> of_source = {};  // of Source, by its number,
        std::optional<ComputedText> touch = {};           // of Channel,
        std::unordered_map<std::string, bool> of_touch = {};
        Cut cut = {};  // Of the last scale.
    };

    static std::vector<RowFields::Field> fields_of(const Pass& pass);
    size_t field_number(const RowFields::Field& field) const;
    void number_parts(size_t next_text);
    Match holding(Match open, uint32_t name);
    void ask(const OpenRows& rows, Match bit);
    bool is_comparison(const Condition& condition) const;
    static Cut cut_of(const Criterion& criterion, uint8_t scale);
    bool part_holds(size_t condition, size_t part);
    Result<bool> leaf_holds(const Leaf& leaf, Part& part);
    bool source_holds(const Leaf& leaf, Part& part) const;
    Result<bool> channel_holds(const Leaf& leaf, Part& part);
    bool touch_holds(const Leaf& leaf, std::string_view touch) const;
    std::string source_key(model::SourceId source) const;
    Result<uint64_t> trait_value_of(size_t dimension);
    uint64_t coded_value(const Dimension& dimension, model::DocView value);
    Result<uint64_t> field_value_of(const Dimension& dimension, FieldOfDimension& field);
    Result<bool> property_holds(const Leaf& leaf, Part& part);
    template <typename T, typename Work>
    Result<T> remembered(uint32_t number, Known<T>& known, Work&& work);

    const Pass& pass_;
    const Environment& environment_;
    RowConditions conditions_;
    Values& values_;
    const std::vector<RowFields::Field> all_fields_;
    RowFields fields_;
    std::vector<std::vector<Part>> parts_;        // By condition.
    std::vector<FieldOfDimension> dimensions_;    // Of those that are fields.
    std::vector<std::vector<ValueCode>> traits_;  // Of those that are traits, by person.
    std::vector<size_t> numbers_;                 // Fields.
    Status status_;                               // Of the conditions' reading.
    const TouchText touches_;
    const PersonConditions& people_;
    PersonReader person_;
    uint32_t root_ = 0;  // Whose the row is.
    model::SourceId source_ = 0;
    std::string text_;
    // Of compare().
    std::vector<size_t> comparisons_;  // Conditions.
    std::vector<uint32_t> asked_;      // Rows,
    std::vector<uint32_t> places_;     // and where they stand among all that were given.
    std::vector<model::Decimal> decimals_;
};

}  // namespace throughline::query
