// Templates of messages: kept under `templates/`, checked when saved, looked at as any person.
#pragma once

#include "server/app.h"
#include "server/router.h"

namespace throughline::server {

/// /api/templates…
void add_template_routes(Router& router, App& app);

}  // namespace throughline::server
