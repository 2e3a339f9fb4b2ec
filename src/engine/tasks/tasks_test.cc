// Tasks case by case; tasks_worlds_test.cc has worlds.
#include "engine/tasks/tasks.h"

#include "base/random.h"
#include "engine/items/test_items.h"
#include "engine/tasks/test_tasks.h"
#include "journey/shipped.h"
#include "model/yaml.h"

namespace throughline::engine {
namespace {

using testing::catalog_record;
using testing::decision_record;
using testing::item_record;
using testing::journey_decision;
using testing::TaskWorld;

constexpr Micros kStart = 1'772'791'200 * kSecond;  // 2026-03-06 10:00, a Friday.

const char* const kCall = R"({"key":"call","trigger":{"event":"A"},
    "goals":[{"name":"bought","event":"Order Completed"}],
    "steps":[{"id":"call","type":"task","team":"sales","title":"Call her","store":"shop",
              "due":"2h","next":"end"}]})";

struct TasksOfAFold : ::testing::Test {
    TaskWorld world{kStart};

    Task given_out(const std::string& user = "ana", const std::string& shop = "cluj") {
        if (!is_published) world.publish("call", kCall);
        is_published = true;
        world.send(user, "A", R"({"shop":")" + shop + R"("})");
        return world.list({.store = shop}).back();
    }
    std::string state(const Task& task) {
        const auto found = world.task(task.key);
        return found ? std::string(task_state_name(found->state)) : "gone";
    }

    bool is_published = false;
};

// The README's example.
TEST_F(TasksOfAFold, OfTheShippedJourneyGoToTheStoreAndFromThereToTheManagers) {
    EXPECT_EQ(world.add(catalog_record("order")), "");
    const std::string document = *model::doc_from_yaml(journey::shipped_journey("order-ready"));
    world.publish("order-ready", model::to_json(model::DocView(document)));
    for (const char* id : {"A-1", "A-2"}) {
        EXPECT_EQ(
            world.add(item_record(id, R"("state":"ready","customer_id":"lena","store":"cluj")")),
            "");
    }
    world.pass(8 * kDay + kHour);  // Two days until ten in the morning, then five.
    world.tick();
    auto open = world.list({.team = "store", .store = "cluj"});
    std::ranges::sort(open, {}, &Task::item);
    ASSERT_EQ(open.size(), 2u);
    EXPECT_EQ(open[0].catalog, "order");
    EXPECT_EQ(open[0].item, "A-1");
    EXPECT_EQ(open[0].due - open[0].opened_at, kDay);
    EXPECT_TRUE(world.list({.team = "store", .store = "iasi"}).empty());

    EXPECT_EQ(world.decide(open[0].key, "task_claim", "Mia"), "");
    EXPECT_EQ(world.decide(open[0].key, "task_done", "Mia", R"(,"note":"shelf 7")"), "");
    world.pass(kDay);
    world.tick();
    EXPECT_EQ(state(open[0]), "done");
    EXPECT_EQ(state(open[1]), "escalated");
    const auto managers = world.list();
    ASSERT_EQ(managers.size(), 1u);
    EXPECT_EQ(managers[0].team, "store-managers");
    EXPECT_EQ(managers[0].store, "cluj");
    EXPECT_EQ(managers[0].item, "A-2");
    EXPECT_EQ(world.rows(),
              (std::vector<std::string>{
                  "Opened put-back", "Opened put-back", "Claimed put-back by=Mia",
                  "Done put-back by=Mia note=shelf 7", "Overdue put-back", "Opened tell-manager"}));
    // It was picked up after all: nobody has to tell anybody.
    world.add(item_record("A-2", R"("state":"handed_over")"));
    EXPECT_EQ(state(managers[0]), "withdrawn");
    EXPECT_TRUE(world.list().empty());
}

