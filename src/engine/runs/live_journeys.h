// The journeys in force: every version that has runs, with its conditions on people compiled.
//
// A journey is two definitions. `journeys/KEY` is the draft: its `document` is the form of
// docs/journeys.md, which may have mistakes in it. `live_journeys/KEY` is what the fold made of it
// when somebody published it; nobody else writes it:
//
//   {"id": number for ever, "next": of the next version, "starting": version of new runs or 0,
//    "paused_at": us or null, "sweeps": [{"number","stop","mode","paused_at","at"}...],
//    "versions": [{"number","at","by","document"}...]}
//
// Layer 6. Immutable.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "journey/published.h"
#include "model/identifier.h"
#include "segment/segment.h"

namespace throughline::engine {

inline constexpr std::string_view kJourneyKind = "journeys";
inline constexpr std::string_view kLiveJourneyKind = "live_journeys";
/// The trait that holds a person's own zone, by its IANA name.
inline constexpr std::string_view kZoneTrait = "timezone";

struct LiveVersion {
    uint32_t number = 0;
    Micros at = 0;   // When it was published,
    std::string by;  // and by whom: an actor.
    std::string document;
    std::shared_ptr<const journey::Definition> definition;  // Shared with Published.
};

struct LiveJourney {
    uint32_t id = 0;
    std::string key;
    uint32_t next = 1;      // Number of the next version.
    uint32_t starting = 0;  // The version of new runs; 0: none start.
    Micros paused_at = kNoTime;
    std::vector<journey::Sweep> sweeps;
    std::vector<LiveVersion> versions;  // Ascending.

    /// Errors: Corrupt; InvalidArgument, when a version cannot be compiled any more.
    static Result<LiveJourney> from_doc(std::string_view key, model::DocView value);
    std::string to_doc() const;
};

class LiveJourneys {
public:
    /// Takes a `live_journeys` definition in. Errors: of from_doc(); of its conditions.
    Status add(std::string_view key, model::DocView value, const model::Namespaces& namespaces);

    bool empty() const { return all_.empty(); }
    /// Ascending by key.
    const std::vector<LiveJourney>& all() const { return all_; }
    const LiveJourney* find(std::string_view key) const;
    const LiveJourney* find(uint32_t id) const;
    /// Null: there is no such version, or not any more.
    const journey::Definition* find(uint32_t id, uint32_t version) const {
        return published_.find(id, version);
    }
    const journey::Published& published() const { return published_; }

    /// Requires: a definition of a version here, and one of its conditions.
    const segment::Segment& condition(const journey::Definition& definition, size_t number) const;
    /// What all of them together want of a profile, her zone included.
    const query::ProfileWants& wants() const { return wants_; }

private:
    void publish(const LiveJourney& journey);

    std::vector<LiveJourney> all_;
    journey::Published published_;
    std::unordered_map<const journey::Definition*, std::vector<segment::Segment>> conditions_;
    query::ProfileWants wants_;
};

/// `fire`, `shift`, `skip`; nothing for another name.
std::optional<journey::Resume> resume_mode(std::string_view name);

/// Compiles the conditions on people of a definition. What they count is not kept yet, so that they
/// may not ask what people did. Errors: InvalidArgument, starting with the place.
Result<std::vector<segment::Segment>> compile_conditions(const journey::Definition& definition,
                                                         const model::Namespaces& namespaces);

}  // namespace throughline::engine
