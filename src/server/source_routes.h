// Sources: settings, write keys, health, the latest events; and the mappings there are.
#pragma once

#include "server/app.h"

namespace throughline::server {

/// /api/sources…
void add_source_routes(Router& router, App& app);
/// /api/mappings
void add_mapping_routes(Router& router, App& app);

}  // namespace throughline::server
