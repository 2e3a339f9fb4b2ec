#include "query/series_tally.h"

#include <algorithm>
#include <map>
#include <set>

#include "query/quantile.h"

namespace throughline::query {

namespace {

constexpr size_t kCellsMax = 2'000'000;  // Of a series: 80 MB when they hold sums.
constexpr size_t kGroupsMax = 10'000;

}  // namespace

SeriesTally::SeriesTally(const SeriesSpec& series, bool has_breakdown, size_t intervals)
    : series_(series),
      has_breakdown_(has_breakdown),
      intervals_(intervals),
      groups_max_(std::clamp(kCellsMax / intervals, kBreakdownMax + 10, kGroupsMax)) {}

Result<uint32_t> SeriesTally::group_of(const BreakdownValue& value, std::string_view currency) {
    const bool is_plain = !has_breakdown_ && !series_.reads_number();
    if (is_plain && !groups_.empty()) return 0u;

    bool is_other = value.text.size() > kValueBytesMax;
    const auto make_key = [&] {
        key_.assign(currency);
        key_ += '\0';
        key_ += is_other ? "o" : value.has_text ? "t" : "n";
        if (!is_other) key_ += value.text;
    };
    make_key();
    auto known = group_ids_.find(key_);
    if (known == group_ids_.end() && groups_.size() >= groups_max_) {
        is_other = true;
        make_key();
        known = group_ids_.find(key_);
    }
    if (known != group_ids_.end()) {
        is_limited_ |= is_other;
        return known->second;
    }
    if (groups_.size() >= groups_max_ + kCurrenciesMax) {
        return Error::exhausted("query: series: more than " + std::to_string(kCurrenciesMax) +
                                " currencies");
    }
    is_limited_ |= is_other;
    Group group{.currency = std::string(currency), .is_other = is_other};
    if (value.has_text && !is_other) group.value = std::string(value.text);
    const auto id = static_cast<uint32_t>(groups_.size());
    groups_.push_back(std::move(group));
    group_ids_.emplace(key_, id);
    counts_.resize(groups_.size() * intervals_);
    if (series_.adds_up()) sums_.resize(counts_.size());
    return id;
}

Status SeriesTally::add(RowBlock& block, size_t row, size_t interval, const BreakdownValue& value) {
    std::optional<model::Decimal> addend;
    std::string_view currency;
    if (series_.reads_number()) {
        TL_TRY_ASSIGN(const model::EventView event, block.event(row));
        addend = series_.property.value_in(event).as_decimal();
        currency = series_.property.beside(event, "currency").as_string();
        if (!addend || currency.size() > kCurrencyBytesMax) {
            ++ignored_;
            return Status::ok();
        }
    }
    TL_TRY_ASSIGN(const uint32_t group, group_of(value, currency));
    const size_t cell = group * intervals_ + interval;
    if (series_.measure == Measure::People) {
        people_.insert(uint64_t{cell} << 32 | block.root(row));
        return Status::ok();
    }
    ++counts_[cell];
    if (series_.adds_up()) sums_[cell].add(*addend);
    if (series_.measure == Measure::Quantile) numbers_.emplace_back(cell, addend->as_double());
    return Status::ok();
}

std::vector<std::string> SeriesTally::largest_values() const {
    // Sums of several currencies have no order; then the number of addends decides.
    const bool by_sum = series_.measure == Measure::Sum &&
                        std::all_of(groups_.begin(), groups_.end(), [&](const Group& group) {
                            return group.currency == groups_.front().currency;
                        });
    std::map<std::string, double> size_of;
    std::vector<double> people(groups_.size());
    people_.for_each([&](uint64_t key) { people[(key >> 32) / intervals_] += 1; });
    for (size_t group = 0; group < groups_.size(); ++group) {
        if (!groups_[group].value) continue;
        double& size = size_of[*groups_[group].value];
        size += people[group];
        for (size_t i = group * intervals_; i < (group + 1) * intervals_; ++i) {
            size += by_sum ? sums_[i].as_double() : static_cast<double>(counts_[i]);
        }
    }
    std::vector<std::pair<double, std::string>> ranked;
    for (const auto& [value, size] : size_of) ranked.emplace_back(-size, value);
    std::sort(ranked.begin(), ranked.end());
    if (ranked.size() > kBreakdownMax) ranked.resize(kBreakdownMax);
    std::vector<std::string> values;
    for (auto& [size, value] : ranked) values.push_back(std::move(value));
    return values;
}

std::vector<uint32_t> SeriesTally::assign_lines(std::vector<TallyLine>& lines) const {
    // Lines in order: the largest values, the events without a value, the others; each by currency.
    const auto largest = largest_values();
    std::map<std::pair<size_t, std::string>, std::vector<size_t>> groups_of_line;
    for (size_t group = 0; group < groups_.size(); ++group) {
        const Group& one = groups_[group];
        size_t rank = kBreakdownMax;  // Without a value.
        if (one.is_other) rank = kBreakdownMax + 1;
        if (one.value) {
            const auto place = std::find(largest.begin(), largest.end(), *one.value);
            const bool is_large = place != largest.end();
            rank = is_large ? static_cast<size_t>(place - largest.begin()) : kBreakdownMax + 1;
        }
        groups_of_line[{rank, one.currency}].push_back(group);
    }
    std::vector<uint32_t> line_of(groups_.size());
    for (const auto& [place, groups] : groups_of_line) {
        TallyLine line;
        line.group = groups_[groups.front()];
        line.group.is_other = place.first == kBreakdownMax + 1;
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

void SeriesTally::count_people(const std::vector<uint32_t>& line_of, const People& people,
                               std::vector<TallyLine>& lines) const {
    // A person in several groups of one line (other) counts once.
    DistinctSet cells;
    DistinctSet totals;
    people_.for_each([&](uint64_t key) {
        const uint64_t cell = key >> 32;
        const auto root = static_cast<uint32_t>(key);
        const uint64_t line_index = line_of[cell / intervals_];
        const uint64_t interval = cell % intervals_;
        TallyLine& line = lines[line_index];
        if (cells.insert((line_index * intervals_ + interval) << 32 | root))
            ++line.counts[interval];
        if (!totals.insert(line_index << 32 | root)) return;
        ++line.total;
        line.known += people.is_known(root) ? 1 : 0;
    });
}

std::vector<TallyLine> SeriesTally::lines(const People& people) const {
    std::vector<TallyLine> lines;
    const auto line_of = assign_lines(lines);
    if (lines.empty()) {
        lines.emplace_back();
        lines[0].counts.resize(intervals_);
        if (series_.adds_up()) lines[0].sums.resize(intervals_);
        take_quantiles(line_of, lines);
        return lines;
    }
    if (series_.measure == Measure::People) {
        count_people(line_of, people, lines);
        return lines;
    }
    take_quantiles(line_of, lines);
    for (size_t cell = 0; cell < counts_.size(); ++cell) {
        TallyLine& line = lines[line_of[cell / intervals_]];
        line.counts[cell % intervals_] += counts_[cell];
        line.total += counts_[cell];
        if (!series_.adds_up()) continue;
        line.sums[cell % intervals_].add(sums_[cell]);
        line.total_sum.add(sums_[cell]);
    }
    return lines;
}

}  // namespace throughline::query
