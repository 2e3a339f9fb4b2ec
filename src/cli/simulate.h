// `throughline simulate`: a made-up retailer's events into files, with the truth beside them, or to
// a running server.
//
// Layer 8.
#pragma once

#include <span>

#include "cli/command_line.h"

namespace throughline::cli {

std::span<const Option> simulate_options();

Result<Exit> run_simulate(const Arguments& arguments);

}  // namespace throughline::cli
