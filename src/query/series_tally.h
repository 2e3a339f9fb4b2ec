// The numbers of one series while rows are counted, and as they are answered.
//
// Rows go into groups, one a pair of breakdown value and currency, and in a group into intervals.
// Groups past groups_max share `other`, so memory is bounded whatever values events carry.
//
// Layer 4. One thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "query/distinct_set.h"
#include "query/exact_sum.h"
#include "query/row_matcher.h"
#include "query/trend_spec.h"
#include "query/values.h"

namespace throughline::query {

inline constexpr size_t kBreakdownMax = 50;    // Values answered beside `other`.
inline constexpr size_t kCurrenciesMax = 200;  // More are no currencies.
inline constexpr size_t kCurrencyBytesMax = 16;

struct Group {
    std::optional<std::string> value = {};  // Of the breakdown; none: events without one.
    std::string currency = {};              // Empty: without one.
    bool is_other = false;
};

/// One answered line: a group with its numbers.
struct TallyLine {
    Group group;
    std::vector<uint64_t> counts;  // Per interval: events, people, or addends.
    std::vector<ExactSum> sums;    // Per interval, of measures that add up.
    uint64_t total = 0;            // Events, distinct people, or addends.
    uint64_t known = 0;            // Known among the distinct people.
    ExactSum total_sum;
    std::vector<std::optional<double>> quantiles;  // Per interval, of Measure::Quantile.
    std::optional<double> total_quantile;
};

class SeriesTally {
public:
    SeriesTally(const SeriesSpec& series, bool has_breakdown, size_t intervals);

    /// Counts a row that matches. Errors: Corrupt; ResourceExhausted past the limits.
    Status add(RowBlock& block, size_t row, size_t interval, const BreakdownValue& value);

    /// Returns the lines to answer: the largest values first, `other` last, at least one line.
    std::vector<TallyLine> lines(const People& people) const;

    /// Rows left out because their property was no number that can be added.
    uint64_t ignored() const { return ignored_; }
    /// Whether there were too many values to know the largest for certain.
    bool is_limited() const { return is_limited_; }
    /// What grows with the number of people or rows.
    size_t distinct() const { return people_.size() + numbers_.size(); }

private:
    Result<uint32_t> group_of(const BreakdownValue& value, std::string_view currency);
    /// Which line each group goes to. Fills `lines` with their groups.
    std::vector<uint32_t> assign_lines(std::vector<TallyLine>& lines) const;
    std::vector<std::string> largest_values() const;
    void take_quantiles(const std::vector<uint32_t>& line_of, std::vector<TallyLine>& lines) const;
    void count_people(const std::vector<uint32_t>& line_of, const People& people,
                      std::vector<TallyLine>& lines) const;

    const SeriesSpec& series_;
    bool has_breakdown_;
    size_t intervals_;
    size_t groups_max_;
    std::vector<Group> groups_;
    std::unordered_map<std::string, uint32_t> group_ids_;
    std::string key_;                                   // Scratch.
    std::vector<uint64_t> counts_;                      // groups x intervals
    std::vector<ExactSum> sums_;                        // The same, of measures that add up.
    std::vector<std::pair<uint64_t, double>> numbers_;  // (cell, number), of quantiles.
    DistinctSet people_;  // (group x intervals + interval) << 32 | root
    uint64_t ignored_ = 0;
    bool is_limited_ = false;
};

}  // namespace throughline::query
