// The conditions of a pass, compiled for one history: which of them hold for a row.
//
// The columns decide first (name, type); only conditions that they leave open read properties.
//
// Layer 4. Immutable once made.
#pragma once

#include <algorithm>
#include <iterator>
#include <vector>

#include "query/pass.h"

namespace throughline::query {

class RowConditions {
public:
    /// Requires: `conditions` outlive this.
    RowConditions(std::span<const Condition> conditions, const sequence::Dictionary& names);

    /// The conditions that the columns of a row let pass: none for most rows.
    Match candidates(uint32_t name, uint8_t type) const {
        const Match by_name = name < by_name_.size() ? by_name_[name] : Match{0};
        return (by_name | any_name_) & by_type_[type % kTypes];
    }
    /// Whether types decide: some condition asks for one, or asks for none and so means what was
    /// sent, where there are consequences, too.
    bool reads_type(bool with_consequences) const {
        const auto end = std::end(by_type_) - (with_consequences ? 0 : 1);
        return std::any_of(std::begin(by_type_) + 1, end,
                           [&](Match of) { return of != by_type_[0]; });
    }
    bool reads_events() const {
        return reads_event_ != 0 || (by_name_.size() > sequence::kOverflowName &&
                                     by_name_[sequence::kOverflowName] != 0);
    }
    /// Those among the candidates that need more than the columns of every row.
    Match undecided(Match candidates, uint32_t name) const {
        return candidates &
               (name == sequence::kOverflowName ? reads_event_ | names_ : reads_event_);
    }
    /// Which of the candidates hold. `text` is the name itself, which the number may not tell;
    /// `holds(i)` says whether the properties are as condition i asks.
    template <typename Holds>
    Match holding(Match candidates, uint32_t name, std::string_view text, Holds&& holds) const {
        Match holding = 0;
        for (Match rest = candidates; rest != 0; rest &= rest - 1) {
            const auto index = static_cast<size_t>(__builtin_ctzll(rest));
            const auto& event = conditions_[index].event;
            const bool has_name = !event || name != sequence::kOverflowName || text == *event;
            if (has_name && holds(index)) holding |= match_of(index);
        }
        return holding;
    }

private:
    static constexpr size_t kTypes = 8;

    std::span<const Condition> conditions_;
    std::vector<Match> by_name_;  // Conditions on a name, by its number.
    Match any_name_ = 0;          // Conditions without a name.
    Match names_ = 0;             // Conditions with one.
    Match reads_event_ = 0;       // Conditions on properties.
    Match by_type_[kTypes] = {};  // [0]: of rows whose types do not decide.
};

}  // namespace throughline::query
