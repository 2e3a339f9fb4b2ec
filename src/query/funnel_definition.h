// What a funnel means, transcribed from the definition in funnel.h: every order of the rows of each
// instant, every choice of rows. Exponential, obviously right; the oracle of the kernel.
//
// Layer 4, tests only.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "query/funnel.h"

namespace throughline::query {

struct DefinedRow {
    Micros time = 0;
    Match match = 0;
    auto operator<=>(const DefinedRow&) const = default;
};

struct DefinedResult {
    uint32_t reached = 0;
    uint32_t completed = 0;
    bool is_open = false;
    Micros ended = 0;  // Of the chain reported, when completed > 0.
    Micros started = 0;
};

class FunnelDefinition {
public:
    explicit FunnelDefinition(const FunnelShape& shape) : shape_(shape) {
        for (size_t i = 0; i < shape.steps.size(); ++i) {
            if (!shape.steps[i].is_optional) required_.push_back(i);
        }
    }

    /// Requires: rows sorted by time.
    DefinedResult best(std::vector<DefinedRow> rows, Micros end) {
        rows_ = std::move(rows);
        end_ = end;
        result_ = {};
        std::sort(rows_.begin(), rows_.end());
        if (shape_.order == FunnelOrder::Any) {
            look_at_sets();
        } else {
            order_from(0);
        }
        if (result_.completed == required_.size()) result_.is_open = false;
        return result_;
    }

private:
    // Tries every order of the rows of one instant, then of the next.
    void order_from(size_t first) {
        if (first == rows_.size()) return choose({});
        size_t last = first;
        while (last < rows_.size() && rows_[last].time == rows_[first].time) ++last;
        const auto from = rows_.begin() + static_cast<std::ptrdiff_t>(first);
        const auto to = rows_.begin() + static_cast<std::ptrdiff_t>(last);
        do {
            order_from(last);
        } while (std::next_permutation(from, to));
    }

    bool is_excluded(const std::vector<size_t>& chain, size_t next_level, Micros next) const {
        for (const FunnelExclusion& exclusion : shape_.exclusions) {
            if (next_level <= exclusion.after || next_level > exclusion.before) continue;
            const Micros taken = rows_[chain[exclusion.after]].time;
            for (const DefinedRow& row : rows_) {
                const bool hits = (row.match & exclusion.match) != 0;
                if (hits && row.time > taken && row.time < next) return true;
            }
        }
        return false;
    }
    bool breaks(size_t row, size_t level) const {
        if (shape_.order != FunnelOrder::Strict) return false;
        Match allowed = shape_.steps[required_[level]].match;
        for (size_t step = required_[level] + 1;
             step < shape_.steps.size() && shape_.steps[step].is_optional; ++step) {
            allowed |= shape_.steps[step].match;
        }
        return (rows_[row].match & allowed) == 0;
    }

    // Extends a chain by every row that can come next.
    void choose(const std::vector<size_t>& chain) {
        const size_t level = chain.size();
        if (level > 0) note(chain);
        if (level == required_.size()) return;
        bool is_broken = false;
        size_t row = chain.empty() ? 0 : chain.back() + 1;
        for (; row < rows_.size() && !is_broken; ++row) {
            if (can_follow(chain, row, shape_.steps[required_[level]].match)) {
                auto longer = chain;
                longer.push_back(row);
                choose(longer);
            }
            if (level > 0) note_optional(chain, row);
            is_broken = level > 0 && breaks(row, level - 1);
        }
        const bool goes_on = level > 0 && !is_broken &&
                             end_ - rows_[chain[0]].time <= shape_.window &&
                             !is_excluded(chain, level, std::numeric_limits<Micros>::max());
        result_.is_open |= goes_on;
    }
    bool can_follow(const std::vector<size_t>& chain, size_t row, Match wanted) const {
        if ((rows_[row].match & wanted) == 0) return false;
        if (chain.empty()) return true;
        const Micros at = rows_[row].time;
        if (at - rows_[chain[0]].time > shape_.window) return false;
        if (shape_.ties == Ties::Strict && at == rows_[chain.back()].time) return false;
        return !is_excluded(chain, chain.size(), at);
    }
    void note(const std::vector<size_t>& chain) {
        result_.reached |= uint32_t{1} << required_[chain.size() - 1];
        const Micros ended = rows_[chain.back()].time;
        const Micros started = rows_[chain[0]].time;
        const auto completed = static_cast<uint32_t>(chain.size());
        const bool is_better =
            completed > result_.completed ||
            (completed == result_.completed &&
             (ended < result_.ended || (ended == result_.ended && started > result_.started)));
        if (!is_better) return;
        result_.completed = completed;
        result_.ended = ended;
        result_.started = started;
    }
    void note_optional(const std::vector<size_t>& chain, size_t row) {
        for (size_t step = required_[chain.size() - 1] + 1;
             step < shape_.steps.size() && shape_.steps[step].is_optional; ++step) {
            if (can_follow(chain, row, shape_.steps[step].match)) {
                result_.reached |= uint32_t{1} << step;
            }
        }
    }

    // Order any: every set of rows, every way to give them steps.
    void look_at_sets() {
        for (uint32_t set = 1; set < uint32_t{1} << rows_.size(); ++set) {
            std::vector<size_t> rows;
            for (size_t i = 0; i < rows_.size(); ++i) {
                if ((set >> i & 1) != 0) rows.push_back(i);
            }
            const Micros started = rows_[rows.front()].time;
            const Micros ended = rows_[rows.back()].time;
            if (ended - started > shape_.window || is_cut(started, ended)) continue;
            if (!serve(rows, 0, 0)) continue;
            note(rows);
            for (size_t i = 0; i < rows.size(); ++i) result_.reached |= uint32_t{1} << i;
            result_.is_open |= end_ - started <= shape_.window &&
                               !is_cut(started, std::numeric_limits<Micros>::max());
        }
    }
    bool is_cut(Micros started, Micros ended) const {
        return std::any_of(rows_.begin(), rows_.end(), [&](const DefinedRow& row) {
            const bool hits = std::any_of(
                shape_.exclusions.begin(), shape_.exclusions.end(),
                [&](const FunnelExclusion& one) { return (row.match & one.match) != 0; });
            return hits && row.time > started && row.time < ended;
        });
    }
    bool serve(const std::vector<size_t>& rows, size_t next, uint32_t taken) const {
        if (next == rows.size()) return true;
        for (size_t step = 0; step < shape_.steps.size(); ++step) {
            const bool is_free = (taken >> step & 1) == 0;
            if (!is_free || (rows_[rows[next]].match & shape_.steps[step].match) == 0) continue;
            if (serve(rows, next + 1, taken | uint32_t{1} << step)) return true;
        }
        return false;
    }

    FunnelShape shape_;
    std::vector<size_t> required_;
    std::vector<DefinedRow> rows_;
    Micros end_ = 0;
    DefinedResult result_;
};

}  // namespace throughline::query
