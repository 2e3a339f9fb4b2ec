// Totals of the installation.
#pragma once

#include "server/app.h"

namespace throughline::server {

void add_overview_routes(Router& router, App& app);

/// The fields that overview and live counts share: when, where, how many.
void write_totals(model::DocWriter& out, App& app, const engine::FoldState& state,
                  uint64_t rejects_open);

}  // namespace throughline::server
