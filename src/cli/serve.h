// throughline serve: the server until a signal stops it.
//
// Layer 8.
#pragma once

#include "cli/command_line.h"

namespace throughline::cli {

Result<Exit> run_serve(const Arguments& arguments);

}  // namespace throughline::cli
