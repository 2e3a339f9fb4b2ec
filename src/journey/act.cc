#include "journey/act.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "base/bytes.h"
#include "journey/walk.h"

namespace throughline::journey {

using model::EventView;

namespace {

/// What names a thing, as a person would type it: 17, 17.0 and "17" are one order. Nothing for what
/// names none.
std::string name_in(model::DocView value) {
    const auto whole = value.is_number() ? value.as_integer() : std::nullopt;
    return whole ? std::to_string(*whole) : value.as_text().value_or("");
}

bool is_same(model::DocView a, model::DocView b) {
    const std::string name = name_in(a);
    return !name.empty() && name == name_in(b);
}

/// Whether an event tells of the item that the run is about. Such events tell what is so from now
/// on, in the order in which it becomes known: whatever its own time, it is news to a run that was
/// there.
bool is_of_own_item(const EventView& event, const Run& run) {
    if (event.name() != kItemChanged) return false;
    const EventView context(run.context);
    if (context.name() != kItemChanged && context.name() != kItemOverdue) return false;
    return std::ranges::all_of(std::array{"catalog", "item"}, [&](const char* field) {
        return is_same(event.doc().find("properties").find(field),
                       context.doc().find("properties").find(field));
    });
}

const Interest* interest_of(std::span<const Interest> interests, const Run& run) {
    for (const Interest& one : interests) {
        if (one.journey == run.journey && one.version == run.version) return &one;
    }
    return nullptr;
}

/// One happening and all that comes of it.
class Act {
public:
    Act(const Published& published, Facts& facts, const Happening& happening,
        std::vector<Run>& runs, Consequences& out)
        : published_(published),
          facts_(facts),
          happening_(happening),
          runs_(runs),
          out_(out),
          walk_(published, facts, happening.at, out) {}

    void operator()(const EventHappened& happened);
    void operator()(const SegmentMoved& moved);
    void operator()(const TimerDue& due);
    void operator()(const TaskMoved& moved);
    void operator()(const PersonChanged&);
    void operator()(const PeopleMerged&);
    void operator()(const RunStopped& stopped);
    void operator()(const StartedByHand& started);
    void operator()(const Swept&) {}

    void settle_sweeps();
    void forget_runs();

private:
    /// What may start a run.
    struct Start {
        const Interest& interest;
        const Definition& definition;
        const EventView* event;  // One of these two.
        const SegmentMoved* segment;
        bool is_late;
        bool is_by_hand = false;
    };

    std::vector<size_t> runs_in_order() const;
    bool matches(const EventWanted& wanted, const Interest& interest, const EventView& event,
                 const Run& run) const;
    bool end_by_event(Run& run, const Interest& interest, const EventView& event);
    void wake_by_event(Run& run, const Interest& interest, const EventView& event);
    void start_by_event(const Interest& interest, const EventView& event);
    void start_by_segment(const Interest& interest, const SegmentMoved& moved);
    void start(const Start& start);
    bool may_start(const Interest& interest, const Definition& definition, std::string_view key,
                   size_t context);
    uint16_t free_slot() const;
    void resolve_zones();
    void go_through(Run& run, const Sweep& sweep);
    void refuse(uint32_t journey, Refusal why) { out_.refused.push_back({journey, why}); }

