// The journeys in force: every version that has runs, with its conditions on people compiled.
//
// A journey is two definitions. `journeys/KEY` is the draft: its `document` is the form of
// docs/journeys.md, which may have mistakes in it. `live_journeys/KEY` is what the fold made of it
// when somebody published it; nobody else writes it:
//
//   {"id": number for ever, "next": of the next version, "starting": version of new runs or 0,
//    "building": version that will be that one or 0,
//    "paused_at": us or null, "sweeps": [{"number","stop","mode","paused_at","at"}...],
//    "starts": [{"number","segment","by","properties","at"}...],
//    "versions":
//    [{"number","at","by","document","counter","deeds":[{"number","kept","new"}...]}...]}
//
// What the conditions of a version ask that people did is counted as what segments ask for is: a
// version whose deeds nobody counted before is `building` until their times of before have been
// brought in (segment_builder.h), and until the segments that it asks for are live. Meanwhile new
// runs are of the version before it.
//
// Layer 6. Immutable.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "engine/live_segments.h"
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
    uint32_t counter = 0;         // Of its deeds (live_segments.h); 0: it has none.
    std::vector<KeptDeed> deeds;  // In the order of deeds_of().
    std::shared_ptr<const journey::Definition> definition;  // Shared with Published.
};

/// Somebody starts everybody who is in a segment. The people are gone through one after the other,
/// some with each record, like a sweep.
struct MassStart {
    uint32_t number = 0;   // Of its journey, rising from 1.
    uint32_t segment = 0;  // Its number.
    std::string by;        // An actor.
    std::string properties;
    Micros at = 0;  // Who was in it by then.
};

struct LiveJourney {
    uint32_t id = 0;
    std::string key;
    uint32_t next = 1;      // Number of the next version.
    uint32_t starting = 0;  // The version of new runs; 0: none start.
    uint32_t building = 0;  // The one that waits to take its place; 0: none.
    Micros paused_at = kNoTime;
    std::vector<journey::Sweep> sweeps;
    std::vector<MassStart> starts;  // Ascending; those that are done leave with the next decision.
    std::vector<LiveVersion> versions;  // Ascending.

    /// Errors: Corrupt; InvalidArgument, when a version cannot be compiled any more.
    static Result<LiveJourney> from_doc(std::string_view key, model::DocView value);
    std::string to_doc() const;
    /// Null: it has no such version.
    const LiveVersion* version(uint32_t number) const;
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
    /// Segments that the conditions of a version ask for, each once.
    std::vector<std::string> segments_of(const LiveVersion& version) const;
    /// What versions count.
    const std::vector<Counter>& counters() const { return counters_; }
    /// What all of them together want of a profile, her zone included.
    const query::ProfileWants& wants() const { return wants_; }

private:
    Status add_version(const LiveVersion& version, const model::Namespaces& namespaces);
    void publish(const LiveJourney& journey);

    std::vector<LiveJourney> all_;
    journey::Published published_;
    std::unordered_map<const journey::Definition*, std::vector<segment::Segment>> conditions_;
    std::vector<Counter> counters_;
    query::ProfileWants wants_;
};

/// `fire`, `shift`, `skip`; nothing for another name.
std::optional<journey::Resume> resume_mode(std::string_view name);

/// Compiles the conditions on people of a definition. Errors: InvalidArgument, starting with the
/// place; more than segment::kDeedsMax different deeds.
Result<std::vector<segment::Segment>> compile_conditions(const journey::Definition& definition,
                                                         const model::Namespaces& namespaces);

/// What conditions count, each deed once, with as many times as any of them asks for.
std::vector<segment::Deed> deeds_of(std::span<const segment::Segment> conditions);

}  // namespace throughline::engine
