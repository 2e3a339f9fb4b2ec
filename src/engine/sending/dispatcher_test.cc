#include "engine/sending/dispatcher.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "engine/backup.h"
#include "engine/test_clock.h"
#include "engine/test_fold.h"

namespace throughline::engine {
namespace {

using journey::SendState;
using testing::definition_record;
using testing::event_payload;
using testing::journey_decision;
using testing::journey_record;
using testing::TemporaryDirectory;
using testing::TwoClocks;

constexpr Micros kStart = 1'772'791'200 * kSecond;
constexpr const char* kHook =
    R"({"key":"hook","name":"Hook","trigger":{"event":"Go","key":"n"},"steps":[
        {"id":"call","type":"webhook","url":"https://shop.example/hook"}]})";

/// A provider that says yes, unless it hangs.
struct Provider {
    std::atomic<bool> hangs = false;
    std::atomic<bool> is_cut_off = false;
    std::atomic<bool> is_broken = false;  // Cannot be opened.
    std::atomic<int> calls = 0;
};

class TestSender final : public channel::Sender {
public:
    explicit TestSender(Provider& provider) : provider_(provider) {}
    channel::Outcome send(const channel::Message&) override {
        ++provider_.calls;
        while (provider_.hangs) {
            if (provider_.is_cut_off) return {.verdict = channel::Verdict::Uncertain};
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        return {.verdict = channel::Verdict::Delivered};
    }
    bool repeats_by_key() const override { return false; }
    void cut_off() override { provider_.is_cut_off = true; }

private:
    Provider& provider_;
};

struct DispatcherTest : ::testing::Test {
    TemporaryDirectory directory;
    TwoClocks clock{kStart};
    Provider provider;
    std::unique_ptr<Engine> engine;
    std::unique_ptr<Dispatcher> dispatcher;
    int sent = 0;

