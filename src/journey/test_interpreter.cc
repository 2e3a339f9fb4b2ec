// The slow interpreter of stories. It has no timers, no compiled steps and no bytes: from the
// first happening on it works out, at each instant, which wait ends next.

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include "journey/test_telling.h"

namespace throughline::journey::testing {

namespace {

struct Way {  // A run.
    size_t number = 0;
    int journey = 0, owner = 0, slot = 0;
    size_t version = 0;
    int step = kNone, visit = 0;
    bool is_over = false, is_held = false, is_escalated = false;
    int task_moves = 0;
    Wake held_by = Wake::Time;
    size_t held_edge = 0;
    Micros started = 0, since = 0, from = 0;
    std::string key;
    Did start;
    std::map<int, size_t> choices;
};

struct Task {
    size_t way;
    int visit;
};

class Interpreter {
public:
    explicit Interpreter(const Story& story) : story_(story) {
        for (const StoryJourney& journey : story.journeys) versions_.push_back({journey});
        paused_.resize(versions_.size(), kNoTime);
        for (int i = 0; i < kIdentities; ++i) people_.push_back(i);
    }

    Telling tell(size_t count) {
        for (size_t i = 0; i < count; ++i) {
            const StoryHappening& happening = story_.happenings[i];
            while (Way* next = next_due(happening.at)) {
                now_ = *end_of_wait(*next);
                wake(*next, Wake::Time, 0);
            }
            now_ = happening.at;
            here_ = happening.identity;
            std::visit([&](const auto& what) { happen(what); }, happening.what);
        }
        return telling_;
    }

private:
    const StoryJourney& journey_of(const Way& way) const {
        return versions_[static_cast<size_t>(way.journey)][way.version];
    }
    const StoryStep& step_of(const Way& way) const {
        return journey_of(way).steps[static_cast<size_t>(way.step)];
    }
    bool is_same_person(int a, int b) const {
        return people_[static_cast<size_t>(a)] == people_[static_cast<size_t>(b)];
    }

    // What was last said of any identity of the person.
    int latest(const std::vector<std::pair<int, int>>& log, int identity, int other) const {
        for (auto it = log.rbegin(); it != log.rend(); ++it) {
            if (is_same_person(it->first, identity)) return it->second;
        }
        return other;
    }
    TimeZone zone_of(const Way& way) const {
        return *TimeZone::find(kZones[latest(zones_, way.owner, 0)]);
    }
    // All that she ever did is looked at.
    bool holds(int identity, const StoryCondition& asked) const {
        if (asked.trait != kNone) return latest(traits_, identity, kNone) == asked.trait;
        const auto counts = [&](const Deed& deed) {
            return deed.name == asked.name && is_same_person(deed.identity, identity) &&
                   (asked.hours == 0 || deed.time >= now_ - asked.hours * kHour);
        };
        return asked.is_met(static_cast<int>(std::ranges::count_if(deeds_, counts)));
    }

    std::optional<Micros> end_of_wait(const Way& way) const {
        const StoryStep& step = step_of(way);
        if (step.type == "task" && (step.hours == 0 || way.is_escalated)) return {};
        const Micros least = way.from + step.hours * kHour;
        if (step.until == kNone) return least;
        const TimeZone zone = zone_of(way);
        for (int64_t day = zone.day_of(least) - 2;; ++day) {
            const Micros at = zone.instant_of(day * kDay + step.until * kHour + 30 * kMinute);
            const int64_t weekday = (zone.day_of(at) + 3) % 7;
            if (at > least && (!step.weekdays_only || weekday < 5)) return at;
        }
    }

    Way* next_due(Micros at) {
        Way* best = nullptr;
        const auto key = [&](const Way& way) {
            return std::tuple(*end_of_wait(way), way.owner, way.slot);
        };
        for (Way& way : ways_) {
            if (way.is_over || way.is_held) continue;
            const auto end = end_of_wait(way);
            if (!end || *end > at) continue;
            if (best == nullptr || key(way) < key(*best)) best = &way;
        }
        return best;
    }

    std::vector<size_t> ways_of(int identity) const {
        std::vector<size_t> found;
        for (size_t i = 0; i < ways_.size(); ++i) {
            if (!ways_[i].is_over && is_same_person(ways_[i].owner, identity)) found.push_back(i);
        }
        std::ranges::sort(found, {}, [&](size_t i) {
            const Way& way = ways_[i];
            return std::tuple(way.started, way.journey, way.owner, way.slot);
        });
        return found;
    }

