// The live stream: counts once a second, and facts about incoming events as they happen.
#pragma once

#include "server/app.h"

namespace throughline::server {

/// GET /api/live. The feed ends, and with it all streams, when the router goes.
void add_live_routes(Router& router, App& app);

}  // namespace throughline::server
