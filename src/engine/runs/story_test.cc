// Journeys in the fold against the slow interpreter of journey, which begins anew after every
// happening: rows of history, intents and refusals of worlds with merges, splits, edits, pauses,
// stops and history events, over records.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "engine/segment_builder.h"
#include "engine/test_fold.h"
#include "journey/test_telling.h"
#include "model/consequence.h"

namespace throughline::engine {
namespace {

using namespace journey::testing;
using testing::decision_record;
using testing::definition_record;
using testing::event_payload;
using testing::Partition;

const char* const kOftenConditions = R"({"did":"A","count":{"gte":2},"within":"20h"})";

class KeptIntents final : public IntentTaker {
public:
    Status accept(const Happening&, const journey::Intent& intent) override {
        intents.push_back(intent);
        return Status::ok();
    }
    Status withdraw(const Happening&, uint32_t, const Key128&) override { return Status::ok(); }

    std::vector<journey::Intent> intents;
};

/// Tells a story to a fold, record by record, and hears what comes of it.
class FoldedStory {
public:
    explicit FoldedStory(const Story& story)
        : partition_(1, &intents_), begin_(story.happenings.front().at - kDay) {
        add(begin_, definition_record("settings", "installation",
                                      R"({"timezone":")" + std::string(kZones[0]) + "\"}"));
        add(begin_, testing::segment_record("often", kOftenConditions));
        for (int i = 0; i < kIdentities; ++i) people_.push_back(i);
        for (int i = 0; i < kIdentities; ++i) add(begin_, identify(i, "n", "\"x\"", begin_));
        for (size_t i = 0; i < story.journeys.size(); ++i) {
            publish(begin_, static_cast<int>(i), story.journeys[i]);
        }
    }

    void apply(const StoryHappening& happening) {
        at_ = happening.at;
        here_ = happening.identity;
        // What is due comes first, because of a record of its own.
        add(at_, model::make_record(model::RecordKind::Tick, {}));
        std::visit([&](const auto& what) { happen(what); }, happening.what);
    }

    /// What history and the ledger have, in the lines of the interpreter.
    Telling telling() {
        Telling told;
        std::map<std::string, int> visits;
        for (const auto& [place, row] : rows()) {
            const model::DocView properties = model::EventView(row).doc().find("properties");
            const std::string run(properties.find("run").as_string());
            const std::string name(model::EventView(row).name());
            if (name == "Journey Task Opened") continue;  // Its intent is told.
            if (name == "Journey Entered") numbers_.emplace(run, numbers_.size());
            if (name == "Journey Step Reached") {
                ++visits[run];
                journey::Run here;
                here.id = *run_of_name(run);
                here.step = step_in(properties);
                here.visit = static_cast<uint16_t>(visits[run]);
                visit_of_[journey::effect_key(here)] = visits[run];
            }
            told.rows.push_back(format_instant(model::EventView(row).time()) + ' ' + name +
                                " run " + std::to_string(numbers_.at(run)) + " step " +
                                std::string(properties.find("step").as_string()) + ' ' +
                                std::string(properties.find("reason").as_string()));
        }
        for (const journey::Intent& intent : intents_.intents) {
            told.intents.push_back(intent_line(intent.kind, numbers_.at(run_name(intent.run)),
                                               intent.step, visit_of_.at(intent.key),
                                               intent.not_after));
        }
        return told;
    }

    uint64_t refused(uint32_t journey, journey::Refusal why) {
        const auto row = partition_.tables->run_counts.get(run_count_key(journey + 1, 0));
        if (!row.value()) return 0;
        return JourneyCounts::decode(**row)->refused[static_cast<size_t>(why)];
    }

private:
    static journey::StepIndex step_in(model::DocView properties) {
        const std::string step(properties.find("step").as_string());
        return static_cast<journey::StepIndex>(std::stoi(step.substr(1)));
    }

    std::string identify(int who, const std::string& trait, const std::string& value, Micros at) {
        return event_payload({.type = model::EventType::Identify,
                              .user = "u" + std::to_string(who),
                              .name = "",
                              .message_id = "m" + std::to_string(next_),
                              .extra = R"({"traits":{")" + trait + "\":" + value + "}}",
                              .time = at});
    }

    void add(Micros at, const std::string& record) {
        Epoch epoch;
        epoch.batches.push_back({single_record(record, {}), next_++, at, {}});
        const Status status = partition_.fold->apply(epoch);
        ASSERT_TRUE(status) << status.error().message;
        partition_.fold->publish();
        partition_.tables->settle();
        refused_ = epoch.batches[0].outcome.refused;
    }
    void decide(const std::string& json) { add(at_, decision_record(json)); }
    void decide_on(int journey, const std::string& what) {
        decide(R"({"action":"journey","journey":"j)" + std::to_string(journey) + R"(","do":)" +
               what + R"(,"actor":"t"})");
    }

