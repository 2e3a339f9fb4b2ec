// What a history file tells of its columns without reading them: how many rows of each event have
// which fields, and of each field how many values there are, the least and the greatest, and how
// many different ones.
//
// All of it is counted from the rows when the file is written; a merge counts anew, so nothing is
// left of rows that it drops. Events of the spill stand whole in the file: they count as rows, and
// their values are in no column.
//
//   statistics := overflow: whole, unnamed, uncounted: varints · kinds: count varint, {name varint,
//   type u8,
//                 shape varint, rows varint}... · columns: count varint, {values varint,
//                 bounds u8: 0 none, 1 both follow; bound · bound · distinct}...
//   bound      := Number: units signed varint, scale u8 · Text: string · else: signed varint
//   distinct   := Text, Number, NumberText, Real: see distinct_count.h; else absent
//
// Layer 3. FileStatistics: Immutable. StatisticsWriter: one thread.
// Cost: 50 to 100 ns a row of a web event when written; 100 kB are read in a millisecond.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/doc.h"
#include "model/event.h"
#include "sequence/distinct_count.h"
#include "sequence/schema.h"
#include "sequence/shredder.h"

namespace throughline::sequence {

/// A least or greatest value.
struct Bound {
    // Units of Number; else Bool, Length; Instant: microseconds since 1970; Real: its bits.
    int64_t number = 0;
    uint8_t scale = 0;      // Of Number.
    std::string text = {};  // Of Text: its first kBytes bytes, which may end within a character.
    static constexpr size_t kBytes = 32;
    bool operator==(const Bound&) const = default;
};

struct ColumnStatistics {
    uint64_t values = 0;  // All; an event has several where the field stands in a list.
    struct Range {
        Bound least;
        Bound greatest;
    };
    std::optional<Range> range = {};  // Not of NumberText, and not of Reals that are no numbers.
    DistinctCount distinct = {};      // Not counted of Bool, Instant and Length.
};

/// Rows that limits have put where others are told apart less well: in what file they stand is
/// asked as exactly as always, only slower.
struct RowOverflow {
    uint64_t whole = 0;      // In the spill: fields or shapes are too many for columns.
    uint64_t unnamed = 0;    // Under kOverflowName: the dictionary has no number for their name.
    uint64_t uncounted = 0;  // Of more kinds than statistics count.
};

struct FileStatistics {
    static constexpr size_t kKindsMax = 65'536;

    struct Kind {
        uint16_t name = 0;  // Of the file's names.
        model::EventType type = model::EventType::Track;
        uint32_t shape = 0;  // kSpilled: kept whole.
        uint64_t rows = 0;
    };
    RowOverflow overflow = {};
    std::vector<Kind> kinds = {};                // Rising.
    std::vector<ColumnStatistics> columns = {};  // By column of the schema.

    /// Nothing unless the bytes hold statistics of a file with these names and this schema.
    static std::optional<FileStatistics> read(std::string_view bytes, size_t names,
                                              const Schema& schema);
    /// The same of the overflow alone.
    static std::optional<RowOverflow> read_overflow(std::string_view bytes);
};

class StatisticsWriter {
public:
    explicit StatisticsWriter(const Schema& schema) : schema_(schema) {}

    void add_row(uint32_t name, model::EventType type, uint32_t shape) {
        const uint64_t kind = uint64_t{shape} << 32 | uint64_t{name} << 8 | uint64_t(type);
        Recent& recent = recent_[(shape ^ name * 7) % recent_.size()];
        if (recent.rows == nullptr || recent.kind != kind) recent = {kind, &rows_of(kind)};
        ++*recent.rows;
        overflow_.whole += shape == Schema::kSpilled ? 1 : 0;
    }
    /// Notes that the row added last is under kOverflowName.
    void note_unnamed() { ++overflow_.unnamed; }
    /// Adds the values of a column of a block. `texts` are, of Text and NumberText, at least one
    /// of each of the different ones.
    void add_values(uint32_t column, const LeafValues& values, const Texts& texts);

    /// Returns the bytes. Requires: once.
    std::string finish();

private:
    struct Recent {
        uint64_t kind = 0;
        uint64_t* rows = nullptr;
    };

    uint64_t& rows_of(uint64_t kind);

    const Schema& schema_;
    std::unordered_map<uint64_t, uint64_t> kinds_;
    RowOverflow overflow_;
    std::array<Recent, 256> recent_{};
    std::vector<ColumnStatistics> columns_;
};

/// By what values are counted as different: 1.50 is 1.5, and 1 is not "1".
uint64_t hash_of_text(std::string_view text);
uint64_t hash_of_number(model::Decimal number);
uint64_t hash_of_real(int64_t bits);
uint64_t hash_of_bool(bool truth);

/// Which of two numbers is less, whatever their scales.
bool is_less(const model::Decimal& a, const model::Decimal& b);

}  // namespace throughline::sequence
