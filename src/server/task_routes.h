// `/api/tasks`: what journeys ask of teams and stores, and who takes it, gives it back or does it.
//
// Layer 7.
#pragma once

#include "server/app.h"
#include "server/router.h"

namespace throughline::server {

void add_task_routes(Router& router, App& app);

}  // namespace throughline::server
