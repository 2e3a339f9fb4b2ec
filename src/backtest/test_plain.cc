// The plain backtest: a fold in small. It has no families, no choice of rows and no kept times;
// what is known of somebody is worked out from all records so far each time it is asked.

#include <algorithm>

#include "backtest/test_world.h"
#include "identity/node.h"
#include "model/consequence.h"

namespace throughline::backtest::testing {

namespace {

struct SegmentMove {
    uint32_t root = 0;
    bool is_entry = true;
    Micros at = 0;
};

/// By identity the lowest of all who were one person with her at some time of the range, and so on.
std::vector<uint32_t> families_of(const World& world) {
    std::vector<uint32_t> families(kIdentities + 1);
    for (uint32_t id = 1; id <= kIdentities; ++id) families[id] = id;
    const auto join = [&](const std::vector<uint32_t>& roots) {
        for (uint32_t id = 1; id <= kIdentities; ++id) {
            const uint32_t a = families[id];
            const uint32_t b = families[roots[id]];
            std::ranges::replace(families, std::max(a, b), std::min(a, b));
        }
    };
    std::vector<uint32_t> before = world.roots;
    for (const Record& record : world.records) {
        if (record.stamp >= world.draft.from) join(before), join(record.roots);
        before = record.roots;
    }
    join(before);
    return families;
}

class Plain final : private journey::Facts, private segment::Facts {
public:
    explicit Plain(const World& world) : world_(world), draft_(world.draft) {
        if (draft_.journey != nullptr) published_.publish(1, 1, draft_.journey);
        roots_ = world_.roots;
    }

    Telling tell() {
        for (const Record& record : world_.records) {
            if (record.stamp >= draft_.to) break;
            if (record.stamp >= draft_.from && at_ < draft_.from) begin_range();
            fire_until(record.stamp);
            at_ = record.stamp;
            cause_ = record.position;
            ++records_;
            take(record);
            send();
        }
        fire_until(draft_.to - 1);
        for (const Asked& asked : asked_) {
            tell({.step = asked.step, .fate = Fate::Waiting, .at = draft_.to});
        }
        return std::move(telling_);
    }

    /// Roots of those in the first segment when it is `at`, after all records before `until`.
    std::set<uint32_t> members_at(Micros until, Micros at) {
        roots_ = world_.roots;
        for (records_ = 0; records_ < world_.records.size(); ++records_) {
            const Record& record = world_.records[records_];
            if (record.stamp >= until) break;
            roots_ = record.roots;
        }
        std::set<uint32_t> members;
        for (root_ = 1; root_ <= kIdentities; ++root_) {
            const bool is_person = roots_[root_] == root_ && is_there(root_);
            if (is_person && draft_.segments[0].conditions.holds(*this, at)) members.insert(root_);
        }
        return members;
    }
    const std::vector<SegmentMove>& segment_moves() const { return segment_moves_; }

private:
    struct Asked {
        journey::Intent intent;
        journey::StepIndex step = 0;
        Micros due = 0;
    };
    struct Sent {
        uint32_t owner = 0;
        Micros at = 0;
    };

    // Who is in a segment is decided as the range begins: where somebody who is one with others now
    // was in it by herself is not known any more.
    void begin_range() {
        fire_until(draft_.from - 1);
        std::erase_if(standing_, [&](const auto& one) { return roots_[one.first] != one.first; });
    }

    void take(const Record& record) {
        std::set<uint32_t> changed;
        const std::vector<uint32_t> before = std::exchange(roots_, record.roots);
        for (uint32_t id = 1; id <= kIdentities; ++id) {
            if (before[id] == roots_[id]) continue;
            changed.insert(roots_[id]);
            changed.insert(roots_[before[id]]);
        }
        const bool is_late = record.event && model::EventView(*record.event).is_history();
        if (record.event) decide(roots_[record.identity], is_late);
        for (const uint32_t root : changed) decide(root, is_late);
        for (const uint32_t root : changed) act(root, journey::PeopleMerged{});
        if (record.event) {
            act(record.identity, journey::PersonChanged{});
            act(record.identity, journey::EventHappened{model::EventView(*record.event)});
        }
        run_moves();
    }

    // --- time

