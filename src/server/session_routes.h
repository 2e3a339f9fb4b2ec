// Signing in and out: `/api/session`.
//
// Layer 7.
#pragma once

#include "server/app.h"

namespace throughline::server {

void add_session_routes(Router& router, App& app);

}  // namespace throughline::server
