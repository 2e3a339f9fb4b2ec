// What a pass reads of a row: which conditions hold, and the values of its dimensions and numbers.
//
// The columns decide first; the event is unpacked once, and only for rows that need it.
//
// Layer 4. One thread.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "query/pass.h"
#include "query/row_conditions.h"

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
    RowValues(const Pass& pass, const Environment& environment, Values& values)
        : pass_(pass),
          environment_(environment),
          conditions_(pass.conditions, environment.names),
          values_(values) {}

    const RowConditions& conditions() const { return conditions_; }

    /// The conditions that hold for a row. `payload()` gives its event, if it comes to that.
    template <typename Payload>
    Result<Match> match(Match candidates, uint32_t name, Payload&& payload) {
        event_ = {};
        const Match open = conditions_.undecided(candidates, name);
        if (open == 0) return candidates;
        TL_TRY_ASSIGN(event_, payload());
        return (candidates & ~open) | conditions_.holding(open, name, model::EventView(event_));
    }
    /// Appends the values of the row that match() was asked about last.
    template <typename Payload>
    Status append(Match match, uint8_t type, model::SourceId source, Payload&& payload,
                  ValueColumns& out) {
        if (event_.empty() && reads_event(match)) {
            TL_TRY_ASSIGN(event_, payload());
        }
        append_values(match, type, source, out);
        return Status::ok();
    }
    /// Whether some value is a source or a type.
    bool reads_origin() const;

private:
    bool reads_event(Match match) const;
    void append_values(Match match, uint8_t type, model::SourceId source, ValueColumns& out);
    std::optional<std::string_view> text_of(const Dimension& dimension, uint8_t type,
                                            model::SourceId source);

    const Pass& pass_;
    const Environment& environment_;
    RowConditions conditions_;
    Values& values_;
    std::string_view event_;  // Payload of the row at hand; empty until it is read.
    std::string text_;
};

}  // namespace throughline::query
