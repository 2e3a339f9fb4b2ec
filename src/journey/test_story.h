// Journeys and happenings made by chance, in a form of their own that is easy to interpret.
//
// Layer 5, tests only.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/random.h"
#include "base/time.h"
#include "journey/act.h"

namespace throughline::journey::testing {

constexpr int kNone = -1;  // No step (the end), no condition, no time of day.

/// What is asked of the person: her trait `t`, what she did, or the segment of those who do.
struct StoryCondition {
    int trait = kNone;  // `t` equals; kNone: what she did is asked.
    char name = 'A';
    int least = 1;
    int most = kNone;  // kNone: as often as she likes.
    int hours = 0;     // Before now; 0: ever.
    bool by_segment = false;

    std::string json() const;
    /// Requires: it asks what she did.
    bool is_met(int times) const { return times >= least && (most == kNone || times <= most); }
};

/// Those who did A twice within 20 hours: the segment `often`, which conditions may ask for.
inline constexpr StoryCondition kOften{.name = 'A', .least = 2, .hours = 20, .by_segment = true};

/// Something that somebody did, as it is counted.
struct Deed {
    int identity = 0;
    char name = 'A';
    Micros time = 0;
};

struct StoryEvent {
    char name = 'A';
    int least = 0;         // Of `amount`; 0: not asked.
    bool is_held = false;  // `order` as in the event of the start.
};

/// A step of a journey; the fields that its type has count.
struct StoryStep {
    std::string type;
    int next = kNone;
    int hours = 0;      // wait, timeout, due, deadline
    int until = kNone;  // Hour of the day.
    bool weekdays_only = false;
    std::vector<StoryEvent> events;
    // Of a branch; none: amount >= 5 of the start.
    std::vector<std::optional<StoryCondition>> conditions;
    std::vector<int> targets;  // Of events, conditions, parts; of a task where escalated.
    std::vector<int> shares;
    int value = 0;  // update: of `t`
};

struct StoryJourney {
    bool by_segment = false;
    StoryEvent on;      // The trigger.
    bool is_in = true;  // Of a segment's.
    bool is_keyed = false;
    bool takes_late = false;
    std::optional<StoryCondition> needs;
    Reentry reentry = Reentry::AfterEnd;
    int after_hours = 0;
    std::vector<StoryEvent> goals, exits;
    bool leaves_with_segment = false;  // A last exit.
    std::vector<StoryStep> steps;

    std::string json(int number) const;
};

// What happens, besides timers.
struct Did {
    char name = 'A';  // `I` is `Item Changed`, of the item `order`.
    int order = 0;    // 0: has none.
    int amount = 0;
    bool is_late = false;
    Micros time = 0;
};
struct Moved {
    bool is_entry = true;
    bool is_late = false;
};
struct TraitSet {
    int value = 0;
};
struct ZoneSet {
    int zone = 0;  // Of kZones.
};
struct Merged {
    int other = 0;
};
struct Split {};  // The identity is on its own again.
struct Edited {
    int journey = 0;
    StoryJourney definition;
};
struct Paused {
    int journey = 0;
};
struct Resumed {
    int journey = 0;
    Resume mode = Resume::Fire;
};
struct Tasked {
    size_t task = 0;  // Place among all tasks so far.
    TaskMove how = TaskMove::Claimed;
};
struct Stopped {
    size_t run = 0;  // Place among all runs so far.
};
struct StoppedAll {
    int journey = 0;
};

struct StoryHappening {
    Micros at = 0;
    int identity = 0;
    std::variant<Did, Moved, TraitSet, ZoneSet, Merged, Split, Edited, Paused, Resumed, Tasked,
                 Stopped, StoppedAll>
        what;
};

inline constexpr int kIdentities = 4;
inline constexpr const char* kZones[] = {"Europe/Bucharest", "America/New_York", "Asia/Kathmandu",
                                         "Australia/Lord_Howe"};

struct Story {
    std::vector<StoryJourney> journeys;
    std::vector<StoryHappening> happenings;
};

/// The name of an event, as a definition has it.
std::string event_name(char name);

/// Whether items change in a story: in an engine they do so by records of their own.
enum class Items { None, Some };
Story make_story(uint64_t seed, Items items = Items::None);

}  // namespace throughline::journey::testing
