// Journeys in the fold, case by case; story_test.cc has worlds.
#include "engine/runs/person_runs.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "engine/segment_builder.h"
#include "engine/test_fold.h"
#include "journey/shipped.h"
#include "model/consequence.h"
#include "model/yaml.h"

namespace throughline::engine {
namespace {

using testing::decision_record;
using testing::event_payload;
using testing::journey_decision;
using testing::journey_record;
using testing::Partition;
using testing::segment_record;

constexpr Micros kStart = 1'772'791'200 * kSecond;  // 2026-03-06 10:00, a Friday.

class KeptIntents final : public IntentTaker {
public:
    Status accept(const Happening&, const journey::Intent& intent) override {
        intents.push_back(intent);
        return Status::ok();
    }
    Status withdraw(const Happening&, uint32_t, const Key128& run) override {
        withdrawn.push_back(run);
        return Status::ok();
    }

    std::vector<journey::Intent> intents;
    std::vector<Key128> withdrawn;
};

struct Journeys : ::testing::Test {
    KeptIntents intents;
    Partition partition{1, &intents};
    Micros now = kStart;
    uint64_t next = 0;
    std::vector<LateRefusal> refused;

    void add(const std::string& record) {
        Epoch epoch;
        epoch.batches.push_back({single_record(record, {}), next++, now, {}});
        const Status status = partition.fold->apply(epoch);
        ASSERT_TRUE(status) << status.error().message;
        partition.fold->publish();
        partition.tables->settle();
        refused = epoch.batches[0].outcome.refused;
    }
    void publish(const std::string& key, const std::string& document) {
        add(journey_record(key, document));
        add(journey_decision(key, R"("publish")"));
        ASSERT_TRUE(refused.empty()) << refused[0].message;
    }
    void tick() { add(model::make_record(model::RecordKind::Tick, {})); }
    void send(const std::string& user, const std::string& name, const std::string& extra = "{}") {
        add(event_payload({.user = user,
                           .name = name,
                           .message_id = "m" + std::to_string(next),
                           .extra = extra,
                           .time = now}));
    }
    void identify(const std::string& user, const std::string& traits) {
        add(event_payload({.type = model::EventType::Identify,
                           .user = user,
                           .message_id = "m" + std::to_string(next),
                           .extra = R"({"traits":)" + traits + "}",
                           .time = now}));
    }
    VersionCounts counts(uint32_t journey, uint32_t version) {
        const auto row = partition.tables->run_counts.get(run_count_key(journey, version));
        return row.value() ? *VersionCounts::decode(**row) : VersionCounts();
    }
    /// What followed, as `who name step`.
    std::vector<std::string> rows() {
        std::map<std::pair<uint64_t, uint32_t>, std::string> found;
        const Status scanned = partition.history->snapshot()->scan(
            INT64_MIN + 1, INT64_MAX, {.type = true, .position = true, .tie = true},
            [&](const sequence::ScanBlock& block) -> Status {
                for (size_t row = 0; row < block.size(); ++row) {
                    const auto type = static_cast<model::EventType>(block.type[row]);
                    if (type != model::kConsequence) continue;
                    TL_TRY_ASSIGN(const auto payload, block.payload(row));
                    const model::EventView event(payload);
                    std::string line = std::to_string(block.identity[row]) + " ";
                    line += event.name();
                    for (const char* field : {"segment", "step", "path", "goal", "reason"}) {
                        const auto value = event.doc().find("properties").find(field);
                        if (!value.is_missing()) line += " " + std::string(value.as_string());
                    }
                    found[{block.position[row], block.tie[row]}] = line;
                }
                return Status::ok();
            });
        EXPECT_TRUE(scanned);
        std::vector<std::string> lines;
        for (auto& [place, line] : found) lines.push_back(line);
        return lines;
    }
    /// Brings in what people did before, as the engine does.
    void build() {
        SegmentBuilder builder(
            [this](const std::string& step) {
                add(step);
                Outcome outcome;
                outcome.refused = refused;
                return outcome;
            },
            [] { return true; });
        for (bool has_more = true; has_more;) {
            const auto built = builder.step(partition.query_view());
            ASSERT_TRUE(built.is_ok()) << built.error().message;
            has_more = *built;
        }
    }
    size_t count_of(const std::string& line) { return std::ranges::count(rows(), line); }
};

const char* const kWait = R"({"key":"wait","trigger":{"event":"A"},
    "steps":[{"id":"hour","type":"wait","for":"1h"},
             {"id":"mail","type":"message","channel":"email","template":"x","purpose":"p"},
             {"id":"day","type":"wait","for":"1d"}]})";

