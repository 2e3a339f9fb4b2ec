#include "journey/test_story.h"

namespace throughline::journey::testing {

namespace {

std::string target(int step) {
    return step == kNone ? "\"end\"" : "\"s" + std::to_string(step) + '"';
}

std::string event_fields(const StoryEvent& event) {
    std::string json = R"("event":")" + event_name(event.name) + '"';
    if (event.least > 0) {
        json += R"(,"where":{"property":"amount","op":"gte","value":)" +
                std::to_string(event.least) + '}';
    }
    return json + (event.is_held ? R"(,"hold":["order"])" : "");
}

std::string wait_fields(const StoryStep& step) {
    std::string json;
    if (step.hours > 0) json += R"(,"for":")" + std::to_string(step.hours) + "h\"";
    if (step.until == kNone) return json;
    json += R"(,"until":")" + std::to_string(step.until) + ":30\"";
    return json + (step.weekdays_only ? R"(,"days":["mon","tue","wed","thu","fri"])" : "");
}

std::string list_fields(const StoryStep& step) {
    std::string json = step.type == "wait_for" ? R"(,"events":[)"
                       : step.type == "branch" ? R"(,"paths":[)"
                                               : R"(,"parts":[)";
    for (size_t i = 0; i < step.targets.size(); ++i) {
        json += i == 0 ? "{" : ",{";
        if (step.type == "wait_for") {
            json += event_fields(step.events[i]);
        } else if (step.type == "split") {
            json += R"("name":"p","share":)" + std::to_string(step.shares[i]);
        } else if (!step.conditions[i]) {
            json += R"("where":{"property":"amount","op":"gte","value":5})";
        } else {
            json += R"("if":)" + step.conditions[i]->json();
        }
        json += R"(,"next":)" + target(step.targets[i]) + '}';
    }
    return json + ']';
}

std::string step_json(const StoryStep& step, size_t index) {
    const std::string hours = '"' + std::to_string(step.hours) + "h\"";
    std::string json = R"({"id":"s)" + std::to_string(index) + R"(","type":")" + step.type + '"';
    if (step.type == "wait") json += wait_fields(step);
    if (step.type == "wait_for") json += R"(,"timeout":)" + hours;
    if (step.type == "wait_for" || step.type == "branch" || step.type == "split") {
        json += list_fields(step);
    }
    if (step.type == "message") {
        json += R"(,"channel":"email","template":"x","purpose":"p","deadline":)" + hours;
    }
    if (step.type == "update") json += R"(,"traits":{"t":)" + std::to_string(step.value) + '}';
    if (step.type == "goal") json += R"(,"goal":"g")";
    if (step.type == "task") {
        json += R"(,"team":"shop","title":"x")";
        if (step.hours > 0) json += R"(,"due":)" + hours;
        if (!step.targets.empty()) json += R"(,"escalated":)" + target(step.targets[0]);
    }
    if (step.type == "branch") json += R"(,"else":)" + target(step.next);
    if (step.type != "branch" && step.type != "split" && step.type != "end") {
        json += R"(,"next":)" + target(step.next);
    }
    return json + '}';
}

std::string ending_list(const std::vector<StoryEvent>& events, bool with_segment) {
    std::string json = "[";
    for (const StoryEvent& event : events) {
        json += json.size() > 1 ? "," : "";
        json += R"({"name":"n",)" + event_fields(event) + '}';
    }
    if (with_segment) {
        json += json.size() > 1 ? "," : "";
        json += R"({"name":"left","segment":"s","move":"out"})";
    }
    return json + ']';
}

/// Draws journeys and happenings.
class Teller {
public:
    Teller(uint64_t seed, Items items) : random_(seed), items_(items) {}

    Story tell() {
        // Two days before clocks change in spring or in autumn.
        now_ = *parse_instant(random_.chance(0.5) ? "2026-03-27T05:00Z" : "2026-10-23T05:00Z");
        Story story;
        const int journeys = 1 + below(3);
        for (int i = 0; i < journeys; ++i) story.journeys.push_back(journey());
        const int happenings = 10 + below(50);
        for (int i = 0; i < happenings; ++i) {
            // Often at one instant, often at a full hour, where waits end.
            if (random_.chance(0.7)) now_ += below(8) * kHour;
            if (random_.chance(0.3)) now_ += below(90) * kMinute;
            story.happenings.push_back({now_, below(kIdentities), happening(journeys)});
        }
        return story;
    }

private:
    int below(int bound) { return static_cast<int>(random_.below(static_cast<uint64_t>(bound))); }
    bool chance(double p) { return random_.chance(p); }

    char name() {
        const int place = below(3);
        return place == 2 && items_ == Items::Some ? 'I' : static_cast<char>('A' + place);
    }

    StoryEvent event() { return {name(), chance(0.3) ? 1 + below(9) : 0, chance(0.4)}; }

    StoryJourney journey() {
        StoryJourney journey;
        journey.by_segment = chance(0.2);
        journey.on = event();
        journey.on.is_held = false;
        journey.is_in = chance(0.7);
        journey.is_keyed = !journey.by_segment && chance(0.5);
        journey.takes_late = chance(0.3);
        if (chance(0.3)) journey.needs = condition();
        journey.reentry = static_cast<Reentry>(below(3));
        journey.after_hours = 1 + below(60);
        for (int i = below(2); i > 0; --i) journey.goals.push_back(event());
        for (int i = below(2); i > 0; --i) journey.exits.push_back(event());
        journey.leaves_with_segment = chance(0.2);
        const int steps = 1 + below(8);
        for (int i = 0; i < steps; ++i) journey.steps.push_back(step(i, steps));
        return journey;
    }

