// A person's runs in the fold: loaded, moved on by journey::advance, written, and what follows.
//
// PersonActs calls it with whatever may move runs, after segments were decided. Runs lie as bytes
// by identity (journey/run.h); a person's are those of all her identities at that record, so that a
// merge moves nothing and a split gives each side its own back. Tables, written by the fold:
//
//   runs        identity                                   journey::encode_runs
//   run_owners  journey (u32), owner (u32), big-endian     empty: the owner has runs on their way
//   run_counts  run_counts.h
//
// What follows: rows of history (kRowNames), timers (TimerKind::Run), intents (intent_taker.h),
// tasks (tasks/tasks.h), traits, counts. A sweep (journey/published.h) looks at the owners of a
// journey one after the other, some with each record; how many follows from the record alone.
//
// Layer 6. The fold's thread. Cost: an event that no journey wants costs one look-up of its name;
// else a read of the runs of each of her identities, and a write of those that changed.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/consequences.h"
#include "engine/fold_state.h"
#include "engine/person_facts.h"
#include "engine/runs/intent_taker.h"
#include "engine/runs/run_counts.h"
#include "engine/tasks/tasks.h"
#include "engine/timers.h"

namespace throughline::engine {

/// That somebody entered or left a segment.
struct SegmentMove {
    identity::IdentityId root = 0;
    std::string segment;  // Its key.
    bool is_entry = true;
    bool is_late = false;  // Because of a history event, or since the segment is new.
};

/// A run that somebody starts.
struct HandStart {
    const LiveJourney& journey;
    std::string_view by;        // An actor.
    model::DocView properties;  // Of the event of its start.
};

struct PersonRunsParts {
    Tables& tables;
    const SecretKey& secret;
    FoldState& state;
    Consequences& consequences;
    Tasks& tasks;
    std::function<Status()> settle_leaves;
    IntentTaker* intents = nullptr;  // Null: nobody takes them.
};

/// Whose run the timer of a run wakes; `subject` as in Timer.
inline identity::IdentityId owner_of_timer(const Key128& subject) {
    return static_cast<identity::IdentityId>(subject.high >> 32);
}

class PersonRuns final : private journey::Facts {
public:
    explicit PersonRuns(PersonRunsParts parts)
        : parts_(std::move(parts)),
          person_(parts_.tables, parts_.secret, parts_.settle_leaves),
          counts_(parts_.tables.run_counts) {}

    /// Takes what holds from the next record on.
    void set_settings(std::shared_ptr<const Settings> settings);
    /// Whether there is any journey that was ever published.
    bool is_idle() const { return settings_->journeys().empty(); }

    /// Whether an event of this name may move a run.
    bool wants(std::string_view event) const {
        return !journeys().published().of_event(event).empty();
    }

    Status after_event(const Happening& now, const model::EventView& event,
                       identity::IdentityId identity);
    Status after_move(const Happening& now, const SegmentMove& move);
    /// People became one, or were parted: for each root of those.
    Status after_merge(const Happening& now, identity::IdentityId identity);
    /// Her zone may be another one.
    Status after_change(const Happening& now, identity::IdentityId identity);
    /// A task was claimed, given back or done.
    Status after_task(const Happening& now, identity::IdentityId owner,
                      const journey::TaskMoved& moved);
    Status stop(const Happening& now, identity::IdentityId owner, const Key128& run);
    /// Starts a run of hers by hand; returns why none started. Requires: new runs start.
    Result<std::optional<journey::Refusal>> start(const Happening& now, identity::IdentityId owner,
                                                  const HandStart& start);
    Status fire(const Happening& now, const Key128& subject);
    /// Looks at some owners of a journey of which all runs are to go through a sweep.
    Status sweep(const Happening& now, size_t most);
    bool has_sweeps() const {
        return !are_sweeps_known_ || !sweeping_.empty() || !starting_.empty();
    }
    /// Forgets all of an identity that is erased.
    Status forget(identity::IdentityId identity);
    /// Forgets what is counted of a journey that has gone. Requires: nobody is on her way.
    Status forget_journey(uint32_t id) { return counts_.forget(id); }
    Result<VersionCounts*> counts_of(uint32_t journey, uint32_t version) {
        return counts_.version(journey, version);
    }