    void row(const Way& way, RowKind kind, int detail = 0) {
        const int step = kind == RowKind::Entered ? 0 : way.step;
        telling_.rows.push_back(row_line(now_, kind, way.number, step, way.visit, detail));
    }

    void over(Way& way, EndReason reason) {
        row(way, RowKind::Ended, static_cast<int>(reason));
        way.is_over = true;
    }

    // ---- From step to step ----

    void go(Way& way, int step) {
        way.is_held = false;
        for (;;) {
            if (step == kNone) return over(way, EndReason::Completed);
            if (way.visit == 1000 || entered_[way.number]++ == 100) {
                return over(way, EndReason::Stuck);
            }
            way.step = step;
            ++way.visit;
            way.is_escalated = false;
            way.task_moves = 0;
            way.from = now_;
            row(way, RowKind::Reached);
            const StoryStep& here = step_of(way);
            if (here.type == "task") intend(way, IntentKind::Task);
            if (here.type == "wait" || here.type == "wait_for" || here.type == "task") return;
            step = pass(way, here);
        }
    }

    int pass(Way& way, const StoryStep& here) {
        if (here.type == "end") return kNone;
        if (here.type == "message") intend(way, IntentKind::Message);
        if (here.type == "goal") row(way, RowKind::Goal, kGoalOfStep);
        if (here.type == "update") {
            traits_.emplace_back(way.owner, here.value);
            row(way, RowKind::Updated);
        }
        if (here.type == "branch") {
            for (size_t i = 0; i < here.targets.size(); ++i) {
                const bool is_met = here.conditions[i]
                                        ? holds(way.owner, *here.conditions[i])
                                        : !journey_of(way).by_segment && way.start.amount >= 5;
                if (is_met) return here.targets[i];
            }
        }
        if (here.type == "split") {
            if (!way.choices.contains(way.step)) way.choices[way.step] = part_for(way);
            row(way, RowKind::Chosen, static_cast<int>(way.choices[way.step]));
            return here.targets[way.choices[way.step]];
        }
        return here.next;
    }

    size_t part_for(const Way& way) const {
        const Key128 person = person_key(people_[static_cast<size_t>(way.owner)]);
        const std::string salt =
            "j" + std::to_string(way.journey) + "/s" + std::to_string(way.step);
        const std::string_view bytes(reinterpret_cast<const char*>(&person), sizeof person);
        const uint64_t place = checksum(bytes, checksum(salt, 0)) % 10'000;
        return place < static_cast<uint64_t>(step_of(way).shares[0]) * 100 ? 0 : 1;
    }

    void intend(const Way& way, IntentKind kind) {
        const int hours = step_of(way).hours;
        telling_.intents.push_back(intent_line(kind, way.number, way.step, way.visit,
                                               hours == 0 ? kNoTime : now_ + hours * kHour));
        if (kind == IntentKind::Task) tasks_.push_back({way.number, way.visit});
    }

    void wake(Way& way, Wake by, size_t edge) {
        entered_.clear();
        if (paused_[static_cast<size_t>(way.journey)] == kNoTime) return go_on(way, by, edge);
        way.is_held = true;
        way.held_by = by;
        way.held_edge = edge;
        row(way, RowKind::Held, static_cast<int>(by));
    }

    void go_on(Way& way, Wake by, size_t edge) {
        const StoryStep& here = step_of(way);
        if (by == Wake::Event) return go(way, here.targets[edge]);
        if (here.type != "task") return go(way, here.next);
        row(way, by == Wake::Task ? RowKind::Done : RowKind::Escalated);
        if (by == Wake::Task) return go(way, here.next);
        if (!here.targets.empty()) return go(way, here.targets[0]);
        way.is_held = false;
        way.is_escalated = true;
    }

    // ---- Happenings ----

    bool is_met(const StoryEvent& wanted, const Way& way, const Did& did) const {
        if (wanted.name != did.name || did.amount < wanted.least) return false;
        if (did.time < way.since && !is_of_its_item(way, did)) return false;
        if (!wanted.is_held) return true;
        const bool has_order = !journey_of(way).by_segment && way.start.order != 0;
        return has_order && way.start.order == did.order;
    }

    bool is_of_its_item(const Way& way, const Did& did) const {
        return did.name == 'I' && way.start.name == 'I' && did.order != 0 &&
               did.order == way.start.order && !journey_of(way).by_segment;
    }

