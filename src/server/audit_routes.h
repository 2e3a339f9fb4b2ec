// The audit: who changed what, newest first.
#pragma once

#include "server/app.h"

namespace throughline::server {

void add_audit_routes(Router& router, App& app);

}  // namespace throughline::server
