#include "channel/lane.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>

#include "base/random.h"

namespace throughline::channel {
namespace {

/// Answers as it is told, and can be held.
class TestSender final : public Sender {
public:
    explicit TestSender(Outcome outcome = {.verdict = Verdict::Delivered})
        : outcome_(std::move(outcome)) {}
    Outcome send(const Message&) override {
        ++calls;
        while (is_held) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        return outcome_;
    }
    bool repeats_by_key() const override { return false; }
    void cut_off() override { is_held = false; }

    static inline std::atomic<int> calls = 0;
    static inline std::atomic<bool> is_held = false;

private:
    Outcome outcome_;
};

class LaneTest : public testing::Test {
protected:
    void SetUp() override {
        TestSender::calls = 0;
        TestSender::is_held = false;
    }
    std::unique_ptr<Lane> start(LaneOptions options, size_t senders = 1,
                                Outcome outcome = {.verdict = Verdict::Delivered}) {
        std::vector<std::unique_ptr<Sender>> all;
        for (size_t i = 0; i < senders; ++i) all.push_back(std::make_unique<TestSender>(outcome));
        return std::make_unique<Lane>(
            options, std::move(all),
            [this](const Message& message, const Outcome& told) {
                const std::lock_guard lock(mutex);
                reports[message.key.low].push_back(told);
                order.push_back(message.key.low);
            },
            system_clock());
    }
    static Message message(uint64_t key) { return {.key = {0, key}, .content = Call{}}; }
    size_t reported() {
        const std::lock_guard lock(mutex);
        return order.size();
    }
    bool come_to(size_t count) {
        for (int i = 0; i < 4'000 && reported() < count; ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        return reported() >= count;
    }

    std::mutex mutex;
    std::map<uint64_t, std::vector<Outcome>> reports;
    std::vector<uint64_t> order;
};

TEST_F(LaneTest, ReportsEachMessageOnceAndInOrderOfOneSender) {
    const auto lane = start({});
    for (uint64_t key = 0; key < 1'000; ++key) EXPECT_TRUE(lane->offer(message(key)));
    EXPECT_TRUE(come_to(1'000));
    lane->stop();
    EXPECT_TRUE(std::ranges::is_sorted(order));
    EXPECT_EQ(reports.size(), 1'000u);
}

TEST_F(LaneTest, HandsBackWhatWaitsWhenItStops) {
    TestSender::is_held = true;
    const auto lane = start({}, 2);
    for (uint64_t key = 0; key < 10; ++key) EXPECT_TRUE(lane->offer(message(key)));
    while (TestSender::calls < 2) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    EXPECT_EQ(lane->waiting(), 8u);
    std::thread release([] {
        std::this_thread::sleep_for(std::chrono::milliseconds(30));
        TestSender::is_held = false;
    });
    lane->stop();
    release.join();
    EXPECT_EQ(reports.size(), 10u);
    for (const auto& [key, told] : reports) {
        ASSERT_EQ(told.size(), 1u);
        const bool was_begun = key < 2;
        EXPECT_EQ(told[0].verdict, was_begun ? Verdict::Delivered : Verdict::Retryable) << key;
        EXPECT_EQ(told[0].stage == Stage::Queue, !was_begun);
    }
    EXPECT_FALSE(lane->offer(message(11)));
}

TEST_F(LaneTest, WaitsForNobodyWhoIsCutOff) {
    TestSender::is_held = true;
    const auto lane = start({}, 1, {.verdict = Verdict::Uncertain});
    EXPECT_TRUE(lane->offer(message(0)));
    while (TestSender::calls < 1) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    std::thread impatient([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(30));
        lane->cut_off();
    });
    lane->stop();
    impatient.join();
    ASSERT_EQ(reports[0].size(), 1u);
    EXPECT_EQ(reports[0][0].verdict, Verdict::Uncertain);
}

TEST_F(LaneTest, HandsBackWhatWaitedTooLongAndWhatIsAskedBack) {
    TestSender::is_held = true;
    const auto lane = start({.wait_max = 20'000});
    for (uint64_t key = 0; key < 3; ++key) EXPECT_TRUE(lane->offer(message(key)));
    while (TestSender::calls < 1) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    lane->hand_back("held");
    EXPECT_EQ(order, (std::vector<uint64_t>{1, 2}));
    EXPECT_EQ(reports[1][0].detail, "held");
    EXPECT_TRUE(lane->offer(message(3)));
    std::this_thread::sleep_for(std::chrono::milliseconds(40));
    TestSender::is_held = false;
    EXPECT_TRUE(come_to(4));
    EXPECT_TRUE(lane->offer(message(4)));
    EXPECT_TRUE(come_to(5));
    EXPECT_EQ(reports[0][0].verdict, Verdict::Delivered);
    EXPECT_EQ(reports[3][0].stage, Stage::Queue);
    EXPECT_EQ(reports[4][0].verdict, Verdict::Delivered);
    EXPECT_EQ(TestSender::calls, 2);
}

TEST_F(LaneTest, TakesNoMoreThanItsQueueHolds) {
    TestSender::is_held = true;
    const auto lane = start({.queue_max = 3});
    EXPECT_TRUE(lane->offer(message(0)));
    while (TestSender::calls < 1) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    for (uint64_t key = 1; key < 4; ++key) EXPECT_TRUE(lane->offer(message(key)));
    EXPECT_FALSE(lane->offer(message(4)));
    TestSender::is_held = false;
    EXPECT_TRUE(come_to(4));
    EXPECT_TRUE(lane->offer(message(5)));
}

TEST_F(LaneTest, ASlowProviderDelaysOnlyItself) {
    const auto quick = start({});
    TestSender::is_held = true;
    const auto slow = start({}, 1);
    EXPECT_TRUE(slow->offer(message(100)));
    while (TestSender::calls < 1) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    // Both kinds of sender are the same here, so the quick one is let go by its deadline.
    Message late = message(1);
    late.not_after = 1;
    EXPECT_TRUE(quick->offer(std::move(late)));
    EXPECT_TRUE(come_to(1));
    EXPECT_EQ(order[0], 1u);
    TestSender::is_held = false;
}

TEST_F(LaneTest, HandsBackUnsentWhatComesTooLate) {
    const auto lane = start({});
    Message late = message(1);
    late.not_after = system_clock().now() - 1;
    Message early = message(2);
    early.not_after = system_clock().now() + kHour;
    EXPECT_TRUE(lane->offer(std::move(late)));
    EXPECT_TRUE(lane->offer(std::move(early)));
    EXPECT_TRUE(come_to(2));
    EXPECT_EQ(reports[1][0].verdict, Verdict::Retryable);
    EXPECT_EQ(reports[1][0].stage, Stage::Queue);
    EXPECT_EQ(reports[2][0].verdict, Verdict::Delivered);
    EXPECT_EQ(TestSender::calls, 1);
}

TEST_F(LaneTest, GivesAProviderNoMoreThanItTakes) {
    const Micros began = system_clock().monotonic();
    const auto lane = start({.messages_per_second = 100, .burst = 5}, 4);
    for (uint64_t key = 0; key < 25; ++key) EXPECT_TRUE(lane->offer(message(key)));
    EXPECT_TRUE(come_to(25));
    EXPECT_GE(system_clock().monotonic() - began, 199'000);  // 20 after the burst, 10 ms each.
}

TEST_F(LaneTest, LeavesAProviderAloneThatAsksForIt) {
    const Outcome busy{.verdict = Verdict::Retryable, .retry_after = 100'000};
    const Micros began = system_clock().monotonic();
    const auto lane = start({}, 1, busy);
    EXPECT_TRUE(lane->offer(message(0)));
    EXPECT_TRUE(lane->offer(message(1)));
    EXPECT_TRUE(come_to(2));
    EXPECT_GE(system_clock().monotonic() - began, 100'000);
}

TEST(TokenBucket, LetsNoMorePassThanItsDefinitionInAnyStretch) {
    SeededRandom random(5);
    for (int round = 0; round < 200; ++round) {
        const double rate = 0.5 + random.unit() * 200;
        const double burst = 1 + static_cast<double>(random.below(20));
        TokenBucket bucket(rate, burst, 0);
        std::vector<Micros> passed;
        Micros now = 0;
        for (int i = 0; i < 300; ++i) {
            now += static_cast<Micros>(random.below(20'000));
            const Micros wait = bucket.take(now);
            if (wait == 0) {
                passed.push_back(now);
            } else if (random.chance(0.5)) {
                now += wait;
                ASSERT_EQ(bucket.take(now), 0) << "a wait that was told was too short";
                passed.push_back(now);
            }
        }
        for (size_t from = 0; from < passed.size(); ++from) {
            for (size_t to = from; to < passed.size(); ++to) {
                const double stretch_s = static_cast<double>(passed[to] - passed[from]) / 1e6;
                ASSERT_LE(static_cast<double>(to - from + 1), burst + rate * stretch_s + 1e-6);
            }
        }
    }
}

}  // namespace
}  // namespace throughline::channel
