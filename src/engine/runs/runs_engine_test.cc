// Journeys of a whole engine: published, moved by events and by time alone, kept over restarts.
#include <gtest/gtest.h>

#include <thread>

#include "engine/runs/runs_view.h"
#include "engine/test_clock.h"
#include "engine/test_fold.h"
#include "journey/shipped.h"
#include "model/consequence.h"
#include "model/yaml.h"

namespace throughline::engine {
namespace {

using testing::event_payload;
using testing::journey_decision;
using testing::journey_record;
using testing::SharedClock;
using testing::TemporaryDirectory;

constexpr Micros kStart = 1'772'791'200 * kSecond;  // 2026-03-06 10:00, a Friday.

struct JourneysOfAnEngine : ::testing::Test {
    TemporaryDirectory directory;
    SharedClock clock{kStart};
    std::unique_ptr<Engine> engine;

    void open() {
        engine.reset();
        engine = testing::open_small_engine(directory, clock);
    }
    void send(std::string payload) {
        const Outcome outcome = engine->submit_and_wait(std::move(payload));
        ASSERT_TRUE(outcome.status);
        ASSERT_TRUE(outcome.refused.empty()) << outcome.refused[0].message;
    }
    void happen(const std::string& user, const std::string& name) {
        send(event_payload({.user = user,
                            .name = name,
                            .message_id = "m" + std::to_string(++sent),
                            .time = clock.now()},
                           engine->secret()));
    }
    std::string step_of(uint32_t identity) const {
        const View view = engine->view();
        const auto runs = runs_of(view, std::vector<uint32_t>{identity});
        EXPECT_TRUE(runs.is_ok());
        if (runs->empty() || runs->front().is_over()) return "";
        const journey::Run& run = runs->front();
        return view.settings->journeys().find(run.journey, run.version)->steps()[run.step].id;
    }
    // Nothing arrives, and time goes on by the engine's own ticks.
    bool comes_to(uint32_t identity, const std::string& step) const {
        for (int i = 0; i < 200 && step_of(identity) != step; ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
        return step_of(identity) == step;
    }

    int sent = 0;
};

TEST_F(JourneysOfAnEngine, RunByTimeAloneOverARestartAndEndWithTheEventThatWasWanted) {
    open();
    happen("ana", "Page Viewed");  // The first identity falls into the tenth that gets nothing.
    const auto document = model::doc_from_yaml(journey::shipped_journey("abandoned-cart"));
    send(journey_record("abandoned-cart", model::to_json(model::DocView(*document))));
    send(journey_decision("abandoned-cart", R"("publish")"));
    happen("lena", "Product Added");
    EXPECT_EQ(step_of(2), "quiet-hour");
    ASSERT_TRUE(engine->checkpoint());
    open();
    EXPECT_EQ(step_of(2), "quiet-hour");
    clock.advance(kHour);
    ASSERT_TRUE(comes_to(2, "answer"));
    clock.advance(kDay);
    ASSERT_TRUE(comes_to(2, "working-day"));  // It is Saturday; until Monday at ten.
    open();
    clock.advance(2 * kDay);
    ASSERT_TRUE(comes_to(2, "watch"));
    happen("lena", "Order Completed");
    EXPECT_EQ(step_of(2), "");

    const View view = engine->view();
    const auto figures = journey_figures(view, 1);
    EXPECT_EQ(figures->total().entered, 1u);
    EXPECT_EQ(figures->total().on_their_way(), 0u);
    EXPECT_EQ(figures->versions.at(1).reached.size(), 7u);
    const auto page = view.history->timeline(std::vector<uint32_t>{2}, "", 50);
    // Two that were sent, each step once, and two messages that nobody carried: withdrawn.
    ASSERT_EQ(page->events.size(), 15u);
    EXPECT_EQ(page->events[0].event().name(), "Message Refused");
    EXPECT_EQ(page->events[1].event().name(), "Message Refused");
    EXPECT_EQ(page->events[2].event().name(), "Journey Ended");
}

TEST(JourneysAndClocks, AWallThatJumpsAheadFiresNothingThatLiesInTheJump) {
    const TemporaryDirectory directory;
    testing::TwoClocks clock(kStart);
    const auto engine = testing::open_small_engine(directory, clock);
    const auto happen = [&](const std::string& id) {
        const Outcome outcome =
            engine->submit_and_wait(event_payload({.user = "ana",
                                                   .name = id == "m1" ? "Go" : "Page Viewed",
                                                   .message_id = id,
                                                   .time = kStart},
                                                  engine->secret()));
        ASSERT_TRUE(outcome.status);
    };
    const auto step = [&] {
        return runs_of(engine->view(), std::vector<uint32_t>{1}).value().at(0).step;
    };
    const std::string journey =
        R"({"key":"w","name":"W","trigger":{"event":"Go"},"steps":[
            {"id":"month","type":"wait","for":"30d"},{"id":"year","type":"wait","for":"300d"}]})";
    ASSERT_TRUE(engine->submit_and_wait(journey_record("w", journey)).status);
    ASSERT_TRUE(engine->submit_and_wait(journey_decision("w", R"("publish")")).status);
    happen("m1");
    clock.jump(365 * kDay);
    happen("m2");
    std::this_thread::sleep_for(
        std::chrono::milliseconds(600));  // Two looks of the timers' thread.
    EXPECT_EQ(step(), 0);
    EXPECT_EQ(engine->view().state.stamp, kStart);
    EXPECT_EQ(engine->health().clock_ahead, 365 * kDay);
    clock.jump(-365 * kDay);
    clock.pass(30 * kDay);
    for (int i = 0; i < 200 && step() == 0; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    EXPECT_EQ(step(), 1);
    EXPECT_LT(engine->view().state.stamp, kStart + 31 * kDay);
    EXPECT_EQ(engine->health().clock_ahead, 0);
}

// What she did before it is asked is brought in by steps; between two of them the engine stops.
TEST_F(JourneysOfAnEngine, AVersionGoesOnBeingBuiltOverARestart) {
    open();
    happen("ana", "Order Completed");
    ASSERT_TRUE(engine->checkpoint());
    happen("lena", "Page Viewed");
    send(journey_record("ask", R"({"key":"ask","trigger":{"event":"Page Viewed",
        "if":{"did":"Order Completed","within":"2d"}},"steps":[
            {"id":"wait","type":"wait","for":"1d"},
            {"id":"ask","type":"branch","paths":[
                {"if":{"did":"Order Completed","count":{"gte":2},"within":"2d"},"next":"more"}],
             "else":"end"},
            {"id":"more","type":"wait","for":"1h"}]})"));
    send(journey_decision("ask", R"("publish")"));
    const auto live = [&] { return *engine->settings()->journeys().find("ask"); };
    EXPECT_EQ(live().starting, 0u);
    EXPECT_EQ(live().building, 1u);
    happen("ana", "Page Viewed");
    EXPECT_EQ(step_of(1), "");
    open();
    EXPECT_EQ(live().building, 1u);
    ASSERT_TRUE(engine->build_segments());
    EXPECT_EQ(live().starting, 1u);
    EXPECT_EQ(live().building, 0u);
    happen("lena", "Page Viewed");
    EXPECT_EQ(step_of(2), "");
    happen("ana", "Page Viewed");
    EXPECT_EQ(step_of(1), "wait");
    open();
    happen("ana", "Order Completed");
    clock.advance(kDay);
    ASSERT_TRUE(comes_to(1, "more"));
    EXPECT_EQ(engine->settings()->segments().counters().size(), 1u);
}

}  // namespace
}  // namespace throughline::engine
