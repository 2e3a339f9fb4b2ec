// What records do to people beyond their profile: the one place where a person's acts follow.
//
// The fold calls it behind identity, one record after the other, with what happened: an event, a
// change of who is who, a trait set by hand, a timer that is due. So acts see a person exactly as
// she is at that record, however records were cut into epochs. Here that is membership of segments;
// whoever has something else that follows from what happens to one person (consent, a journey's
// step) begins at the same calls, is handed the same `Happening`, and writes what follows
// as rows of history (consequences.h).
//
// It runs on the fold's thread. Leaves wait for their shards as before, and are folded early only
// for a person whose traits are asked for.
//
// Layer 6. The fold's thread. Cost: an event that no segment counts costs one look-up of its name;
// else a read of the acts of her identities and a write of one. A segment is decided only where the
// answer to one of its `did` has changed, which two comparisons tell.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "engine/consequences.h"
#include "engine/fold_state.h"
#include "engine/happening.h"
#include "engine/person_facts.h"
#include "engine/runs/person_runs.h"
#include "engine/timers.h"
#include "identity/graph.h"

namespace throughline::engine {

struct PersonActsParts {
    Tables& tables;
    const SecretKey& secret;
    FoldState& state;
    Consequences& consequences;
    Tasks& tasks;
    std::function<Status()> settle_leaves;
    std::function<Status(const Happening&, const Key128&)> fire_item;
    IntentTaker* intents = nullptr;  // Null: nobody takes what journeys want done.
};

class PersonActs {
public:
    explicit PersonActs(PersonActsParts parts)
        : parts_(parts),
          person_(parts_.tables, parts_.secret, parts_.settle_leaves),
          runs_({parts_.tables, parts_.secret, parts_.state, parts_.consequences, parts_.tasks,
                 parts_.settle_leaves, parts_.intents}) {}

    /// Takes what holds from the next record on.
    void set_settings(std::shared_ptr<const Settings> settings);

    /// Appends the keys of the acts that an event of somebody known will want.
    void acts_keys(const model::EventView& event, const identity::Outlook& outlook,
                   std::vector<Key128>& keys) const;

    /// An event that was folded, its leaf apart.
    Status after_event(const Happening& now, const model::EventView& event,
                       const identity::Resolution& resolution);
    /// A decision that made people one, or parted them.
    Status after_decision(const Happening& now, const identity::Resolution& resolution);
    /// A trait of somebody that was set by hand.
    Status after_trait(const Happening& now, identity::IdentityId identity);
    /// An event that no source sent: what became of an item of hers (`Item Changed`).
    Status after_item(const Happening& now, identity::IdentityId owner,
                      const model::EventView& event);
    /// A task of a run of hers was claimed, given back or done.
    Status after_task(const Happening& now, identity::IdentityId owner,
                      const journey::TaskMoved& moved);
    /// A run of hers is stopped by hand.
    Status stop_run(const Happening& now, identity::IdentityId owner, const Key128& run);
    /// A run of hers is started by hand. Returns why none was.
    Result<std::optional<journey::Refusal>> start_run(const Happening& now,
                                                      identity::IdentityId owner,
                                                      const HandStart& start);
    /// Goes on, for at most so many people, with what was decided about all runs of a journey.
    Status sweep(const Happening& now, size_t most);
    bool has_sweeps() const { return runs_.has_sweeps(); }
    PersonRuns& runs() { return runs_; }
    /// Fires what is due at or before `until`, each at its own time, at most so many.
    Status fire_due(Micros until, model::Position cause, size_t most);
    /// Forgets all of an identity that is erased.
    Status forget(identity::IdentityId identity);

    /// A segment has gone: its list of members is forgotten. `end`: no identity is above.
    Status forget_segment(uint32_t id, identity::IdentityId end);
    /// Takes in times of before a definition that asks for some deeds: [[identity, deed,
    /// time...]...].
    Status bring_in(std::span<const segment::Deed> deeds, model::DocView times);
    /// Decides a segment for the person of whom an identity is the root; of others nothing.
    Status decide_standing(const Happening& now, const LiveSegment& live,
                           identity::IdentityId identity);

private:
    using Places = LiveSegments::Places;

    const LiveSegments& segments() const { return settings_->segments(); }
    Status decide_after_event(const Happening& now, const model::EventView& event,
                              const identity::Resolution& resolution);
    Status run_after_merge(const Happening& now, std::vector<identity::IdentityId> people);
    Status run_moves(const Happening& now);
    Status count_deeds(const Happening& now, const model::EventView& event,
                       const identity::Resolution& resolution);
    void find_deeds(std::span<const uint32_t> places, const model::EventView& event);
    void count_deed(const CountedDeed& counted, const Happening& now, Micros time, MemberActs& own);
    void mark(std::span<const uint32_t> places);
    Status decide_all(const Happening& now, std::vector<identity::IdentityId> people);
    Status decide(const Happening& now, identity::IdentityId root);
    Status decide_one(const Happening& now, const LiveSegment& live);
    Status enter(const Happening& now, const LiveSegment& live);
    Status relist();
    Status relist(MemberActs& member, const segment::Standing& standing);
    Status list(MemberActs& member, uint32_t segment, Micros since);
    Status unlist(MemberActs& member, uint32_t segment);
    void forget_gone(MemberActs& member) const;
    void set_alarm(Micros due);
    Status fetch_for(std::span<const Timer> timers, Micros until);
    Status fire(const Timer& timer, model::Position cause);
    Status look_again(const Happening& now, identity::IdentityId root);
    void follow(const Happening& now, std::string_view name, const LiveSegment& live);

    PersonActsParts parts_;
    std::shared_ptr<const Settings> settings_;  // Shared with views of the epoch.
    PersonFacts person_;
    PersonRuns runs_;
    std::vector<SegmentMove> moves_;  // That runs have not heard of yet.
    bool is_late_ = false;            // What is decided follows from history.
    Places marked_;                   // Segments that are to be decided anew, in order.
    std::vector<bool> is_marked_;     // By place.
    std::string bytes_;               // Scratch.
    std::string source_doc_;          // Of the event in hand; empty: not made yet.
    Places found_;                    // The deeds that it is.
    std::vector<Micros> before_;      // Scratch of count_deed.
    segment::Acts acts_;              // Scratch.
};

}  // namespace throughline::engine