    void publish(Micros at, int journey, const StoryJourney& story) {
        const std::string key = "j" + std::to_string(journey);
        at_ = at;
        add(at, definition_record("journeys", key,
                                  R"({"name":"x","document":)" + story.json(journey) + "}"));
        decide_on(journey, R"("publish")");
        ASSERT_TRUE(refused_.empty()) << refused_[0].message;
        build();
        ASSERT_EQ(partition_.fold->settings()->journeys().find(key)->building, 0u);
    }

    /// Brings in what people did before, as the engine does.
    void build() {
        SegmentBuilder builder(
            [this](const std::string& step) {
                add(at_, step);
                Outcome outcome;
                outcome.refused = refused_;
                return outcome;
            },
            [] { return true; });
        for (bool has_more = true; has_more;) {
            const auto built = builder.step(partition_.query_view());
            ASSERT_TRUE(built.is_ok()) << built.error().message;
            has_more = *built;
        }
    }

    /// Rows of journeys, in the order in which they followed.
    std::map<std::pair<uint64_t, uint32_t>, std::string> rows() {
        std::map<std::pair<uint64_t, uint32_t>, std::string> found;
        const Status scanned = partition_.history->snapshot()->scan(
            INT64_MIN + 1, INT64_MAX, {.type = true, .position = true, .tie = true},
            [&](const sequence::ScanBlock& block) -> Status {
                for (size_t row = 0; row < block.size(); ++row) {
                    if (static_cast<model::EventType>(block.type[row]) != model::kConsequence) {
                        continue;
                    }
                    TL_TRY_ASSIGN(const auto payload, block.payload(row));
                    const model::EventView event(payload);
                    if (!event.name().starts_with("Journey ")) continue;
                    found[{block.position[row], block.tie[row]}] = std::string(payload);
                }
                return Status::ok();
            });
        EXPECT_TRUE(scanned);
        return found;
    }

    void happen(const Did& did) {
        std::string properties = R"({"amount":)" + std::to_string(did.amount);
        if (did.order != 0) properties += R"(,"order":)" + std::to_string(did.order);
        const auto flags = static_cast<uint8_t>(did.is_late ? model::kEventHistory : 0);
        add(at_, event_payload({.user = "u" + std::to_string(here_),
                                .name = std::string(1, did.name),
                                .message_id = "m" + std::to_string(next_),
                                .extra = R"({"properties":)" + properties + "}}",
                                .time = did.time,
                                .flags = flags}));
    }
    void happen(const TraitSet& set) {
        add(at_, identify(here_, "t", std::to_string(set.value), at_));
    }
    void happen(const ZoneSet& set) {
        add(at_, identify(here_, "timezone", '"' + std::string(kZones[set.zone]) + '"', at_));
    }
    void join(int a, int b) {
        decide(R"({"action":"merge","a":)" + std::to_string(a + 1) + R"(,"b":)" +
               std::to_string(b + 1) + R"(,"actor":"t","reason":"r"})");
    }
    void happen(const Merged& merged) {
        merge(people_, here_, merged.other);
        join(here_, merged.other);
    }
    // Those who were one by nobody but her stay one in stories.
    void happen(const Split&) {
        split_off(people_, here_);
        decide(R"({"action":"split","identities":[)" + std::to_string(here_ + 1) +
               R"(],"actor":"t","reason":"r"})");
        for (int other = 0; other < kIdentities; ++other) {
            const int person = people_[static_cast<size_t>(other)];
            if (person != other) join(person, other);
        }
    }
    void happen(const Edited& edited) { publish(at_, edited.journey, edited.definition); }
    void happen(const Paused& paused) { decide_on(paused.journey, R"("pause")"); }
    void happen(const Resumed& resumed) {
        static constexpr const char* kModes[] = {"fire", "shift", "skip"};
        decide_on(
            resumed.journey,
            R"("resume","mode":")" + std::string(kModes[static_cast<size_t>(resumed.mode)]) + '"');
        add(at_, model::make_record(model::RecordKind::Tick, {}));
    }
    void happen(const Stopped& stopped) {
        telling();  // Numbers the runs.
        for (const auto& [run, number] : numbers_) {
            if (number != stopped.run) continue;
            const uint32_t owner = owner_of(run);
            decide(R"({"action":"run_stop","owner":)" + std::to_string(owner) + R"(,"run":")" +
                   run + R"(","actor":"t"})");
        }
    }
    void happen(const StoppedAll& stopped) {
        decide_on(stopped.journey, R"("end_runs")");
        add(at_, model::make_record(model::RecordKind::Tick, {}));
    }
    // Segments move by what people do, and no record tells of tasks: others tell of both.
    void happen(const Moved&) {}
    void happen(const Tasked&) {}

    uint32_t owner_of(const std::string& run) {
        uint32_t owner = 0;
        const Status scanned = partition_.history->snapshot()->scan(
            INT64_MIN + 1, INT64_MAX, {.type = true},
            [&](const sequence::ScanBlock& block) -> Status {
                for (size_t row = 0; row < block.size(); ++row) {
                    if (static_cast<model::EventType>(block.type[row]) != model::kConsequence) {
                        continue;
                    }
                    TL_TRY_ASSIGN(const auto payload, block.payload(row));
                    const model::EventView event(payload);
                    if (event.doc().at_path("properties.run").as_string() == run) {
                        owner = block.identity[row];
                    }
                }
                return Status::ok();
            });
        EXPECT_TRUE(scanned);
        return owner;
    }

    KeptIntents intents_;
    Partition partition_;
    Micros begin_;
    Micros at_ = 0;
    int here_ = 0;
    uint64_t next_ = 0;
    std::vector<LateRefusal> refused_;
    People people_;
    std::map<std::string, size_t> numbers_;
    std::map<Key128, int> visit_of_;
};

