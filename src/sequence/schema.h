// What the events of one file look like: the paths of their fields, the columns that hold the
// values, and the shapes that say which values an event has, in what order.
//
// An event is taken apart (shredder.h) into its shape and its values. Two events with the same
// fields in the same order have one shape, whatever the values; a list whose elements are alike has
// one shape, however long. So a file needs a few hundred shapes, and an event costs its shape's
// number and the values themselves, each beside others of its field.
//
//   shape := value of the document, then identifiers: count, {space | flags << 8, value}
//   value := null | object {path + 1, value}... 0
//          | array item_path leaf + column value   a list of elements all alike: how many there are
//                                                  is the next value of the (length) column
//          | list item_path count value...         any other list
//          | leaf + column                         the next value of the column
//          | name | message id           a text that is the event's name or its message id
//          | first_of + column           (identifiers) the first value of the column in this event
//
// A file that has too many paths or shapes keeps further events whole in a column of their own: the
// spill. They are read back and found as all others are.
//
// Layer 3. Schema: one thread writes; as read from a footer, Immutable.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace throughline::sequence {

enum class LeafKind : uint8_t {
    Text,
    Number,      // Integers and decimals: units, and beside them the scale.
    Real,        // A double, as its bits.
    NumberText,  // A number kept as its JSON text.
    Bool,
    Instant,  // A text `2026-01-31T09:15:00.123Z`, as microseconds from the event's time.
    Length,   // Of a list.
};

/// A field: its key in its parent, or the elements of a list. Path 0 is the document itself.
struct Path {
    uint32_t parent = 0;
    std::string key = {};
    bool is_item = false;   // The elements of the list at the parent.
    bool is_alike = false;  // Of lists whose elements are all alike, apart from the others.
    bool operator==(const Path&) const = default;
};

struct LeafColumn {
    uint32_t path = 0;
    LeafKind kind = LeafKind::Text;
    bool operator==(const LeafColumn&) const = default;
};

/// What a token of a shape says. Leaves: kLeaf + column; kFirstOf | column.
enum ShapeToken : uint32_t {
    kEnd,
    kNull,
    kName,
    kMessageId,
    kObject,
    kArray,
    kList,
    kLeaf,
    kFirstOf = 0x8000'0000
};

using ShapeTokens = std::vector<uint32_t>;

class Schema {
public:
    static constexpr size_t kPathsMax = 8'192;
    static constexpr size_t kShapesMax = 32'768;
    static constexpr uint32_t kSpilled = 0;  // The shape of events kept whole.
    static constexpr uint32_t kDocument = 0;

    Schema() : paths_(1), shapes_(1), has_lists_(1), follower_(1) {}

    /// Returns the number of a path, a column, a shape; adds what is new. Nothing: too many.
    std::optional<uint32_t> path(uint32_t parent, std::string_view key);
    std::optional<uint32_t> item_path(uint32_t parent, bool is_alike);
    uint32_t column(uint32_t path, LeafKind kind);
    std::optional<uint32_t> shape(const ShapeTokens& tokens);

    /// How many paths and columns there are.
    struct Extent {
        size_t paths = 0;
        size_t columns = 0;
    };
    Extent extent() const { return {paths_.size(), columns_.size()}; }
    /// Takes back what was added since: an event that does not fit must leave room for others.
    /// Requires: no shape was added since.
    void shrink_to(Extent extent);

    const std::vector<Path>& paths() const { return paths_; }
    const std::vector<LeafColumn>& columns() const { return columns_; }
    const std::vector<ShapeTokens>& shapes() const { return shapes_; }
    /// Whether a shape has lists that are alike, whose lengths are values.
    bool has_lists(uint32_t shape) const { return has_lists_[shape] != 0; }

    void append_to(ByteWriter& out) const;
    /// Nothing for bytes that hold no schema, or one that contradicts itself.
    static std::optional<Schema> read(ByteReader& in);

private:
    struct TokensHash {
        size_t operator()(const ShapeTokens& tokens) const;
    };
    using ColumnKey = std::pair<uint32_t, LeafKind>;

    std::optional<uint32_t> find_or_add_path(uint32_t parent, std::string_view key);
    std::optional<uint32_t> add_path(Path path, uint64_t hash);
    void add_shape(ShapeTokens tokens);
    bool is_good_shape(const ShapeTokens& tokens) const;
    bool skip_value(const ShapeTokens& tokens, size_t& at, int depth) const;

    std::vector<Path> paths_;
    std::vector<LeafColumn> columns_;
    std::vector<ShapeTokens> shapes_;  // The first is empty: the spill.
    std::vector<uint8_t> has_lists_;   // By shape; not bits, which are slower to read.
    // Writer only.
    std::unordered_multimap<uint64_t, uint32_t> path_of_;  // By hash of parent and key.
    std::vector<uint32_t> follower_;                       // Which path came after it last time.
    uint32_t last_path_ = 0;
    std::vector<uint32_t> column_of_;  // [path x kinds]: number + 1.
    std::unordered_map<ShapeTokens, uint32_t, TokensHash> shape_of_;
    uint32_t last_shape_ = 0;
};

}  // namespace throughline::sequence
