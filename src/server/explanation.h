// The explanation of a person as JSON: her identities, what joins them, what was refused, and what
// people decided about her, also what was taken back.
//
// A decision's id is `d_` and its position.
//
// Layer 7. Pure over a View.
#pragma once

#include <optional>
#include <string>

#include "engine/person.h"
#include "identity/plan.h"

namespace throughline::server {

/// Writes the Explanation of a person (web/openapi.json).
/// Errors: those of the reads.
/// Cost: one read for each identity, its leaf, each neighbour and each piece of evidence shown.
Status write_explanation(const engine::View& view, const engine::Person& person,
                         model::DocWriter& out);

/// Writes one Decision. Errors: those of the reads.
Status write_decision(const engine::View& view, const identity::Decision& decision,
                      model::DocWriter& out);

/// The nodes and decisions of a view. Borrows it.
identity::PinnedNodes nodes_of(const engine::View& view);

/// `d_7`, as decisions are named outside.
std::string decision_name(identity::DecisionId id);
std::optional<identity::DecisionId> decision_named(std::string_view name);

}  // namespace throughline::server
