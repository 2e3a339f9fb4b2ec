// Every kind of question by its name, and the people behind a number of its answer.
//
// Layer 4. Pure over its environment; one thread a question, any number of questions at once.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/doc.h"
#include "query/environment.h"
#include "query/question_fields.h"

namespace throughline::query {

/// Whether a question can be asked, without asking it. Errors: InvalidArgument naming the field.
Status check_query(model::DocView query, const QuestionDefaults& defaults);

/// Answers one question in JSON.
///
/// Errors: InvalidArgument, naming the field (`query: series[0].measure: ...`), also for what the
/// contract knows and this version does not; Corrupt, Cancelled, DeadlineExceeded,
/// ResourceExhausted.
/// With `compare` (comparison.h) the answer carries that of the other range as `previous`.
Result<std::string> run_query(model::DocView query, const Environment& environment);

/// Answers several questions, each with its answer or its own error, reading history once for those
/// whose ranges are alike. What `meta` says was looked at was looked at for all of them.
std::vector<Result<std::string>> run_queries(std::span<const model::DocView> queries,
                                             const Environment& environment);

/// Returns the people behind one number of its answer.
///
/// `cell` is the token that stands beside the number; of a trend, an object (trend.h).
/// `compare` changes nothing: for the numbers before, ask with their range. Errors: as run_query.
Result<PeoplePage> people_behind(model::DocView query, model::DocView cell, PageRequest page,
                                 const Environment& environment);

}  // namespace throughline::query
