// Mappings: those that ship, and the installation's own as definitions under `mappings/`.
#pragma once

#include "server/app.h"

namespace throughline::server {

/// /api/mappings…
void add_mapping_routes(Router& router, App& app);

}  // namespace throughline::server
