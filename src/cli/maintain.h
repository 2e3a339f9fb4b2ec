// Commands on a data directory that no server has open: restore, resume-sending, verify.
//
// Layer 8.
#pragma once

#include "cli/command_line.h"

namespace throughline::cli {

Result<Exit> run_restore(const Arguments& arguments);
Result<Exit> run_resume_sending(const Arguments& arguments);
Result<Exit> run_verify(const Arguments& arguments);

}  // namespace throughline::cli
