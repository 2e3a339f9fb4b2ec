// The numbers of one series while people are counted, and as they are answered.
//
// What counts goes into groups, one a pair of breakdown value and currency, and in a group into
// intervals. Groups past groups_max share `other`, so memory is bounded whatever values events
// carry.
//
// Layer 4. One thread; tallies of one series join.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "query/exact_sum.h"
#include "query/trend_spec.h"

namespace throughline::query {

inline constexpr size_t kBreakdownMax = 50;    // Values answered beside `other`.
inline constexpr size_t kCurrenciesMax = 200;  // More are no currencies.
inline constexpr size_t kCurrencyBytesMax = 16;

/// One answered line: a breakdown value and currency with its numbers.
struct TallyLine {
    std::optional<std::string> value = {};  // Of the breakdown; none: events without one.
    std::string currency = {};              // Empty: without one.
    bool is_other = false;
    std::vector<uint64_t> counts = {};  // Per interval: events, people, sessions, or addends.
    std::vector<ExactSum> sums = {};    // Per interval, of measures that add up.
    uint64_t total = 0;                 // Events, distinct people, sessions, or addends.
    uint64_t known = 0;                 // Known among the distinct people.
    ExactSum total_sum = {};
    std::vector<std::optional<double>> quantiles = {};  // Per interval, of Measure::Quantile.
    std::optional<double> total_quantile = {};
};

class SeriesTally {
public:
    SeriesTally(const SeriesSpec& series, size_t intervals);

    /// What counts of a person: one of her rows, in an interval, under a value of the breakdown.
    struct Counted {
        size_t row = 0;
        size_t interval = 0;  // Never falls while rows of one person are counted.
        ValueCode value = kNoValue;
    };
    void count(const PersonRows& rows, const Counted& counted);
    /// Takes over what another tally of the same series, about other people, has counted.
    void join(const SeriesTally& other);

    /// Returns the lines to answer: the largest values first, `other` last, at least one line.
    std::vector<TallyLine> lines(const Values& values) const;

    /// Rows left out because their property was no number that can be added.
    uint64_t ignored() const { return ignored_; }
    /// Whether there were too many values to know the largest for certain.
    bool is_limited() const { return is_limited_; }
    bool has_too_many_currencies() const { return has_too_many_currencies_; }
    size_t bytes() const;

private:
    struct Group {
        ValueCode value = kNoValue;
        ValueCode currency = kNoValue;
        uint64_t people = 0;  // Of Measure::People.
        uint64_t known = 0;
        uint32_t last_root = kNobody;  // Who was counted last,
        size_t last_interval = 0;      // and where.
    };
    /// A person in a cell. Those of one person follow each other.
    struct Presence {
        uint32_t cell = 0;
        uint32_t root = 0;
        bool is_known = false;
    };

    std::optional<uint32_t> group_of(ValueCode value, ValueCode currency);
    std::optional<uint32_t> find_group(ValueCode value, ValueCode currency);
    bool is_currency(ValueCode code, const Values& values);
    void count_person(const PersonRows& rows, uint32_t group, size_t interval);
    /// Which line each group goes to. Fills `lines` with what they stand for.
    std::vector<uint32_t> assign_lines(const Values& values, std::vector<TallyLine>& lines) const;
    std::vector<ValueCode> largest_values(const Values& values) const;
    void take_quantiles(const std::vector<uint32_t>& line_of, std::vector<TallyLine>& lines) const;
    void count_others(const std::vector<uint32_t>& line_of, uint32_t other, TallyLine& line) const;

    const SeriesSpec& series_;
    size_t intervals_;
    size_t groups_max_;
    std::vector<Group> groups_;
    std::unordered_map<uint64_t, uint32_t> group_ids_;  // By value and currency.
    std::vector<uint32_t> group_of_value_;  // Without a currency: 1 + group; 0: not yet looked up.
    std::vector<uint8_t> currencies_;       // By code: 0 not looked at, 1 no, 2 yes.
    std::vector<uint64_t> counts_;          // groups x intervals
    std::vector<ExactSum> sums_;            // The same, of measures that add up.
    std::vector<std::pair<uint32_t, double>> numbers_;  // (cell, number), of quantiles.
    std::vector<Presence> present_;                     // Of people, for the line of all others.
    uint64_t ignored_ = 0;
    bool is_limited_ = false;
    bool has_too_many_currencies_ = false;
};

}  // namespace throughline::query
