// Tokens: who may use the management API. A secret is shown once, in the answer that made it.
#pragma once

#include "server/app.h"

namespace throughline::server {

void add_token_routes(Router& router, App& app);

}  // namespace throughline::server
