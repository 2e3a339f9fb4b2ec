// Questions over HTTP, and the people behind a number.
//
// The module `query` answers; what is done here is the API's own form: `*` for every event,
// `breakdown.property` that may be `source`, `event` or `channel`, how many values to keep, and the
// token that leads from a point of the answer to its people.
#pragma once

#include "server/app.h"
#include "server/query_desk.h"
#include "server/router.h"

namespace throughline::server {

void add_query_routes(Router& router, App& app);

/// How far what was handed in under the name in the path is. Errors: NotFound.
Result<net::HttpResponse> answer_progress(const QueryDesk& desk, const ApiRequest& request);

}  // namespace throughline::server