TEST_F(Journeys, TheShippedCartJourneyRunsFromTheEventToItsGoal) {
    const std::string document = *model::doc_from_yaml(journey::shipped_journey("abandoned-cart"));
    publish("abandoned-cart", model::to_json(model::DocView(document)));
    send("ana", "Page Viewed");  // The first identity falls into the tenth that gets nothing.
    send("lena", "Product Added");
    now += 59 * kMinute;
    tick();
    EXPECT_TRUE(intents.intents.empty());
    now += 2 * kMinute;
    tick();
    ASSERT_EQ(intents.intents.size(), 1u);
    EXPECT_EQ(intents.intents[0].at, kStart + kHour);
    EXPECT_EQ(intents.intents[0].not_after, kStart + 13 * kHour);
    EXPECT_EQ(counts(1, 1).on_their_way(), 1u);
    send("lena", "Order Completed");
    EXPECT_EQ(intents.withdrawn.size(), 1u);
    EXPECT_EQ(rows(),
              (std::vector<std::string>{
                  "2 Journey Entered", "2 Journey Step Reached quiet-hour",
                  "2 Journey Step Reached holdout", "2 Journey Path Chosen holdout reminded",
                  "2 Journey Step Reached reminder", "2 Journey Step Reached answer",
                  "2 Journey Goal Reached answer ordered", "2 Journey Ended answer goal"}));
    const VersionCounts all = counts(1, 1);
    EXPECT_EQ(all.entered, 1u);
    EXPECT_EQ(all.on_their_way(), 0u);
    EXPECT_EQ(all.ended[static_cast<size_t>(journey::EndReason::Goal)], 1u);
    EXPECT_EQ((all.edges.at({1, 2})), 1u);
    EXPECT_EQ(all.kept, 0u);  // That she may not enter again for three days needs no version.
}

// Some programs write whole numbers with a point, some as texts.
TEST_F(Journeys, OneOrderIsOneRunHoweverItsNumberIsWritten) {
    publish("order", R"({"key":"order","trigger":{"event":"A","key":"order_id"},
        "goals":[{"name":"paid","event":"B","hold":["order_id"]}],
        "steps":[{"id":"day","type":"wait","for":"1d"}]})");
    for (const char* number : {"100", "100.0", "\"100\"", "1e2", "100.5", "\"100.0\""}) {
        send("lena", "A", R"({"properties":{"order_id":)" + std::string(number) + "}}");
    }
    EXPECT_EQ(counts(1, 1).entered, 3u);  // Of 100, 100.5, and a text that is no number.
    send("lena", "B", R"({"properties":{"order_id":100.00}})");
    EXPECT_EQ(count_of("1 Journey Ended day goal"), 1u);
}

TEST_F(Journeys, SegmentsStartAndEndThemAndASegmentThatIsNewDoesNot) {
    send("bea", "Order Completed");
    add(segment_record("buyers", R"({"did":"Order Completed","within":"1d"})"));
    publish("thanks", R"({"key":"thanks","trigger":{"segment":"buyers"},
        "exits":[{"name":"gone","segment":"buyers","move":"out"}],
        "steps":[{"id":"wait","type":"wait","for":"3d"}]})");
    add(decision_record(
        R"({"action":"segment_step","segment":1,"before":1,"phase":1,"from":1,"to":2,
        "times":[[1,1,)" +
        std::to_string(now) + "]]}"));
    add(decision_record(
        R"({"action":"segment_step","segment":1,"before":1,"phase":2,"from":1,"to":2,"times":[]})"));
    send("ana", "Order Completed");
    now += kDay + kSecond;
    tick();
    EXPECT_EQ(rows(),
              (std::vector<std::string>{"1 Segment Entered buyers", "2 Segment Entered buyers",
                                        "2 Journey Entered", "2 Journey Step Reached wait",
                                        "1 Segment Exited buyers", "2 Segment Exited buyers",
                                        "2 Journey Ended wait exit"}));
}

