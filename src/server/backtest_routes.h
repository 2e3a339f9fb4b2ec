// Backtests: what a draft of a journey would have done over real history, and who would have been
// in a draft of a segment. Nothing is sent.
//
// Layer 7.
#pragma once

#include "server/app.h"
#include "server/router.h"

namespace throughline::server {

void add_backtest_routes(Router& router, App& app);

}  // namespace throughline::server
