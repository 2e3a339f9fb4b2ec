// `/api/forwards`: accepted events that go on to others, how far each forward is, and what keeps
// it.
//
// Layer 7.
#pragma once

#include "server/app.h"
#include "server/router.h"

namespace throughline::server {

void add_forward_routes(Router& router, App& app);

}  // namespace throughline::server
