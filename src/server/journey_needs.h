// What published journeys need, so that it is not taken away under them.
//
// Layer 7. Pure; cost: the steps of all published versions.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "engine/settings.h"
#include "journey/definition.h"

namespace throughline::server {

/// Whether no message of a published journey names this. Without it, each of them would be refused.
///
/// Errors: FailedPrecondition, naming the journey and the step.
Status no_message_names(std::string_view area, std::string_view key,
                        std::string journey::MessageStep::*name, const engine::Settings& settings);

}  // namespace throughline::server
