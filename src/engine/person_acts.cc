#include "engine/person_acts.h"

#include <algorithm>

#include "catalog/item.h"
#include "engine/membership.h"

namespace throughline::engine {

using identity::FactKind;
using identity::IdentityId;
using model::DocWriter;

namespace {

Timer alarm_of(IdentityId root, Micros due) {
    return {.due = due, .kind = TimerKind::Segments, .subject = {.high = root}};
}

constexpr std::string_view kSegmentEntered = "Segment Entered";
constexpr std::string_view kSegmentExited = "Segment Exited";

bool says_traits(const model::EventView& event) {
    return event.type() == model::EventType::Identify ||
           event.doc().find("context").find("traits").is_object();
}

bool says_zone(const model::EventView& event) {
    const model::DocView doc = event.doc();
    return !doc.find("traits").find(kZoneTrait).is_missing() ||
           !doc.find("context").find("traits").find(kZoneTrait).is_missing();
}

/// What a record changed of who is who.
struct Change {
    bool has_merged = false;         // People who were there before became one, or were parted.
    bool is_newcomer = false;        // The event's person was not there before.
    std::vector<IdentityId> people;  // Who may be others than before. Roots of some moment.
};

Change change_of(const identity::Resolution& resolution) {
    Change change;
    std::vector<IdentityId> created;
    for (const identity::Fact& fact : resolution.facts) {
        if (fact.kind == FactKind::Created) created.push_back(fact.a);
    }
    const auto is_new = [&](IdentityId id) {
        return std::ranges::find(created, id) != created.end();
    };
    for (const identity::Fact& fact : resolution.facts) {
        if (fact.kind == FactKind::Joined) {
            change.has_merged = change.has_merged || (!is_new(fact.a) && !is_new(fact.b));
        }
        if (fact.kind != FactKind::Parted) continue;
        change.has_merged = true;
        change.people.push_back(fact.a);
        change.people.push_back(fact.b);
    }
    for (const identity::RootChange& one : resolution.roots) change.people.push_back(one.root);
    change.is_newcomer = is_new(resolution.root);
    return change;
}

}  // namespace

void PersonActs::set_settings(std::shared_ptr<const Settings> settings) {
    settings_ = std::move(settings);
    person_.set_settings(*settings_, segments().wants());
    runs_.set_settings(settings_);
    marked_.clear();
    is_marked_.assign(segments().all().size(), false);
}

void PersonActs::mark(std::span<const uint32_t> places) {
    for (const uint32_t place : places) {
        if (is_marked_[place]) continue;
        is_marked_[place] = true;
        marked_.push_back(place);
    }
}

// --- what happens

void PersonActs::acts_keys(const model::EventView& event, const identity::Outlook& outlook,
                           std::vector<Key128>& keys) const {
    const bool is_wanted = !segments().counted_by_name(event.name()).empty() ||
                           !segments().counted_by_any_name().empty();
    if (!is_wanted) return;
    keys.push_back(identity::identity_key(outlook.identity));
    if (outlook.root != outlook.identity) keys.push_back(identity::identity_key(outlook.root));
}

Status PersonActs::after_event(const Happening& now, const model::EventView& event,
                               const identity::Resolution& resolution) {
    is_late_ = event.is_history() && !runs_.is_idle();
    TL_TRY(decide_after_event(now, event, resolution));
    if (runs_.is_idle()) return Status::ok();
    if (!resolution.roots.empty()) {
        const Change change = change_of(resolution);
        if (change.has_merged) TL_TRY(run_after_merge(now, change.people));
    }
    if (says_zone(event)) TL_TRY(runs_.after_change(now, resolution.identity));
    // What becomes of items is told by after_item(): a source that says so has made it up.
    if (catalog::is_item_event(event.name())) return run_moves(now);
    TL_TRY(runs_.after_event(now, event, resolution.identity));
    return run_moves(now);
}

Status PersonActs::after_item(const Happening& now, IdentityId owner,
                              const model::EventView& event) {
    if (runs_.is_idle()) return Status::ok();
    TL_TRY(runs_.after_event(now, event, owner));
    return run_moves(now);
}

Status PersonActs::after_task(const Happening& now, IdentityId owner,
                              const journey::TaskMoved& moved) {
    if (runs_.is_idle()) return Status::ok();
    TL_TRY(runs_.after_task(now, owner, moved));
    return run_moves(now);
}

Status PersonActs::stop_run(const Happening& now, IdentityId owner, const Key128& run) {
    if (runs_.is_idle()) return Status::ok();
    TL_TRY(runs_.stop(now, owner, run));
    return run_moves(now);
}

Result<std::optional<journey::Refusal>> PersonActs::start_run(const Happening& now,
                                                              IdentityId owner,
                                                              const HandStart& start) {
    TL_TRY_ASSIGN(const auto refused, runs_.start(now, owner, start));
    TL_TRY(run_moves(now));
    return refused;
}

Status PersonActs::sweep(const Happening& now, size_t most) {
    TL_TRY(runs_.sweep(now, most));
    // So that time goes on where nothing arrives.
    if (runs_.has_sweeps()) parts_.state.next_due = std::min(parts_.state.next_due, now.at);
    return run_moves(now);
}

// --- journeys

Status PersonActs::run_after_merge(const Happening& now, std::vector<IdentityId> people) {
    if (runs_.is_idle()) return Status::ok();
    for (IdentityId& one : people) {
        TL_TRY_ASSIGN(one, root_of_identity(parts_.tables, one));
    }
    std::ranges::sort(people);
    const auto rest = std::ranges::unique(people);
    people.erase(rest.begin(), rest.end());
    for (const IdentityId root : people) {
        if (root != 0) TL_TRY(runs_.after_merge(now, root));
    }
    return Status::ok();
}

// What segments decided moves runs; what runs set of traits may move people between segments again.
// Two journeys that undo each other's traits would do so for ever: what moves after so many rounds
// of one record moves no run.
Status PersonActs::run_moves(const Happening& now) {
    constexpr int kRoundsMax = 20;
    for (int round = 0; round < kRoundsMax; ++round) {
        for (const SegmentMove& move : std::exchange(moves_, {})) {
            TL_TRY(runs_.after_move(now, move));
        }
        std::vector<IdentityId> updated = runs_.take_updated();
        if (!updated.empty() && !segments().empty()) {
            mark(segments().with_traits());
            TL_TRY(decide_all(now, std::move(updated)));
        }
        if (moves_.empty()) break;
    }
    moves_.clear();
    is_late_ = false;
    return Status::ok();
}

// --- what segments count

Status PersonActs::decide_after_event(const Happening& now, const model::EventView& event,
                                      const identity::Resolution& resolution) {
    if (segments().empty()) return Status::ok();
    TL_TRY(count_deeds(now, event, resolution));
    if (!segments().with_traits().empty() && says_traits(event)) mark(segments().with_traits());
    if (resolution.roots.empty()) {
        if (!marked_.empty()) return decide_all(now, {resolution.root});
        person_.release();
        return Status::ok();
    }

    Change change = change_of(resolution);
    if (change.has_merged) {
        mark(segments().everything());
    } else {
        mark(change.is_newcomer ? segments().of_newcomers() : segments().with_identifiers());
    }
    TL_TRY(decide_all(now, {resolution.root}));
    std::erase(change.people, resolution.root);
    if (change.people.empty()) return Status::ok();
    mark(segments().everything());
    return decide_all(now, std::move(change.people));
}

Status PersonActs::after_decision(const Happening& now, const identity::Resolution& resolution) {
    const std::vector<IdentityId> people = change_of(resolution).people;
    if (!segments().empty()) {
        mark(segments().everything());
        TL_TRY(decide_all(now, people));
    }
    TL_TRY(run_after_merge(now, people));
    return run_moves(now);
}

Status PersonActs::after_trait(const Happening& now, IdentityId identity) {
    mark(segments().with_traits());
    TL_TRY(decide_all(now, {identity}));
    if (runs_.is_idle()) return Status::ok();
    TL_TRY(runs_.after_change(now, identity));
    return run_moves(now);
}

// Counts the event where segments want to hear of it. The moment at which it is counted is when it
// happened; one of the future counts from when it came.
Status PersonActs::count_deeds(const Happening& now, const model::EventView& event,
                               const identity::Resolution& resolution) {
    found_.clear();
    source_doc_.clear();
    find_deeds(segments().counted_by_name(event.name()), event);
    find_deeds(segments().counted_by_any_name(), event);
    if (found_.empty()) return Status::ok();
    TL_TRY(person_.load(resolution.root));
    MemberActs& own = person_.member(resolution.identity);
    const Micros time = std::min(event.time(), now.at);
    for (const uint32_t place : found_) {
        count_deed(segments().counted()[place], now, time, own);
    }
    if (own.is_changed) {
        own.acts.keep_deeds([&](uint32_t deed) { return segments().counts(deed); });
        if (own.acts.standings().size() > segments().all().size()) forget_gone(own);
    }
    return Status::ok();
}

void PersonActs::find_deeds(std::span<const uint32_t> places, const model::EventView& event) {
    if (!places.empty() && source_doc_.empty()) {
        const model::Source* const source = settings_->source(event.source());
        DocWriter(source_doc_).string(source != nullptr ? source->key : "");
    }
    for (const uint32_t place : places) {
        const segment::Deed& deed = segments().counted()[place].deed;
        if (deed.matches(event, model::DocView(source_doc_))) found_.push_back(place);
    }
}

// Marks the segments for which the answer to a `did` is another one now. One more time never brings
// the next change of an answer nearer that stays the same, so that alarms need not be looked at.
void PersonActs::count_deed(const CountedDeed& counted, const Happening& now, Micros time,
                            MemberActs& own) {
    const auto before = person_.times(counted.deed);
    before_.assign(before.begin(), before.end());
    if (!own.acts.add_time(counted.deed.number, time, counted.deed.kept)) return;
    own.is_changed = true;
    const auto after = person_.times(counted.deed);
    for (const CountedDeed::Use& use : counted.uses) {
        const bool held = use.counting.holds(before_, now.at);
        if (held != use.counting.holds(after, now.at)) mark(std::span(&use.segment, 1));
    }
}

// --- who is in

// Decides the marked segments for some people, each once.
Status PersonActs::decide_all(const Happening& now, std::vector<IdentityId> people) {
    if (!marked_.empty()) {
        for (IdentityId& one : people) {
            TL_TRY_ASSIGN(one, root_of_identity(parts_.tables, one));
        }
        std::ranges::sort(people);
        const auto rest = std::ranges::unique(people);
        people.erase(rest.begin(), rest.end());
        std::ranges::sort(marked_);
        for (const IdentityId root : people) {
            if (root != 0) TL_TRY(decide(now, root));
        }
    }
    for (const uint32_t place : marked_) is_marked_[place] = false;
    marked_.clear();
    person_.release();
    return Status::ok();
}

Status PersonActs::decide(const Happening& now, IdentityId root) {
    if (!person_.is_loaded(root)) TL_TRY(person_.load(root));
    if (person_.members().size() > 1) TL_TRY(relist());
    Micros due = kNever;
    for (const uint32_t place : marked_) {
        const LiveSegment& live = segments().all()[place];
        if (!parts_.state.segments[live.id].is_decided()) continue;
        TL_TRY(decide_one(now, live));
        const auto look = live.conditions.next_look(person_, now.at);
        if (look) due = std::min(due, *look);
    }
    TL_TRY(person_.status());
    if (due != kNever) set_alarm(due);
    person_.release();
    return Status::ok();
}

Status PersonActs::decide_one(const Happening& now, const LiveSegment& live) {
    if (live.conditions.holds(person_, now.at)) return enter(now, live);
    bool was_in = false;
    for (MemberActs& member : person_.members()) {
        const segment::Standing* const standing = member.acts.standing(live.id);
        if (standing == nullptr) continue;
        was_in = true;
        if (standing->is_listed) TL_TRY(unlist(member, live.id));
        member.acts.leave(live.id);
        member.is_changed = true;
    }
    if (was_in) follow(now, kSegmentExited, live);
    return Status::ok();
}

// After a merge she is in since the earlier of both; only where neither was in does she enter.
Status PersonActs::enter(const Happening& now, const LiveSegment& live) {
    const segment::Standing* const own = person_.root().acts.standing(live.id);
    if (own != nullptr && own->is_listed) return Status::ok();
    Micros since = now.at;
    bool was_in = false;
    for (const MemberActs& member : person_.members()) {
        const segment::Standing* const standing = member.acts.standing(live.id);
        if (standing == nullptr) continue;
        was_in = true;
        since = std::min(since, standing->since);
    }
    TL_TRY(list(person_.root(), live.id, since));
    if (!was_in) follow(now, kSegmentEntered, live);
    return Status::ok();
}

// The list of members names roots: where an identity is none any more, its root takes its place.
Status PersonActs::relist() {
    for (MemberActs& member : person_.members().subspan(1)) {
        forget_gone(member);
        const std::vector<segment::Standing> standings = member.acts.standings();
        for (const segment::Standing& standing : standings) {
            if (standing.is_listed) TL_TRY(relist(member, standing));
        }
    }
    return Status::ok();
}

Status PersonActs::relist(MemberActs& member, const segment::Standing& standing) {
    TL_TRY(unlist(member, standing.segment));
    const segment::Standing* const own = person_.root().acts.standing(standing.segment);
    const Micros since = own != nullptr ? std::min(own->since, standing.since) : standing.since;
    return list(person_.root(), standing.segment, since);
}

Status PersonActs::list(MemberActs& member, uint32_t segment, Micros since) {
    const segment::Standing* const own = member.acts.standing(segment);
    const bool is_listed = own != nullptr && own->is_listed;
    member.acts.stand({.segment = segment, .is_listed = true, .since = since});
    member.is_changed = true;
    if (is_listed) return Status::ok();
    ++parts_.state.segments[segment].size;
    return put_member(parts_.tables.members, segment, member.id);
}

Status PersonActs::unlist(MemberActs& member, uint32_t segment) {
    segment::Standing standing = *member.acts.standing(segment);
    standing.is_listed = false;
    member.acts.stand(standing);
    member.is_changed = true;
    --parts_.state.segments[segment].size;
    return drop_member(parts_.tables.members, segment, member.id);
}

// Standings outlive their segment until somebody has the acts in hand: so deleting one that
// millions are in is no long work. Numbers of segments are never given again.
void PersonActs::forget_gone(MemberActs& member) const {
    const auto is_gone = [&](uint32_t segment) { return segments().find(segment) == nullptr; };
    if (member.acts.leave_if(is_gone)) member.is_changed = true;
}

Status PersonActs::forget(IdentityId identity) {
    TL_TRY(runs_.forget(identity));
    const Key128 key = identity::identity_key(identity);
    TL_TRY_ASSIGN(const auto bytes, parts_.tables.acts.get(key));
    if (!bytes) return Status::ok();
    TL_TRY(acts_.decode(*bytes));
    for (const segment::Standing& standing : acts_.standings()) {
        if (!standing.is_listed || segments().find(standing.segment) == nullptr) continue;
        TL_TRY(drop_member(parts_.tables.members, standing.segment, identity));
        --parts_.state.segments[standing.segment].size;
    }
    if (acts_.alarm() != kNoTime) {
        parts_.tables.timers.erase(timer_key(alarm_of(identity, acts_.alarm())));
    }
    parts_.tables.acts.erase(key);
    return Status::ok();
}

Status PersonActs::forget_segment(uint32_t id, IdentityId end) {
    parts_.state.segments.erase(id);
    return drop_members(parts_.tables.members, id, end);
}

// Nobody is decided by it: other times of the same person may still be to come.
Status PersonActs::bring_in(std::span<const segment::Deed> deeds, model::DocView times) {
    for (const model::DocView row : times.items()) {
        std::vector<int64_t> numbers;
        for (const model::DocView one : row.items()) {
            numbers.push_back(one.as_integer().value_or(0));
        }
        if (numbers.size() < 3) return Error::corrupt("engine: segment: times: damaged");
        const auto deed =
            std::ranges::find(deeds, static_cast<uint32_t>(numbers[1]), &segment::Deed::number);
        const auto identity = static_cast<IdentityId>(numbers[0]);
        TL_TRY_ASSIGN(const IdentityId root, root_of_identity(parts_.tables, identity));
        if (deed == deeds.end() || root == 0) continue;
        const Key128 key = identity::identity_key(identity);
        TL_TRY_ASSIGN(const auto bytes, parts_.tables.acts.get(key));
        TL_TRY(acts_.decode(bytes.value_or(std::string_view{})));
        for (size_t i = 2; i < numbers.size(); ++i) {
            acts_.add_time(deed->number, numbers[i], deed->kept);
        }
        acts_.encode(bytes_);
        parts_.tables.acts.put(key, bytes_);
    }
    return Status::ok();
}

Status PersonActs::decide_standing(const Happening& now, const LiveSegment& live,
                                   IdentityId identity) {
    TL_TRY_ASSIGN(const IdentityId root, root_of_identity(parts_.tables, identity));
    if (root != identity) return Status::ok();
    const auto place = static_cast<uint32_t>(&live - segments().all().data());
    mark(std::span(&place, 1));
    is_late_ = true;
    TL_TRY(decide_all(now, {root}));
    return run_moves(now);
}

// --- time

// An alarm that comes too early only looks again, so that one that moves back stays as it is: who
// does something every day has one timer a window, not one a deed.
void PersonActs::set_alarm(Micros due) {
    MemberActs& root = person_.root();
    const Micros standing = root.acts.alarm();
    if (standing != kNoTime && standing <= due) return;
    if (standing != kNoTime) parts_.tables.timers.erase(timer_key(alarm_of(root.id, standing)));
    set_timer(parts_.tables.timers, alarm_of(root.id, due), parts_.state.next_due);
    root.acts.set_alarm(due);
    root.is_changed = true;
}

// What fires may set timers before others that were read with it: then those are read again.
Status PersonActs::fire_due(Micros until, model::Position cause, size_t most) {
    constexpr size_t kStep = 256;
    Micros& next_due = parts_.state.next_due;
    while (most > 0 && next_due <= until) {
        const size_t step = std::min(kStep, most);
        TL_TRY_ASSIGN(const auto timers, next_timers(parts_.tables.timers, next_due, step));
        TL_TRY(fetch_for(timers, until));
        next_due = kNever;
        for (const Timer& timer : timers) {
            if (timer.due > until || timer.due >= next_due) {
                next_due = std::min(next_due, timer.due);
                break;
            }
            TL_TRY(fire(timer, cause));
            --most;
        }
        // Behind a full step there may be more, whatever was set meanwhile for later.
        if (timers.size() == step) next_due = std::min(next_due, timers.back().due);
    }
    return Status::ok();
}

// What firing them will ask for, in one read of each table.
Status PersonActs::fetch_for(std::span<const Timer> timers, Micros until) {
    std::vector<Key128> keys;
    for (const Timer& timer : timers) {
        if (timer.kind == TimerKind::Run && timer.due <= until) {
            keys.push_back(identity::identity_key(owner_of_timer(timer.subject)));
        }
    }
    Tables& tables = parts_.tables;
    for (store::StateTable* table : {&tables.identities, &tables.runs, &tables.sendings}) {
        TL_TRY(table->prefetch(keys));
    }
    return segments().empty() ? Status::ok() : tables.acts.prefetch(keys);
}

Status PersonActs::fire(const Timer& timer, model::Position cause) {
    parts_.tables.timers.erase_first(timer_key(timer));
    const Happening now{.cause = cause, .at = timer.due};
    switch (timer.kind) {
        case TimerKind::Segments:
            return look_again(now, static_cast<IdentityId>(timer.subject.high));
        case TimerKind::Run:
            TL_TRY(runs_.fire(now, timer.subject));
            return run_moves(now);
        case TimerKind::Item:
            return parts_.fire_item(now, timer.subject);
    }
    return Error::corrupt("engine: timers: one that nobody set");
}

Status PersonActs::look_again(const Happening& now, IdentityId root) {
    const Key128 key = identity::identity_key(root);
    TL_TRY_ASSIGN(const auto bytes, parts_.tables.acts.get(key));
    TL_ASSERT(bytes);
    TL_TRY(acts_.decode(*bytes));
    TL_ASSERT(acts_.alarm() == now.at);
    acts_.set_alarm(kNoTime);
    acts_.encode(bytes_);
    parts_.tables.acts.put(key, bytes_);
    mark(segments().with_windows());
    TL_TRY(decide_all(now, {root}));
    return run_moves(now);
}

void PersonActs::follow(const Happening& now, std::string_view name, const LiveSegment& live) {
    std::string properties;
    DocWriter out(properties);
    const size_t mark = out.open_object();
    out.field("segment", live.key);
    out.close(mark);
    parts_.consequences.follow(now, person_.root().id, name, properties);
    if (!runs_.is_idle()) {
        moves_.push_back({person_.root().id, live.key, name == kSegmentEntered, is_late_});
    }
}

}  // namespace throughline::engine
