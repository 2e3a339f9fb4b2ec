#include "journey/walk.h"

#include <algorithm>

#include "base/bytes.h"

namespace throughline::journey {

using model::DocView;
using model::EventType;
using model::EventView;

namespace {

std::string context_with(EventType type, std::string_view name, Micros time, std::string doc) {
    model::Event event;
    event.type = type;
    event.name = name;
    event.time = time;
    event.doc = doc;
    std::string context;
    model::append_event(context, event);
    return context;
}

/// Bit 0 is Monday; day 0, 1970-01-01, was a Thursday.
uint8_t weekday_bit(int64_t day) {
    return static_cast<uint8_t>(1u << (day + 3 - floor_div(day + 3, 7) * 7));
}

}  // namespace

std::string context_of(const EventView& event) {
    const DocView properties = event.doc().find("properties");
    std::string doc;
    model::DocWriter out(doc);
    const size_t whole = out.open_object();
    if (properties.is_object() && properties.bytes().size() <= kContextMax) {
        out.key("properties");
        out.copy(properties);
    }
    out.close(whole);
    return context_with(event.type(), event.name(), event.time(), std::move(doc));
}

std::string context_of_segment(std::string_view segment, bool is_entry, Micros at) {
    std::string doc;
    model::DocWriter out(doc);
    const size_t whole = out.open_object();
    out.key("properties");
    const size_t properties = out.open_object();
    out.field("segment", segment);
    out.close(properties);
    out.close(whole);
    return context_with(EventType::Track, is_entry ? "Segment Entered" : "Segment Left", at,
                        std::move(doc));
}

Micros wait_end(const Step& step, Micros from, const TimeZone& zone) {
    if (const auto* wait_for = std::get_if<WaitForStep>(&step.what))
        return from + wait_for->timeout;
    if (const auto* task = std::get_if<TaskStep>(&step.what)) {
        return task->due == 0 ? kNoTime : from + task->due;
    }
    const auto& wait = std::get<WaitStep>(step.what);
    Micros end = from + wait.duration;
    if (!wait.time_of_day) return end;
    do {
        end = zone.next_time(end, *wait.time_of_day);
    } while ((wait.days & weekday_bit(zone.day_of(end))) == 0);
    return end;
}

size_t part_of(const SplitStep& split, const Key128& person) {
    std::string bytes;
    ByteWriter(bytes).fixed(person);
    uint64_t place = checksum(bytes, checksum(split.salt, 0)) % kParts;
    size_t part = 0;
    while (place >= split.parts[part].parts) place -= split.parts[part++].parts;
    return part;
}

const Step* Walk::step_of(const Run& run) const {
    const Definition* definition = published_.find(run.journey, run.version);
    if (definition == nullptr || run.step >= definition->steps().size()) return nullptr;
    return &definition->steps()[run.step];
}

void Walk::note(const Run& run, RowKind kind, uint16_t detail) {
    out_.rows.push_back({.kind = kind,
                         .detail = detail,
                         .step = run.step,
                         .visit = run.visit,
                         .timer = run.timer,
                         .owner = run.owner,
                         .journey = run.journey,
                         .version = run.version,
                         .run = run.id,
                         .at = at_});
    change(run);
}

void Walk::change(const Run& run) {
    if (std::ranges::find(out_.changed, run.owner) == out_.changed.end()) {
        out_.changed.push_back(run.owner);
    }
}

void Walk::begin(Run& run) {
    note(run, RowKind::Entered);
    enter(run, 0);
}

void Walk::enter(Run& run, StepIndex step) {
    run.state = RunState::Waiting;
    uint32_t& entered = entered_by(run);
    std::optional<StepIndex> next = step;
    while (next) {
        if (*next == kEnd) return finish(run, EndReason::Completed);
        if (run.visit == kVisitsMax || entered++ == kStepsARecordMax) {
            return finish(run, EndReason::Stuck);
        }
        run.step = *next;
        ++run.visit;
        ++run.timer;
        run.wake_at = kNoTime;
        run.task_moves = 0;
        note(run, RowKind::Reached);
        const Step* here = step_of(run);
        TL_ASSERT(here != nullptr);
        next = pass(run, *here);
    }
}

uint32_t& Walk::entered_by(const Run& run) {
    const auto found =
        std::ranges::find(entered_, run.id, [](const auto& one) { return one.first; });
    return found != entered_.end() ? found->second : entered_.emplace_back(run.id, 0).second;
}

std::optional<StepIndex> Walk::pass(Run& run, const Step& step) {
    if (is_waiting(step)) {
        run.wait_from = at_;
        if (const auto* task = std::get_if<TaskStep>(&step.what)) {
            intend(run, IntentKind::Task, task->due);
        }
        set_wake(run, wait_end(step, at_, zone_for(step)));
        return {};
    }
    if (const auto* message = std::get_if<MessageStep>(&step.what)) {
        intend(run, IntentKind::Message, message->deadline);
    } else if (const auto* webhook = std::get_if<WebhookStep>(&step.what)) {
        intend(run, IntentKind::Webhook, webhook->deadline);
    } else if (const auto* branch = std::get_if<BranchStep>(&step.what)) {
        return take_path(run, step, *branch);
    } else if (const auto* split = std::get_if<SplitStep>(&step.what)) {
        return choose(run, *split);
    } else if (const auto* update = std::get_if<UpdateStep>(&step.what)) {
        facts_.update(run.owner, update->traits);
        note(run, RowKind::Updated);
    } else if (std::holds_alternative<GoalStep>(step.what)) {
        note(run, RowKind::Goal, kGoalOfStep);
    } else {
        TL_ASSERT(std::holds_alternative<EndStep>(step.what));
        return kEnd;
    }
    return step.next;
}

// A zone is asked for only where clocks count: it costs a look at the person's traits.
TimeZone Walk::zone_for(const Step& step) {
    const auto* wait = std::get_if<WaitStep>(&step.what);
    return wait != nullptr && wait->time_of_day ? facts_.zone() : TimeZone();
}

StepIndex Walk::choose(Run& run, const SplitStep& split) {
    auto chosen = std::ranges::find(run.choices, run.step, &Choice::step);
    if (chosen == run.choices.end()) {
        const auto part = static_cast<uint8_t>(part_of(split, facts_.person()));
        run.choices.push_back({run.step, part});
        chosen = std::prev(run.choices.end());
    }
    note(run, RowKind::Chosen, chosen->part);
    return split.parts[chosen->part].next;
}

StepIndex Walk::take_path(const Run& run, const Step& step, const BranchStep& branch) {
    const Definition& definition = *published_.find(run.journey, run.version);
    const EventView context(run.context);
    for (const auto& path : branch.paths) {
        if (!path.where.matches(context)) continue;
        if (!path.condition || facts_.holds(definition, *path.condition, context, at_)) {
            return path.next;
        }
    }
    return step.next;
}

void Walk::intend(const Run& run, IntentKind kind, Micros within) {
    out_.intents.push_back({.kind = kind,
                            .step = run.step,
                            .owner = run.owner,
                            .journey = run.journey,
                            .version = run.version,
                            .key = effect_key(run),
                            .run = run.id,
                            .at = at_,
                            .not_after = within == 0 ? kNoTime : at_ + within,
                            .context = run.context});
}

void Walk::set_wake(Run& run, Micros at) {
    run.wake_at = at;
    if (at != kNoTime) out_.timers.push_back({at, run.owner, run.slot, run.timer});
}

void Walk::wake(Run& run, Wake by, uint8_t edge) {
    if (published_.paused_at(run.journey) == kNoTime) return go_on(run, by, edge);
    run.state = RunState::Held;
    run.held_by = by;
    run.held_edge = edge;
    ++run.timer;
    note(run, RowKind::Held, static_cast<uint16_t>(by));
}

void Walk::go_on(Run& run, Wake by, uint8_t edge) {
    const Step& step = *step_of(run);
    if (by == Wake::Event) {
        return enter(run, std::get<WaitForStep>(step.what).events[edge].next);
    }
    const auto* task = std::get_if<TaskStep>(&step.what);
    if (task == nullptr) return enter(run, step.next);
    if (by == Wake::Task) {
        note(run, RowKind::Done);
        return enter(run, step.next);
    }
    note(run, RowKind::Escalated);
    if (task->escalated_next) return enter(run, *task->escalated_next);
    run.state = RunState::Waiting;
    run.wake_at = kNoTime;
    ++run.timer;
}

void Walk::wait_again(Run& run) {
    const Micros end = wait_end(*step_of(run), run.wait_from, zone_for(*step_of(run)));
    if (end == run.wake_at && end > at_) return;
    run.wake_at = end;
    if (end <= at_) return wake(run, Wake::Time, 0);
    ++run.timer;
    set_wake(run, end);
    change(run);
}

void Walk::shift(Run& run, Micros by) {
    if (run.wake_at == kNoTime) return;
    run.state = RunState::Waiting;
    run.wait_from += by;
    change(run);
    if (std::holds_alternative<TaskStep>(step_of(run)->what)) {
        out_.postponed.push_back({effect_key(run), run.wake_at + by});
    }
    wait_again(run);
}

void Walk::move_task(Run& run, RowKind kind) {
    note(run, kind, ++run.task_moves);
}

void Walk::meet(Run& run, const Ending& ending, size_t index) {
    if (ending.is_goal) note(run, RowKind::Goal, static_cast<uint16_t>(index));
    finish(run, ending.is_goal ? EndReason::Goal : EndReason::Exit);
}

void Walk::finish(Run& run, EndReason reason) {
    note(run, RowKind::Ended, static_cast<uint16_t>(reason));
    run.state = RunState::Over;
    run.reason = reason;
    run.ended = at_;
    run.wake_at = kNoTime;
    run.context.clear();
    run.choices.clear();
}

}  // namespace throughline::journey
