// Segments: definitions under `segments/`, who is in them, and what a draft would hold.
#pragma once

#include "server/app.h"
#include "server/router.h"

namespace throughline::server {

/// /api/segments…
void add_segment_routes(Router& router, App& app);

}  // namespace throughline::server
