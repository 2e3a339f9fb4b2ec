// What a statement needs of the tables, read off the plan that DuckDB made of it: rows that its
// filters refuse need not be shown, nor fields of JSON that nobody looks at.
//
// DuckDB's C interface hands a table the columns wanted and no filters; but `json_serialize_plan`
// tells the optimised plan. A filter counts where nothing between it and the table could tell that
// rows are missing: other filters, projections, marks of an IN. DuckDB still applies it, so a table
// may show more. A table that stands in the plan several times shows what any of them needs: which
// scan is which is not told.
//
//   FILTER time >= 2026-02-01 AND event = 'Order Completed'
//   └ PROJECTION event, properties ->> 'revenue'             range from 2026-02-01
//     └ GET events [1, 2, 12]                                event: Order Completed
//                                                            properties: revenue
//
// What is not understood needs everything: an answer never depends on it, only its cost.
//
// Layer 5. Pure.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "model/doc.h"
#include "sql/table.h"

namespace throughline::sql {

using TextSet = std::set<std::string, std::less<>>;

struct TableNeeds {
    TimeRange range = {};  // By the table's time.
    /// Columns of which a row must have one of these texts.
    std::map<std::string, TextSet, std::less<>> texts = {};
    /// Columns of JSON of which only these fields are looked at.
    std::map<std::string, TextSet, std::less<>> fields = {};
};

/// By name of the table; nothing about a table: all of it is needed.
using StatementNeeds = std::map<std::string, TableNeeds, std::less<>>;

/// The SELECT whose one value is the plan of a statement.
std::string plan_statement(const std::string& statement);

/// Requires: `plan` is the answer of plan_statement(), or anything else, which needs everything.
StatementNeeds needs_of(model::DocView plan);

}  // namespace throughline::sql