    void fire_until(Micros until) {
        while (true) {
            const auto alarm = next_alarm();
            const Micros timer = timers_.empty() ? INT64_MAX : timers_.begin()->due;
            const auto asked = std::ranges::min_element(asked_, {}, &Asked::due);
            const Micros message = asked == asked_.end() ? INT64_MAX : asked->due;
            const Micros first = std::min({alarm.first, timer, message});
            if (first > until) return;
            at_ = first;
            if (alarm.first == first) {
                for (const uint32_t root : alarm.second) {
                    decide(root, false);
                    run_moves();
                }
            } else if (timer == first) {
                const journey::Timer due = *timers_.begin();
                timers_.erase(timers_.begin());
                act(due.owner, journey::TimerDue{due.slot, due.timer});
            }
            run_moves();
            send();
        }
    }

    // When time alone next moves somebody, told by looking at each instant at which a window ends.
    std::pair<Micros, std::vector<uint32_t>> next_alarm() {
        std::pair<Micros, std::vector<uint32_t>> first{INT64_MAX, {}};
        for (const NamedSegment& one : draft_.segments) {
            for (uint32_t id = 1; id <= kIdentities; ++id) {
                if (roots_[id] != id || !is_there(id)) continue;
                root_ = id;
                const auto next = one.conditions.next_change(*this, at_);
                if (!next || *next > first.first) continue;
                if (*next < first.first) first = {*next, {}};
                first.second.push_back(id);
            }
        }
        return first;
    }

    // --- segments

    bool is_there(uint32_t root) const {
        for (size_t i = 0; i < records_; ++i) {
            const Record& record = world_.records[i];
            if (record.event && roots_[record.identity] == root) return true;
        }
        return false;
    }

    void decide(uint32_t root, bool is_late) {
        for (const NamedSegment& one : draft_.segments) {
            root_ = root;
            const bool is_in = one.conditions.holds(*this, at_);
            bool was_in = false;
            for (uint32_t id = 1; id <= kIdentities; ++id) {
                if (roots_[id] != root) continue;
                was_in = was_in || standing_.contains({id, one.key});
                if (!is_in) standing_.erase({id, one.key});
            }
            if (is_in) standing_.insert({root, one.key});
            if (is_in == was_in) continue;
            moves_.push_back({root, {one.key, is_in, is_late}});
            if (at_ >= draft_.from) segment_moves_.push_back({root, is_in, at_});
        }
    }

    void run_moves() {
        for (int round = 0; round < 20; ++round) {
            for (const auto& [root, move] : std::exchange(moves_, {})) act(root, move);
            for (const uint32_t owner : std::exchange(updated_, {})) decide(roots_[owner], false);
            if (moves_.empty()) break;
        }
        moves_.clear();
    }

    // --- runs

    template <typename What>
    void act(uint32_t owner, const What& what) {
        if (at_ < draft_.from || draft_.journey == nullptr) return;
        root_ = roots_[owner];
        std::vector<journey::Run> hers;
        for (const auto& [id, runs] : runs_) {
            if (roots_[id] == root_) hers.insert(hers.end(), runs.begin(), runs.end());
        }
        journey::Consequences out;
        journey::advance(published_, *this,
                         {.at = at_, .cause = cause_, .owner = owner, .what = what}, hers, out);
        for (uint32_t id = 1; id <= kIdentities; ++id) {
            if (roots_[id] != root_) continue;
            runs_[id].clear();
            for (const journey::Run& run : hers) {
                if (run.owner == id) runs_[id].push_back(run);
            }
        }
        for (const journey::Timer& timer : out.timers) timers_.insert(timer);
        for (const journey::Refused& refused : out.refused) telling_.insert(line_of(refused));
        for (const journey::Intent& intent : out.intents) {
            if (intent.kind != journey::IntentKind::Message) continue;
            asked_.push_back({intent, intent.step, intent.at});
        }
        for (const journey::Row& row : out.rows) {
            telling_.insert(line_of(row));
            const bool is_cut_short =
                row.kind == journey::RowKind::Ended &&
                row.detail != static_cast<uint16_t>(journey::EndReason::Completed);
            if (is_cut_short) withdraw(row.run);
        }
    }

    // --- messages

    void withdraw(const Key128& run) {
        std::erase_if(asked_, [&](const Asked& asked) {
            if (asked.intent.run != run) return false;
            tell({.step = asked.step, .fate = Fate::Withdrawn, .at = at_});
            return true;
        });
    }