    void SetUp() override {
        engine = testing::open_small_engine(directory, clock);
        send(journey_record("hook", kHook));
        send(journey_decision("hook", R"("publish")"));
    }
    void TearDown() override {
        provider.hangs = false;
        dispatcher.reset();
    }
    void start(bool has_thread = false) {
        dispatcher = std::move(
            Dispatcher::start(*engine, store::posix_files(), clock,
                              {.directory = directory.path(),
                               .write = {},
                               .open = [this](const std::string&, const SenderSettings&)
                                   -> Result<std::vector<std::unique_ptr<channel::Sender>>> {
                                   if (provider.is_broken) return Error::unavailable("no disk");
                                   std::vector<std::unique_ptr<channel::Sender>> all;
                                   all.push_back(std::make_unique<TestSender>(provider));
                                   return all;
                               },
                               .patience = 50'000,
                               .has_thread = has_thread})
                .value());
    }
    void send(const std::string& record) {
        const Outcome outcome = engine->submit_and_wait(record);
        ASSERT_TRUE(outcome.status);
        ASSERT_TRUE(outcome.refused.empty()) << outcome.refused[0].message;
    }
    void ask(int messages) {
        for (int i = 0; i < messages; ++i, ++sent) {
            const std::string n = std::to_string(sent);
            send(event_payload({.user = "u" + n,
                                .name = "Go",
                                .message_id = "m" + n,
                                .extra = R"({"properties":{"n":)" + n + "}}",
                                .time = clock.now()},
                               engine->secret()));
        }
    }
    void carry(const std::string& senders) {
        send(definition_record("settings", "senders", senders));
    }
    uint64_t count(SendState state) const {
        uint64_t all = 0;
        const auto totals = count_messages(engine->view().tables).value();
        for (const ChannelTotals& one : totals) all += one.counts.of(state);
        return all;
    }
    /// Steps until so many messages are in a state, with some patience for threads.
    bool come_to(SendState state, uint64_t wanted) {
        for (int i = 0; i < 2'000 && count(state) != wanted; ++i) {
            dispatcher->step();
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        return count(state) == wanted;
    }
    SendingReport::Channel report() const { return dispatcher->report()->channels.at(0); }
};

TEST_F(DispatcherTest, StoppingWaitsForAProviderOnlyAsLongAsPatienceLasts) {
    const auto with_burst = [](int burst) {
        return R"({"webhook":{"type":"webhook","secret":"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw","burst":)" +
               std::to_string(burst) + "}}";
    };
    provider.hangs = true;
    carry(with_burst(1));
    start(true);
    ask(1);
    while (provider.calls < 1) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    carry(with_burst(2));  // The first lane is left to itself, with its message.
    ask(1);
    while (provider.calls < 2) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    dispatcher.reset();
    EXPECT_TRUE(provider.is_cut_off);
    EXPECT_EQ(count(SendState::Uncertain), 2u);
}

TEST_F(DispatcherTest, WhatIsAskedForGoesOutAtOnceWithoutALookAtTheClock) {
    carry(R"({"webhook":{"type":"file"}})");
    start(true);
    for (int i = 1; i <= 3; ++i) {
        ask(1);
        const Micros began = system_clock().monotonic();
        while (provider.calls < i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        EXPECT_LT(system_clock().monotonic() - began, 900'000) << "it slept through the news";
    }
}

TEST_F(DispatcherTest, AChannelThatNobodyIsSetUpForIsRefused) {
    start();
    ask(2);
    EXPECT_TRUE(come_to(SendState::Refused, 2));
    EXPECT_EQ(report().blocked, "");
}

TEST_F(DispatcherTest, WhereTheSenderCannotBeOpenedMessagesWaitAndItIsTriedAgain) {
    provider.is_broken = true;
    carry(R"({"webhook":{"type":"file"}})");
    start();
    ask(2);
    for (int i = 0; i < 3; ++i) dispatcher->step();
    EXPECT_EQ(count(SendState::Waiting), 2u);
    EXPECT_EQ(report().blocked, "no disk");
    provider.is_broken = false;
    clock.pass(10 * kSecond);
    EXPECT_TRUE(come_to(SendState::Sent, 2));
    EXPECT_EQ(report().blocked, "");
}

TEST_F(DispatcherTest, WhereTheSettingsCannotBeReadMessagesWait) {
    carry(R"({"webhook":{"type":"pigeon"}})");
    start();
    ask(1);
    for (int i = 0; i < 3; ++i) dispatcher->step();
    EXPECT_EQ(count(SendState::Waiting), 1u);
    EXPECT_NE(report().blocked.find("webhook"), std::string::npos) << report().blocked;
    carry(R"({"webhook":{"type":"file"}})");
    EXPECT_TRUE(come_to(SendState::Sent, 1));
}

TEST_F(DispatcherTest, AProviderThatStallsIsGivenNoMoreThanItTakes) {
    carry(R"({"webhook":{"type":"file"}})");
    start();
    ask(200);
    ASSERT_TRUE(come_to(SendState::Sent, 200));
    provider.hangs = true;
    ask(200);
    clock.pass(2 * kSecond);  // What it took in its best second is long ago.
    for (int i = 0; i < 50; ++i) dispatcher->step();
    EXPECT_LE(count(SendState::Sending), 3u);
    EXPECT_GE(count(SendState::Sending), 1u);
}

TEST_F(DispatcherTest, AHoldTakesBackWhatIsBegunAndNotUnderWay) {
    carry(R"({"webhook":{"type":"file"}})");
    start();
    provider.hangs = true;
    ask(4);
    ASSERT_TRUE(come_to(SendState::Sending, 2));
    while (provider.calls < 1) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    const std::string mark = store::join_path(directory.path(), kSendingHeldMark);
    ASSERT_TRUE(store::replace_file(store::posix_files(), mark, "restored\n"));
    clock.pass(2 * kSecond);
    EXPECT_TRUE(come_to(SendState::Sending, 1)) << "one is under way";
    EXPECT_EQ(dispatcher->report()->reason, "restored");
    EXPECT_EQ(dispatcher->report()->clock_ahead, 0);
    provider.hangs = false;
    EXPECT_TRUE(come_to(SendState::Sent, 1));
    for (int i = 0; i < 20; ++i) dispatcher->step();
    EXPECT_EQ(count(SendState::Waiting), 3u);
    EXPECT_EQ(provider.calls, 1);
    EXPECT_TRUE(dispatcher->resume("user:eva", true).value());
    EXPECT_TRUE(come_to(SendState::Sent, 4));
}

TEST_F(DispatcherTest, AfterAHoldWhatIsDueIsUncertainUnlessSomebodySaysSo) {
    carry(R"({"webhook":{"type":"file"}})");
    const std::string mark = store::join_path(directory.path(), kSendingHeldMark);
    ASSERT_TRUE(store::replace_file(store::posix_files(), mark, "restored\n"));
    ask(3);
    start();
    dispatcher->step();
    EXPECT_TRUE(dispatcher->resume("user:eva", false).value());
    EXPECT_EQ(count(SendState::Uncertain), 3u);
    ask(1);
    EXPECT_TRUE(come_to(SendState::Sent, 1));
    EXPECT_FALSE(dispatcher->resume("user:eva", false).value()) << "nothing is held";
}

TEST_F(DispatcherTest, AnErasureTakesTheLinesOfThePersonOutOfWhatAFileSenderWrote) {
    carry(R"({"webhook":{"type":"file"}})");
    const std::string outbox = store::join_path(directory.path(), "outbox");
    ASSERT_TRUE(store::make_directories(store::posix_files(), outbox));
    const std::string path = store::join_path(outbox, "webhook.jsonl");
    dispatcher =
        std::move(Dispatcher::start(
                      *engine, store::posix_files(), clock,
                      {.directory = directory.path(), .write = {}, .open = {}, .has_thread = false})
                      .value());
    ask(2);  // Of u0 and u1, who are the first two identities.
    ASSERT_TRUE(come_to(SendState::Sent, 2));
    const auto lines = [&] {
        const std::string text = store::read_file(store::posix_files(), path).value();
        return std::ranges::count(text, '\n');
    };
    ASSERT_EQ(lines(), 2);
    send(testing::decision_record(R"({"action":"erase","actor":"a","identity":1})"));
    ASSERT_TRUE(engine->run_erasure());
    EXPECT_EQ(lines(), 1);
    ask(1);
    ASSERT_TRUE(come_to(SendState::Sent, 2));
    EXPECT_EQ(lines(), 2);
}

TEST_F(DispatcherTest, AClockThatJumpedAheadHoldsSendingUntilItIsBackOrTrusted) {
    carry(R"({"webhook":{"type":"file"}})");
    start();
    clock.jump(kDay);
    ask(2);
    for (int i = 0; i < 5; ++i) dispatcher->step();
    EXPECT_EQ(dispatcher->state(), SendingReport::State::Held);
    EXPECT_NE(dispatcher->report()->reason.find("86400 seconds ahead"), std::string::npos);
    EXPECT_EQ(dispatcher->report()->clock_ahead, kDay);
    EXPECT_EQ(count(SendState::Waiting), 2u);
    EXPECT_LT(engine->view().state.stamp, kStart + kHour) << "stamps are not of the jump";
    clock.jump(-kDay);
    EXPECT_TRUE(come_to(SendState::Sent, 2));
    clock.jump(kDay);
    EXPECT_EQ(dispatcher->state(), SendingReport::State::Held);
    EXPECT_TRUE(dispatcher->resume("user:eva", false).value());
    EXPECT_EQ(dispatcher->state(), SendingReport::State::On);
    ask(1);
    EXPECT_TRUE(come_to(SendState::Sent, 3));
    EXPECT_GE(engine->view().state.stamp, kStart + kDay);
}

}  // namespace
}  // namespace throughline::engine
