#include "query/funnel_fold.h"

#include <algorithm>

namespace throughline::query {

size_t standing_at(const FunnelSpec& spec, const FunnelResult& result) {
    size_t step = 0;
    for (size_t completed = 1; completed < result.completed; ++completed) {
        do {
            ++step;
        } while (spec.shape.steps[step].is_optional);
    }
    return step;
}

bool FunnelWalk::has_held_values(const PersonRows& rows, size_t row) const {
    return std::ranges::all_of(spec_.hold,
                               [&](size_t held) { return rows.codes[held][row] != kNoValue; });
}

void FunnelWalk::sort_by_session(const PersonRows& rows) {
    sessions_.find(rows);
    sort_by_held_values(rows);
    std::erase_if(order_, [&](uint32_t row) {
        const uint32_t session = sessions_.of(row);
        return session == kNoSession || sessions_.starts()[session] < spec_.range.from;
    });
    std::stable_sort(order_.begin(), order_.end(),
                     [&](uint32_t a, uint32_t b) { return sessions_.of(a) < sessions_.of(b); });
}

void FunnelWalk::sort_by_held_values(const PersonRows& rows) {
    order_.clear();
    for (uint32_t row = 0; row < rows.size(); ++row) {
        if (has_held_values(rows, row)) order_.push_back(row);
    }
    if (spec_.hold.empty()) return;
    std::sort(order_.begin(), order_.end(), [&](uint32_t a, uint32_t b) {
        for (const size_t held : spec_.hold) {
            const auto codes = rows.codes[held];
            if (codes[a] != codes[b]) return codes[a] < codes[b];
        }
        return a < b;
    });
}

size_t FunnelWalk::take_part(const PersonRows& rows, size_t first) {
    part_.clear();
    time_.clear();
    match_.clear();
    size_t last = first;
    for (; last < order_.size(); ++last) {
        const uint32_t row = order_[last];
        const bool is_same = std::ranges::all_of(spec_.hold, [&](size_t held) {
            return rows.codes[held][row] == rows.codes[held][order_[first]];
        });
        if (!is_same || session_of(row) != session_of(order_[first])) break;
        part_.push_back(row);
        time_.push_back(rows.time[row]);
        match_.push_back(rows.match[row]);
    }
    return last;
}

FunnelResult FunnelWalk::in_person(const FunnelResult& part) const {
    FunnelResult whole = part;
    for (uint32_t rest = part.reached; rest != 0; rest &= rest - 1) {
        const auto step = static_cast<size_t>(__builtin_ctz(rest));
        whole.row[step] = part_[part.row[step]];
        whole.base[step] = part_[part.base[step]];
    }
    return whole;
}

bool FunnelWalk::is_better(const PersonRows& rows, const FunnelResult& part) const {
    if (part.completed != best_.completed) return part.completed > best_.completed;
    const size_t last = standing_at(spec_, part);
    const Micros ended = rows.time[part.row[last]];
    const Micros best_ended = rows.time[best_.row[last]];
    if (ended != best_ended) return ended < best_ended;
    return rows.time[part.row[0]] > rows.time[best_.row[0]];
}

void FunnelWalk::combine(const PersonRows& rows, const FunnelResult& part) {
    if (part.completed == 0) return;
    FunnelResult better = part;
    FunnelResult other = best_;
    if (best_.completed > 0 && !is_better(rows, part)) std::swap(better, other);
    for (uint32_t rest = other.reached & ~better.reached; rest != 0; rest &= rest - 1) {
        const auto step = static_cast<size_t>(__builtin_ctz(rest));
        better.row[step] = other.row[step];
        better.base[step] = other.base[step];
    }
    better.reached |= other.reached;
    const bool can_go_on = better.is_open || (other.completed > 0 && other.is_open);
    better.is_open = can_go_on && better.completed < matcher_.required();
    best_ = better;
}

ValueCode FunnelWalk::value_of(const PersonRows& rows, const FunnelResult& result) const {
    if (!spec_.breakdown) return kNoValue;
    const auto codes = rows.codes[spec_.breakdown->dimension];
    if (spec_.breakdown->at == ValueAt::Step) {
        const size_t step = spec_.breakdown->step;
        const bool is_reached = (result.reached >> step & 1) != 0;
        return is_reached ? codes[result.row[step]] : kNoValue;
    }
    ValueCode value = kNoValue;
    const size_t last = standing_at(spec_, result);
    for (size_t step = 0; step <= last; ++step) {
        if (spec_.shape.steps[step].is_optional) continue;
        const ValueCode code = codes[result.row[step]];
        if (code == kNoValue) continue;
        value = code;
        if (spec_.breakdown->at == ValueAt::First) break;
    }
    return value;
}

void FunnelNumbers::add(const FunnelNumbers& other) {
    for (size_t step = 0; step < count.size(); ++step) {
        count[step] += other.count[step];
        known[step] += other.known[step];
        open[step] += other.open[step];
        durations[step].add(other.durations[step]);
    }
    total.add(other.total);
}

void FunnelFold::add(const PersonRows& rows) {
    walk_.each(rows, [&](const FunnelResult& result) { count(rows, result); });
}

void FunnelFold::count(const PersonRows& rows, const FunnelResult& result) {
    const size_t steps = spec_.labels.size();
    const ValueCode value = walk_.value_of(rows, result);
    FunnelNumbers& numbers = numbers_.try_emplace(value, steps).first->second;
    for (uint32_t rest = result.reached; rest != 0; rest &= rest - 1) {
        const auto step = static_cast<size_t>(__builtin_ctz(rest));
        ++numbers.count[step];
        numbers.known[step] += rows.is_known;
        if (step == 0) continue;
        numbers.durations[step].add(rows.time[result.row[step]] - rows.time[result.base[step]]);
        ++durations_;
    }
    const size_t last = standing_at(spec_, result);
    if (result.is_open) ++numbers.open[last];
    if (result.completed < walk_.required()) return;
    numbers.total.add(rows.time[result.row[last]] - rows.time[result.row[0]]);
    ++durations_;
}

void FunnelFold::join(Fold& other) {
    for (const auto& [value, numbers] : static_cast<FunnelFold&>(other).numbers_) {
        numbers_.try_emplace(value, spec_.labels.size()).first->second.add(numbers);
    }
    durations_ += static_cast<FunnelFold&>(other).durations_;
}

bool FunnelPeople::is_in_cell(const PersonRows& rows, const FunnelResult& result) const {
    if (cell_.has_value && walk_.value_of(rows, result) != cell_.value) return false;
    switch (cell_.outcome) {
        case FunnelCell::Outcome::Reached:
            return (result.reached >> cell_.step & 1) != 0;
        case FunnelCell::Outcome::Dropped:
            return standing_at(spec_, result) == cell_.step && !result.is_open &&
                   result.completed < walk_.required();
        case FunnelCell::Outcome::InProgress:
            return standing_at(spec_, result) == cell_.step && result.is_open;
    }
    TL_UNREACHABLE();
}

void FunnelPeople::add(const PersonRows& rows) {
    bool is_found = false;
    walk_.each(
        rows, [&](const FunnelResult& result) { is_found = is_found || is_in_cell(rows, result); });
    if (is_found) roots_.push_back(rows.root);
}

void FunnelPeople::join(Fold& other) {
    const auto& roots = static_cast<FunnelPeople&>(other).roots_;
    roots_.insert(roots_.end(), roots.begin(), roots.end());
}

}  // namespace throughline::query
