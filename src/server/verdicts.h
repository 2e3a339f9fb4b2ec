// Verdicts: what happened to one incoming event, for the debugger of a source and for live streams.
//
// Accepted events come from history, refused ones from quarantine, repeats from what this process
// has seen of them (duplicates_seen.h).
//
// Layer 7. Pure over views.
#pragma once

#include <string>
#include <vector>

#include "engine/person.h"
#include "server/app.h"

namespace throughline::server {

/// The verdict on an accepted event, packed.
std::string accepted_verdict(const engine::QueryView& view, const SecretKey& secret,
                             const sequence::Row& row, std::string_view payload);
/// A verdict, packed, and where its record stands in the log.
using Verdict = std::pair<model::Position, std::string>;
/// The verdicts on repeats; those of people who were erased are left out. Errors: of the reads.
Result<std::vector<Verdict>> duplicate_verdicts(const engine::View& view,
                                                const std::vector<DuplicatesSeen::Seen>& seen);
/// The verdict on a row of quarantine, packed.
std::string rejected_verdict(const engine::Settings& settings, model::Position position,
                             model::DocView row);

/// The latest verdicts of a source, newest first. History is searched back to a day before the
/// source's latest event. Errors: Corrupt; of the cold read.
Result<std::vector<std::string>> recent_verdicts(App& app, model::SourceId source, size_t limit);

/// Whose an event of an identity is now; empty when she was erased.
std::string profile_of(const engine::View& view, engine::IdentityId identity);

/// Writes a row of quarantine as the API and the export show it; of a long body the begin.
void write_reject(model::DocWriter& out, const engine::View& view, model::Position position,
                  model::DocView row);

/// `r_123`: how rejects are named.
std::string reject_id(model::Position position);
std::optional<model::Position> parse_reject_id(std::string_view id);

/// The bytes of a reject as they were received.
std::string reject_body(model::DocView row);
/// Bytes as text: what is not UTF-8 becomes U+FFFD; at most `size_max` bytes, whole characters.
std::string as_utf8(std::string_view bytes, size_t size_max);
/// Where it came in: `/v1/batch`, `import:im_3`.
std::string reject_path(model::DocView row);
/// The type of event it is, by its path or its own word; empty when nobody knows.
std::string reject_type(model::DocView row, std::string_view body);

}  // namespace throughline::server