TEST_F(Journeys, ATraitTheySetMovesPeopleBetweenSegmentsAndThoseStartOthers) {
    add(segment_record("vip", R"({"trait":"plan","op":"eq","value":"vip"})"));
    publish("promote", R"({"key":"promote","trigger":{"event":"A"},
        "steps":[{"id":"set","type":"update","traits":{"plan":"vip"}}]})");
    publish("welcome", R"({"key":"welcome","trigger":{"segment":"vip"},
        "steps":[{"id":"hello","type":"goal","goal":"welcomed"}]})");
    send("ana", "A");
    EXPECT_EQ(count_of("1 Segment Entered vip"), 1u);
    EXPECT_EQ(count_of("1 Journey Goal Reached hello welcomed"), 1u);
    EXPECT_EQ(partition.members_of("vip"), (std::vector<uint32_t>{1}));
}

TEST_F(Journeys, TwoThatUndoEachOthersTraitsComeToAnEnd) {
    add(segment_record("on", R"({"trait":"x","op":"eq","value":1})"));
    publish("up", R"({"key":"up","trigger":{"segment":"on","move":"out"},
        "steps":[{"id":"set","type":"update","traits":{"x":1}}]})");
    publish("down", R"({"key":"down","trigger":{"segment":"on"},
        "steps":[{"id":"set","type":"update","traits":{"x":0}}]})");
    identify("ana", R"({"x":1})");
    EXPECT_GT(rows().size(), 20u);
    EXPECT_LT(rows().size(), 200u);
    send("ana", "Page Viewed");  // And things go on.
}

TEST_F(Journeys, ConditionsAskTraitsAndIdentifiersAsTheyAreAtThatMoment) {
    publish("ask", R"({"key":"ask","trigger":{"event":"A","if":{"trait":"plan","op":"eq",
        "value":"pro"}},"steps":[{"id":"branch","type":"branch","paths":[
            {"if":{"identifier":"email","op":"exists"},"next":"yes"}],"else":"no"},
        {"id":"yes","type":"goal","goal":"yes","next":"end"},
        {"id":"no","type":"goal","goal":"no"}]})");
    send("ana", "A");
    EXPECT_TRUE(rows().empty());
    identify("ana", R"({"plan":"pro"})");
    send("ana", "A");
    EXPECT_EQ(count_of("1 Journey Goal Reached no no"), 1u);
    add(event_payload({.type = model::EventType::Identify,
                       .user = "ana",
                       .email = "ana@example.org",
                       .message_id = "i",
                       .time = now}));
    send("ana", "A");
    EXPECT_EQ(count_of("1 Journey Goal Reached yes yes"), 1u);
}

