// `/api/sending`: whether messages leave, and what waits for whom; the way out of a hold; a test of
// who is set up to carry a channel. Who that is: `/api/settings/senders`.
//
// Layer 7.
#pragma once

#include "server/app.h"
#include "server/router.h"

namespace throughline::server {

void add_sending_routes(Router& router, App& app);

/// How sending stands, for answers and metrics: `on`, `held` or `off`.
std::string_view sending_state(const App& app);

}  // namespace throughline::server
