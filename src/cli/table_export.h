// throughline export events|sessions|profiles: a table as files in a directory, part by part.
//
//   DIR/export.json             what is exported, and the parts that are finished
//   DIR/events-2026-03.parquet  a part: a month (or day) of the zone
//
// A part is written beside its place, synced, put there in one step, and only then noted, so what
// stands in export.json is whole. The same command again goes on with the parts that are missing;
// a finished one stays as it was at its moment.
//
// Layer 8.
#pragma once

#include "cli/command_line.h"

namespace throughline::cli {

/// Whether the operand of `export` names a table, not a person.
bool is_table(std::string_view operand);

Result<Exit> run_table_export(const Arguments& arguments);

}  // namespace throughline::cli