// Somebody did it before there was a journey that asks.
TEST_F(Journeys, WhatPeopleDidIsAskedOnceAllOfItIsThere) {
    send("ana", "B");
    send("bea", "Page Viewed");
    const auto ask = [](const std::string& condition, const std::string& step) {
        return R"({"key":"ask","trigger":{"event":"A","if":)" + condition +
               R"(},"steps":[{"id":")" + step + R"(","type":"goal","goal":"x"}]})";
    };
    publish("ask", ask(R"({"trait":"none","op":"not_exists"})", "old"));
    publish("ask", ask(R"({"did":"B","count":{"gte":1},"within":"1d"})", "new"));
    const auto& journeys = partition.fold->settings()->journeys();
    EXPECT_EQ(journeys.find("ask")->starting, 1u);
    EXPECT_EQ(journeys.find("ask")->building, 2u);
    send("bea", "A");  // Meanwhile new runs are of the version before.
    EXPECT_EQ(count_of("2 Journey Goal Reached old x"), 1u);
    build();
    EXPECT_EQ(partition.fold->settings()->journeys().find("ask")->starting, 2u);
    send("bea", "A");
    EXPECT_EQ(count_of("2 Journey Goal Reached new x"), 0u);
    send("ana", "A");
    EXPECT_EQ(count_of("1 Journey Goal Reached new x"), 1u);
    now += kDay;
    send("ana", "A");  // The window holds both its ends.
    EXPECT_EQ(count_of("1 Journey Goal Reached new x"), 2u);
    now += 1;
    send("ana", "A");
    EXPECT_EQ(count_of("1 Journey Goal Reached new x"), 2u);

    // What is counted already needs no building, and what nobody needs any more is let go.
    publish("ask", ask(R"({"did":"B","count":{"gte":1}})", "third"));
    EXPECT_EQ(partition.fold->settings()->journeys().find("ask")->starting, 3u);
    EXPECT_EQ(partition.fold->settings()->segments().counters().size(), 1u);
    EXPECT_EQ(partition.fold->state().segments.size(), 1u);
    send("ana", "A");
    EXPECT_EQ(count_of("1 Journey Goal Reached third x"), 1u);
    publish("ask", ask(R"({"did":"B","count":{"gte":5}})", "fourth"));
    add(journey_decision("ask", R"("stop")"));  // Before it was built.
    EXPECT_EQ(partition.fold->settings()->journeys().find("ask")->building, 0u);
    EXPECT_EQ(partition.fold->settings()->journeys().find(1, 4), nullptr);
    build();
    add(testing::definition_record("journeys", "ask", "null"));
    EXPECT_TRUE(partition.fold->state().segments.empty());
}

TEST_F(Journeys, ConditionsAskForSegmentsThatArePublishedAndBuilt) {
    publish("first", kWait);
    send("ana", "B");
    add(journey_record("ask", R"({"key":"ask","trigger":{"event":"A","if":{"segment":"doers"}},
        "steps":[{"id":"x","type":"goal","goal":"x"}]})"));
    add(journey_decision("ask", R"("publish")"));
    ASSERT_EQ(refused.size(), 1u);
    EXPECT_EQ(refused[0].message, "if: segment: no segment is called doers");
    add(segment_record("doers", R"({"did":"B","within":"1d"})"));
    add(journey_decision("ask", R"("publish")"));
    ASSERT_TRUE(refused.empty());
    send("ana", "A");
    EXPECT_EQ(count_of("1 Journey Goal Reached x x"), 0u);  // It is being built, and so is this.
    build();
    send("ana", "A");
    EXPECT_EQ(count_of("1 Journey Goal Reached x x"), 1u);
    now += kDay + 1;
    send("ana", "A");
    EXPECT_EQ(count_of("1 Journey Goal Reached x x"), 1u);
    send("ana", "B");
    send("ana", "A");
    EXPECT_EQ(count_of("1 Journey Goal Reached x x"), 2u);
    add(testing::definition_record("segments", "doers", "null"));
    send("ana", "A");  // Nobody is in a segment that is no more.
    EXPECT_EQ(count_of("1 Journey Goal Reached x x"), 2u);
}

// A version that waits for a segment goes on when somebody deletes that.
TEST_F(Journeys, AVersionThatWaitsForASegmentGoesOnWithoutIt) {
    send("ana", "B");
    add(segment_record("doers", R"({"did":"B"})"));
    publish("ask", R"({"key":"ask","trigger":{"event":"A","if":{"not":{"segment":"doers"}}},
        "steps":[{"id":"x","type":"goal","goal":"x"}]})");
    EXPECT_EQ(partition.fold->settings()->journeys().find("ask")->building, 1u);
    add(testing::definition_record("segments", "doers", "null"));
    EXPECT_EQ(partition.fold->settings()->journeys().find("ask")->starting, 1u);
    send("ana", "A");
    EXPECT_EQ(count_of("1 Journey Goal Reached x x"), 1u);
}

