// Saved questions: a question with a name, kept under `questions/`.
#pragma once

#include "server/app.h"
#include "server/router.h"

namespace throughline::server {

/// /api/questions…
void add_question_routes(Router& router, App& app);

}  // namespace throughline::server