    void send() {
        for (size_t i = 0; i < asked_.size();) {
            if (asked_[i].due <= at_ && is_settled(asked_[i])) {
                asked_.erase(asked_.begin() + static_cast<ptrdiff_t>(i));
            } else {
                ++i;
            }
        }
    }

    bool is_settled(Asked& asked) {
        const Micros until = asked.intent.not_after;
        const auto expires = [&](Micros at) { return until != kNoTime && at > until; };
        MessageFate fate{.step = asked.step, .fate = Fate::Expired, .at = at_};
        if (expires(at_)) return tell(fate);
        root_ = roots_[asked.intent.owner];
        std::vector<privacy::Book> books;
        std::vector<privacy::Held> held;
        const IdentityFacts* address = nullptr;
        const auto email = model::Namespaces::built_in().find("email")->id;
        for (uint32_t id = 1; id <= kIdentities && !world_.says_nothing; ++id) {
            if (roots_[id] != root_) continue;
            const IdentityFacts& facts = world_.facts.at(id);
            books.push_back(facts.book);
            std::erase_if(books.back().statements,
                          [&](const auto& said) { return said.stamp > at_; });
            const bool is_later = address == nullptr || facts.last_seen >= address->last_seen;
            if (facts.space == email && is_later) address = &facts;
        }
        size_t place = 0;
        for (uint32_t id = 1; id <= kIdentities && !world_.says_nothing; ++id) {
            if (roots_[id] == root_) held.push_back({id, &books[place++]});
        }
        std::vector<privacy::Suppression> suppressed;
        if (address != nullptr) suppressed = address->suppressed;
        std::erase_if(suppressed, [&](const auto& one) { return one.at > at_; });
        std::vector<Micros> sent;
        for (const Sent& one : sent_) {
            if (roots_[one.owner] == root_) sent.push_back(one.at);
        }
        fate.fate = Fate::Refused;
        fate.reason = kNoAddress;
        if (address == nullptr && !world_.says_nothing) return tell(fate);
        const auto verdict =
            privacy::decide(draft_.rules.privacy,
                            {.held = held,
                             .suppressed = suppressed,
                             .sent = sent,
                             .sent_on_topic = {},
                             .zone = zone()},
                            {.purpose = "p", .topic = "", .channel = "email", .at = at_});
        fate.reason = static_cast<size_t>(verdict.refusal);
        if (verdict.refusal == privacy::Refusal::QuietHours) {
            asked.due = *verdict.next;
            fate.fate = Fate::Expired;
            fate.reason = kNoAddress;
            return expires(asked.due) && tell(fate);
        }
        if (verdict.is_allowed()) {
            fate.fate = Fate::Sent;
            sent_.push_back({asked.intent.owner, at_});
        }
        return tell(fate);
    }

    bool tell(const MessageFate& fate) {
        telling_.insert(line_of(fate));
        return true;
    }

    // --- facts

    bool holds(const journey::Definition&, uint16_t condition, const model::EventView&,
               Micros at) override {
        return draft_.conditions[condition].holds(*this, at);
    }
    TimeZone zone() override {
        const model::DocView name = model::DocView(profile().traits).find(kZoneTrait);
        const auto zone = TimeZone::find(name.as_string());
        return name.is_string() && zone ? *zone : draft_.rules.zone;
    }
    Key128 person() override { return identity::identity_key(root_); }
    void update(uint32_t owner, std::string_view traits) override {
        const size_t count = static_cast<size_t>(
            std::ranges::count(updates_, std::pair(at_, cause_),
                               [](const Update& one) { return std::pair(one.at, one.cause); }));
        updates_.push_back({owner, std::string(traits), at_, cause_, count});
        updated_.push_back(owner);
    }

    std::span<const Micros> times(const segment::Deed& deed) override {
        times_.clear();
        std::string source;
        model::DocWriter(source).string("web");
        for (size_t i = 0; i < records_; ++i) {
            const Record& record = world_.records[i];
            if (!record.event || roots_[record.identity] != root_) continue;
            const model::EventView event(*record.event);
            if (!deed.matches(event, model::DocView(source))) continue;
            times_.push_back(std::min(event.time(), record.stamp));
        }
        std::ranges::sort(times_);
        return times_;
    }