TEST_F(Journeys, SomebodyStartsARunByHandUnlessSomethingStandsAgainstIt) {
    const auto start = [&](const std::string& owner, const std::string& properties) {
        add(decision_record(R"({"action":"run_start","journey":"wait","owner":)" + owner +
                            R"(,"properties":)" + properties + R"(,"actor":"token:t"})"));
    };
    const auto told = [&] { return refused.empty() ? "" : refused[0].message; };
    send("ana", "Page Viewed");
    start("1", "{}");
    EXPECT_EQ(told(), "journey: it was never published");
    publish("wait", R"({"key":"wait","trigger":{"event":"A","where":{"property":"order",
        "op":"eq","value":1},"if":{"trait":"no","op":"exists"},"key":"order"},"steps":[
            {"id":"wait","type":"wait","for":"1h"},
            {"id":"branch","type":"branch","paths":[{"where":{"property":"order","op":"eq",
             "value":7},"next":"seven"}],"else":"end"},
            {"id":"seven","type":"goal","goal":"seven"}]})");
    start("9", "{}");
    EXPECT_EQ(told(), "identity: nobody has this one, or not any more");
    start("1", "{}");
    EXPECT_EQ(told(), "journey: properties: need the one that is the key of the trigger");
    start("1", R"({"order":7})");  // Neither `where` nor `if` is asked.
    EXPECT_EQ(told(), "");
    EXPECT_EQ(count_of("1 Journey Step Reached wait"), 1u);
    start("1", R"({"order":7})");
    EXPECT_EQ(told(), "journey: reentry: a run of hers is on its way");
    now += kHour;
    tick();
    EXPECT_EQ(count_of("1 Journey Goal Reached seven seven"), 1u);
    add(journey_decision("wait", R"("pause")"));
    start("1", R"({"order":8})");
    EXPECT_EQ(told(), "journey: is paused: resume it, then start");
    add(journey_decision("wait", R"("resume","mode":"fire")"));
    add(journey_decision("wait", R"("stop")"));
    start("1", R"({"order":8})");
    EXPECT_EQ(told(), "journey: was stopped, publish it to start runs");
}

TEST_F(Journeys, EverybodyWhoIsInASegmentIsStartedInSteps) {
    publish("wait", kWait);
    const auto start = [&](const std::string& segment) {
        add(journey_decision("wait", R"("start","segment":")" + segment + '"'));
    };
    start("doers");
    ASSERT_EQ(refused.size(), 1u);
    EXPECT_EQ(refused[0].message, "journey: segment: no segment is called doers");
    add(segment_record("doers", R"({"did":"B"})"));
    for (int i = 0; i < 50; ++i) send("u" + std::to_string(i), i % 10 == 0 ? "C" : "B");
    send("u1", "A");  // She is on her way already.
    start("doers");
    ASSERT_TRUE(refused.empty());
    EXPECT_LE(partition.fold->state().next_due, now);  // So that a tick comes.
    EXPECT_EQ(counts(1, 1).entered, 1u);
    now += kSecond;
    send("u0", "B");  // Who comes into it later is not started.
    EXPECT_EQ(counts(1, 1).entered, 20u);
    tick();
    EXPECT_EQ(counts(1, 1).entered, 45u);
    EXPECT_EQ(count_of("1 Journey Entered"), 0u);
    EXPECT_GT(partition.fold->state().next_due, now);
    start("doers");
    tick();
    EXPECT_EQ(counts(1, 1).entered, 46u);
    add(journey_decision("wait", R"("pause")"));
    start("doers");
    ASSERT_EQ(refused.size(), 1u);
    EXPECT_EQ(refused[0].message, "journey: is paused: resume it, then start");
}

// They are read some hundreds at a time, and what fires sets others that are due long after.
TEST_F(Journeys, GoOnForEverybodyHoweverManyAreDueAtOnce) {
    publish("wait", kWait);
    constexpr size_t kPeople = 600;
    for (size_t i = 0; i < kPeople; ++i) send("u" + std::to_string(i), "A");
    now += kHour;
    tick();
    EXPECT_EQ(intents.intents.size(), kPeople);
    EXPECT_EQ(partition.fold->state().next_due, now + kDay);
    now += kDay;
    tick();
    EXPECT_EQ(counts(1, 1).ended[static_cast<size_t>(journey::EndReason::Completed)], kPeople);
}

TEST_F(Journeys, AWaitForAClockFollowsThePersonToHerNewZone) {
    publish("morning", R"({"key":"morning","trigger":{"event":"A"},
        "steps":[{"id":"wait","type":"wait","until":"12:00"},
                 {"id":"x","type":"goal","goal":"x"}]})");
    send("ana", "A");  // 10:00 UTC.
    identify("ana", R"({"timezone":"Europe/Bucharest"})");
    EXPECT_EQ(count_of("1 Journey Goal Reached x x"), 0u);  // It is 12:00 there: tomorrow.
    now += 23 * kHour;
    tick();
    EXPECT_EQ(count_of("1 Journey Goal Reached x x"), 0u);
    now += kHour;
    tick();
    EXPECT_EQ(count_of("1 Journey Goal Reached x x"), 1u);
}

