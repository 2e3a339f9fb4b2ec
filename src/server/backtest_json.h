// What a backtest counted, in the API's form.
//
// Layer 7. Pure.
#pragma once

#include <functional>
#include <string>

#include "backtest/backtest.h"
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

}  // namespace throughline::server