    const Published& published_;
    Facts& facts_;
    const Happening& happening_;
    std::vector<Run>& runs_;
    Consequences& out_;
    Walk walk_;
};

std::vector<size_t> Act::runs_in_order() const {
    std::vector<size_t> order;
    for (size_t i = 0; i < runs_.size(); ++i) {
        if (!runs_[i].is_over()) order.push_back(i);
    }
    const auto age = [&](size_t i) {
        const Run& run = runs_[i];
        return std::tuple(run.started, run.journey, run.owner, run.slot);
    };
    std::ranges::sort(order, {}, age);
    return order;
}

bool Act::matches(const EventWanted& wanted, const Interest& interest, const EventView& event,
                  const Run& run) const {
    if (wanted.name != interest.name || wanted.type != event.type()) return false;
    const EventView context(run.context);
    if (event.time() < run.since && !is_of_own_item(event, run)) return false;
    if (!wanted.where.matches(event)) return false;
    return std::ranges::all_of(wanted.hold, [&](const query::PropertyPath& property) {
        return is_same(property.value_in(event), property.value_in(context));
    });
}

void Act::operator()(const EventHappened& happened) {
    const EventView& event = happened.event;
    const auto interests = published_.of_event(event.name());
    if (interests.empty()) return;
    if (!runs_.empty()) {
        for (const size_t i : runs_in_order()) {
            const Interest* interest = interest_of(interests, runs_[i]);
            if (interest == nullptr || walk_.step_of(runs_[i]) == nullptr) continue;
            if (end_by_event(runs_[i], *interest, event)) continue;
            if (event.is_history() && !is_of_own_item(event, runs_[i])) continue;
            wake_by_event(runs_[i], *interest, event);
        }
    }
    for (const Interest& interest : interests) {
        if (interest.is_start) start_by_event(interest, event);
    }
}

bool Act::end_by_event(Run& run, const Interest& interest, const EventView& event) {
    const auto& endings = published_.find(run.journey, run.version)->endings();
    for (size_t i = 0; i < endings.size(); ++i) {
        const auto* wanted = std::get_if<EventWanted>(&endings[i].on);
        if (wanted == nullptr || !matches(*wanted, interest, event, run)) continue;
        walk_.meet(run, endings[i], i);
        return true;
    }
    return false;
}

void Act::wake_by_event(Run& run, const Interest& interest, const EventView& event) {
    const auto* wait = std::get_if<WaitForStep>(&walk_.step_of(run)->what);
    if (wait == nullptr || run.state != RunState::Waiting) return;
    for (size_t i = 0; i < wait->events.size(); ++i) {
        if (!matches(wait->events[i].on, interest, event, run)) continue;
        walk_.wake(run, Wake::Event, static_cast<uint8_t>(i));
        return;
    }
}

void Act::start_by_event(const Interest& interest, const EventView& event) {
    const Definition& definition = *published_.find(interest.journey, interest.version);
    const auto& wanted = std::get<EventWanted>(definition.trigger().on);
    if (wanted.type != event.type() || !wanted.where.matches(event)) return;
    start({interest, definition, &event, nullptr, event.is_history()});
}

void Act::operator()(const SegmentMoved& moved) {
    const auto interests = published_.of_segment(moved.segment);
    if (interests.empty()) return;
    const auto is_met = [&](const Wanted& wanted) {
        const auto* segment = std::get_if<SegmentWanted>(&wanted);
        return segment != nullptr && segment->segment == moved.segment &&
               segment->is_entry == moved.is_entry;
    };
    for (const size_t i : runs_in_order()) {
        Run& run = runs_[i];
        if (interest_of(interests, run) == nullptr || walk_.step_of(run) == nullptr) continue;
        const auto& endings = published_.find(run.journey, run.version)->endings();
        const auto met = std::ranges::find_if(endings, is_met, &Ending::on);
        if (met != endings.end()) walk_.meet(run, *met, static_cast<size_t>(met - endings.begin()));
    }
    for (const Interest& interest : interests) {
        if (interest.is_start) start_by_segment(interest, moved);
    }
}

void Act::start_by_segment(const Interest& interest, const SegmentMoved& moved) {
    const Definition& definition = *published_.find(interest.journey, interest.version);
    if (std::get<SegmentWanted>(definition.trigger().on).is_entry != moved.is_entry) return;
    start({interest, definition, nullptr, &moved, moved.is_late});
}

void Act::start(const Start& start) {
    const Trigger& trigger = start.definition.trigger();
    const uint32_t journey = start.interest.journey;
    if (start.is_late && !trigger.includes_late) return;
    std::string context =
        start.event != nullptr
            ? context_of(*start.event)
            : context_of_segment(start.segment->segment, start.segment->is_entry, happening_.at);
    const bool asks = trigger.condition && !start.is_by_hand;
    if (asks &&
        !facts_.holds(start.definition, *trigger.condition, EventView(context), happening_.at)) {
        return;
    }
    std::string key;
    if (trigger.key && start.event != nullptr) {
        key = name_in(trigger.key->value_in(*start.event));
        if (key.empty() || key.size() > kKeyMax) return refuse(journey, Refusal::NoKey);
    }
    if (published_.paused_at(journey) != kNoTime) return refuse(journey, Refusal::Paused);
    forget_runs();  // One that has just ended bars others no longer than it would later.
    if (!may_start(start.interest, start.definition, key, context.size())) return;

    Run run;
    std::string named;
    ByteWriter name(named);
    name.fixed(journey), name.fixed(happening_.owner), name.fixed(happening_.cause);
    name.fixed(happening_.at), name.string(key);
    run.id = hash_key(named);
    run.owner = happening_.owner;
    run.slot = free_slot();
    run.journey = journey;
    run.version = start.interest.version;
    const auto sweeps = published_.sweeps(journey);
    run.sweep = sweeps.empty() ? 0 : sweeps.back().number;
    run.started = happening_.at;
    run.since = start.event != nullptr ? start.event->time() : happening_.at;
    run.key = std::move(key);
    run.context = std::move(context);
    runs_.push_back(std::move(run));
    walk_.begin(runs_.back());
}

bool Act::may_start(const Interest& interest, const Definition& definition, std::string_view key,
                    size_t context) {
    size_t own = 0;
    size_t marks = 0;
    bool is_running = false;
    bool was_there = false;
    Micros last = kNoTime;
    const uint64_t hash = hash_key(key).low;
    for (const Run& run : runs_) {
        const bool is_own = run.owner == happening_.owner;
        own += is_own && !run.is_over();
        marks += is_own && run.is_over();
        if (is_own) context += run.context.size();
        if (run.journey != interest.journey) continue;
        if (run.is_mark() ? run.id.low != hash : run.key != key) continue;
        is_running |= !run.is_over();
        was_there |= run.is_over();
        last = std::max(last, run.started);
    }
    const bool is_soon = was_there && happening_.at - last < definition.reentry_after();
    const auto refused = [&](Refusal why) { return refuse(interest.journey, why), false; };
    if (is_running) return refused(Refusal::StillRunning);
    if (was_there && definition.reentry() == Reentry::Never) return refused(Refusal::Never);
    if (is_soon && definition.reentry() == Reentry::AfterDuration) return refused(Refusal::TooSoon);
    // Each run may leave a mark.
    const bool has_room = own < kRunsMax && own + marks < kMarksMax && context <= kContextsMax;
    return has_room || refused(Refusal::TooMany);
}

uint16_t Act::free_slot() const {
    std::vector<bool> taken(kRunsMax);
    for (const Run& run : runs_) {
        const bool is_own = run.owner == happening_.owner && !run.is_over();
        if (is_own && run.slot < kRunsMax) taken[run.slot] = true;
    }
    return static_cast<uint16_t>(std::ranges::find(taken, false) - taken.begin());
}

void Act::operator()(const TimerDue& due) {
    for (Run& run : runs_) {
        if (run.owner != happening_.owner || run.slot != due.slot || run.is_over()) continue;
        // A slot is used again; the run that has it now is meant only if it waits for this instant.
        const bool is_meant = run.state == RunState::Waiting && run.timer == due.timer &&
                              run.wake_at == happening_.at && walk_.step_of(run) != nullptr;
        if (is_meant) walk_.wake(run, Wake::Time, 0);
        return;
    }
}

void Act::operator()(const TaskMoved& moved) {
    for (Run& run : runs_) {
        const Step* step = run.is_over() ? nullptr : walk_.step_of(run);
        if (step == nullptr || !std::holds_alternative<TaskStep>(step->what)) continue;
        if (effect_key(run) != moved.task) continue;
        if (moved.how == TaskMove::Claimed) return walk_.move_task(run, RowKind::Claimed);
        if (moved.how == TaskMove::Released) return walk_.move_task(run, RowKind::Released);
        // Done after it was overdue, in a pause, is done.
        if (run.state == RunState::Held && run.held_by == Wake::Task) return;
        return walk_.wake(run, Wake::Task, 0);
    }
}

void Act::operator()(const PersonChanged&) {
    resolve_zones();
}

void Act::operator()(const PeopleMerged&) {
    const auto order = runs_in_order();
    for (size_t i = 0; i < order.size(); ++i) {
        Run& run = runs_[order[i]];
        const bool has_older =
            std::any_of(order.begin(), order.begin() + static_cast<ptrdiff_t>(i), [&](size_t k) {
                const Run& older = runs_[k];
                return !older.is_over() && older.journey == run.journey && older.key == run.key;
            });
        if (has_older) walk_.finish(run, EndReason::Superseded);
    }
    resolve_zones();
}

// Civil waits end by her clock, whichever that is now.
void Act::resolve_zones() {
    for (const size_t i : runs_in_order()) {
        Run& run = runs_[i];
        const Step* step = run.state == RunState::Waiting ? walk_.step_of(run) : nullptr;
        const auto* wait = step == nullptr ? nullptr : std::get_if<WaitStep>(&step->what);
        if (wait != nullptr && wait->time_of_day) walk_.wait_again(run);
    }
}

void Act::operator()(const RunStopped& stopped) {
    for (Run& run : runs_) {
        if (run.id == stopped.run && !run.is_over()) walk_.finish(run, EndReason::Stopped);
    }
}

void Act::operator()(const StartedByHand& started) {
    const uint32_t version = published_.starting(started.journey);
    if (version == 0) return;
    const Interest interest{.journey = started.journey, .version = version, .is_start = true};
    start({.interest = interest,
           .definition = *published_.find(started.journey, version),
           .event = &started.event,
           .segment = nullptr,
           .is_late = false,
           .is_by_hand = true});
}

// What was decided about all runs of a journey reaches hers before anything else does.
void Act::settle_sweeps() {
    const auto is_behind = [&](const Run& run) {
        const auto sweeps = published_.sweeps(run.journey);
        return !run.is_over() && !sweeps.empty() && run.sweep < sweeps.back().number;
    };
    if (std::ranges::none_of(runs_, is_behind)) return;
    for (const size_t i : runs_in_order()) {
        Run& run = runs_[i];
        if (walk_.step_of(run) == nullptr) continue;
        for (const Sweep& sweep : published_.sweeps(run.journey)) {
            if (sweep.number <= run.sweep || run.is_over()) continue;
            run.sweep = sweep.number;
            walk_.change(run);
            go_through(run, sweep);
        }
    }
}

// While its journey is paused again, what is held stays so: the next time it goes on decides.
void Act::go_through(Run& run, const Sweep& sweep) {
    const bool is_held = run.state == RunState::Held;
    const bool waits_for_time = !is_held || run.held_by == Wake::Time;
    if (sweep.is_stop) {
        walk_.finish(run, EndReason::Stopped);
    } else if (sweep.mode == Resume::Shift && waits_for_time) {
        walk_.shift(run, sweep.at - sweep.paused_at);
    } else if (is_held && sweep.mode == Resume::Skip) {
        walk_.finish(run, EndReason::Skipped);
    } else if (is_held && published_.paused_at(run.journey) == kNoTime) {
        walk_.go_on(run, run.held_by, run.held_edge);
    }
}

// Of an ended run a mark is kept, as long as the rule of re-entry of its version asks about it.
void Act::forget_runs() {
    for (Run& run : runs_) {
        const Definition* const definition =
            run.is_over() && !run.is_mark() ? published_.find(run.journey, run.version) : nullptr;
        if (definition == nullptr || definition->reentry() == Reentry::AfterEnd) continue;
        const bool is_for_ever = definition->reentry() == Reentry::Never;
        run = mark_of(run, is_for_ever ? kNoTime : run.started + definition->reentry_after());
    }
    std::erase_if(runs_, [&](const Run& run) {
        if (!run.is_over()) return false;
        return !run.is_mark() || (run.wake_at != kNoTime && happening_.at >= run.wake_at);
    });
}

}  // namespace

std::string_view row_name(RowKind kind) {
    static constexpr std::string_view kNames[] = {"entered",   "reached", "chosen",   "updated",
                                                  "goal",      "claimed", "released", "done",
                                                  "escalated", "held",    "ended"};
    return kNames[static_cast<size_t>(kind)];
}

std::string_view refusal_name(Refusal why) {
    static constexpr std::string_view kNames[] = {"still_running", "never",    "too_soon",
                                                  "no_key",        "too_many", "paused"};
    return kNames[static_cast<size_t>(why)];
}

Key128 row_key(const Row& row) {
    std::string bytes;
    ByteWriter out(bytes);
    out.fixed(row.run), out.fixed(row.kind), out.fixed(row.step), out.fixed(row.visit);
    out.fixed(row.timer), out.fixed(row.detail);
    return hash_key(bytes);
}

void Consequences::clear() {
    rows.clear();
    intents.clear();
    timers.clear();
    postponed.clear();
    refused.clear();
    changed.clear();
}

void advance(const Published& published, Facts& facts, const Happening& happening,
             std::vector<Run>& runs, Consequences& out) {
    Act act(published, facts, happening, runs, out);
    act.settle_sweeps();
    act.forget_runs();
    std::visit(act, happening.what);
    act.forget_runs();
}

Overdue count_overdue(const std::vector<Run>& runs, uint32_t journey) {
    Overdue count;
    for (const Run& run : runs) {
        if (run.journey != journey) continue;
        count.held += run.state == RunState::Held;
        count.waiting += run.state == RunState::Waiting;
    }
    return count;
}

}  // namespace throughline::journey
