// What journeys name and keep elsewhere: segments, templates, purposes, topics, senders.
//
// A draft may come before what it names, so that what is missing is a warning, but for a segment
// that a condition asks for: without it nobody could be decided.
//
// Layer 7. Pure.
#pragma once

#include <vector>

#include "engine/settings.h"
#include "journey/definition.h"

namespace throughline::server {

/// Adds what `definition` names and is not there, or does not fit, with its path.
void find_named(const journey::Definition& definition, const engine::Settings& settings,
                std::vector<journey::Problem>& warnings);

}  // namespace throughline::server
