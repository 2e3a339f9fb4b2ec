// What happens to a person's runs because of one happening: one pure function, the same live, after
// a crash and in a backtest.
//
// Before anything else runs go through what was decided about all runs of their journey (Sweep).
// Order within a happening: her runs, the oldest first (start, then journey, owner, slot), and of
// each its goals, then its exits, then what it waits for; then the triggers, by journey. A run that
// starts does not see the event that started it; one that has just ended lets a new one start.
//
// - A run's goals and exits act at once, whatever step it is on and also while it is paused.
// - Nothing that happened before a run's start (Run::since) wakes or ends it. History events wake
//   nothing and start nothing, unless the trigger includes them; as goals and exits they count.
// - What becomes of the item that started a run (`Item Changed` of the same) is news to it when it
//   comes, whatever its own time: it wakes and ends it, too.
// - A firing names owner, slot and timer; one whose run has moved on is void.
// - While its journey is paused, a run that would go on is held; nothing starts.
// - Of two runs with one journey and key the older goes on after a merge. A split needs nothing:
//   each identity has kept its own.
//
// Layer 5. Pure: no clock, no tables, no other people; what it asks of the person is handed in.
// Cost: about 0.9 us a step with its bytes and timers (bench/journey_bench.cc); a happening that no
// journey wants costs a look-up.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/civil.h"
#include "journey/published.h"
#include "journey/run.h"

namespace throughline::journey {

/// What is asked of the person, as of the happening. Whoever keeps people implements it.
class Facts {
public:
    virtual ~Facts() = default;
    /// Whether a condition (Definition::conditions) holds for her. `start`: the event that starts
    /// the run, or started it, as its context keeps it.
    virtual bool holds(const Definition& definition, uint16_t condition,
                       const model::EventView& start, Micros at) = 0;
    /// Her zone, else the installation's.
    virtual TimeZone zone() = 0;
    /// What a split hashes; the same for a person as long as she is not merged.
    virtual Key128 person() = 0;
    /// Sets traits (a packed object; null removes) by the identity that a run belongs to, before
    /// the next question about her.
    virtual void update(uint32_t owner, std::string_view traits) = 0;
};

struct EventHappened {
    model::EventView event;
};
struct SegmentMoved {
    std::string_view segment;
    bool is_entry = true;
    bool is_late = false;  // Because of a history event, or since the segment is new.
};
struct TimerDue {
    uint16_t slot = 0;  // Of a run of Happening::owner.
    uint16_t timer = 0;
};
enum class TaskMove : uint8_t { Claimed, Released, Done };
struct TaskMoved {
    Key128 task;  // effect_key of its intent.
    TaskMove how = TaskMove::Claimed;
};
struct PersonChanged {};  // Her zone may have changed: another trait, a split.
struct PeopleMerged {};
struct RunStopped {
    Key128 run;
};
/// Somebody starts a run of the version of new runs. Nothing is asked but what stands against a
/// second run: who starts it by hand has decided.
struct StartedByHand {
    uint32_t journey = 0;
    model::EventView event;  // What the run takes for the event of its start.
};
struct Swept {};  // Nothing but that runs go through the sweeps of their journeys.

struct Happening {
    Micros at = 0;       // The stamp of its record; of a timer its due time.
    uint64_t cause = 0;  // Position of its record.
    uint32_t owner = 0;  // The identity that it happened to, whose run starts.
    std::variant<EventHappened, SegmentMoved, TimerDue, TaskMoved, PersonChanged, PeopleMerged,
                 RunStopped, StartedByHand, Swept>
        what = PersonChanged{};
};

enum class RowKind : uint8_t {
    Entered,    // A run started.
    Reached,    // It came to a step.
    Chosen,     // Of a split; detail: the part.
    Updated,    // Traits were set.
    Goal,       // Detail: the ending, or kGoalOfStep.
    Claimed,    // Somebody took the task; detail: of how many such moves it is the last.
    Released,   // Nobody has it any more; detail: likewise.
    Done,       // The task is done.
    Escalated,  // The task was not done when due.
    Held,       // The run would go on, but its journey is paused.
    Ended       // Detail: EndReason.
};
inline constexpr uint16_t kGoalOfStep = 0xffff;

/// One row of history.
struct Row {
    RowKind kind = RowKind::Entered;
    uint16_t detail = 0;
    StepIndex step = 0;
    uint16_t visit = 0;
    uint16_t timer = 0;  // Tells one pause from the next.
    uint32_t owner = 0;
    uint32_t journey = 0;
    uint32_t version = 0;
    Key128 run;
    Micros at = 0;
    bool operator==(const Row&) const = default;
};

std::string_view row_name(RowKind kind);

/// What a row's message id is made of: the same again in a replay, another for every other row.
Key128 row_key(const Row& row);

enum class IntentKind : uint8_t { Message, Webhook, Task };

/// Something to be done outside; what and how stands in the step. Kept by the ledger (ledger.h).
struct Intent {
    IntentKind kind = IntentKind::Message;
    StepIndex step = 0;
    uint32_t owner = 0;
    uint32_t journey = 0;
    uint32_t version = 0;
    Key128 key;  // hash(run, step, visit): once for ever.
    Key128 run;
    Micros at = 0;
    Micros not_after = kNoTime;  // Of a task its due time; kNoTime: no limit.
    std::string context;         // Of the run: what it says is made of it.
    bool operator==(const Intent&) const = default;
};

/// A task that is due later than its intent said, since its journey went on after a pause.
struct Postponed {
    Key128 task;
    Micros due = 0;
};

struct Timer {
    Micros due = 0;
    uint32_t owner = 0;
    uint16_t slot = 0;
    uint16_t timer = 0;
    auto operator<=>(const Timer&) const = default;
};

/// Why a trigger that was met started nothing. Conditions that do not hold are no reason.
enum class Refusal : uint8_t {
    StillRunning,  // A run with the key is on its way.
    Never,         // There was one, and there may be no other.
    TooSoon,       // There was one, so long has not passed.
    NoKey,         // The event has no value for the key, or one of more than kKeyMax bytes.
    TooMany,       // The identity has as many runs, marks or bytes of contexts as it may (run.h).
    Paused,        // The journey is.
};

std::string_view refusal_name(Refusal why);

struct Refused {
    uint32_t journey = 0;
    Refusal why = Refusal::StillRunning;
    bool operator==(const Refused&) const = default;
};

/// What follows, in the order in which it came about. Kept and cleared by the caller.
struct Consequences {
    std::vector<Row> rows;
    std::vector<Intent> intents;
    std::vector<Timer> timers;
    std::vector<Postponed> postponed;
    std::vector<Refused> refused;
    std::vector<uint32_t> changed;  // Owners whose runs are to be written anew, each once.

    void clear();
};

/// Moves the runs of a person on. `runs`: all of hers, in any order; ended ones that nobody asks
/// about any more leave. Adds to `out`. Runs of versions that are not published stay as they are.
void advance(const Published& published, Facts& facts, const Happening& happening,
             std::vector<Run>& runs, Consequences& out);

/// What resuming would meet: shown before somebody decides.
struct Overdue {
    uint64_t held = 0;     // Fire lets them go on, Skip ends them.
    uint64_t waiting = 0;  // Wait on; with Shift longer.
};
Overdue count_overdue(const std::vector<Run>& runs, uint32_t journey);

}  // namespace throughline::journey
