// The `retention` question, read and checked.
//
//   {"kind":"retention","from":"-90d","to":...,"timezone":...,"known":false,"where":...,
//    "cohort":{"event":"Signed Up","where":...},"return":{"event":"*"},
//    "interval":"week","periods":12,"returning":"on","mode":"calendar",
//    "brackets":[[1,3],[4,7]],"ties":"in_step_order","breakdown":{"property":"plan","limit":10}}
//
// Layer 4. Immutable.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "query/question.h"
#include "query/retention.h"

namespace throughline::query {

struct RetentionSpec {
    Range range;
    Pass pass = {};  // Of more than the range: returns count after it, too.
    RetentionShape shape = {};
    std::string interval_name = {};
    std::vector<Micros> cohorts = {};  // Where each begins; the first may begin before the range.
    std::vector<Micros> cohort_ends = {};
    std::optional<size_t> breakdown = {};  // Dimension of the pass.
    size_t lines_max = 0;
    Micros end = 0;  // Until when events were looked for: now, or when the last period ends.
};

/// Errors: InvalidArgument naming the field, also for a field it does not know.
Result<RetentionSpec> parse_retention(model::DocView query, const QuestionDefaults& defaults);

std::string_view returning_name(Returning returning);

}  // namespace throughline::query
