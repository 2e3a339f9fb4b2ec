// Quarantine: what was refused and why; mend, replay, discard.
#pragma once

#include "server/app.h"

namespace throughline::server {

void add_reject_routes(Router& router, App& app);

}  // namespace throughline::server
