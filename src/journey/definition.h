// What a journey does, compiled: an array of steps with edges by index.
//
// docs/journeys.md has the whole form. In short:
//
//   key, name, trigger, reentry, goals, exits, steps: [{id, type, ..., next}]
//
// A step that names no `next` goes on to the one below it, the last one to the end; `end` as a
// target is the end. Compiling tells every problem at once (up to 100), each with its place and
// what to do. Conditions on the person (`if`) are kept packed and numbered: whoever keeps people
// compiles them and answers for them (act.h, Facts); conditions on an event (`where`) are compiled
// here.
//
// Layer 5. A Definition is Immutable and safe from any thread. Pure.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/event.h"
#include "query/predicate.h"

namespace throughline::journey {

// What becomes of items, by name; their properties `catalog` and `item` say of which.
inline constexpr std::string_view kItemChanged = "Item Changed";
inline constexpr std::string_view kItemOverdue = "Item Overdue";

inline constexpr size_t kStepsMax = 500;
inline constexpr size_t kEdgesMax = 20;     // Of one step; also goals and exits of a journey.
inline constexpr uint32_t kParts = 10'000;  // Of which a split hands out shares.

using StepIndex = uint16_t;
inline constexpr StepIndex kEnd = 0xffff;  // As a target: the run ends.

/// An event that starts, wakes or ends a run.
struct EventWanted {
    uint16_t name = 0;  // Place among the definition's event names.
    model::EventType type = model::EventType::Track;
    query::Predicate where = {};                 // Of Leaves::Properties.
    std::vector<query::PropertyPath> hold = {};  // Equal, as texts, in the event of the start.
};

/// A move of the person into a segment, or out of it.
struct SegmentWanted {
    std::string segment;
    bool is_entry = true;
};

using Wanted = std::variant<EventWanted, SegmentWanted>;

struct Trigger {
    Wanted on = SegmentWanted{};
    std::optional<uint16_t> condition = {};       // On the person.
    std::optional<query::PropertyPath> key = {};  // One run for each of its values.
    bool includes_late = false;                   // History events start runs, too.
};

enum class Reentry : uint8_t {
    AfterEnd,       // Once no run is on its way.
    Never,          // Once for ever.
    AfterDuration,  // As AfterEnd, and not before so long after the last start.
};

/// What ends a run whatever step it is on.
struct Ending {
    std::string name;
    bool is_goal = false;
    Wanted on = SegmentWanted{};
};

struct MessageStep {
    std::string channel, template_key, purpose, topic;  // No topic: empty.
    Micros deadline = 0;                                // Not to be sent so long after; 0: none.
};
struct WebhookStep {
    std::string url;
    Micros deadline = 0;
};
struct WaitStep {
    Micros duration = 0;
    std::optional<Micros> time_of_day = {};  // Then until clocks of the person show this
    uint8_t days = 0x7f;                     // on one of these days; bit 0 is Monday.
};
struct WaitForStep {
    struct Edge {
        EventWanted on;
        StepIndex next = kEnd;
    };
    std::vector<Edge> events;
    Micros timeout = 0;  // Step::next when it has passed.
};
struct BranchStep {
    struct Path {
        std::optional<uint16_t> condition = {};  // On the person,
        query::Predicate where = {};             // and on the event of the start.
        StepIndex next = kEnd;
    };
    std::vector<Path> paths;  // The first that holds; Step::next if none does.
};
struct SplitStep {
    struct Part {
        std::string name;
        uint32_t parts = 0;  // Of kParts; all together make them up.
        bool is_holdout = false;
        StepIndex next = kEnd;
    };
    std::string salt;
    std::vector<Part> parts;
};
struct UpdateStep {
    std::string traits;  // A packed object.
};
struct TaskStep {
    std::string team, title;
    std::optional<query::PropertyPath> store = {};  // In the event of the start: which store.
    Micros due = 0;  // So long after it was given out; 0: no due time.
    std::optional<StepIndex> escalated_next = {};  // None: it stays open when it is overdue.
};
struct GoalStep {
    std::string name;
};
struct EndStep {};

struct Step {
    std::string id;
    std::variant<MessageStep, WebhookStep, WaitStep, WaitForStep, BranchStep, SplitStep, UpdateStep,
                 TaskStep, GoalStep, EndStep>
        what;
    StepIndex next = kEnd;
};

/// What is wrong, or odd: `steps[2].next` and `no step is called remnd; did you mean remind?`.
struct Problem {
    std::string path;
    std::string message;
    bool operator==(const Problem&) const = default;
};

struct Compiled;

class Definition {
public:
    /// Errors: none as such; problems are in what is returned. Cost: linear in the document, and
    /// of the regular expressions in it.
    static Compiled compile(model::DocView document);

    const std::string& key() const { return key_; }
    const std::string& name() const { return name_; }
    const Trigger& trigger() const { return trigger_; }
    Reentry reentry() const { return reentry_; }
    Micros reentry_after() const { return reentry_after_; }          // Of AfterDuration.
    const std::vector<Ending>& endings() const { return endings_; }  // Goals, then exits.
    const std::vector<Step>& steps() const { return steps_; }        // A run starts at the first.
    const std::vector<std::string>& event_names() const { return event_names_; }

    /// A condition on the person: a packed document, and where it stands.
    struct Condition {
        std::string document;
        std::string path;
    };
    const std::vector<Condition>& conditions() const { return conditions_; }

private:
    friend class DefinitionReader;

    std::string key_, name_;
    Trigger trigger_;
    Reentry reentry_ = Reentry::AfterEnd;
    Micros reentry_after_ = 0;
    std::vector<Ending> endings_;
    std::vector<Step> steps_;
    std::vector<std::string> event_names_;
    std::vector<Condition> conditions_;
};

struct Compiled {
    std::shared_ptr<const Definition> definition;  // Shared by its runs; null: there are problems.
    std::vector<Problem> problems;
    std::vector<Problem> warnings;  // It can run, but is hardly meant so.
};

/// The steps that a run can go to from a step; kEnd is the end. Ascending, each once.
std::vector<StepIndex> targets_of(const Step& step);

/// Whether a run stops at a step until something happens.
bool is_waiting(const Step& step);

/// The name of a type of step as definitions write it: `wait_for`.
std::string_view type_name(const Step& step);

/// Steps that no run reaches, and loops without a wait, which would end a run as stuck.
std::vector<Problem> warnings_of(const Definition& definition);

}  // namespace throughline::journey