    bool is_in(std::string_view segment) override {
        const auto named = std::ranges::find(draft_.segments, segment, &NamedSegment::key);
        return named != draft_.segments.end() && named->conditions.holds(*this, at_);
    }

    const query::ProfileFacts& profile() override {
        profile::GoldenRecord record;
        for (uint32_t id = 1; id <= kIdentities; ++id) {
            if (roots_[id] != root_) continue;
            for (profile::TraitEntry& entry : leaf_of(id).traits) {
                record.traits[entry.name].push_back(std::move(entry));
            }
        }
        profile_.traits.clear();
        model::DocWriter out(profile_.traits);
        const size_t mark = out.open_object();
        for (const auto& [name, entries] : record.traits) {
            const auto value = profile::trait_doc(record, name, {}, {});
            if (!value) continue;
            out.key(name);
            out.copy(model::DocView(*value));
        }
        out.close(mark);
        return profile_;
    }

    profile::Leaf leaf_of(uint32_t id) const {
        std::string bytes;
        for (size_t i = 0; i < records_; ++i) {
            const Record& record = world_.records[i];
            if (!record.event || record.identity != id) continue;
            TL_ASSERT(profile::fold_event(bytes, {.event = model::EventView(*record.event),
                                                  .position = record.position,
                                                  .companions = {},
                                                  .account = {}})
                          .is_ok());
        }
        profile::Leaf leaf;
        if (!bytes.empty()) leaf = profile::Leaf::decode(bytes).value();
        const Update* last = nullptr;  // The journeys set one trait.
        for (const Update& one : updates_) {
            if (one.owner == id) last = &one;
        }
        if (last == nullptr) return leaf;
        for (const model::DocField& trait : model::DocView(last->traits).fields()) {
            leaf.say(trait.key, model::kOwnSource, trait.value,
                     last->at + static_cast<Micros>(last->number), last->cause);
        }
        return leaf;
    }

    struct Update {
        uint32_t owner = 0;
        std::string traits;
        Micros at = 0;
        model::Position cause = 0;
        size_t number = 0;
    };

    const World& world_;
    const Draft& draft_;
    journey::Published published_;
    std::vector<uint32_t> roots_;
    size_t records_ = 0;  // Taken.
    Micros at_ = kNoTime;
    model::Position cause_ = 0;
    uint32_t root_ = 0;
    std::map<uint32_t, std::vector<journey::Run>> runs_;
    std::set<journey::Timer> timers_;
    std::set<std::pair<uint32_t, std::string>> standing_;
    std::vector<std::pair<uint32_t, journey::SegmentMoved>> moves_;
    std::vector<SegmentMove> segment_moves_;
    std::vector<uint32_t> updated_;
    std::vector<Update> updates_;
    std::vector<Asked> asked_;
    std::vector<Sent> sent_;
    std::vector<Micros> times_;
    query::ProfileFacts profile_;
    Telling telling_;
};

}  // namespace

Telling tell_plainly(const World& world) {
    return Plain(world).tell();
}

SegmentTelling tell_segment_plainly(const World& world) {
    const Draft& draft = world.draft;
    const std::vector<uint32_t> families = families_of(world);
    SegmentTelling telling;
    for (const uint32_t root : Plain(world).members_at(draft.from, draft.from)) {
        ++telling.before;
        telling.entered.emplace(families[root], kNoTime);
    }
    Plain plain(world);
    plain.tell();
    const TimeZone& zone = draft.rules.zone;
    for (int64_t day = zone.day_of(draft.from); day <= zone.day_of(draft.to - 1); ++day) {
        const Micros end = std::min(draft.to, zone.instant_of((day + 1) * kDay));
        SegmentTelling::Day& told = telling.days.emplace_back();
        told.members = Plain(world).members_at(end, end - 1).size();
        for (const SegmentMove& move : plain.segment_moves()) {
            if (zone.day_of(move.at) != day) continue;
            ++(move.is_entry ? told.entered : told.left);
        }
    }
    for (const SegmentMove& move : plain.segment_moves()) {
        if (move.is_entry) telling.entered.emplace(families[move.root], move.at);
    }
    return telling;
}

}  // namespace throughline::backtest::testing
