// Commands that ask the API and show its answer: query, export, backup.
//
// Layer 8.
#pragma once

#include "cli/command_line.h"

namespace throughline::cli {

Result<Exit> run_query(const Arguments& arguments);
Result<Exit> run_export(const Arguments& arguments);
Result<Exit> run_backup(const Arguments& arguments);

/// The answer of a trend as CSV (label, breakdown, at, value) or as a table for people: a line a
/// point, a column a series. Requires: a packed answer of POST /api/query.
std::string trend_csv(std::string_view answer_doc);
std::string trend_table(std::string_view answer_doc);

}  // namespace throughline::cli
