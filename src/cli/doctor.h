// throughline doctor: what is wrong with a data directory or its machine, and what to do.
//
// Layer 8.
#pragma once

#include "cli/command_line.h"

namespace throughline::cli {

Result<Exit> run_doctor(const Arguments& arguments);

}  // namespace throughline::cli
