// `/api/profiles`: finding people, their golden records and timelines, pinned traits, erasure.
//
// Layer 7. Cost: a profile is one View, held while it is read and written, about 20 us.
#pragma once

#include "engine/person.h"
#include "server/app.h"
#include "server/router.h"

namespace throughline::server {

/// Registers the routes of people, the export (export.h) included.
void add_profile_routes(Router& router, App& app);

/// Reads the person whom `{ref}`, the first parameter of a route, names.
/// Errors: InvalidArgument for what is no reference; NotFound for nobody, and for the erased.
Result<engine::Person> person_of(const engine::View& view, const ApiRequest& request);
Result<engine::Person> person_of(const engine::View& view, std::string_view ref);

/// The text that a person must give with a decision: why. Errors: InvalidArgument.
Result<std::string> reason_of(const ApiRequest& request, std::string_view area);

}  // namespace throughline::server
