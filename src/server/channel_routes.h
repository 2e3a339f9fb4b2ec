// Channels and what they cost: the default set, the installation's own definitions under
// `channels/`, sheets of costs under `costs/`.
#pragma once

#include "server/app.h"

namespace throughline::server {

/// /api/channels… and /api/costs…
void add_channel_routes(Router& router, App& app);

}  // namespace throughline::server
