// The marketing of an installation, from its definitions: channels/…, costs/…, settings/qualified
// and settings/attribution.
//
// Layer 7. Pure over the settings.
#pragma once

#include "engine/settings.h"
#include "query/marketing.h"

namespace throughline::server {

/// What is defined. Definitions were checked when written; one that cannot be read any more is
/// left out.
query::Marketing marketing_of(const engine::Settings& settings);

/// Errors: InvalidArgument for anything but {"own_hosts":["pay.example"]}.
Status check_attribution_settings(model::DocView value);

}  // namespace throughline::server
