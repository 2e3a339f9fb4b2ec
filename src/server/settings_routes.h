// Settings of the installation: identity, survivorship, and what it is called.
#pragma once

#include "server/app.h"

namespace throughline::server {

void add_settings_routes(Router& router, App& app);

}  // namespace throughline::server