TEST_F(TasksOfAFold, AreOnePersonsAtATime) {
    const Task task = given_out();
    EXPECT_EQ(world.decide(task.key, "task_claim", "Mia"), "");
    const Micros claimed_at = world.now();
    EXPECT_EQ(world.decide(task.key, "task_claim", "Mia"), "");
    EXPECT_TRUE(world.is_repeat());
    EXPECT_EQ(world.decide(task.key, "task_claim", "Jon"), "task: Mia has it");
    EXPECT_EQ(world.decide(task.key, "task_release", "Jon"), "task: Mia has it");
    EXPECT_EQ(world.decide(task.key, "task_done", "Jon"), "task: Mia has it");
    EXPECT_EQ(world.task(task.key)->claimed_at, claimed_at);
    EXPECT_EQ(world.decide(task.key, "task_claim", "Jon", R"(,"take_over":true)"), "");
    EXPECT_EQ(world.decide(task.key, "task_release", "Jon"), "");
    EXPECT_EQ(world.task(task.key)->by, "");
    EXPECT_EQ(world.decide(task.key, "task_release", "Jon"), "");
    EXPECT_TRUE(world.is_repeat());
    EXPECT_EQ(world.decide(task.key, "task_done", "Eva"), "");
    EXPECT_EQ(world.decide(task.key, "task_done", "Eva"), "");
    EXPECT_TRUE(world.is_repeat());
    EXPECT_EQ(world.decide(task.key, "task_done", "Jon"), "task: is done already by Eva");
    EXPECT_EQ(world.decide(task.key, "task_release", "Eva"), "task: is done already by Eva");
    EXPECT_EQ(world.rows(),
              (std::vector<std::string>{"Opened call", "Claimed call by=Mia", "Claimed call by=Jon",
                                        "Released call", "Done call by=Eva"}));
}

TEST_F(TasksOfAFold, AreRefusedWhenNobodyIsNamedOrNothingIsMeant) {
    const Task task = given_out();
    const std::string who = "task: by: need the name of who it is, 1 to 100 bytes";
    EXPECT_EQ(world.decide(task.key, "task_claim", ""), who);
    EXPECT_EQ(world.decide(task.key, "task_claim", std::string(101, 'x')), who);
    EXPECT_EQ(
        world.decide(task.key, "task_done", "Mia", R"(,"note":")" + std::string(1'001, 'x') + "\""),
        "task: note: must be at most 1000 bytes");
    EXPECT_EQ(world.decide({1, 2}, "task_claim", "Mia"), "task: there is none of this id");
    EXPECT_EQ(world.add(decision_record(R"({"action":"task_claim","task":"x","by":"Mia"})")),
              "task: there is none of this id");
    EXPECT_EQ(state(task), "open");
}

TEST_F(TasksOfAFold, StayOpenWhenLateUnlessSomethingElseIsToFollow) {
    const Task task = given_out();
    EXPECT_EQ(world.decide(task.key, "task_claim", "Mia"), "");
    world.pass(3 * kHour);
    world.tick();
    EXPECT_EQ(state(task), "claimed");
    EXPECT_EQ(world.task(task.key)->overdue_at, kStart + 2 * kHour);
    EXPECT_EQ(world.list({.is_overdue = true}).size(), 1u);
    EXPECT_EQ(world.decide(task.key, "task_done", "Mia"), "");
    EXPECT_EQ(world.rows(), (std::vector<std::string>{"Opened call", "Claimed call by=Mia",
                                                      "Overdue call by=Mia", "Done call by=Mia"}));
}

TEST_F(TasksOfAFold, AreWithdrawnWithTheirRunAndSayWhyTheyCannotBeDone) {
    const Task task = given_out();
    world.send("ana", "Order Completed");
    EXPECT_EQ(state(task), "withdrawn");
    EXPECT_EQ(world.decide(task.key, "task_done", "Mia"),
              "task: its run has ended, nobody needs it any more");
    EXPECT_TRUE(world.list().empty());
    EXPECT_EQ(world.list({.list = TaskList::Closed, .team = "sales"}).size(), 1u);
}

TEST_F(TasksOfAFold, AreDueLaterByThePauseOfTheirJourneyWhereItShifts) {
    const Task task = given_out();
    world.pass(kHour);
    world.add(journey_decision("call", R"("pause")"));
    world.pass(5 * kHour);
    world.tick();
    EXPECT_EQ(world.task(task.key)->overdue_at, kNoTime);
    world.add(journey_decision("call", R"("resume","mode":"shift")"));
    world.tick();
    EXPECT_EQ(world.task(task.key)->due, kStart + 7 * kHour);
    EXPECT_EQ(world.list().size(), 1u);
    world.pass(kHour + kMinute);
    world.tick();
    EXPECT_EQ(world.task(task.key)->overdue_at, kStart + 7 * kHour);
}

// One sweep gives a task out, the next one ends its run: in one record, where nobody looked
// between.
TEST_F(TasksOfAFold, AreNotLeftBehindWhereSeveralSweepsMeetTheirRun) {
    world.publish("chain", R"({"key":"chain","trigger":{"event":"B"},"steps":[
        {"id":"first","type":"task","team":"a","title":"x","due":"1h","escalated":"second"},
        {"id":"second","type":"task","team":"b","title":"y","due":"1h"}]})");
    for (int i = 0; i < 60; ++i) world.send("p" + std::to_string(i), "B");
    world.add(journey_decision("chain", R"("pause")"));
    world.pass(2 * kHour);
    world.tick();
    EXPECT_EQ(world.list({.team = "a"}).size(), 60u);
    world.add(journey_decision("chain", R"("resume","mode":"fire")"));
    world.add(journey_decision("chain", R"("end_runs")"));
    world.tick();
    EXPECT_TRUE(world.list().empty());
    EXPECT_EQ(world.list({.list = TaskList::Closed, .team = "b"}).size(), 60u);
}

