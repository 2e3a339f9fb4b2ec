// Purposes and topics: definitions under `purposes/` and `topics/`, read by privacy/rules.h.
//
// Layer 7.
#pragma once

#include "server/app.h"
#include "server/router.h"

namespace throughline::server {

/// /api/purposes… and /api/topics…
void add_purpose_routes(Router& router, App& app);

}  // namespace throughline::server
