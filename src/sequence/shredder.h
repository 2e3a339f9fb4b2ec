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
    std::vector<int64_t> scales;  // Beside the ints, of Number.
    Texts texts;                  // Of Text and NumberText.

    size_t size() const { return ints.size() + texts.lengths.size(); }
    void clear() {
        ints.clear();
        scales.clear();
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

private:
    uint32_t count_ = 0;
    std::optional<IntView> ints_;
    std::optional<IntView> scales_;
    std::optional<TextView> texts_;
};

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

private:
    bool skip_shape(uint32_t shape, uint32_t times);
    bool skip_value(const ShapeTokens& tokens, size_t& at, uint64_t times);
    bool sum_lengths(uint32_t column, uint64_t times, uint64_t& sum);
    bool put_value(const ShapeTokens& tokens, size_t& at, model::DocWriter& out);
    bool put_array(const ShapeTokens& tokens, size_t& at, model::DocWriter& out);
    bool put_leaf(uint32_t column, model::DocWriter& out);
    bool put_number(LeafReader& leaf, uint32_t at, model::DocWriter& out) const;
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

}  // namespace throughline::sequence
