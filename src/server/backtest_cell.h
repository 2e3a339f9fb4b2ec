// The numbers of a backtest of a journey by name: each is named by the way to it in the answer,
// `["entered"]`, `["steps","reminder","reasons","no_consent"]`, `["days","2026-03-02","sent"]`.
//
// Layer 7. Pure.
#pragma once

#include <string>

#include "backtest/tally.h"
#include "model/doc.h"

namespace throughline::server {

/// The id of a step, `end` for the end.
std::string step_text(const journey::Definition& journey, journey::StepIndex step);
/// The name of a goal.
std::string goal_text(const journey::Definition& journey, uint16_t goal);
/// `2026-03-02`, of days since 1970-01-01.
std::string date_text(int64_t day);

/// The number that a list of texts names. Requires: the draft is of a journey and has its range.
/// Errors: InvalidArgument when the answer has no such number.
Result<backtest::CellName> cell_of(model::DocView way, const backtest::Draft& draft);

}  // namespace throughline::server
