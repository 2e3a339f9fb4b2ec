// Imports: announce, preview, upload in pieces, start, watch, cancel.
#pragma once

#include "server/app.h"

namespace throughline::server {

/// /api/imports… Running imports stop when the router goes.
void add_import_routes(Router& router, App& app);

}  // namespace throughline::server
