#include "query/row_conditions.h"

#include "base/assert.h"
#include "model/consequence.h"

namespace throughline::query {

namespace {

constexpr auto kConsequence = static_cast<size_t>(model::kConsequence);

}  // namespace

RowConditions::RowConditions(std::span<const Condition> conditions,
                             const sequence::Dictionary& names)
    : conditions_(conditions) {
    static_assert(kConsequence + 1 == kTypes);
    TL_ASSERT(conditions.size() <= kConditionsMax);
    for (size_t i = 0; i < conditions.size(); ++i) {
        const Condition& condition = conditions[i];
        const Match bit = match_of(i);
        for (size_t type = 0; type < kTypes; ++type) {
            const bool passes = condition.type ? static_cast<size_t>(*condition.type) == type
                                               : type != kConsequence;
            if (passes) by_type_[type] |= bit;
        }
        if (!condition.where.always_holds()) reads_event_ |= bit;
        if (!condition.event) {
            any_name_ |= bit;
            continue;
        }
        names_ |= bit;
        // A name without a number of its own stands among those that share the overflow.
        const uint32_t name = names.find(*condition.event).value_or(sequence::kOverflowName);
        if (name >= by_name_.size()) by_name_.resize(name + 1);
        by_name_[name] |= bit;
    }
}

}  // namespace throughline::query