TEST_F(Journeys, RunsStayOnTheirVersionWhichIsKeptAsLongAsTheyNeedIt) {
    publish("wait", kWait);
    send("ana", "A");
    publish("wait", R"({"key":"wait","trigger":{"event":"A"},
        "steps":[{"id":"other","type":"wait","for":"1h"}]})");
    send("bea", "A");
    EXPECT_NE(partition.fold->settings()->journeys().find(1, 1), nullptr);
    now += kHour;
    tick();
    EXPECT_EQ(count_of("1 Journey Step Reached day"), 1u);
    EXPECT_EQ(count_of("2 Journey Ended other completed"), 1u);
    now += kDay;
    tick();
    publish("wait", kWait);
    EXPECT_EQ(partition.fold->settings()->journeys().find(1, 1), nullptr);
    EXPECT_EQ(partition.fold->settings()->journeys().find("wait")->starting, 3u);
}

TEST_F(Journeys, AVersionIsFreeOnceItsRunsHaveEndedThoughTheyBarOthersForEver) {
    const auto once = [](const std::string& step) {
        return R"({"key":"once","trigger":{"event":"A"},"reentry":"never","steps":[{"id":")" +
               step + R"(","type":"wait","for":"1h"}]})";
    };
    publish("once", once("first"));
    send("ana", "A");
    now += kHour;
    tick();
    publish("once", once("second"));
    EXPECT_EQ(partition.fold->settings()->journeys().find(1, 1), nullptr);
    EXPECT_EQ(counts(1, 1).kept, 0u);
    send("ana", "A");
    EXPECT_EQ(count_of("1 Journey Entered"), 1u);
    send("bea", "A");
    EXPECT_EQ(counts(1, 2).entered, 1u);
}

TEST_F(Journeys, APauseHoldsAndResumingReachesEverybodyInSteps) {
    publish("wait", kWait);
    for (int i = 0; i < 50; ++i) send("u" + std::to_string(i), "A");
    add(journey_decision("wait", R"("pause")"));
    now += 2 * kHour;
    tick();
    EXPECT_EQ(intents.intents.size(), 0u);
    send("late", "A");  // Nobody starts meanwhile.
    EXPECT_EQ(counts(1, 1).entered, 50u);
    now += kHour;
    add(journey_decision("wait", R"("resume","mode":"fire")"));
    EXPECT_EQ(intents.intents.size(), 0u);
    EXPECT_LE(partition.fold->state().next_due, now);  // So that a tick comes.
    send("u49", "Page Viewed");
    EXPECT_EQ(intents.intents.size(), 20u);  // Some with each event,
    send("u49", "A");                        // who is touched at once,
    EXPECT_EQ(intents.intents.size(), 41u);
    tick();  // and all the others where nothing else is to be done.
    EXPECT_EQ(intents.intents.size(), 50u);
    EXPECT_GT(partition.fold->state().next_due, now);
    EXPECT_EQ(counts(1, 1).now.at(2), 50u);
}

TEST_F(Journeys, AShiftMakesEveryWaitLongerByThePauseWheneverItsPersonIsReached) {
    publish("wait", kWait);
    send("ana", "A");
    now += 30 * kMinute;
    add(journey_decision("wait", R"("pause")"));
    now += 10 * kMinute;
    add(journey_decision("wait", R"("resume","mode":"shift")"));
    now = kStart + 69 * kMinute;
    tick();
    EXPECT_TRUE(intents.intents.empty());
    now = kStart + 70 * kMinute;
    tick();
    ASSERT_EQ(intents.intents.size(), 1u);
    EXPECT_EQ(intents.intents[0].at, kStart + 70 * kMinute);
}

