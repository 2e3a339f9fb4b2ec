// Which of the ingest endpoints a path means.
//
// SDKs are given hosts with and without `/v1`, behind first-party prefixes, and some double a part;
// all of that leads to the same place (contract.md, "Ingest").
//
// Layer 7. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/protocol.h"

namespace throughline::server {

enum class Endpoint : uint8_t {
    Events,        // POST /v1/track, /v1/t, /v1/batch, /v1/b, /v1/import ...
    Metrics,       // POST /v1/m: what an SDK says of itself
    Settings,      // GET /v1/projects/:writeKey/settings
    Library,       // GET /analytics.js/v1/:writeKey/analytics.min.js
    SourceConfig,  // GET /sourceConfig
    Beacon,        // POST /beacon/v1/batch
    Pixel,         // GET /pixel/v1/track
    Webhook,       // POST /v1/webhook/:source
};

struct IngestPath {
    Endpoint endpoint = Endpoint::Events;
    ingest::PathKind kind = ingest::PathKind::Batch;
    std::string key;  // Write key of Settings and Library, source of Webhook.
};

/// Returns nothing for a path that is none of them. `prefix` like "/collect", or empty.
std::optional<IngestPath> ingest_path(std::string_view path, std::string_view prefix);

}  // namespace throughline::server
