// `/api/consents`: what people said, newest first, and what a person of the company writes down.
//
// A giving needs its proof: without evidence it is not taken. Many at once come as `items`, for
// people who are known already; those who are not are imported as events (docs/consents.md).
//
// Layer 7.
#pragma once

#include "server/app.h"
#include "server/router.h"

namespace throughline::server {

void add_consent_routes(Router& router, App& app);

}  // namespace throughline::server
