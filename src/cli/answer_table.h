// Answers of POST /api/query as text: CSV for machines, an aligned table for people.
//
// Layer 8. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace throughline::cli {

/// One row a number, with a head. Requires: a packed answer.
///   trend      series,breakdown,at,value
///   funnel     breakdown,step,label,count,conversion,from_start,dropped,in_progress,
///              median_seconds,p90_seconds
///   retention  breakdown,cohort,size,period,returned,share,complete
///   attribution  the dimensions,sessions,people,qualified,cost, conversions and value of each
///   model
///   sql        its own columns
std::string answer_csv(std::string_view answer_doc);

/// A line a point, step or cohort; a column a series, number or period. An incomplete share of a
/// retention bears a star. Requires: a packed answer.
std::string answer_table(std::string_view answer_doc);

/// Rows of cells under one another: the first cell stands left, the others right.
std::string aligned(const std::vector<std::vector<std::string>>& rows);

}  // namespace throughline::cli
