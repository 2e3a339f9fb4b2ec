// A run: one person's way through one version of a journey.
//
// A run belongs to the identity it was started on (`owner`), whoever that identity is merged with;
// a person's runs are those of her identities. It is kept as bytes beside that identity, all runs
// of one identity together:
//
//   version u8 · count varint · runs · count varint · marks of ended runs
//
// Of a run that ended nothing is kept but a mark, for as long as the rule of re-entry of its
// version asks about it: a run without version, step and context. So a mark needs no version to be
// kept, and one of a rule `never` costs about 20 bytes for ever.
//
// Layer 5. Values; coding is Pure. Cost: about 80 bytes a waiting run besides its context, which is
// the event that started it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "base/time.h"
#include "journey/definition.h"

namespace throughline::journey {

inline constexpr uint16_t kVisitsMax = 1'000;      // Steps that a run may enter in its life.
inline constexpr uint32_t kStepsARecordMax = 100;  // And because of one record.
// Of one identity, whose runs are read and written together; more are refused.
inline constexpr size_t kRunsMax = 500;              // On their way.
inline constexpr size_t kMarksMax = 10'000;          // Ended.
inline constexpr size_t kContextsMax = 1024 * 1024;  // Bytes of all contexts.
inline constexpr size_t kContextMax = 32 * 1024;     // Bytes of the event of the start.
inline constexpr size_t kKeyMax = 200;               // Bytes of a key.

enum class RunState : uint8_t {
    Waiting,  // On a step, for a time, an event, or somebody.
    Held,     // What it waited for has come, but its journey is paused.
    Over,     // It has just ended, or is a mark of one that has.
};

enum class EndReason : uint8_t {
    None,        // It is on its way.
    Completed,   // It came to the end.
    Goal,        // A goal was met.
    Exit,        // An exit was met.
    Superseded,  // An older run with its key goes on, since two people are one.
    Stopped,     // Somebody stopped it.
    Skipped,     // It was overdue after a pause, and those were to be skipped.
    Stuck,       // Too many steps: kVisitsMax, kStepsARecordMax.
};

std::string_view reason_name(EndReason reason);

/// What came to a held run, and what is done about it when it goes on.
enum class Wake : uint8_t { Time, Event, Task };

/// A part of a split that a run was given, for the next time it comes by.
struct Choice {
    StepIndex step = 0;
    uint8_t part = 0;
    bool operator==(const Choice&) const = default;
};

struct Run {
    Key128 id;             // hash(journey, owner, cause, time, key).
    uint32_t owner = 0;    // Identity.
    uint16_t slot = 0;     // Among the runs of the owner; its timers name it.
    uint16_t timer = 0;    // Of the timer that holds; older ones are void.
    uint32_t journey = 0;  // Number of the definition,
    uint32_t version = 0;  // and its version, for the life of the run.
    uint32_t sweep = 0;    // The last of the journey's sweeps that it went through (published.h).
    RunState state = RunState::Waiting;
    EndReason reason = EndReason::None;
    Wake held_by = Wake::Time;  // Of Held;
    uint8_t held_edge = 0;      // of Event the place of the edge.
    StepIndex step = 0;
    uint16_t visit = 0;        // Steps entered; tells one passage of a loop from the next.
    uint16_t task_moves = 0;   // Of its task, claims and releases: tells their rows apart.
    Micros started = 0;        // By the log's stamps, as all times but the next.
    Micros since = 0;          // When the event of the start happened, by its own time.
    Micros wait_from = 0;      // The wait began; of its rule, which the step has, follows:
    Micros wake_at = kNoTime;  // Its end; kNoTime: time does not end it.
    Micros ended = kNoTime;    // Of Over.
    std::vector<Choice> choices;
    std::string key;      // Value of the trigger's key; empty: it has none.
    std::string context;  // The event of the start (model/event.h), with its properties alone.

    bool is_over() const { return state == RunState::Over; }
    /// Whether that is all that is left of it.
    bool is_mark() const { return is_over() && version == 0; }
    bool operator==(const Run&) const = default;
};

/// What is kept of a run that ended: journey, key and start. The id is the hash of the key, and
/// wake_at when nobody asks any more; kNoTime: never.
Run mark_of(const Run& run, Micros until);

/// Appends the runs of `owner`. Requires: what is over is a mark. An owner without runs adds
/// nothing.
void encode_runs(const std::vector<Run>& runs, uint32_t owner, std::string& out);

/// Appends the runs that bytes of `owner` hold to `runs`. No bytes are no runs.
/// Errors: Corrupt; `runs` is as it was then.
Status decode_runs(std::string_view bytes, uint32_t owner, std::vector<Run>& runs);

/// The key of all that happens because a run is on a step: hash(run, step, visit).
Key128 effect_key(const Key128& run, StepIndex step, uint16_t visit);
inline Key128 effect_key(const Run& run) {
    return effect_key(run.id, run.step, run.visit);
}

/// 128 bits of a hash over `bytes` that mean the same wherever they are computed.
Key128 hash_key(std::string_view bytes);

}  // namespace throughline::journey
