// Reading statements out of events and of decisions.
//
//   track `Consent Given`, `Consent Withdrawn`       properties.purpose, or a list `purposes`
//   track `Topic Subscribed`, `Topic Unsubscribed`   properties.topic, or a list `topics`
//     beside it: only (a channel or a list), basis, notice_version, channel, evidence, actor
//   any event, context.consent.categoryPreferences   {"advertising": false}: what a banner is set
//   to
//
// A withdrawal that names nothing is one of everything; a giving that names nothing says nothing.
//
// Layer 3. Pure. What it reads came from outside; nothing of it can fail.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/doc.h"
#include "model/event.h"
#include "privacy/statement.h"

namespace throughline::privacy {

/// Flag of an event that says something for a book, beside those of model::EventFlag.
inline constexpr uint8_t kEventConsent = 64;

inline constexpr size_t kStatementsOfOneMax = 200;  // Out of one record; more are not read.

/// Whether an event says something for a book. Ingest marks it (kEventConsent), so that the fold
/// looks at a bit. `consent`: its context.consent.
bool says_something(model::EventType type, std::string_view name, model::DocView consent);

/// The statements of an event: expressly made, and the preferences of a banner. Without `stamp`,
/// `position` and `speaks_for`, which are the fold's to know.
std::vector<Statement> statements_of(const model::EventView& event);

/// Writes a statement as a decision carries it, and reads it again.
void write_statement(model::DocWriter& out, const Statement& statement);
Result<Statement> read_statement(model::DocView doc);

}  // namespace throughline::privacy
