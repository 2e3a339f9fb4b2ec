// What records do to people beyond their profile: the one place where a person's acts follow.
//
// The fold calls it behind identity, one record after the other, with what happened: an event, a
// change of who is who, a trait set by hand, a timer that is due. So acts see a person exactly as
// she is at that record, however records were cut into epochs. Here that is membership of segments;
// whoever has something else that follows from what happens to one person (consent, a journey's
// step) begins at the same calls, is handed the same `Happening`, and writes what follows with
// follow(): a row of history that is neither logged nor counted, and made again by a replay.
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

#include "engine/fold_state.h"
#include "engine/person_facts.h"
#include "engine/timers.h"
#include "identity/graph.h"
#include "sequence/history.h"

namespace throughline::engine {

/// When something happens to somebody, and because of which record.
struct Happening {
    model::Position cause = 0;
    Micros at = 0;  // The stamp of the cause; of a timer, when it was due.
};

/// Something that follows, to be a row of history.
struct Consequence {
    identity::IdentityId identity = 0;  // Whose: the root of the person.
    std::string_view name;              // `Segment Entered`
    std::string_view key;               // Of what it is about: a segment.
};

struct PersonActsParts {
    Tables& tables;
    FoldState& state;
    sequence::History& history;
    model::Position history_next;  // Files hold all rows below.
    const SecretKey& secret;
    std::function<Status()> settle_leaves;
};

class PersonActs {
public:
    explicit PersonActs(PersonActsParts parts)
        : parts_(parts), person_(parts_.tables, parts_.settle_leaves) {}

    /// Takes what holds from the next record on.
    void set_settings(std::shared_ptr<const Settings> settings);
    /// Names who keeps the records of the batch in hand alive.
    void begin_batch(std::shared_ptr<const void> owner) { owner_ = std::move(owner); }

    /// An event that was folded, its leaf apart.
    Status after_event(const Happening& now, const model::EventView& event,
                       const identity::Resolution& resolution);
    /// A decision that made people one, or parted them.
    Status after_decision(const Happening& now, const identity::Resolution& resolution);
    /// A trait of somebody that was set by hand.
    Status after_trait(const Happening& now, identity::IdentityId identity);
    /// Fires what is due at or before `until`, each at its own time.
    Status fire_due(Micros until, model::Position cause);
    /// Forgets all of an identity that is erased.
    Status forget(identity::IdentityId identity);

    /// A segment has gone: its members are forgotten.
    Status forget_segment(uint32_t id);
    /// Takes in times of before a definition: [[identity, deed, time...]...].
    Status bring_in(const LiveSegment& live, model::DocView times);
    /// Decides a segment for the person of whom an identity is the root; of others nothing.
    Status decide_standing(const Happening& now, const LiveSegment& live,
                           identity::IdentityId identity);

private:
    using Places = LiveSegments::Places;

    const LiveSegments& segments() const { return settings_->segments(); }
    Status count_deeds(const Happening& now, const model::EventView& event,
                       const identity::Resolution& resolution);
    void find_deeds(std::span<const uint32_t> places, const model::EventView& event);
    void count_deed(const CountedDeed& counted, const Happening& now, Micros time, MemberActs& own);
    void mark(std::span<const uint32_t> places);
    Status decide_all(const Happening& now, std::vector<identity::IdentityId> people);
    Status decide(const Happening& now, identity::IdentityId root);
    void decide_one(const Happening& now, const LiveSegment& live);
    void enter(const Happening& now, const LiveSegment& live);
    void relist();
    void list(MemberActs& member, uint32_t segment, Micros since);
    void unlist(MemberActs& member, uint32_t segment);
    void set_alarm(Micros due);
    Status fire(const Timer& timer, model::Position cause);
    void follow(const Happening& now, const Consequence& consequence);

    PersonActsParts parts_;
    std::shared_ptr<const Settings> settings_;  // Shared with views of the epoch.
    std::shared_ptr<const void> owner_;         // Of the batch's records; history shares it.
    PersonFacts person_;
    Places marked_;                // Segments that are to be decided anew, in order.
    std::vector<bool> is_marked_;  // By place.
    std::string bytes_;            // Scratch.
    std::string source_doc_;       // Of the event in hand; empty: not made yet.
    Places found_;                 // The deeds that it is.
    std::vector<Micros> before_;   // Scratch of count_deed.
    segment::Acts acts_;           // Scratch.
    model::Position last_cause_ = ~model::Position{0};
    uint32_t consequences_ = 0;  // Of that cause so far.
};

/// The key of a member in table `members`: segment, then root, both big-endian.
std::string member_row_key(uint32_t segment, identity::IdentityId root);
std::string member_row_prefix(uint32_t segment);
identity::IdentityId member_of_row_key(std::string_view key);

}  // namespace throughline::engine