constexpr const char* kTwoWaits =
    R"({"key":"waits","name":"Waits","trigger":{"event":"Go"},
        "steps":[{"id":"hour","type":"wait","for":"1h"},{"id":"day","type":"wait","for":"1d"}]})";

TEST_F(Journeys, WhoeverWaitsForOneInstantGoesOnThoughEachThenWaitsForALaterOne) {
    publish("waits", kTwoWaits);
    for (int i = 0; i < 600; ++i) send("u" + std::to_string(i), "Go");
    now += kHour;
    tick();
    EXPECT_EQ(counts(1, 1).now, (std::map<journey::StepIndex, uint64_t>{{1, 600}}));
    now += kDay;
    tick();
    EXPECT_EQ(counts(1, 1).on_their_way(), 0u);
}

TEST_F(Journeys, SoManyTimersFireWithOneRecordAndTheRestWithThoseBehindIt) {
    publish("waits", kTwoWaits);
    const size_t people = kFiredATick + kFiredARecord + 7;
    for (size_t i = 0; i < people; ++i) send("u" + std::to_string(i), "Go");
    now += kHour;
    send("somebody", "Page Viewed");
    EXPECT_EQ(counts(1, 1).now.at(1), kFiredARecord);
    EXPECT_EQ(partition.fold->state().next_due, now) << "so that a tick follows at once";
    tick();
    EXPECT_EQ(counts(1, 1).now.at(1), kFiredATick + kFiredARecord);
    tick();
    EXPECT_EQ(counts(1, 1).now, (std::map<journey::StepIndex, uint64_t>{{1, people}}));
    EXPECT_EQ(partition.fold->state().next_due, now + kDay);
}

TEST_F(Journeys, StoppingEndsNewOnesAndEndingRunsEndsThose) {
    publish("wait", kWait);
    send("ana", "A");
    send("bea", "A");
    add(journey_decision("wait", R"("stop")"));
    send("cem", "A");
    EXPECT_EQ(counts(1, 1).on_their_way(), 2u);
    add(testing::definition_record("journeys", "wait", "null"));
    ASSERT_EQ(refused.size(), 1u);
    EXPECT_EQ(refused[0].message, "journey: 2 runs are on their way: stop it first");
    add(journey_decision("wait", R"("end_runs")"));
    tick();
    EXPECT_EQ(count_of("1 Journey Ended hour stopped"), 1u);
    EXPECT_EQ(counts(1, 1).on_their_way(), 0u);
    add(testing::definition_record("journeys", "wait", "null"));
    EXPECT_TRUE(refused.empty());
    EXPECT_TRUE(partition.fold->settings()->journeys().empty());
    now += kDay;
    tick();  // Timers of runs that are no more harm nobody.
}

TEST_F(Journeys, OneRunIsStoppedByItsName) {
    publish("wait", kWait);
    send("ana", "A");
    const auto pin = partition.tables->epochs.pin();
    std::vector<journey::Run> runs;
    const auto bytes = partition.tables->runs.read(identity::identity_key(1), pin);
    ASSERT_TRUE(journey::decode_runs(**bytes, 1, runs));
    EXPECT_EQ(run_of_name(run_name(runs[0].id)), runs[0].id);
    add(decision_record(R"({"action":"run_stop","owner":1,"run":")" + run_name(runs[0].id) +
                        R"(","actor":"t"})"));
    EXPECT_EQ(count_of("1 Journey Ended hour stopped"), 1u);
    EXPECT_EQ(intents.withdrawn.size(), 1u);
}

TEST_F(Journeys, AnErasedPersonsRunsAreGoneFromTablesAndCounts) {
    publish("wait", kWait);
    send("ana", "A");
    send("bea", "A");
    add(decision_record(R"({"action":"erase","identity":1,"actor":"t"})"));
    const VersionCounts left = counts(1, 1);
    EXPECT_EQ(left.on_their_way(), 1u);
    EXPECT_EQ(left.erased, 1u);
    EXPECT_EQ(left.kept, 1u);
    EXPECT_EQ(partition.tables->run_owners.scan({}, 10)->size(), 1u);
    now += kHour;
    tick();
    EXPECT_EQ(intents.intents.size(), 1u);
}

}  // namespace
}  // namespace throughline::engine
