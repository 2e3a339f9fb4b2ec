// POST /api/backup: a complete copy of the data directory, made while the server runs.
//
// Layer 7.
#pragma once

#include "server/app.h"

namespace throughline::server {

void add_backup_routes(Router& router, App& app);

}  // namespace throughline::server
