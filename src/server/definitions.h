// Writing definitions over HTTP: ETags, preconditions, one writer at a time, pages of a kind.
//
// Layer 7. Thread-safe.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "server/app.h"

namespace throughline::server {

/// Held from reading a definition to writing it: this process is the only writer, so a change never
/// works on what is no longer so.
std::unique_lock<std::mutex> hold_definitions();

/// Checks If-Match (an ETag, or `*`: must exist) and If-None-Match (`*`: must not) against what
/// stands now. Returns the answer 412 when they do not hold.
Result<std::optional<net::HttpResponse>> check_preconditions(const ApiRequest& request,
                                                             const engine::Definition* standing,
                                                             std::string_view area);

/// Adds the ETag of a version.
net::HttpResponse with_etag(net::HttpResponse response, uint64_t version);

/// Who made a change, as answers name it: the token's key.
std::string_view actor_name(std::string_view actor);

/// The definitions of a kind on one page, in the order of their keys; `visit` is called for each.
/// Returns the cursor of the next page, empty at the end.
Result<std::string> page_of_definitions(
    const ApiRequest& request, const engine::Settings& settings, std::string_view kind,
    const std::function<void(const engine::Definition&)>& visit);

/// How many definitions of a kind there are.
size_t count_of(const engine::Settings& settings, std::string_view kind);

/// Deletes a definition after its preconditions. Errors: NotFound; of the fold.
Result<net::HttpResponse> delete_definition(App& app, const ApiRequest& request,
                                            std::string_view kind, std::string_view area);

/// The same for who holds the definitions already.
Result<net::HttpResponse> delete_held_definition(App& app, const ApiRequest& request,
                                                 std::string_view kind, std::string_view area);

/// Reads `0:123`; nothing for anything else.
std::optional<model::Position> parse_position(std::string_view text);

/// Waits until the position that `at_least` asks for is visible, at most five seconds.
/// Errors: InvalidArgument, DeadlineExceeded.
Status wait_for_position(const App& app, const ApiRequest& request);

}  // namespace throughline::server
