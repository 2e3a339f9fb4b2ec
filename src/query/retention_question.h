// The `retention` question: who comes back, and when.
//
// The form of the question: retention_spec.h; what its words mean: retention.h and README.md.
//
//   {"kind":"retention","cohorts":[{"start":"2026-01-05T00:00:00.000Z","size":100,"known_size":60,
//      "returned":[80,31,null],"shares":[0.8,0.31,null],"complete":1,
//      "people":"r_0","people_returned":["r_0_0","r_0_1",null]}],
//    "average":[{"cohorts":3,"size":250,"returned":70,"share":0.28},...],"meta":{...}}
//
// null: nobody could have returned yet. The first `complete` cells are of periods that are over for
// all of the cohort; later ones may grow. `average` is over the cohorts whose cell is complete.
//
// Layer 4. One thread a question, any number at once.
#pragma once

#include "query/plan.h"

namespace throughline::query {

/// Errors: as run_query.
Result<std::unique_ptr<Plan>> plan_retention(model::DocView query, const Environment& environment);

/// Returns the people behind a number, named by its token. Errors: as run_query.
Result<PeoplePage> retention_people(model::DocView query, std::string_view token, PageRequest page,
                                    const Environment& environment);

}  // namespace throughline::query
