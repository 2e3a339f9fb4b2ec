// throughline import: files of history, through a mapping, into a directory or a server.
//
// Layer 8.
#pragma once

#include "cli/command_line.h"

namespace throughline::cli {

Result<Exit> run_import(const Arguments& arguments);

}  // namespace throughline::cli
