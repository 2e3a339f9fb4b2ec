// The `funnel` question: how many go how far, how fast, and who they are.
//
// The form of the question: funnel_spec.h; what its words mean: funnel.h and README.md.
//
//   {"kind":"funnel","steps":[{"label":"Cart","count":120,"known_count":80,"conversion":0.4,
//      "from_start":0.4,"dropped":60,"in_progress":10,"median_seconds":35,"p90_seconds":1200,
//      "people":"f_2_reached","people_dropped":"f_2_dropped",...}],
//    "time_to_convert":{"count":50,"median_seconds":...,"bins":[...]},
//    "lines":[{"breakdown":"pro","steps":[...],"time_to_convert":...}],"meta":{...}}
//
// count of a required step = count of the next + dropped + in_progress.
//
// Layer 4. One thread a question, any number at once.
#pragma once

#include "query/plan.h"

namespace throughline::query {

/// Errors: as run_query.
Result<std::unique_ptr<Plan>> plan_funnel(model::DocView query, const Environment& environment);

/// Returns the people behind a number, named by its token. Errors: as run_query.
Result<PeoplePage> funnel_people(model::DocView query, std::string_view token, PageRequest page,
                                 const Environment& environment);

}  // namespace throughline::query
