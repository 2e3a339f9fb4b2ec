// `/healthz`, `/readyz`, `/metrics`: for machines that watch.
//
// Layer 7.
#pragma once

#include "server/app.h"
#include "server/ingest_routes.h"

namespace throughline::server {

/// 200 while events are taken, else 503 with the reason; either way with disk, lag and sync time.
net::HttpResponse readiness(const App& app);

/// Prometheus text format (version 0.0.4).
net::HttpResponse metrics(const App& app, const IngestCounters& ingest);

}  // namespace throughline::server