    StoryCondition condition() {
        if (chance(0.4)) return {.trait = below(3)};
        if (chance(0.2)) return kOften;
        StoryCondition asked{.name = static_cast<char>('A' + below(3)), .least = below(4)};
        if (chance(0.3)) asked.most = asked.least + below(3);
        if (chance(0.7)) asked.hours = 1 + below(30);
        return asked;
    }

    // On mostly, back at times.
    int target(int index, int steps) {
        if (chance(0.15)) return kNone;
        if (chance(0.15)) return below(steps);
        return index + 1 < steps ? index + 1 + below(steps - index - 1) : kNone;
    }

    StoryStep step(int index, int steps) {
        static constexpr const char* kTypes[] = {"wait",    "wait",   "wait_for", "wait_for",
                                                 "message", "branch", "split",    "update",
                                                 "task",    "goal",   "end"};
        StoryStep step;
        step.type = kTypes[below(11)];
        step.next = index + 1 < steps && chance(0.7) ? index + 1 : target(index, steps);
        step.hours = 1 + below(30);
        step.value = below(3);
        if (step.type == "wait" && chance(0.5)) {
            step.until = below(24);
            step.weekdays_only = chance(0.3);
            if (chance(0.5)) step.hours = 0;
        }
        if (step.type == "task") {
            if (chance(0.3)) step.hours = 0;
            if (step.hours > 0 && chance(0.5)) step.targets = {target(index, steps)};
        }
        if (step.type == "split") step.shares = {30, 70};
        const int edges = step.type == "split" ? 2 : 1 + below(2);
        for (int i = 0; i < edges && step.type != "task"; ++i) {
            step.events.push_back(event());
            step.conditions.push_back(std::nullopt);
            if (!chance(0.3)) step.conditions.back() = condition();
            step.targets.push_back(target(index, steps));
        }
        return step;
    }

    TaskMove task_move() {
        if (chance(0.45)) return TaskMove::Done;
        return chance(0.65) ? TaskMove::Claimed : TaskMove::Released;
    }

    decltype(StoryHappening::what) happening(int journeys) {
        const int dice = below(100);
        if (dice < 50) {
            // A late one happened some time ago; a live one may have, too.
            const Micros ago = chance(0.3) ? below(20) * kHour : 0;
            return Did{name(), below(4), below(10), chance(0.15), now_ - ago};
        }
        if (dice < 56) return Moved{chance(0.6), chance(0.2)};
        if (dice < 60) return TraitSet{below(3)};
        if (dice < 65) return ZoneSet{below(4)};
        if (dice < 70) return Merged{below(kIdentities)};
        if (dice < 74) return Split{};
        if (dice < 77) return Edited{below(journeys), journey()};
        if (dice < 81) return Paused{below(journeys)};
        if (dice < 87) return Resumed{below(journeys), static_cast<Resume>(below(3))};
        if (dice < 97) return Tasked{static_cast<size_t>(below(4)), task_move()};
        if (dice < 99) return Stopped{static_cast<size_t>(below(10))};
        return StoppedAll{below(journeys)};
    }

    SeededRandom random_;
    const Items items_;
    Micros now_ = 0;
};

}  // namespace

std::string StoryCondition::json() const {
    if (by_segment) return R"({"segment":"often"})";
    if (trait != kNone) return R"({"trait":"t","op":"eq","value":)" + std::to_string(trait) + '}';
    std::string json = R"({"did":")" + std::string(1, name) + R"(","count":)";
    json +=
        most == least ? R"({"eq":)" + std::to_string(least) : R"({"gte":)" + std::to_string(least);
    if (most != kNone && most != least) json += R"(,"lte":)" + std::to_string(most);
    json += '}';
    if (hours > 0) json += R"(,"within":")" + std::to_string(hours) + R"(h")";
    return json + '}';
}

std::string StoryJourney::json(int number) const {
    std::string out = R"({"key":"j)" + std::to_string(number) + R"(","trigger":{)";
    out += by_segment ? std::string(R"("segment":"s","move":")") + (is_in ? "in\"" : "out\"")
                      : event_fields(on);
    if (is_keyed) out += R"(,"key":"order")";
    if (takes_late) out += R"(,"include":"late")";
    if (needs) out += R"(,"if":)" + needs->json();
    out += R"(},"reentry":)";
    if (reentry == Reentry::AfterDuration) {
        out += R"({"after":")" + std::to_string(after_hours) + "h\"}";
    } else {
        out += reentry == Reentry::Never ? R"("never")" : R"("after_end")";
    }
    out += R"(,"goals":)" + ending_list(goals, false);
    out += R"(,"exits":)" + ending_list(exits, leaves_with_segment) + R"(,"steps":[)";
    for (size_t i = 0; i < steps.size(); ++i) {
        out += (i == 0 ? "" : ",") + step_json(steps[i], i);
    }
    return out + "]}";
}

std::string event_name(char name) {
    return name == 'I' ? "Item Changed" : std::string(1, name);
}

Story make_story(uint64_t seed, Items items) {
    return Teller(seed, items).tell();
}

}  // namespace throughline::journey::testing
