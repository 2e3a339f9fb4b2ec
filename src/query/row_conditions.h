// The conditions of a pass, compiled for one history: which of them hold for a row.
//
// The columns decide first (name, type); only conditions that they leave open read the event.
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
    /// Whether some condition asks for the type, or for more than the columns say.
    bool reads_type() const {
        return std::any_of(std::begin(by_type_) + 1, std::end(by_type_),
                           [&](Match of) { return of != by_type_[0]; });
    }
    bool reads_events() const {
        return reads_event_ != 0 || (by_name_.size() > sequence::kOverflowName &&
                                     by_name_[sequence::kOverflowName] != 0);
    }
    /// Those among the candidates that need the event itself.
    Match undecided(Match candidates, uint32_t name) const {
        return candidates &
               (name == sequence::kOverflowName ? reads_event_ | names_ : reads_event_);
    }
    /// Which of the candidates hold.
    Match holding(Match candidates, uint32_t name, const model::EventView& event) const;

private:
    static constexpr size_t kTypes = 8;

    std::span<const Condition> conditions_;
    std::vector<Match> by_name_;  // Conditions on a name, by its number.
    Match any_name_ = 0;          // Conditions without a name.
    Match names_ = 0;             // Conditions with one.
    Match reads_event_ = 0;       // Conditions on properties.
    Match by_type_[kTypes] = {};
};

}  // namespace throughline::query