    bool ends(Way& way, const Did& did) {
        const StoryJourney& journey = journey_of(way);
        for (size_t i = 0; i < journey.goals.size(); ++i) {
            if (!is_met(journey.goals[i], way, did)) continue;
            row(way, RowKind::Goal, static_cast<int>(i));
            over(way, EndReason::Goal);
            return true;
        }
        const bool leaves = std::ranges::any_of(
            journey.exits, [&](const StoryEvent& exit) { return is_met(exit, way, did); });
        if (leaves) over(way, EndReason::Exit);
        return leaves;
    }

    void happen(const Did& did) {
        deeds_.push_back({here_, did.name, did.time});
        for (const size_t i : ways_of(here_)) {
            if (ends(ways_[i], did) || ways_[i].is_held) continue;
            if (did.is_late && !is_of_its_item(ways_[i], did)) continue;
            const StoryStep& step = step_of(ways_[i]);
            if (step.type != "wait_for") continue;
            for (size_t edge = 0; edge < step.events.size(); ++edge) {
                if (!is_met(step.events[edge], ways_[i], did)) continue;
                wake(ways_[i], Wake::Event, edge);
                break;
            }
        }
        for (size_t j = 0; j < versions_.size(); ++j) {
            const StoryJourney& journey = versions_[j].back();
            if (journey.by_segment || journey.on.name != did.name) continue;
            if (did.amount < journey.on.least || (did.is_late && !journey.takes_late)) continue;
            const std::string key =
                journey.is_keyed && did.order != 0 ? std::to_string(did.order) : "";
            start(static_cast<int>(j), key, did, did.time);
        }
    }

    void happen(const Moved& moved) {
        for (const size_t i : ways_of(here_)) {
            if (!moved.is_entry && journey_of(ways_[i]).leaves_with_segment) {
                over(ways_[i], EndReason::Exit);
            }
        }
        for (size_t j = 0; j < versions_.size(); ++j) {
            const StoryJourney& journey = versions_[j].back();
            if (!journey.by_segment || journey.is_in != moved.is_entry) continue;
            if (moved.is_late && !journey.takes_late) continue;
            start(static_cast<int>(j), "", {}, now_);
        }
    }

    void start(int number, const std::string& key, const Did& did, Micros since) {
        const auto place = static_cast<size_t>(number);
        const StoryJourney& journey = versions_[place].back();
        if (journey.needs && !holds(here_, *journey.needs)) return;
        const auto refuse = [&](Refusal why) {
            telling_.refused.push_back(refused_line(number, why));
        };
        if (journey.is_keyed && key.empty()) return refuse(Refusal::NoKey);
        if (paused_[place] != kNoTime) return refuse(Refusal::Paused);
        const auto counts = [&](const Way& way) {
            return way.journey == number && way.key == key && is_same_person(way.owner, here_) &&
                   is_remembered(way);
        };
        const auto is_running = [&](const Way& way) { return counts(way) && !way.is_over; };
        const auto was_lately = [&](const Way& way) {
            return counts(way) && now_ - way.started < journey.after_hours * kHour;
        };
        if (std::ranges::any_of(ways_, is_running)) return refuse(Refusal::StillRunning);
        if (journey.reentry == Reentry::Never && std::ranges::any_of(ways_, counts)) {
            return refuse(Refusal::Never);
        }
        if (journey.reentry == Reentry::AfterDuration && std::ranges::any_of(ways_, was_lately)) {
            return refuse(Refusal::TooSoon);
        }
        Way way{.number = ways_.size(), .journey = number, .owner = here_};
        way.slot = free_slot();
        way.version = versions_[place].size() - 1;
        way.started = now_;
        way.since = since;
        way.key = key;
        way.start = did;
        ways_.push_back(way);
        row(ways_.back(), RowKind::Entered);
        entered_.clear();
        go(ways_.back(), 0);
    }

    // An ended run is remembered by the rule of its own version.
    bool is_remembered(const Way& way) const {
        const StoryJourney& journey = journey_of(way);
        if (!way.is_over || journey.reentry == Reentry::Never) return true;
        return journey.reentry == Reentry::AfterDuration &&
               now_ - way.started < journey.after_hours * kHour;
    }

    int free_slot() const {
        int slot = 0;
        const auto is_taken = [&](const Way& way) {
            return way.owner == here_ && way.slot == slot && !way.is_over;
        };
        while (std::ranges::any_of(ways_, is_taken)) ++slot;
        return slot;
    }

