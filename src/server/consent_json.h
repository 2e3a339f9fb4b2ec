// What people said, as the management API writes it (web/openapi.json: Statement, Standing).
//
// Layer 7. Pure over a View.
#pragma once

#include "engine/consents.h"
#include "model/doc.h"

namespace throughline::server {

/// `given`, `withdrawn`; of a topic `subscribed`, `unsubscribed`.
std::string_view stand_name(privacy::Subject subject, bool is_given);

/// One statement of the list. Errors: of the reads.
Status write_statement_line(const engine::View& view, const engine::ListedStatement& listed,
                            model::DocWriter& out);

/// The fields `consents` and `topics` of a profile: what stands for each purpose and topic that
/// was said anything of. Errors: of the reads.
Status write_consents(const engine::View& view, const engine::Person& person,
                      model::DocWriter& out);

}  // namespace throughline::server
