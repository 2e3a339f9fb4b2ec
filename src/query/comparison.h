// `compare` of a question: the same asked of another range.
//
//   "compare":"previous"   the range as long before it: of full months the months before, of full
//                          days as many days, else as much time
//   "compare":"year"       the same range a year earlier, by the clocks of the zone
//
// Layer 4. Pure.
#pragma once

#include <optional>
#include <string>

#include "query/question_fields.h"

namespace throughline::query {

/// A question without `compare`, and the same about the range to compare with. Packed.
struct ComparedQuestions {
    std::string question;
    std::string before;
};

/// Nothing where the question compares with nothing. Errors: InvalidArgument.
Result<std::optional<ComparedQuestions>> compared_questions(model::DocView query,
                                                            const QuestionDefaults& defaults);

/// The range as long before another one.
Result<std::pair<Micros, Micros>> range_before(const Range& range);

}  // namespace throughline::query
