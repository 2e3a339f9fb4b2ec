// Survivorship: which of the values that sources say about a person stands in the golden record.
//
// Strategies, per trait (settings/survivorship), `latest` by default:
//   latest    said last, by event time
//   trusted   of the most trusted source that says anything; among equals the latest
//   earliest  said first
//   longest   longest text; among equals the latest
//   union     all distinct values as one list (items of lists are joined)
// A pinned value, chosen by a person, stands over all of them. A null hides every value last said
// at or before it, whatever the strategy. The losing values stay readable with their sources.
//
// Layer 3. Pure. Cost: O(values of the trait).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/doc.h"
#include "profile/leaf.h"

namespace throughline::profile {

enum class Strategy : uint8_t { Latest, Trusted, Earliest, Longest, Union };

/// What settings/survivorship says:
/// {"default":"latest","traits":{"email":"trusted"},"trust":["crm","till","web"]}.
struct SurvivorshipRules {
    Strategy fallback = Strategy::Latest;
    std::map<std::string, Strategy, std::less<>> by_trait;
    std::vector<std::string> trust;  // Source keys, most trusted first; others come after.

    static Result<SurvivorshipRules> from_settings(model::DocView settings);
    Strategy strategy_of(std::string_view trait) const;
};

std::string_view strategy_name(Strategy strategy);

/// One value that somebody says about a trait.
struct Claim {
    model::SourceId source = 0;
    int trust = 0;  // Place in the trust order; lower is better.
    const TraitValue* value = nullptr;
};

struct Survivor {
    bool exists = false;  // False when removed by a null, or never said.
    bool pinned = false;
    Claim winner;               // For a union: the latest of its parts.
    std::string doc;            // The value that stands, packed.
    std::vector<Claim> others;  // The rest, latest first.
};

Survivor survive(Strategy strategy, std::vector<Claim> claims);

}  // namespace throughline::profile
