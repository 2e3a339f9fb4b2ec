// Kinds of definitions that the server keeps and does nothing with but check them: list, read,
// write, delete over HTTP.
//
// Who made one, and when, stays with it through all its versions.
//
// Layer 7. Thread-safe.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "server/app.h"
#include "server/router.h"

namespace throughline::server {

/// What a kind is like. The functions are called from any worker.
struct KeptKind {
    std::string_view kind;            // Its path: `questions`.
    std::string_view area;            // One of it, as messages begin: `question`.
    size_t most = 0;                  // That there may be.
    Scope changed_by = Scope::Write;  // Send: it decides what is sent; Admin: what others are told.

    /// Answers a body with several things wrong, all told at once; empty: read() tells the first.
    std::function<std::optional<net::HttpResponse>(model::DocView body)> refuse = {};
    /// Writes the fields to keep beside the name and the description. Errors: of a bad body.
    std::function<Status(model::DocView body, const engine::Settings&, model::DocWriter&)> read;
    /// Writes what stays of the one that stands (missing: there is none) although the body does not
    /// name it: secrets, which are never shown.
    std::function<void(model::DocView body, model::DocView standing, model::DocWriter&)> keep = {};
    /// Writes the fields of an answer beside those that every kind has.
    std::function<void(const engine::Definition&, const engine::Settings&, model::DocWriter&)>
        write;
    /// Whether one may go. Errors: FailedPrecondition, saying what it is needed for.
    std::function<Status(std::string_view key, const engine::Settings&)> may_go;
};

/// GET /api/<kind>, GET, PUT and DELETE /api/<kind>/{key}.
void add_kept_routes(Router& router, App& app, const KeptKind& kind);

}  // namespace throughline::server
