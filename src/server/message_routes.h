// `/api/messages`: every message that was asked for, also those that were not sent, each with its
// reason; and what somebody decides about those of which nobody knows.
//
// Layer 7.
#pragma once

#include "server/app.h"
#include "server/router.h"

namespace throughline::server {

void add_message_routes(Router& router, App& app);

}  // namespace throughline::server
