// One family's way through the range: her rows in their order, timers between them, and what
// follows, by the same code that runs live.
//
// At a row: timers due at it or before, whatever they are of, in the order of the fold (alarms of
// segments, then of runs by (due, owner, slot, timer), then messages that waited); then the row, as
// engine/person_acts.h does it: who is who, counts and traits, segments, a merge, her zone, the
// event, and what moved between segments. Messages are tried when all of that is done.
//
// Layer 6. One thread; reused from family to family.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "backtest/knowledge.h"
#include "backtest/outbox.h"
#include "backtest/part_reader.h"
#include "backtest/tally.h"
#include "journey/act.h"
#include "segment/acts.h"

namespace throughline::backtest {

/// What of a backtest is of no person. All must outlive it.
struct Frame {
    const Plan& plan;
    const journey::Published& published;
    const Knowledge* knowledge;  // Null: nobody said anything, and everybody can be reached.
    const query::Environment& environment;
    const Watch& watch;
};

/// What happened to a person, for whoever listens: tests, one person's way through.
struct Listener {
    virtual ~Listener() = default;
    virtual void heard(const journey::Consequences& out) = 0;
    virtual void heard(const MessageFate& fate, uint32_t family) = 0;
};

class PersonReplay final : private journey::Facts, private segment::Facts {
public:
    PersonReplay(const Frame& frame, Tally& tally, Listener* listener = nullptr);

    /// Requires: the rows are hers, in their order, all of `reader`.
    /// Errors: of reads; what the watch says.
    Status run(const Family& family, std::span<const ChosenRow> rows, const PartReader& reader);

private:
    struct Member {
        uint32_t id = 0;
        uint32_t root = 0;
        bool is_there = false;  // She had a row.
        bool has_facts = false;
        std::string leaf;  // Her traits alone (profile/leaf.h).
        segment::Acts acts;
        IdentityFacts facts;
        privacy::Book book;  // Of it, what had been taken by a moment.
    };
    struct SegmentMove {
        uint32_t root = 0;
        size_t segment = 0;
        bool is_entry = true;
        bool is_late = false;
    };

    // journey::Facts
    bool holds(const journey::Definition& definition, uint16_t condition,
               const model::EventView& start, Micros at) override;
    TimeZone zone() override;
    Key128 person() override;
    void update(uint32_t owner, std::string_view traits) override;
    // segment::Facts
    std::span<const Micros> times(const segment::Deed& deed) override;
    const query::ProfileFacts& profile() override;
    bool is_in(std::string_view segment) override;

    void begin(const Family& family);
    Member& member(uint32_t id);
    uint32_t root_of(uint32_t id) { return member(id).root; }
    bool is_one_person() const;

    Status take(const ChosenRow& row, const PartReader& reader);
    Status take_event(const ChosenRow& row, std::string_view payload);
    std::string_view event_of(const ChosenRow& row, const PartReader& reader);
    void begin_range();
    Status move_until(model::Position position, Micros stamp);
    std::vector<uint32_t> change_roots(std::span<const Move> moves);
    bool learn(const ChosenRow& row, std::string_view payload);
    void count(const ChosenRow& row, const model::EventView& event);

    Status fire_until(Micros at);
    Status fire_next(Micros at, bool& has_fired);
    Status settle();
    void decide(uint32_t root, bool is_late);
    void decide_one(uint32_t root, size_t segment, bool is_late);
    size_t members_of(size_t segment) const;
    void count_members();
    void run_moves();
    template <typename What>
    void act(uint32_t owner, const What& what);
    void take_consequences();
    void load(uint32_t root);
    void forget_profile() { has_profile_ = false; }
    void read_traits();
    void read_identifiers();
    Status know(Member& member);
    Status find_addressee(uint32_t owner, const journey::MessageStep& step, Micros at,
                          Addressee& out);
    void find_address(const std::string& channel, Addressee& out);
    void tell_fates();

    const Frame& frame_;
    const Plan& plan_;
    Tally& tally_;
    Listener* const listener_;
    Outbox outbox_;
    const Outbox::Find find_;

    // The family at hand.
    uint32_t family_ = 0;
    std::vector<Member> members_;  // Rising; of which count_ are hers.
    size_t count_ = 0;
    std::span<const Move> moves_;  // Still to come.
    std::vector<journey::Run> runs_;
    std::vector<journey::Run> others_;    // Of other people of the family, while one acts.
    std::vector<journey::Timer> timers_;  // A heap, the first due on top.
    std::vector<SegmentMove> segment_moves_;
    std::vector<size_t> in_segments_;  // People of the family, by segment, as last counted.
    std::vector<uint32_t> updated_;    // Whose traits runs have set.
    Micros at_ = kNoTime;
    model::Position cause_ = 0;
    bool has_begun_ = false;  // The range.
    std::pair<Micros, model::Position> last_update_{kNoTime, 0};
    Micros updates_ = 0;
    size_t steps_ = 0;  // Since the watch was asked.

    // The person at hand.
    uint32_t root_ = 0;
    bool has_profile_ = false;
    query::ProfileFacts profile_;
    Status status_;  // Of what the facts read.

    // Scratch.
    journey::Consequences out_;
    std::vector<MessageFate> fates_;
    std::vector<std::span<const Micros>> lists_;
    std::vector<Micros> merged_;
    std::string payload_;
    std::string source_;
    std::string nothing_;  // An empty document.
};

}  // namespace throughline::backtest
