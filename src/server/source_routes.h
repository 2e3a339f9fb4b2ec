// Sources: settings, write keys, health, the latest events.
#pragma once

#include "server/app.h"

namespace throughline::server {

/// /api/sources…
void add_source_routes(Router& router, App& app);

}  // namespace throughline::server
