// Dashboards: saved questions side by side, kept under `dashboards/`.
#pragma once

#include "server/app.h"
#include "server/router.h"

namespace throughline::server {

/// /api/dashboards…
void add_dashboard_routes(Router& router, App& app);

}  // namespace throughline::server
