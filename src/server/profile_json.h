// People and their events as the management API writes them (web/openapi.json: Profile,
// ProfileSummary, Event).
//
// Layer 7. Pure over a View. Cost: a profile of three identities about 5 us beside reading it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/person.h"
#include "engine/view.h"
#include "sequence/row.h"

namespace throughline::server {

/// Writes the names that stand behind numbers. Outlives the view that it was made from.
class Names {
public:
    Names(std::shared_ptr<const engine::Settings> settings, const SecretKey& secret)
        : settings_(std::move(settings)), secret_(secret) {}
    explicit Names(const engine::View& view) : Names(view.settings, view.secret) {}

    std::string profile(engine::IdentityId root) const;
    /// The key of a source; empty for one that was removed.
    std::string_view source(model::SourceId id) const;
    std::string_view space(model::NamespaceId id) const;

private:
    std::shared_ptr<const engine::Settings> settings_;  // Shared with the engine's views.
    const SecretKey& secret_;
};

/// The leaf of an identity; an empty one when it has no event of its own.
Result<profile::Leaf> read_leaf(const engine::View& view, engine::IdentityId identity);

/// When an identity of a person was last on an event: its node knows to the hour, its `own` leaf
/// exactly for events of its own, the other leaves for events that carried it beside a stronger
/// one.
Micros last_seen(const engine::Person& person, const engine::PersonIdentity& identity,
                 const profile::Leaf& own);

/// The golden record. Errors: those of the reads.
Status write_profile(const engine::View& view, const engine::Person& person, model::DocWriter& out);

/// One line of a list. `word` is what a search met, folded; empty without a search.
void write_summary(const engine::View& view, const engine::Person& person, std::string_view word,
                   model::DocWriter& out);

void write_event(const Names& names, const sequence::StoredEvent& stored, model::DocWriter& out);

/// {"namespace":…,"value":…}
void write_identifier(std::string_view space, std::string_view value, model::DocWriter& out);

/// What an event is called: its name, else its type.
std::string_view event_title(const model::EventView& event);

}  // namespace throughline::server
