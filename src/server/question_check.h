// Whether a question, or the range of a dashboard, could be asked: checked before it is kept.
//
// Layer 7. Pure over the settings and the time.
#pragma once

#include <string>

#include "engine/settings.h"

namespace throughline::server {

/// What a check is made against.
struct QuestionContext {
    const engine::Settings& settings;
    Micros now = 0;
};

/// Reads a question as asking it would, in the form of POST /api/query.
/// Errors: InvalidArgument, naming the field below `field`: `question: question.steps[1].where: …`.
Status check_question(model::DocView question, const QuestionContext& context,
                      const std::string& field);

/// Reads {"from":…,"to":…}; `to` may be absent or null. Errors: as check_question.
Status check_range(model::DocView range, const QuestionContext& context, const std::string& field);

}  // namespace throughline::server
