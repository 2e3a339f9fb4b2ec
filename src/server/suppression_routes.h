// `/api/suppressions`: addresses that nothing is to be sent to.
//
// They are kept as keyed hashes, so a list shows no address; whoever has one asks for it by a POST,
// so that it stays out of the logs of proxies. Only an administrator takes one off, with a reason.
//
// Layer 7.
#pragma once

#include "server/app.h"
#include "server/router.h"

namespace throughline::server {

void add_suppression_routes(Router& router, App& app);

}  // namespace throughline::server
