// Takes events apart into shapes and values, and puts them together again.
//
// What comes back is the event byte for byte, but for the keyed hashes of its message id and its
// identifiers, which are zero: they follow from the texts and the installation's secret, nobody
// asks history for them, and they are the part that does not get smaller.
//
// Layer 3. One thread each.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/event.h"
#include "sequence/schema.h"
#include "sequence/texts.h"

namespace throughline::sequence {

/// The values of one column of a block in work, in the order of its rows.
struct LeafValues {
    std::vector<int64_t> ints;
    std::vector<int64_t> scales;    // Beside the ints, of Number.
    std::vector<int64_t> instants;  // Beside the ints, of Instant: since 1970. Not stored.
    Texts texts;                    // Of Text and NumberText.

    size_t size() const { return ints.size() + texts.lengths.size(); }
    void clear() {
        ints.clear();
        scales.clear();
        instants.clear();
        texts.clear();
    }
};

class Shredder {
public:
    explicit Shredder(Schema& schema) : schema_(schema) {}

    /// Adds the values of an event, and returns its shape; Schema::kSpilled, and adds nothing, when
    /// the schema is full.
    uint32_t shred(const model::EventView& event);

    /// By column of the schema; may be fewer.
    std::vector<LeafValues>& values() { return values_; }
    /// The values of a column of the schema.
    LeafValues& values_of(uint32_t column) {
        if (column >= values_.size()) values_.resize(column + 1);
        return values_[column];
    }
    /// Of what others have copied here, about.
    uint64_t copied_bytes() const { return copied_bytes_; }
    void note_copied(size_t bytes) { copied_bytes_ += bytes; }
    /// Begins an event whose values others copy here. Requires: before the first of them.
    void begin_copy(Micros time) { copied_time_ = time; }
    Micros copied_time() const { return copied_time_; }
    void clear();

private:
    bool shred_value(model::DocView value, uint32_t path, int lists);
    bool shred_object(model::DocView value, uint32_t path, int lists);
    bool shred_list(model::DocView value, uint32_t path, int lists);
    bool shred_text(std::string_view text, uint32_t path, int lists);
    bool shred_identifiers(const model::EventView& event);
    /// The values of a column for one more, which the shape names.
    LeafValues* leaf(uint32_t path, LeafKind kind);
    void undo();

    Schema& schema_;
    std::vector<LeafValues> values_;
    uint64_t copied_bytes_ = 0;
    Micros copied_time_ = 0;
    // The event in work.
    std::optional<model::EventView> event_;
    ShapeTokens tokens_;
    std::vector<uint32_t> added_;  // The column of each value.
    struct FirstText {
        uint32_t column = 0;
        std::string_view text;
    };
    std::vector<FirstText> firsts_;  // Outside of lists.
};

/// How a column of values is read back.
class LeafReader {
public:
    /// Nothing unless the bytes hold `count` values. `scales` is empty but for Number.
    static std::optional<LeafReader> open(LeafKind kind, std::string_view values,
                                          std::string_view scales, uint32_t count);

    uint32_t size() const { return count_; }
    /// Requires: at < size(), and the kind has it.
    int64_t int_at(uint32_t at) const { return ints_->at(at); }
    int64_t scale_at(uint32_t at) const { return scales_->at(at); }
    /// Holds until the next call. Nothing: damaged.
    std::optional<std::string_view> text_at(uint32_t at) { return texts_->at(at); }
    /// Null unless of texts.
    const TextView* texts() const { return texts_ ? &*texts_ : nullptr; }

private:
    uint32_t count_ = 0;
    std::optional<IntView> ints_;
    std::optional<IntView> scales_;
    std::optional<TextView> texts_;
};

/// Writes a value of a column as it stood in its event. Requires: at < leaf.size(); not of Instant
/// or Length. False: damaged.
bool append_leaf(LeafKind kind, LeafReader& leaf, uint32_t at, model::DocWriter& out);

/// Where an assembler finds the columns of its block.
class LeafSource {
public:
    virtual ~LeafSource() = default;
    /// None: the bytes are damaged, or the block has no such column.
    virtual LeafReader* leaf(uint32_t column) = 0;
};

class Assembler {
public:
    Assembler(const Schema& schema, LeafSource& source)
        : schema_(schema),
          source_(source),
          next_(schema.columns().size()),
          skipped_(schema.shapes().size()) {}