/// `2026-03-27T05:00:00.000Z reached run 0 step 1 visit 2 detail 0` as history has it.
std::string as_history(const std::string& line) {
    static const std::map<std::string, std::string> kNames = {{"entered", "Journey Entered"},
                                                              {"reached", "Journey Step Reached"},
                                                              {"chosen", "Journey Path Chosen"},
                                                              {"updated", "Journey Traits Set"},
                                                              {"goal", "Journey Goal Reached"},
                                                              {"claimed", "Journey Task Claimed"},
                                                              {"released", "Journey Task Released"},
                                                              {"done", "Journey Task Done"},
                                                              {"escalated", "Journey Task Overdue"},
                                                              {"held", "Journey Held"},
                                                              {"ended", "Journey Ended"}};
    std::vector<std::string> words;
    for (size_t at = 0; at < line.size();) {
        const size_t end = std::min(line.find(' ', at), line.size());
        words.push_back(line.substr(at, end - at));
        at = end + 1;
    }
    const bool is_entry = words[1] == "entered";
    const bool is_end = words[1] == "ended";
    return words[0] + ' ' + kNames.at(words[1]) + " run " + words[3] + " step " +
           (is_entry ? "" : "s" + words[5]) + ' ' +
           (is_end ? std::string(
                         journey::reason_name(static_cast<journey::EndReason>(std::stoi(words[9]))))
                   : "");
}

// Segments and tasks have no records here, and no two records are of one instant, so that of two
// values of a trait one is always the later.
Story fit(Story story) {
    for (size_t i = 0; i < story.happenings.size(); ++i) {
        StoryHappening& happening = story.happenings[i];
        happening.at += static_cast<Micros>(i + 1) * kSecond / 1000;
        const bool is_none = std::holds_alternative<Moved>(happening.what) ||
                             std::holds_alternative<Tasked>(happening.what);
        if (is_none) happening.what = Did{.name = 'B', .order = 1, .time = happening.at};
    }
    story.happenings.push_back({story.happenings.back().at + 90 * kDay, 0, TraitSet{0}});
    return story;
}

std::vector<std::string> sorted(std::vector<std::string> lines) {
    std::ranges::sort(lines);
    return lines;
}

void compare(uint64_t seed) {
    const Story story = fit(make_story(seed));
    FoldedStory folded(story);
    for (size_t i = 0; i < story.happenings.size(); ++i) {
        ASSERT_NO_FATAL_FAILURE(folded.apply(story.happenings[i]));
    }
    const Telling anew = tell_anew(story, story.happenings.size());
    const Telling told = folded.telling();
    std::vector<std::string> rows;
    for (const std::string& row : anew.rows) rows.push_back(as_history(row));
    // Within one instant a sweep goes by owners, the interpreter by people.
    const auto got = sorted(told.rows);
    const auto right = sorted(rows);
    const auto [at, other] = std::ranges::mismatch(got, right);
    ASSERT_TRUE(got == right) << "told:  " << (at == got.end() ? "nothing" : *at)
                              << "\nright: " << (other == right.end() ? "nothing" : *other);
    ASSERT_EQ(sorted(told.intents), sorted(anew.intents));
    std::map<std::string, uint64_t> refused;
    for (const std::string& line : anew.refused) ++refused[line];
    for (uint32_t journey = 0; journey < story.journeys.size(); ++journey) {
        for (int why = 0; why < static_cast<int>(JourneyCounts::kRefusals); ++why) {
            const auto reason = static_cast<journey::Refusal>(why);
            EXPECT_EQ(folded.refused(journey, reason),
                      refused[refused_line(static_cast<int>(journey), reason)])
                << "journey " << journey << ' ' << journey::refusal_name(reason);
        }
    }
}

uint64_t setting(const char* name, uint64_t usual) {
    const char* const text = std::getenv(name);
    return text == nullptr ? usual : std::strtoull(text, nullptr, 10);
}

// THROUGHLINE_RUN_WORLDS sets how many worlds, THROUGHLINE_RUN_SEED where they begin.
TEST(PersonRuns, TellWhatASlowInterpreterTellsOfTheSameStories) {
    const uint64_t first = setting("THROUGHLINE_RUN_SEED", 1);
    const uint64_t worlds = setting("THROUGHLINE_RUN_WORLDS", 20);
    for (uint64_t seed = first; seed < first + worlds; ++seed) {
        compare(seed);
        ASSERT_FALSE(::testing::Test::HasFailure()) << "THROUGHLINE_RUN_SEED=" << seed;
    }
}

}  // namespace
}  // namespace throughline::engine
