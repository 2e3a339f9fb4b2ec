// Names to choose from while a question is written: events, their properties, values of these.
#pragma once

#include "server/app.h"

namespace throughline::server {

void add_schema_routes(Router& router, App& app);

}  // namespace throughline::server