    /// Goes back to the first event of the block.
    void rewind() {
        std::fill(next_.begin(), next_.end(), 0);
        std::fill(skipped_.begin(), skipped_.end(), 0);
    }
    /// Moves over the values of an event. False: damaged. Requires: end_skipping() comes before the
    /// next assemble().
    bool skip(uint32_t shape) {
        if (schema_.has_lists(shape)) return skip_shape(shape, 1);
        ++skipped_[shape];  // Without lists the order does not matter: they are counted first.
        return true;
    }
    void end_skipping();
    /// Appends the payload of the event whose values come next; `head` is all but its identifiers
    /// and document. False: damaged.
    bool assemble(uint32_t shape, const model::Event& head, std::string& payload);

    /// Hands the values of the next event to another shredder, column by column as `columns` maps
    /// them. False: damaged.
    bool copy(uint32_t shape, const std::vector<uint32_t>& columns, Shredder& to);

private:
    bool copy_value(const ShapeTokens& tokens, size_t& at, const std::vector<uint32_t>& columns,
                    Shredder& to);
    bool copy_leaf(uint32_t column, const std::vector<uint32_t>& columns, Shredder& to);
    bool skip_shape(uint32_t shape, uint32_t times);
    bool skip_value(const ShapeTokens& tokens, size_t& at, uint64_t times);
    bool sum_lengths(uint32_t column, uint64_t times, uint64_t& sum);
    bool put_value(const ShapeTokens& tokens, size_t& at, model::DocWriter& out);
    bool put_array(const ShapeTokens& tokens, size_t& at, model::DocWriter& out);
    bool put_leaf(uint32_t column, model::DocWriter& out);
    std::optional<std::string> next_text(uint32_t column);
    bool take_identifiers(const ShapeTokens& tokens, size_t at);
    void note_wanted(const ShapeTokens& tokens);

    const Schema& schema_;
    LeafSource& source_;
    std::vector<uint32_t> next_;     // Per column: the value to be read next.
    std::vector<uint32_t> skipped_;  // Per shape without lists: events not yet moved over.
    // The event in work.
    const model::Event* head_ = nullptr;
    std::string doc_;
    struct FirstText {
        uint32_t column = 0;
        std::optional<std::string> text;
    };
    std::vector<FirstText> wanted_;  // Texts that an identifier repeats.
    std::vector<model::Identifier> identifiers_;
};

/// The shapes and columns of one schema in terms of another, worked out as they are met.
class SchemaMap {
public:
    SchemaMap(const Schema& from, Schema& to);

    /// Returns the same shape in the other schema; nothing when that is full.
    std::optional<uint32_t> shape(uint32_t shape);
    /// The columns of the shapes asked for.
    const std::vector<uint32_t>& columns() const { return columns_; }

private:
    static constexpr uint32_t kUnknown = ~uint32_t{0};

    std::optional<uint32_t> path(uint32_t path);
    std::optional<uint32_t> column(uint32_t column);
    bool map_value(const ShapeTokens& tokens, size_t& at);
    bool map_path_token(uint32_t token, uint32_t offset);
    bool map_column_token(uint32_t token, uint32_t offset);

    const Schema& from_;
    Schema& to_;
    std::vector<uint32_t> paths_;
    std::vector<uint32_t> columns_;
    std::vector<uint32_t> shapes_;
    ShapeTokens mapped_;  // The shape in work.
};

}  // namespace throughline::sequence
