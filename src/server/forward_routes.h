// `/api/forwards`: accepted events that go on to others, how far each forward is, and what keeps
// it.
//
// Layer 7.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/forwarding/forwarder.h"
#include "server/app.h"
#include "server/router.h"

namespace throughline::server {

/// How a forward stands.
struct ForwardStanding {
    std::string key;
    engine::ForwardReport report;
    uint64_t lag_records = 0;             // Of any kind, still to be looked at.
    std::optional<uint64_t> lag_seconds;  // Nothing: unknown.
};

/// Of every forward, by key.
std::vector<ForwardStanding> forwards_of(const App& app);

void add_forward_routes(Router& router, App& app);

}  // namespace throughline::server
