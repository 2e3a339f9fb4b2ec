// Which rows of history belong to a series, and under which value of the breakdown.
//
// The columns decide first (name, type); the event itself is unpacked only for rows that pass and
// only when conditions, a breakdown or a sum ask for its properties.
//
// Layer 4. One thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "query/trend.h"
#include "query/trend_spec.h"

namespace throughline::query {

/// A value of the breakdown; no text: the event has none.
struct BreakdownValue {
    bool has_text = false;
    std::string_view text;  // Holds until the next row.
};

/// What belongs to one block of rows, worked out on demand.
class RowBlock {
public:
    RowBlock(const sequence::ScanBlock& rows, const People& people);

    const sequence::ScanBlock& rows() const { return *rows_; }
    uint32_t root(size_t row) const { return roots_[row]; }
    /// The event of a row, unpacked once however many series ask. Errors: Corrupt.
    Result<model::EventView> event(size_t row);

private:
    const sequence::ScanBlock* rows_;
    std::vector<uint32_t> roots_;
    std::optional<size_t> unpacked_;
    std::string_view payload_;
};

class RowMatcher {
public:
    RowMatcher(const TrendSpec& spec, const SeriesSpec& series, const Environment& environment);

    /// Whether the columns let a row pass: what most rows fail, and cheap.
    bool columns_match(const RowBlock& block, size_t row) const {
        const sequence::ScanBlock& rows = block.rows();
        if (series_.event && rows.name[row] != name_ &&
            !(name_may_overflow_ && rows.name[row] == sequence::kOverflowName)) {
            return false;
        }
        return !series_.type || rows.type[row] == static_cast<uint8_t>(*series_.type);
    }
    /// Whether a row belongs to the series. Requires: columns_match(). Does not look at its time.
    Result<bool> matches(RowBlock& block, size_t row);
    /// Its value of the breakdown. Requires: matches().
    Result<BreakdownValue> breakdown_of(RowBlock& block, size_t row);

private:
    bool is_known(uint32_t root);

    const TrendSpec& spec_;
    const SeriesSpec& series_;
    const Environment& environment_;
    std::optional<uint32_t> name_;    // Number of series_.event.
    bool name_may_overflow_ = false;  // It has none, and rows of names without one exist.
    std::optional<uint32_t> last_root_;
    bool last_known_ = false;
    std::string text_;
};

/// The columns that matching reads.
sequence::ScanColumns columns_for_matching(const TrendSpec& spec);

/// Calls visit for each block of the range, minding cancellation and the time limit.
Status for_each_block(const TrendSpec& spec, Micros from, Micros to, const Environment& environment,
                      const std::function<Status(RowBlock&)>& visit);

}  // namespace throughline::query
