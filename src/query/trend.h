// The `trend` question: events, people, sessions, sums and averages per interval.
//
//   {"kind":"trend","from":"2026-01-01","to":"2026-02-01","timezone":"Europe/Istanbul",
//    "interval":"day","known":false,"where":...,
//    "breakdown":{"property":"plan"},
//    "series":[{"event":"Order Completed","measure":"sum","property":"revenue","where":...}]}
//
// An event counts in the interval that holds its time; the range is [from, to); intervals begin at
// the hour, day, Monday or month of the zone, whatever daylight saving does. `people` counts
// persons once an interval and once in the total, as they are merged now. `sessions` counts those
// in which the event happened, in the interval in which they began. Sums are exact decimals, one
// line a currency where a `currency` stands beside the property; what is no number is left out and
// counted in `ignored`. A breakdown answers the 50 largest values and `other`.
//
// Layer 4. Pure over its environment; one thread a question, any number of questions at once.
// Cost: that of a pass, and 2 to 5 ns for each event that counts.
#pragma once

#include "query/plan.h"

namespace throughline::query {

/// Errors: as run_query.
Result<std::unique_ptr<Plan>> plan_trend(model::DocView query, const Environment& environment);

/// Returns the people behind one number of its answer.
///
/// `cell` is {"series":0,"at":"2026-01-05T00:00:00.000Z","breakdown":"pro"}: `at` of a point, or
/// none for the total; `breakdown` where the question has one. Errors: as run_query; `other` has
/// no list.
Result<PeoplePage> trend_people(model::DocView query, model::DocView cell, PageRequest page,
                                const Environment& environment);

}  // namespace throughline::query
