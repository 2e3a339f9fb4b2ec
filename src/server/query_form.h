// The API's form of a trend, to and from the form of the module `query`.
//
// Layer 7. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "model/doc.h"

namespace throughline::server {

/// The question as `query` reads it, packed. Errors: InvalidArgument for a bad breakdown.
Result<std::string> to_inner_query(model::DocView query);

/// The answer of `query` in the API's form, packed. `inner` is what run_query() gave, packed; no
/// point lies after `now`. What it is compared with stands in `previous`, in the same form.
std::string to_answer(model::DocView query, model::DocView inner, Micros now);

/// The token of a point: series, instant, and the breakdown value when there is one.
std::string cell_token(int64_t series, Micros at, std::optional<std::string_view> breakdown);
/// The cell of a token as `query` reads it, packed. Errors: InvalidArgument.
Result<std::string> cell_of_token(std::string_view token);

}  // namespace throughline::server
