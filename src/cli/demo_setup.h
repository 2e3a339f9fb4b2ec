// What the demo shop is set up with, through the routes that people use: the types of items that
// ship; purposes, a topic, quiet hours; texts in three languages; segments; and the journeys that
// ship, published. Messages go into files: the demo writes to nobody.
//
// Layer 8.
#pragma once

#include <string_view>

#include "cli/api.h"

namespace throughline::cli {

/// Sets everything up; a second time leaves it as it is. Errors: of the routes.
Status set_up_demo(Api& api);

/// The calls, as JSON: `[{"path", "body"}]`.
std::string_view demo_setup_text();

}  // namespace throughline::cli
