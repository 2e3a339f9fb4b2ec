// Every kind of question by its name, and the people behind a number of its answer.
//
// Layer 4. Pure over its environment; one thread a question, any number of questions at once.
#pragma once

#include <string>

#include "base/result.h"
#include "model/doc.h"
#include "query/environment.h"

namespace throughline::query {

/// Answers one question in JSON.
///
/// Errors: InvalidArgument, naming the field (`query: series[0].measure: ...`), also for what the
/// contract knows and this version does not; Corrupt, Cancelled, DeadlineExceeded,
/// ResourceExhausted.
Result<std::string> run_query(model::DocView query, const Environment& environment);

/// Returns the people behind one number of its answer.
///
/// `cell` is the token that stands beside the number; of a trend, an object (trend.h).
/// Errors: as run_query.
Result<PeoplePage> people_behind(model::DocView query, model::DocView cell, PageRequest page,
                                 const Environment& environment);

}  // namespace throughline::query
