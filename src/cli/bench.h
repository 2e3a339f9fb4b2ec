// `throughline bench`: what this machine makes of the program, in half a minute.
//
// Layer 8.
#pragma once

#include <span>

#include "cli/command_line.h"

namespace throughline::cli {

std::span<const Option> bench_options();

Result<Exit> run_bench(const Arguments& arguments);

}  // namespace throughline::cli
