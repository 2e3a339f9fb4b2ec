// `/api/profiles/{ref}/export`: everything about a person, as one JSON document.
//
//   {"profile":…,"explanation":…,"statements":[…],"items":[…],"events":[…],"rejects":[…]}
//
// Profile, explanation, what she said of consent and her items are of one view. Events are of the
// same moment, newest first, read page by page, so that a person of a million events takes no more
// memory than one of a hundred; the body goes out in pieces, never faster than the client takes
// them. Rejects are those that name an identifier of hers; erasure.h forgets the same ones.
//
// Layer 7. Cost: 0.5 us an event beside its bytes, and one pass over all rejects.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "engine/traces.h"
#include "server/app.h"
#include "server/router.h"

namespace throughline::server {

/// Registered by add_profile_routes().
void add_export_route(Router& router, App& app);

/// Takes the next bytes of the document; false: no more are wanted.
using ExportSink = std::function<bool(std::string_view)>;

/// A person to be exported, as of one moment.
class PersonExport {
public:
    /// Reads all but events and rejects. Errors: InvalidArgument, NotFound as person_of(); those of
    /// the reads.
    static Result<PersonExport> make(const App& app, std::string_view ref);

    const std::string& profile_id() const { return profile_id_; }

    /// Writes the document. Errors: those of the reads; what was written until then is no JSON.
    Status write(const ExportSink& sink) const;

private:
    explicit PersonExport(const App& app) : app_(&app) {}

    Status write_events(const ExportSink& sink, bool& goes_on) const;
    Status write_rejects(const ExportSink& sink, bool& goes_on) const;

    const App* app_;
    std::string profile_id_;
    std::string head_;                                          // All before events, as JSON.
    std::vector<uint32_t> identities_;                          // Whose events they are.
    engine::Traces traces_;                                     // That rejects may hold.
    std::shared_ptr<const engine::Settings> settings_;          // Shared with the engine's views.
    std::shared_ptr<const sequence::HistorySnapshot> history_;  // Likewise.
};

}  // namespace throughline::server