TEST_F(TasksOfAFold, AreDoneAlsoWhileTheirJourneyIsPaused) {
    const Task task = given_out();
    world.add(journey_decision("call", R"("pause")"));
    EXPECT_EQ(world.decide(task.key, "task_done", "Mia"), "");
    EXPECT_EQ(state(task), "done");
    EXPECT_EQ(world.rows(), (std::vector<std::string>{"Opened call"}));
    world.add(journey_decision("call", R"("resume","mode":"fire")"));
    world.tick();
    EXPECT_EQ(world.rows(), (std::vector<std::string>{"Opened call", "Done call by=Mia"}));
}

TEST_F(TasksOfAFold, StandByDueTimeAndComePageByPage) {
    for (int i = 0; i < 7; ++i) {
        given_out("p" + std::to_string(i), i % 2 == 0 ? "cluj" : "iasi");
        world.pass(kMinute);
    }
    const auto all = world.list({}, 3);
    ASSERT_EQ(all.size(), 7u);
    EXPECT_TRUE(std::ranges::is_sorted(all, {}, &Task::due));
    EXPECT_EQ(world.list({.team = "sales", .store = "cluj"}, 1).size(), 4u);
    EXPECT_TRUE(world.list({.team = "store"}).empty());
    for (int i = 0; i < 5; ++i) {
        world.pass(kSecond);
        EXPECT_EQ(world.decide(all[i].key, "task_done", i % 2 == 0 ? "Mia" : "Jon"), "");
    }
    const auto closed = world.list({.list = TaskList::Closed}, 2);
    ASSERT_EQ(closed.size(), 5u);
    EXPECT_TRUE(std::ranges::is_sorted(closed, std::greater<>(), &Task::closed_at));
    EXPECT_EQ(world.list({.list = TaskList::Closed, .by = "Mia"}, 1).size(), 3u);
    EXPECT_FALSE(list_tasks(world.view(), {}, "here", 5).is_ok());
    const auto teams = count_tasks(*world.partition().tables);
    ASSERT_EQ(teams->size(), 1u);
    EXPECT_EQ(teams->front().team, "sales");
    EXPECT_EQ(teams->front().counts.of(TaskState::Open), 2u);
    EXPECT_EQ(teams->front().counts.of(TaskState::Finished), 5u);
}

TEST_F(TasksOfAFold, OfAnErasedPersonNothingIsLeft) {
    const Task task = given_out();
    const Task other = given_out("ben");
    EXPECT_EQ(world.add(decision_record(R"({"action":"erase","identity":1,"actor":"t"})")), "");
    EXPECT_EQ(state(task), "gone");
    EXPECT_EQ(world.list().size(), 1u);
    EXPECT_EQ(world.list()[0].key, other.key);
    EXPECT_EQ(world.list({.owners = {1}}).size(), 0u);
    EXPECT_EQ(count_tasks(*world.partition().tables)->front().counts.of(TaskState::Open), 1u);
}

TEST(Task, SurvivesItsBytesAndDamageIsFound) {
    SeededRandom random(5);
    const auto text = [&] { return std::string(random.below(20), 'x'); };
    for (int i = 0; i < 200; ++i) {
        const Task task{.key = {random.next(), random.next()},
                        .run = {random.next(), random.next()},
                        .state = TaskState::Claimed,
                        .owner = static_cast<uint32_t>(random.next()),
                        .journey = 7,
                        .version = 2,
                        .cause = random.next(),
                        .opened_at = static_cast<Micros>(random.below(1'000)),
                        .due = random.chance(0.5) ? kNoTime : 5,
                        .journey_key = text(),
                        .step = text(),
                        .team = text(),
                        .store = text(),
                        .title = text(),
                        .catalog = text(),
                        .item = text(),
                        .by = text(),
                        .note = text()};
        const std::string bytes = task.encode();
        EXPECT_EQ(*Task::decode(bytes), task);
        EXPECT_FALSE(Task::decode(bytes.substr(0, random.below(bytes.size()))).is_ok());
        EXPECT_FALSE(Task::decode(bytes + "x").is_ok());
    }
}

}  // namespace
}  // namespace throughline::engine
