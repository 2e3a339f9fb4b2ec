// Commands that ask the API and show its answer: query, export, backup, backtest.
//
// Layer 8.
#pragma once

#include "cli/command_line.h"

namespace throughline::cli {

Result<Exit> run_query(const Arguments& arguments);
Result<Exit> run_export(const Arguments& arguments);
Result<Exit> run_backup(const Arguments& arguments);
Result<Exit> run_backtest(const Arguments& arguments);

}  // namespace throughline::cli
