// What a backtest counted, in the API's form.
//
// Layer 7. Pure, but for write_backtest_people(), which reads profiles.
#pragma once

#include <functional>
#include <string>

#include "backtest/backtest.h"
#include "engine/view.h"
#include "model/doc.h"

namespace throughline::server {

/// Gives the id by which people and programs name a person.
using PersonName = std::function<std::string(uint32_t root)>;

/// Adds the fields of a segment's answer. Requires: the plan is of a segment.
void write_segment_backtest(const backtest::Plan& plan, const backtest::Outcome& outcome,
                            const PersonName& name, model::DocWriter& out);

/// Adds the fields of a journey's answer. Requires: the plan is of a journey.
void write_backtest(const backtest::Plan& plan, const backtest::Outcome& outcome,
                    const PersonName& name, model::DocWriter& out);

/// Adds the fields of the people behind a number of a journey. Requires: the draft asks for them,
/// for one more than stand on a page. Errors: of the reads.
Status write_backtest_people(const backtest::Plan& plan, const backtest::Outcome& outcome,
                             const engine::View& view, model::DocWriter& out);

}  // namespace throughline::server
