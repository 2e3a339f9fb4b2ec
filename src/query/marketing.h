// What an installation says about its marketing: its channels, what they cost, and when a person
// counts as qualified.
//
// Layer 4. Immutable.
#pragma once

#include <string>
#include <vector>

#include "query/channel.h"
#include "query/cost.h"
#include "query/environment.h"

namespace throughline::query {

struct Marketing {
    Channels channels = {};
    std::vector<Cost> costs = {};
    std::string qualified = {};  // The condition of settings/qualified, packed; empty: none.
};

/// What a question is asked with: the default channels, no costs, where nothing is said.
inline const Marketing& marketing_of(const Environment& environment) {
    static const Marketing kUsual;
    return environment.marketing != nullptr ? *environment.marketing : kUsual;
}

}  // namespace throughline::query
