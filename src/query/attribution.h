// The `attribution` question: sessions, people, qualified people, conversions and value by channel,
// each model beside the others, with what the channel cost.
//
// Definitions stand in attribution_walk.h. A row of the answer:
//
//   {"channel":"paid-search","name":"Paid Search","media":"paid","place":"digital",
//    "sessions":120,"people":80,"qualified":3,
//    "known":{"sessions":120,"people":80},"everyone":{"sessions":900,"people":700},
//    "value":310.5,"cost":95,"costs":[{"currency":"EUR","cost":95}],
//    "cells":{"sessions":"a_...","people":"a_..."},
//    "models":{"first":{"conversions":9,"value":310.5,"values":[{"currency":"EUR",
//      "value":310.5}],"qualified":3,"return":3.27,"people":"a_..."}}}
//
// `qualified` beside `models` is that of the first model named. `value` and `cost` are numbers
// where the whole answer has one currency, else null: `values` and `costs` always say which.
//
// Layer 4. Pure over its environment; any number at once.
// Cost: one pass over all of history before `to`, because who is new and who was qualified before
// can be said only from the beginning.
#pragma once

#include "query/plan.h"

namespace throughline::query {

inline constexpr size_t kAttributionRowsMax = 1000;

/// Errors: InvalidArgument naming the field.
Result<std::unique_ptr<Plan>> plan_attribution(model::DocView query,
                                               const Environment& environment);

/// Returns the people behind one number of its answer: `cell` is a token of it.
Result<PeoplePage> people_of_attribution(model::DocView query, model::DocView cell,
                                         PageRequest page, const Environment& environment);

}  // namespace throughline::query
