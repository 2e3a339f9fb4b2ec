// `/api/profiles/{ref}/explain|split|merge|lift`: why identifiers are one person, and what a person
// decides about it.
//
// A decision is planned on a view, shown with the people before and after, and then taken by the
// fold, which checks it again: a dry run and the real thing answer alike.
//
// Layer 7.
#pragma once

#include "server/app.h"
#include "server/router.h"

namespace throughline::server {

void add_identity_routes(Router& router, App& app);

}  // namespace throughline::server
