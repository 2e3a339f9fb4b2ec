// `/api/accounts/{key}`: companies, households and teams that people belong to.
//
// Layer 7. Cost: 0.3 us a member, for the count.
#pragma once

#include "server/app.h"
#include "server/router.h"

namespace throughline::server {

void add_account_routes(Router& router, App& app);

}  // namespace throughline::server
