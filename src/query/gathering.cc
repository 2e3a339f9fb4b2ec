#include "query/gathering.h"

#include <algorithm>
#include <numeric>

namespace throughline::query {

namespace {

template <typename T>
void keep_first(std::vector<T>& column, const std::vector<uint8_t>& keeps) {
    size_t kept = 0;
    for (size_t i = 0; i < keeps.size(); ++i) {
        if (keeps[i]) column[kept++] = column[i];
    }
    column.resize(kept);
}

}  // namespace

Gathering::Gathering(const Pass& pass, const Environment& environment,
                     const PersonConditions& asked, Values& values)
    : pass_(pass),
      environment_(environment),
      row_values_(pass, environment, asked, values),
      row_bytes_(sizeof(uint32_t) + sizeof(sequence::RowKey) + sizeof(Match) + sizeof(uint32_t) +
                 ValueColumns::row_bytes(pass)),
      columns_(pass) {}

void Gathering::begin_part(uint32_t begin) {
    begin_ = begin;
    end_ = kNobody;
    drop_rows_from(0);
}

bool Gathering::counts(const sequence::Row& row) const {
    if (row.time < pass_.from || row.time >= pass_.to) return false;
    return !environment_.known_at || row.position < environment_.known_at->end;
}

// Further parts look at the same rows again.
void Gathering::count(uint32_t root, uint64_t rows) {
    if (begin_ != 0) return;
    rows_ += rows;
    seen_.add(root);
}

Status Gathering::take_row(uint32_t root, const sequence::Row& row) {
    const auto type = static_cast<uint8_t>(row.type);
    const Match candidates = row_values_.conditions().candidates(row.name, type);
    if (candidates == 0) return Status::ok();
    row_values_.set_whose(root, row.source);
    TL_TRY_ASSIGN(const Match match, row_values_.match(candidates, row.name));
    if (match == 0) return Status::ok();
    root_.push_back(root);
    key_.push_back(key_of(row));
    match_.push_back(match);
    return row_values_.append(match, row.type, row.source, columns_);
}

Status Gathering::take_tail() {
    Status status;
    const sequence::TailSnapshot& tail = environment_.history.tail();
    tail.for_each_chunk([&](uint64_t first, const sequence::TailColumns& rows) {
        roots_.resize(rows.identity.size());
        environment_.people.roots(rows.identity, roots_);
        for (size_t i = 0; i < roots_.size() && status; ++i) {
            const sequence::Row row = tail.row(first + i);
            if (roots_[i] == kNobody || !counts(row)) continue;
            count(roots_[i], 1);
            if (!is_in_part(roots_[i])) continue;
            row_values_.row().set_event(rows.payload[i]);
            status = take_row(roots_[i], row);
        }
        if (status && bytes() > environment_.pass_bytes_max) status = shrink();
        return status.is_ok();
    });
    return status;
}

Status Gathering::take_strays(const sequence::HistoryFile& file, sequence::Block& block,
                              std::span<const Stray> strays) {
    const sequence::BlockEntry& entry = file.blocks()[block.number()];
    const bool all_count =
        entry.time_min >= pass_.from && entry.time_max < pass_.to && !environment_.known_at;
    TL_TRY(choose(file, block, strays, all_count));
    if (chosen_.empty()) return Status::ok();
    TL_TRY(find_times(block));
    TL_TRY_ASSIGN(const auto ties, block.ints(sequence::Segment::Tie));
    TL_TRY_ASSIGN(const auto positions, block.ints(sequence::Segment::Position));
    row_values_.row().begin_block(file, block);
    for (size_t i = 0; i < chosen_.size(); ++i) {
        const uint32_t at = chosen_[i];
        const auto& [root, name, origin] = chosen_of_[i];
        const sequence::Row row{.name = file.names()[name].number,
                                .time = times_[i],
                                .position = static_cast<model::Position>(positions.at(at)),
                                .tie = static_cast<uint32_t>(ties.at(at)),
                                .source = file.origins()[origin].source,
                                .type = file.origins()[origin].type};
        if (!all_count) {
            if (!counts(row)) continue;
            count(root, 1);
            if (!is_in_part(root)) continue;
        }
        row_values_.row().set_row(at, row.type, file.names()[name].text);
        TL_TRY(take_row(root, row));
    }
    return bytes() > environment_.pass_bytes_max ? shrink() : Status::ok();
}

Status Gathering::find_times(sequence::Block& block) {
    TL_TRY_ASSIGN(const auto homes, block.homes());
    chosen_ends_.clear();
    uint32_t end = 0;
    for (const sequence::HomeRun& run : homes) {
        while (end < chosen_.size() && chosen_[end] < run.end) ++end;
        chosen_ends_.push_back(end);
    }
    times_.resize(chosen_.size());
    return block.times_of({.homes = homes, .ends = chosen_ends_, .rows = chosen_}, times_);
}

// Rows that have to be looked at. Where all rows count, that are those which may match: names and
// types say so before anything else is read, and the rest is counted here.
Status Gathering::choose(const sequence::HistoryFile& file, sequence::Block& block,
                         std::span<const Stray> strays, bool all_count) {
    chosen_.clear();
    chosen_of_.clear();
    TL_TRY_ASSIGN(const auto names, block.ints(sequence::Segment::Name));
    TL_TRY_ASSIGN(const auto origins, block.ints(sequence::Segment::Origin));
    for (const auto& [begin, end, root] : strays) {
        if (root == kNobody) continue;
        if (all_count) count(root, end - begin);
        if (all_count && !is_in_part(root)) continue;
        for (uint32_t row = begin; row < end; ++row) {
            const auto name = static_cast<uint64_t>(names.at(row));
            const auto origin = static_cast<uint64_t>(origins.at(row));
            if (name >= file.names().size() || origin >= file.origins().size()) {
                return block.corrupt("a column does not fit");
            }
            const auto type = static_cast<uint8_t>(file.origins()[origin].type);
            const uint32_t number = file.names()[name].number;
            if (all_count && row_values_.conditions().candidates(number, type) == 0) continue;
            chosen_.push_back(row);
            chosen_of_.push_back(
                {root, static_cast<uint32_t>(name), static_cast<uint32_t>(origin)});
        }
    }
    return Status::ok();
}

Status Gathering::shrink() {
    std::vector<uint32_t> roots = root_;
    const auto middle = roots.begin() + static_cast<std::ptrdiff_t>(roots.size() / 2);
    std::nth_element(roots.begin(), middle, roots.end());
    const uint32_t least = *std::min_element(roots.begin(), middle + 1);
    // A part holds at least one person; the middle one and those above her wait.
    const uint32_t end = std::max(*middle, least + 1);
    const bool is_one_person =
        std::none_of(roots.begin(), roots.end(), [&](uint32_t root) { return root >= end; });
    if (is_one_person) {
        return Error::exhausted("query: one person has more events than " +
                                std::to_string(environment_.pass_bytes_max >> 20) +
                                " MiB of memory hold: take a shorter range");
    }
    end_ = end;
    drop_rows_from(end);
    return Status::ok();
}

void Gathering::drop_rows_from(uint32_t root) {
    std::vector<uint8_t> keeps(root_.size());
    std::transform(root_.begin(), root_.end(), keeps.begin(),
                   [&](uint32_t one) { return static_cast<uint8_t>(one < root); });
    keep_first(root_, keeps);
    keep_first(key_, keeps);
    keep_first(match_, keeps);
    columns_.keep(keeps);
}

std::vector<uint32_t> Gathering::order_by_person() const {
    std::vector<uint32_t> order(root_.size());
    std::iota(order.begin(), order.end(), 0u);
    const auto less = [&](uint32_t a, uint32_t b) {
        if (root_[a] != root_[b]) return root_[a] < root_[b];
        return key_[a] < key_[b];
    };
    const uint32_t most = root_.empty() ? 0 : *std::max_element(root_.begin(), root_.end());
    if (root_.empty() || (most - begin_) / 8 > root_.size()) {
        std::sort(order.begin(), order.end(), less);
        return order;
    }
    // Few people without rows: counted into place, then each person's rows put in order.
    std::vector<uint32_t> place(most - begin_ + 2);
    for (const uint32_t root : root_) ++place[root - begin_ + 1];
    std::partial_sum(place.begin(), place.end(), place.begin());
    for (uint32_t row = 0; row < root_.size(); ++row) order[place[root_[row] - begin_]++] = row;
    uint32_t first = 0;
    for (const uint32_t last : place) {
        const auto from = order.begin() + first;
        const auto to = order.begin() + last;
        if (!std::is_sorted(from, to, less)) std::sort(from, to, less);
        first = last;
    }
    return order;
}

void Gathering::sort() {
    order_ = order_by_person();
    people_.clear();
    for (uint32_t begin = 0, end = 0; begin < order_.size(); begin = end) {
        const uint32_t root = root_[order_[begin]];
        while (end < order_.size() && root_[order_[end]] == root) ++end;
        people_.push_back({root, begin, end});
    }
}

}  // namespace throughline::query