    /// Everybody went through the sweeps of a journey up to this one.
    Result<uint32_t> swept(uint32_t journey);

    /// Mass starts of a journey up to this one are done.
    Result<uint32_t> started(uint32_t journey);

    /// Whose traits runs have set since the last call.
    std::vector<identity::IdentityId> take_updated() { return std::exchange(updated_, {}); }
    /// At the end of an epoch.
    void flush() { counts_.flush(); }

private:
    /// What is counted and listed of a run.
    struct Mark {
        Key128 run;
        identity::IdentityId owner = 0;
        uint32_t journey = 0;
        uint32_t version = 0;
        journey::StepIndex step = 0;
        bool is_over = false;
    };
    using Marks = std::vector<Mark>;

    const LiveJourneys& journeys() const { return settings_->journeys(); }

    bool holds(const journey::Definition& definition, uint16_t condition,
               const model::EventView& start, Micros at) override;
    TimeZone zone() override;
    Key128 person() override { return identity::identity_key(root_); }
    void update(uint32_t owner, std::string_view traits) override;
    Status set_traits(identity::IdentityId owner, model::DocView traits);
    Micros update_time();
    const query::ProfileFacts& profile();

    Status act(const Happening& now, identity::IdentityId owner,
               decltype(journey::Happening::what) what);
    Status find_sweeps();
    Status start_members(const Happening& now, size_t most);
    Result<bool> start_some(const Happening& now, const LiveJourney& live, size_t& most);
    Status load_facts();
    Status load(identity::IdentityId root);
    Status load_member(identity::IdentityId id);
    Status write(const Happening& now);
    Status write_owner(identity::IdentityId owner, const Marks& after);
    void list_journeys(identity::IdentityId owner, const Marks& after);
    Status count_kept(const Marks& marks, identity::IdentityId owner, uint64_t by);
    static Marks marks_of(const std::vector<journey::Run>& runs);
    static std::vector<uint32_t> journeys_of(const Marks& marks, identity::IdentityId owner);
    Status follow(const Happening& now, const journey::Row& row);
    void follow_by_form(const Happening& now, const journey::Row& row);
    size_t write_properties(const journey::Row& row, std::string& properties) const;
    Status ask_others(const Happening& now);
    Status keep_tasks(const Happening& now);
    const journey::Step& step_of(const journey::Row& row) const;
    Status count(const journey::Row& row);
    Mark& stand_of(const journey::Row& row);

    PersonRunsParts parts_;
    std::shared_ptr<const Settings> settings_;  // Shared with views of the epoch.
    PersonFacts person_;
    RunCounts counts_;
    TimeZone usual_zone_;             // Of the installation.
    std::vector<uint32_t> sweeping_;  // Journeys, ascending,
    std::vector<uint32_t> starting_;  // likewise those with mass starts that are not done,
    bool are_sweeps_known_ = true;    // as of these settings.

    // Of the person in hand.
    identity::IdentityId root_ = 0;
    std::vector<identity::IdentityId> members_;
    std::vector<journey::Run> runs_;
    Marks before_;  // As they were read.
    Marks stands_;  // Where runs are, as far as their rows were counted.
    journey::Consequences out_;
    Happening now_;
    std::string_view started_by_;  // Whoever starts a run by hand; empty: nobody does.
    Status status_;                // Of what the facts read.
    std::vector<identity::IdentityId> updated_;
    Happening last_update_;
    Micros updates_ = 0;  // At the instant of the last one.
    std::string bytes_;   // Scratch.

    /// The properties of rows that differ in nothing but their run.
    struct RowForm {
        std::string properties;
        size_t run_at = 0;  // Where the name of the run stands in them.
    };
    std::unordered_map<Key128, RowForm> forms_;  // Of these settings. Looked up only.
};

/// The name of the row of history that a row of a run becomes.
std::string_view run_row_name(journey::RowKind kind);

/// A run as people and programs name it: 32 digits of lower-case hexadecimal; none: no such name.
std::string run_name(const Key128& run);
std::optional<Key128> run_of_name(std::string_view name);

/// The key of an owner in table `run_owners`.
std::string run_owner_key(uint32_t journey, identity::IdentityId owner);
std::string run_owner_prefix(uint32_t journey);
identity::IdentityId owner_of_key(std::string_view key);

}  // namespace throughline::engine
