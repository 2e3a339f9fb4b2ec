// What the routes share: the engine, who may ask, and how the installation was started.
//
// Layer 7. Thread-safe as its parts say.
#pragma once

#include <memory>
#include <string>

#include "engine/engine.h"
#include "server/auth.h"
#include "server/duplicates_seen.h"
#include "server/last_use.h"
#include "server/vitals.h"

namespace throughline::engine {
class Dispatcher;
class Forwarder;
}  // namespace throughline::engine

namespace throughline::server {

struct AppOptions {
    std::string path_prefix;    // First-party prefix of the ingest routes, e.g. "/collect".
    bool behind_proxy = false;  // X-Forwarded-For and -Proto are true.
    std::string version;
    std::string data_directory;                // Of the engine.
    std::string spool_directory;               // Where uploaded files wait to be imported.
    engine::Dispatcher* dispatcher = nullptr;  // Outlives the server; null: nobody sends.
    engine::Forwarder* forwarder = nullptr;    // Likewise; null: nobody forwards.
};

struct App {
    engine::Engine& engine;
    Auth& auth;
    const Clock& clock;
    AppOptions options;
    Micros started_at = 0;
    // Shared by the routes that show figures.
    std::shared_ptr<Vitals> vitals = std::make_shared<Vitals>(engine, clock);
    // Written by ingest, read by the debugger and the live streams.
    std::shared_ptr<DuplicatesSeen> duplicates = std::make_shared<DuplicatesSeen>();
    // Written by whoever lets a caller in.
    std::shared_ptr<LastUse> last_use = std::make_shared<LastUse>();
};

/// Logs a decision of a person and waits until it is done. `fields` are written into the record
/// beside the action and the actor. Errors: of the fold's refusal.
Result<engine::Outcome> decide(App& app, const Caller& caller, std::string_view action,
                               const std::function<void(model::DocWriter&)>& fields);

/// Writes (or with an empty value removes) a definition. `if_version` < 0: whatever stands there.
Result<engine::Outcome> define(App& app, std::string_view actor, std::string_view kind,
                               std::string_view key, std::string_view value_doc,
                               int64_t if_version = -1);

/// The version that `If-Match` asks for; -1 without the header. Errors: InvalidArgument.
Result<int64_t> if_match(const ApiRequest& request);

}  // namespace throughline::server