    void happen(const TraitSet& set) { traits_.emplace_back(here_, set.value); }
    void happen(const ZoneSet& set) {
        zones_.emplace_back(here_, set.zone);
        look_again(here_);
    }
    // Waits that have ended by the clock that she has now.
    void look_again(int identity) {
        for (const size_t i : ways_of(identity)) {
            Way& way = ways_[i];
            if (way.is_held || step_of(way).until == kNone) continue;
            const auto end = end_of_wait(way);
            if (end && *end <= now_) wake(way, Wake::Time, 0);
        }
    }

    void happen(const Merged& merged) {
        if (is_same_person(here_, merged.other)) return;
        merge(people_, here_, merged.other);
        const auto all = ways_of(here_);
        for (size_t i = 0; i < all.size(); ++i) {
            for (size_t k = 0; k < i; ++k) {
                const Way& older = ways_[all[k]];
                Way& younger = ways_[all[i]];
                const bool is_one = older.journey == younger.journey && older.key == younger.key;
                if (is_one && !older.is_over && !younger.is_over) {
                    over(younger, EndReason::Superseded);
                }
            }
        }
        look_again(here_);
    }
    void happen(const Split&) {
        const People before = people_;
        split_off(people_, here_);
        look_again(here_);
        for (int other = 0; other < kIdentities; ++other) {
            const auto place = static_cast<size_t>(other);
            if (other == here_ || before[place] != before[static_cast<size_t>(here_)]) continue;
            return look_again(other);
        }
    }
    void happen(const Edited& edited) {
        versions_[static_cast<size_t>(edited.journey)].push_back(edited.definition);
    }
    void happen(const Paused& paused) {
        Micros& at = paused_[static_cast<size_t>(paused.journey)];
        if (at == kNoTime) at = now_;
    }
    void happen(const Resumed& resumed) {
        Micros& paused_at = paused_[static_cast<size_t>(resumed.journey)];
        if (paused_at == kNoTime) return;
        const Micros by = now_ - paused_at;
        paused_at = kNoTime;
        for_people([&](int identity) {
            for (const size_t i : ways_of(identity)) {
                if (ways_[i].journey == resumed.journey) resume(ways_[i], resumed.mode, by);
            }
        });
    }
    void resume(Way& way, Resume mode, Micros by) {
        entered_.clear();
        if (mode == Resume::Shift && (!way.is_held || way.held_by == Wake::Time)) {
            way.is_held = false;
            way.from += by;
            const auto end = end_of_wait(way);
            if (end && *end <= now_) go_on(way, Wake::Time, 0);
        } else if (way.is_held && mode == Resume::Skip) {
            over(way, EndReason::Skipped);
        } else if (way.is_held) {
            go_on(way, way.held_by, way.held_edge);
        }
    }
    void happen(const Tasked& tasked) {
        if (tasked.task >= tasks_.size()) return;
        const Task& task = tasks_[tasked.task];
        Way& way = ways_[task.way];
        if (way.is_over || way.visit != task.visit) return;
        if (tasked.how == TaskMove::Claimed) {
            row(way, RowKind::Claimed, ++way.task_moves);
        } else if (tasked.how == TaskMove::Released) {
            row(way, RowKind::Released, ++way.task_moves);
        } else if (!way.is_held || way.held_by != Wake::Task) {
            wake(way, Wake::Task, 0);
        }
    }
    void happen(const Stopped& stopped) {
        if (stopped.run >= ways_.size() || ways_[stopped.run].is_over) return;
        over(ways_[stopped.run], EndReason::Stopped);
    }
    void happen(const StoppedAll& stopped) {
        for_people([&](int identity) {
            for (const size_t i : ways_of(identity)) {
                if (ways_[i].journey == stopped.journey) over(ways_[i], EndReason::Stopped);
            }
        });
    }

    template <typename Do>
    void for_people(Do&& act) {
        for (int i = 0; i < kIdentities; ++i) {
            if (people_[static_cast<size_t>(i)] == i) act(i);
        }
    }

    const Story& story_;
    std::vector<std::vector<StoryJourney>> versions_;
    std::vector<Micros> paused_;
    People people_;
    std::vector<std::pair<int, int>> traits_, zones_;  // Identity and value, as they were said.
    std::vector<Deed> deeds_;
    std::vector<Way> ways_;
    std::vector<Task> tasks_;
    std::map<size_t, int> entered_;  // Steps because of what happens now.
    Micros now_ = 0;
    int here_ = 0;  // Identity that it happens to.
    Telling telling_;
};

}  // namespace

Telling tell_anew(const Story& story, size_t count) {
    return Interpreter(story).tell(count);
}

}  // namespace throughline::journey::testing
