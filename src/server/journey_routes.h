// Journeys: drafts under `journeys/`, what is published of them, their runs and counts.
#pragma once

#include "server/app.h"
#include "server/router.h"

namespace throughline::server {

/// /api/journeys…, /api/profiles/{ref}/journeys
void add_journey_routes(Router& router, App& app);

}  // namespace throughline::server
