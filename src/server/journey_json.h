// Journeys, their counts and runs as answers show them.
//
// Layer 7. Pure over a View.
#pragma once

#include "engine/runs/runs_view.h"
#include "engine/view.h"
#include "model/doc.h"

namespace throughline::server {

/// `draft` never published; `building`: what its first version asks for is being brought in;
/// `published`; `paused`; `stopped`: no new runs.
std::string_view journey_state(const engine::LiveJourney* live);

/// Problems and warnings of a document: [{"path","message"}...].
void write_findings(const engine::Settings& settings, std::string_view key, model::DocView document,
                    model::DocWriter& out);
/// The same of a text that cannot be read as a document at all.
void write_unreadable(const Error& error, model::DocWriter& out);

/// The fields of what is published, null where nothing is.
void write_live(const engine::View& view, const engine::LiveJourney* live,
                const engine::JourneyFigures& figures, model::DocWriter& out);

/// What a version counted, by its steps and edges.
void write_version_counts(const engine::LiveVersion& version, const engine::VersionCounts& counts,
                          model::DocWriter& out);

/// {"run","journey","version","state","step",...}, without the closing brace.
void write_run(const engine::LiveJourney& live, const journey::Run& run, model::DocWriter& out);

/// Entered, on their way, ended by reason, refused by reason.
void write_totals(const engine::JourneyFigures& figures, model::DocWriter& out);

}  // namespace throughline::server
