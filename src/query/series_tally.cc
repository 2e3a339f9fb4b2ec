#include "query/series_tally.h"

#include <algorithm>
#include <map>

#include "query/quantile.h"

namespace throughline::query {

namespace {

constexpr size_t kCellsMax = 2'000'000;  // Of a series: 80 MB when they hold sums.
constexpr size_t kGroupsMax = 10'000;

template <typename T>
size_t bytes_of(const std::vector<T>& column) {
    return column.capacity() * sizeof(T);
}

}  // namespace

SeriesTally::SeriesTally(const SeriesSpec& series, size_t intervals)
    : series_(series),
      intervals_(intervals),
      groups_max_(std::clamp(kCellsMax / intervals, kBreakdownMax + 10, kGroupsMax)) {}

size_t SeriesTally::bytes() const {
    return bytes_of(groups_) + bytes_of(counts_) + bytes_of(sums_) + bytes_of(numbers_) +
           bytes_of(present_) + bytes_of(group_of_value_);
}

// Values are numbered from 0, so those of events without money are a look away.
std::optional<uint32_t> SeriesTally::group_of(ValueCode value, ValueCode currency) {
    if (currency != kNoValue) return find_group(value, currency);
    if (value >= group_of_value_.size()) {
        group_of_value_.resize(std::max<size_t>(value + 1, 2 * group_of_value_.size()));
    }
    if (group_of_value_[value] != 0) return group_of_value_[value] - 1;
    const auto group = find_group(value, currency);
    if (group) group_of_value_[value] = *group + 1;
    return group;
}

std::optional<uint32_t> SeriesTally::find_group(ValueCode value, ValueCode currency) {
    const uint64_t key = uint64_t{value} << 32 | currency;
    is_limited_ |= value == kOtherValue;
    const auto known = group_ids_.find(key);
    if (known != group_ids_.end()) return known->second;
    if (groups_.size() >= groups_max_ && value != kOtherValue) {
        return find_group(kOtherValue, currency);
    }
    if (groups_.size() >= groups_max_ + kCurrenciesMax) {
        has_too_many_currencies_ = true;
        return std::nullopt;
    }
    const auto group = static_cast<uint32_t>(groups_.size());
    groups_.push_back({.value = value, .currency = currency});
    group_ids_.emplace(key, group);
    counts_.resize(groups_.size() * intervals_);
    if (series_.adds_up()) sums_.resize(counts_.size());
    return group;
}

bool SeriesTally::is_currency(ValueCode code, const Values& values) {
    if (code == kNoValue) return true;
    if (code == kOtherValue) return false;
    if (code >= currencies_.size()) currencies_.resize(code + 1);
    uint8_t& known = currencies_[code];
    if (known == 0) known = values.text(code).size() > kCurrencyBytesMax ? 1 : 2;
    return known == 2;
}

void SeriesTally::count(const PersonRows& rows, const Counted& counted) {
    model::Decimal addend;
    ValueCode currency = kNoValue;
    if (series_.reads_number()) {
        addend = rows.numbers[series_.number][counted.row];
        currency = rows.codes[series_.currency][counted.row];
        if (addend.scale == kNoNumber || !is_currency(currency, *rows.values)) {
            ++ignored_;
            return;
        }
    }
    const auto group = group_of(counted.value, currency);
    if (!group) return;
    if (series_.measure == Measure::People) return count_person(rows, *group, counted.interval);
    const size_t cell = *group * intervals_ + counted.interval;
    ++counts_[cell];
    if (series_.adds_up()) sums_[cell].add(addend);
    if (series_.measure == Measure::Quantile) {
        numbers_.emplace_back(static_cast<uint32_t>(cell), addend.as_double());
    }
}

// Rows of a person come together and in order, so the last one tells whether she was counted.
void SeriesTally::count_person(const PersonRows& rows, uint32_t group, size_t interval) {
    Group& one = groups_[group];
    if (one.last_root != rows.root) {
        one.last_root = rows.root;
        ++one.people;
        one.known += rows.is_known ? 1 : 0;
    } else if (one.last_interval == interval) {
        return;
    }
    one.last_interval = interval;
    const size_t cell = group * intervals_ + interval;
    ++counts_[cell];
    if (one.value == kNoValue) return;  // No others are in its line.
    present_.push_back({static_cast<uint32_t>(cell), rows.root, rows.is_known});
}

void SeriesTally::join(const SeriesTally& other) {
    std::vector<std::optional<uint32_t>> group_here;
    for (size_t group = 0; group < other.groups_.size(); ++group) {
        const Group& from = other.groups_[group];
        group_here.push_back(group_of(from.value, from.currency));
        if (!group_here.back()) continue;
        Group& to = groups_[*group_here.back()];
        to.people += from.people;
        to.known += from.known;
        for (size_t i = 0; i < intervals_; ++i) {
            const size_t cell = *group_here.back() * intervals_ + i;
            counts_[cell] += other.counts_[group * intervals_ + i];
            if (series_.adds_up()) sums_[cell].add(other.sums_[group * intervals_ + i]);
        }
    }
    const auto cell_here = [&](uint32_t cell) -> std::optional<uint32_t> {
        const auto group = group_here[cell / intervals_];
        if (!group) return std::nullopt;
        return static_cast<uint32_t>(*group * intervals_ + cell % intervals_);
    };
    for (const auto& [cell, number] : other.numbers_) {
        if (const auto here = cell_here(cell)) numbers_.emplace_back(*here, number);
    }
    for (const Presence& one : other.present_) {
        if (const auto here = cell_here(one.cell)) {
            present_.push_back({*here, one.root, one.is_known});
        }
    }
    ignored_ += other.ignored_;
    is_limited_ |= other.is_limited_;
    has_too_many_currencies_ |= other.has_too_many_currencies_;
}

std::vector<ValueCode> SeriesTally::largest_values(const Values& values) const {
    // Sums of several currencies have no order; then the number of addends decides.
    const bool by_sum = series_.measure == Measure::Sum &&
                        std::all_of(groups_.begin(), groups_.end(), [&](const Group& group) {
                            return group.currency == groups_.front().currency;
                        });
    std::map<ValueCode, double> size_of;
    for (size_t group = 0; group < groups_.size(); ++group) {
        if (groups_[group].value < kFirstValue) continue;
        double& size = size_of[groups_[group].value];
        for (size_t i = group * intervals_; i < (group + 1) * intervals_; ++i) {
            size += by_sum ? sums_[i].as_double() : static_cast<double>(counts_[i]);
        }
    }
    std::vector<std::pair<double, ValueCode>> ranked;
    for (const auto& [value, size] : size_of) ranked.emplace_back(-size, value);
    std::sort(ranked.begin(), ranked.end(), [&](const auto& a, const auto& b) {
        if (a.first != b.first) return a.first < b.first;
        return values.text(a.second) < values.text(b.second);
    });
    if (ranked.size() > kBreakdownMax) ranked.resize(kBreakdownMax);
    std::vector<ValueCode> largest;
    for (const auto& [size, value] : ranked) largest.push_back(value);
    return largest;
}

std::vector<uint32_t> SeriesTally::assign_lines(const Values& values,
                                                std::vector<TallyLine>& lines) const {
    // Lines in order: the largest values, the events without a value, the others; each by currency.
    const auto largest = largest_values(values);
    std::map<std::pair<size_t, std::string>, std::vector<size_t>> groups_of_line;
    for (size_t group = 0; group < groups_.size(); ++group) {
        const Group& one = groups_[group];
        size_t rank = kBreakdownMax;  // Without a value.
        if (one.value != kNoValue) {
            const auto place = std::find(largest.begin(), largest.end(), one.value);
            const bool is_large = place != largest.end();
            rank = is_large ? static_cast<size_t>(place - largest.begin()) : kBreakdownMax + 1;
        }
        const bool has_currency = one.currency != kNoValue;
        std::string currency(has_currency ? values.text(one.currency) : std::string_view());
        groups_of_line[{rank, std::move(currency)}].push_back(group);
    }
    std::vector<uint32_t> line_of(groups_.size());
    for (const auto& [place, groups] : groups_of_line) {
        TallyLine line{.currency = place.second, .is_other = place.first == kBreakdownMax + 1};
        if (place.first < kBreakdownMax) line.value = values.text(groups_[groups.front()].value);
        line.counts.resize(intervals_);
        if (series_.adds_up()) line.sums.resize(intervals_);
        for (const size_t group : groups) line_of[group] = static_cast<uint32_t>(lines.size());
        lines.push_back(std::move(line));
    }
    return line_of;
}

void SeriesTally::take_quantiles(const std::vector<uint32_t>& line_of,
                                 std::vector<TallyLine>& lines) const {
    if (series_.measure != Measure::Quantile) return;
    std::vector<std::vector<double>> cells(lines.size() * intervals_);
    std::vector<std::vector<double>> totals(lines.size());
    for (const auto& [cell, number] : numbers_) {
        const size_t line = line_of[cell / intervals_];
        cells[line * intervals_ + cell % intervals_].push_back(number);
        totals[line].push_back(number);
    }
    for (size_t line = 0; line < lines.size(); ++line) {
        lines[line].quantiles.resize(intervals_);
        for (size_t i = 0; i < intervals_; ++i) {
            lines[line].quantiles[i] = quantile_of(cells[line * intervals_ + i], series_.share);
        }
        lines[line].total_quantile = quantile_of(totals[line], series_.share);
    }
}

// A person in several groups of the line counts once in an interval, and once in all.
void SeriesTally::count_others(const std::vector<uint32_t>& line_of, uint32_t other,
                               TallyLine& line) const {
    line.counts.assign(intervals_, 0);
    line.total = line.known = 0;
    std::vector<uint32_t> last(intervals_, kNobody);  // Who was counted last in an interval.
    uint32_t last_root = kNobody;
    for (const Presence& one : present_) {
        if (line_of[one.cell / intervals_] != other) continue;
        const size_t interval = one.cell % intervals_;
        if (std::exchange(last[interval], one.root) != one.root) ++line.counts[interval];
        if (std::exchange(last_root, one.root) == one.root) continue;
        ++line.total;
        line.known += one.is_known ? 1 : 0;
    }
}

std::vector<TallyLine> SeriesTally::lines(const Values& values) const {
    std::vector<TallyLine> lines;
    const auto line_of = assign_lines(values, lines);
    if (lines.empty()) {
        lines.emplace_back();
        lines[0].counts.resize(intervals_);
        if (series_.adds_up()) lines[0].sums.resize(intervals_);
        take_quantiles(line_of, lines);
        return lines;
    }
    take_quantiles(line_of, lines);
    for (size_t cell = 0; cell < counts_.size(); ++cell) {
        TallyLine& line = lines[line_of[cell / intervals_]];
        line.counts[cell % intervals_] += counts_[cell];
        if (series_.measure != Measure::People) line.total += counts_[cell];
        if (!series_.adds_up()) continue;
        line.sums[cell % intervals_].add(sums_[cell]);
        line.total_sum.add(sums_[cell]);
    }
    if (series_.measure != Measure::People) return lines;
    for (size_t group = 0; group < groups_.size(); ++group) {
        lines[line_of[group]].total += groups_[group].people;
        lines[line_of[group]].known += groups_[group].known;
    }
    if (lines.back().is_other) {
        count_others(line_of, static_cast<uint32_t>(lines.size() - 1), lines.back());
    }
    return lines;
}

}  // namespace throughline::query
