// `/api/profiles/{ref}/explain|split|merge|lift`: why identifiers are one person, and what a person
// decides about it.
//
// A decision is planned on a view, shown with the people before and after, and then taken by the
// fold, which checks it again: a dry run and the real thing answer alike. Its id is `d_` and its
// position.
//
// Layer 7.
#pragma once

#include <optional>
#include <string>

#include "engine/person.h"
#include "identity/plan.h"
#include "server/app.h"
#include "server/router.h"

namespace throughline::server {

void add_identity_routes(Router& router, App& app);

/// Writes the Explanation of a person (web/openapi.json).
/// Errors: those of the reads.
/// Cost: one read for each identity, its leaf, each neighbour and each piece of evidence shown.
Status write_explanation(const engine::View& view, const engine::Person& person,
                         model::DocWriter& out);

/// `d_7`, as decisions are named outside.
std::string decision_name(identity::DecisionId id);
std::optional<identity::DecisionId> decision_named(std::string_view name);

}  // namespace throughline::server
