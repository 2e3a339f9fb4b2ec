// What providers report of addresses: bounces and complaints, which suppress them.
//
//   track `Email Bounced`     properties.type: hard, else nothing follows
//   track `Email Complained`
//
// The address is the e-mail identifier of the event. Only a source with a webhook mapping is
// believed: its key is known to the provider and to nobody's browser, so that no visitor can stop
// the mails of somebody else. The position of the event stands with the suppression: it is the
// evidence.
//
// Layer 6. The fold's thread. Cost: a comparison an event; a read and a write a report.
#pragma once

#include <optional>

#include "engine/settings.h"
#include "engine/tables.h"
#include "model/event.h"
#include "privacy/suppression.h"

namespace throughline::engine {

/// Why the addresses of an event are to be suppressed; nothing: they are not.
std::optional<privacy::SuppressionReason> reported_reason(const model::EventView& event);

/// Suppresses what an event reports. Errors: of the reads.
Status follow_report(Tables& tables, const SecretKey& secret, const Settings& settings,
                     const model::EventView& event, model::Position position);

/// Adds a reason to an address. Returns whether it is news. Errors: of the read.
Result<bool> suppress_address(Tables& tables, const Key128& address, model::NamespaceId space,
                              privacy::Suppression suppression);
/// Takes one reason away, or all. Returns whether there was any. Errors: of the read.
Result<bool> unsuppress_address(Tables& tables, const Key128& address,
                                std::optional<privacy::SuppressionReason> reason);

}  // namespace throughline::engine
