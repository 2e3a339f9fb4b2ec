#include "query/funnel.h"

#include <algorithm>
#include <optional>

#include "base/assert.h"

namespace throughline::query {

namespace {

uint32_t bit_of(size_t step) {
    return uint32_t{1} << step;
}

}  // namespace

FunnelMatcher::FunnelMatcher(FunnelShape shape) : shape_(std::move(shape)) {
    TL_ASSERT(!shape_.steps.empty() && shape_.steps.size() <= kFunnelStepsMax);
    TL_ASSERT(!shape_.steps.front().is_optional && !shape_.steps.back().is_optional);
    for (size_t i = 0; i < shape_.steps.size(); ++i) {
        const FunnelStep& step = shape_.steps[i];
        every_ |= bit_of(i);
        if (step.is_optional) {
            optional_.back().push_back(i);
            stay_.back() |= step.match;
            continue;
        }
        required_.push_back(i);
        need_.push_back(step.match);
        stay_.push_back(step.match);
        optional_.emplace_back();
    }
    for (const FunnelExclusion& exclusion : shape_.exclusions) excluded_ |= exclusion.match;
    relevant_ = excluded_;
    for (const FunnelStep& step : shape_.steps) relevant_ |= step.match;
    for (size_t condition = 0; condition < kConditionsMax; ++condition) {
        const Match match = match_of(condition);
        for (size_t level = 0; level < required_.size(); ++level) {
            if ((need_[level] & match) != 0) serves_[condition] |= bit_of(level);
            if ((stay_[level] & match) != 0) stays_[condition] |= bit_of(level);
            for (const size_t step : optional_[level]) {
                if ((shape_.steps[step].match & match) != 0) follows_[condition] |= bit_of(level);
            }
        }
    }
    is_plain_ = is_plain();
    for (size_t condition = 0; is_plain_ && condition < kConditionsMax; ++condition) {
        const uint32_t levels = serves_[condition];
        step_of_[condition] = static_cast<uint8_t>(levels == 0 ? 0 : __builtin_ctz(levels));
    }
}

bool FunnelMatcher::is_plain() const {
    return shape_.order != FunnelOrder::Any && shape_.exclusions.empty() &&
           required_.size() == shape_.steps.size() &&
           std::ranges::all_of(serves_, [](uint32_t of) { return (of & (of - 1)) == 0; });
}

uint32_t FunnelMatcher::levels_of(Match match,
                                  const std::array<uint32_t, kConditionsMax>& table) const {
    uint32_t levels = 0;
    for (Match rest = match; rest != 0; rest &= rest - 1) {
        levels |= table[static_cast<size_t>(__builtin_ctzll(rest))];
    }
    return levels;
}

const FunnelResult& FunnelMatcher::best(const FunnelRows& rows, Micros end) {
    begin(rows, end);
    if (is_plain_) {
        const bool is_followed =
            shape_.order == FunnelOrder::Strict ? follow_plainly<true>() : follow_plainly<false>();
        if (is_followed) return result_;
    }
    for (size_t first = 0; first < rows.time.size() && result_.reached != every_;) {
        const size_t last = end_of_instant(first);
        if (last == first + 1 && shape_.order != FunnelOrder::Any) {
            now_ = rows.time[first];
            take_row(static_cast<uint32_t>(first));
        } else {
            fill_instant(first, last);
            take_instant();
        }
        first = last;
    }
    return finish();
}

// As take_row() does: the latest start suffices for each step at which chains stand.
template <bool kIsStrict>
bool FunnelMatcher::follow_plainly() {
    std::array<Micros, kFunnelStepsMax + 1> start = {};   // Of the chain that waits for a step,
    std::array<uint32_t, kFunnelStepsMax + 1> tail = {};  // and its last row.
    uint64_t waiting = 1;  // Bit k: some chain waits for step k. One always waits for the first.
    size_t completed = 0;
    uint32_t last = 0;
    uint32_t row = 0;
    const size_t size = rows_.time.size();
    if (size > behind_.size()) behind_.resize(2 * size);
    std::optional<Micros> before;  // The last instant that counts.
    for (; row < size && completed < required_.size(); ++row) {
        const Match match = rows_.match[row] & relevant_;
        if (!kIsStrict && match == 0) continue;
        const Micros now = rows_.time[row];
        if (before == now || (match & (match - 1)) != 0) return false;
        before = now;
        if (match == 0) {
            waiting = 1;
            continue;
        }
        const size_t step = step_of_[static_cast<size_t>(__builtin_ctzll(match))];
        start[0] = now;
        const bool is_taken = (waiting >> step & 1) != 0 && now - start[step] <= shape_.window;
        if (kIsStrict) waiting = 1 | (waiting & uint64_t{1} << (step + 1));
        if (!is_taken) continue;
        waiting |= uint64_t{1} << (step + 1);
        start[step + 1] = start[step];
        behind_[row] = tail[step];
        tail[step + 1] = row;
        if (step < completed) continue;
        completed = step + 1;
        last = row;
    }
    for (; row < size && rows_.time[row] == before; ++row) {  // Not followed, but of its instant.
        if (kIsStrict || (rows_.match[row] & relevant_) != 0) return false;
    }
    write_plain_result(completed, last);
    if (completed == 0 || is_converted()) return true;
    for (size_t step = 1; step <= completed; ++step) {
        const bool goes_on = (waiting >> step & 1) != 0 && end_ - start[step] <= shape_.window;
        result_.is_open = result_.is_open || goes_on;
    }
    return true;
}

void FunnelMatcher::write_plain_result(size_t completed, uint32_t last) {
    result_.completed = static_cast<uint32_t>(completed);
    result_.reached = static_cast<uint32_t>((uint64_t{1} << completed) - 1);
    for (size_t step = completed; step-- > 0; last = behind_[last]) result_.row[step] = last;
    for (size_t step = 0; step < completed; ++step) {
        result_.base[step] = result_.row[step == 0 ? 0 : step - 1];
    }
}

void FunnelMatcher::begin(const FunnelRows& rows, Micros end) {
    rows_ = rows;
    end_ = end;
    restart();
}

void FunnelMatcher::restart() {
    result_.reached = 0;
    result_.completed = 0;
    result_.is_open = false;
    alive_ = 0;
    recent_.clear();
}

size_t FunnelMatcher::end_of_instant(size_t first) const {
    size_t last = first + 1;
    while (last < rows_.time.size() && rows_.time[last] == rows_.time[first]) ++last;
    return last;
}

void FunnelMatcher::fill_instant(size_t first, size_t last) {
    now_ = rows_.time[first];
    instant_.clear();
    for (size_t row = first; row < last; ++row) instant_.push_back(static_cast<uint32_t>(row));
}

bool FunnelMatcher::is_started() const {
    return result_.completed > 0;
}

bool FunnelMatcher::can_go_on(Micros at) const {
    if (shape_.order == FunnelOrder::Any) {
        return !recent_.empty() && at - rows_.time[recent_.back()] <= shape_.window;
    }
    for (size_t level = 0; level < required_.size(); ++level) {
        if (is_alive(level) && at - chains_[level].start <= shape_.window) return true;
    }
    return false;
}

const FunnelResult& FunnelMatcher::finish() {
    result_.is_open = !is_converted() && is_started() && can_go_on(end_);
    return result_;
}

void FunnelMatcher::drop_used() {
    for (const size_t step : required_) {
        const auto used = std::find(instant_.begin(), instant_.end(), result_.row[step]);
        if (used != instant_.end()) instant_.erase(used);
    }
}

void FunnelMatcher::take_instant() {
    if (instant_.empty()) return;
    if (shape_.order == FunnelOrder::Any) return take_any();
    if (instant_.size() == 1) return take_row(instant_[0]);
    take_group();
    if ((instant_match_ & excluded_) != 0) exclude();
}

// One row alone in its instant: most rows are. Last step first, so that it serves one step; the
// latest start suffices, for whatever can extend an earlier one within the window can extend it.
void FunnelMatcher::take_row(uint32_t row) {
    const Match match = rows_.match[row];
    const uint32_t before = alive_;
    completed_before_ = result_.completed;
    if (shape_.order == FunnelOrder::Strict) {
        alive_ &= levels_of(match, stays_);
    } else if ((match & relevant_) == 0) {
        return;
    }
    if (required_.size() < shape_.steps.size()) {
        const uint32_t levels = before & levels_of(match, follows_);
        if (levels != 0) see_optional_alone(row, levels);
    }
    uint32_t levels = levels_of(match, serves_) & (before << 1 | 1);
    while (levels != 0) {
        const auto level = static_cast<size_t>(31 - __builtin_clz(levels));
        levels ^= bit_of(level);
        Chain& chain = chains_[level];
        if (level == 0) {
            chain.start = now_;
        } else {
            const Chain& shorter = chains_[level - 1];
            if (now_ - shorter.start > shape_.window) continue;
            chain.start = shorter.start;
            for (size_t i = 0; i < level; ++i) chain.row[i] = shorter.row[i];
        }
        chain.row[level] = row;
        alive_ |= bit_of(level);
        reach(level, chain);
    }
    if ((match & excluded_) == 0) return;
    instant_match_ = match;
    exclude();
}

void FunnelMatcher::see_optional_alone(uint32_t row, uint32_t levels) {
    for (; levels != 0; levels &= levels - 1) {
        const auto level = static_cast<size_t>(__builtin_ctz(levels));
        const Chain& chain = chains_[level];
        if (now_ - chain.start > shape_.window) continue;
        for (const size_t step : optional_[level]) {
            const bool is_met = (rows_.match[row] & shape_.steps[step].match) != 0;
            if (!is_met || (result_.reached & bit_of(step)) != 0) continue;
            result_.reached |= bit_of(step);
            result_.row[step] = row;
            result_.base[step] = chain.row[level];
        }
    }
}

// Chains that stand further come first: each is extended from what it was before this instant, and
// where two come to one step the other has the later start and overwrites.
void FunnelMatcher::take_group() {
    completed_before_ = result_.completed;
    instant_match_ = 0;
    for (const uint32_t row : instant_) instant_match_ |= rows_.match[row];
    for (size_t from = required_.size(); from > 0; --from) {
        if (!is_alive(from - 1)) continue;
        if (now_ - chains_[from - 1].start <= shape_.window) extend(from);
        if (shape_.order == FunnelOrder::Strict && !holds_on(from - 1, from - 1)) {
            alive_ &= ~bit_of(from - 1);
        }
    }
    extend(0);
}

// Extends the chain of `from` completed steps (0: a new one) by rows of this instant.
void FunnelMatcher::extend(size_t from) {
    Chain grown;
    grown.start = from == 0 ? now_ : chains_[from - 1].start;
    if (from > 0) grown.row = chains_[from - 1].row;
    if (from > 0) see_optional(from - 1, grown, nullptr);

    Assignment assignment;
    assignment.first = assignment.end = from;
    const bool steps_share_an_instant = shape_.ties == Ties::InStepOrder;
    const size_t most = steps_share_an_instant ? required_.size() : from + 1;
    for (size_t level = from; level < std::min(most, required_.size()); ++level) {
        if ((instant_match_ & need_[level]) == 0) return;
        if (!assign(assignment, need_[level], level)) return;
        std::copy(assignment.row.begin() + static_cast<std::ptrdiff_t>(from),
                  assignment.row.begin() + static_cast<std::ptrdiff_t>(level) + 1,
                  grown.row.begin() + static_cast<std::ptrdiff_t>(from));
        reach(level, grown);
        if (steps_share_an_instant) see_optional(level, grown, &assignment);
        const bool survives =
            from == 0 || shape_.order != FunnelOrder::Strict || holds_on(from - 1, level);
        if (!survives) continue;
        chains_[level] = grown;
        alive_ |= bit_of(level);
    }
}

// Whether every row of this instant may stand between a chain's rows of two steps.
bool FunnelMatcher::holds_on(size_t from, size_t to) const {
    Match allowed = 0;
    for (size_t level = from; level <= to; ++level) allowed |= stay_[level];
    return std::all_of(instant_.begin(), instant_.end(),
                       [&](uint32_t row) { return (rows_.match[row] & allowed) != 0; });
}

// Gives the next step a row of this instant that no other step has, moving others if need be.
bool FunnelMatcher::assign(Assignment& assignment, Match step, size_t as) const {
    uint32_t visited = 0;
    TL_ASSERT(assignment.end == as);
    if (!augment(assignment, as, step, visited)) return false;
    assignment.end = as + 1;
    return true;
}

bool FunnelMatcher::augment(Assignment& assignment, size_t step, Match wanted,
                            uint32_t& visited) const {
    // Kuhn: a step takes a free row, or the row of a step that finds another.
    visited |= bit_of(step);
    for (const uint32_t row : instant_) {
        if ((rows_.match[row] & wanted) == 0) continue;
        size_t owner = assignment.first;
        while (owner < assignment.end && assignment.row[owner] != row) ++owner;
        const bool is_free = owner == assignment.end;
        if (!is_free && (visited & bit_of(owner)) != 0) continue;
        if (!is_free && !augment(assignment, owner, need_[owner], visited)) continue;
        assignment.row[step] = row;
        return true;
    }
    return false;
}

// Notes that a chain has come to a required step.
void FunnelMatcher::reach(size_t level, const Chain& chain) {
    result_.reached |= bit_of(required_[level]);
    const size_t completed = level + 1;
    if (completed <= completed_before_ || completed < result_.completed) return;
    result_.completed = static_cast<uint32_t>(completed);
    for (size_t i = 0; i <= level; ++i) {
        result_.row[required_[i]] = chain.row[i];
        result_.base[required_[i]] = chain.row[i == 0 ? 0 : i - 1];
    }
}

// Notes the optional steps that rows of this instant add to a chain at a required step; those rows
// that brought the chain there (assignment) serve no other step.
void FunnelMatcher::see_optional(size_t level, const Chain& chain, const Assignment* assignment) {
    for (const size_t step : optional_[level]) {
        const Match wanted = shape_.steps[step].match;
        if ((result_.reached & bit_of(step)) != 0 || (instant_match_ & wanted) == 0) continue;
        Assignment tried;
        tried.first = tried.end = level + 1;
        if (assignment) tried = *assignment;
        if (!assign(tried, wanted, level + 1)) continue;
        result_.reached |= bit_of(step);
        result_.row[step] = tried.row[level + 1];
        result_.base[step] = chain.row[level];
    }
}

// A chain lives on only when the step after which the row is excluded was taken at this instant.
void FunnelMatcher::exclude() {
    for (const FunnelExclusion& exclusion : shape_.exclusions) {
        if ((instant_match_ & exclusion.match) == 0) continue;
        for (size_t level = exclusion.after; level < exclusion.before; ++level) {
            const bool is_hit =
                is_alive(level) && rows_.time[chains_[level].row[exclusion.after]] < now_;
            if (is_hit) alive_ &= ~bit_of(level);
        }
    }
}

void FunnelMatcher::take_any() {
    instant_match_ = 0;
    forget_older(now_ - shape_.window);
    bool is_news = false;
    for (const uint32_t row : instant_) {
        instant_match_ |= rows_.match[row];
        Match steps = 0;
        for (const Match need : need_) steps |= rows_.match[row] & need;
        if (steps == 0) continue;
        remember(row);
        is_news = true;
    }
    if (is_news) reach_any();
    if ((instant_match_ & excluded_) != 0) forget_older(now_);
}

void FunnelMatcher::forget_older(Micros oldest) {
    std::erase_if(recent_, [&](uint32_t row) { return rows_.time[row] < oldest; });
}

// Of rows that serve the same steps, no more than there are steps matter: the latest.
void FunnelMatcher::remember(uint32_t row) {
    const auto serves = [&](uint32_t one) {
        uint32_t steps = 0;
        for (size_t i = 0; i < need_.size(); ++i) {
            if ((rows_.match[one] & need_[i]) != 0) steps |= bit_of(i);
        }
        return steps;
    };
    const uint32_t steps = serves(row);
    recent_.push_back(row);
    const auto alike = [&](uint32_t one) { return serves(one) == steps; };
    if (std::count_if(recent_.begin(), recent_.end(), alike) > __builtin_popcount(steps)) {
        recent_.erase(std::find_if(recent_.begin(), recent_.end(), alike));
    }
}

// The most steps that remembered rows serve. Latest rows first, each kept if the ones before leave
// it a step: so (a matroid) the rows chosen are the latest possible.
void FunnelMatcher::reach_any() {
    std::array<uint32_t, kFunnelStepsMax> row_of;
    row_of.fill(kNoRow);
    const auto place = [&](const auto& self, uint32_t row, uint32_t& visited) -> bool {
        for (size_t step = 0; step < need_.size(); ++step) {
            if ((rows_.match[row] & need_[step]) == 0 || (visited & bit_of(step)) != 0) continue;
            visited |= bit_of(step);
            if (row_of[step] != kNoRow && !self(self, row_of[step], visited)) continue;
            row_of[step] = row;
            return true;
        }
        return false;
    };
    size_t count = 0;
    for (size_t i = recent_.size(); i-- > 0 && count < need_.size();) {
        uint32_t visited = 0;
        count += place(place, recent_[i], visited);
    }
    if (count <= result_.completed) return;
    std::sort(row_of.begin(), row_of.begin() + static_cast<std::ptrdiff_t>(need_.size()));
    result_.completed = static_cast<uint32_t>(count);
    for (size_t i = 0; i < count; ++i) {
        result_.reached |= bit_of(i);
        result_.row[i] = row_of[i];
        result_.base[i] = row_of[i == 0 ? 0 : i - 1];
    }
}

}  // namespace throughline::query
