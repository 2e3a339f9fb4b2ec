#include "engine/guarded_clock.h"

#include <gtest/gtest.h>

#include "engine/test_clock.h"

namespace throughline::engine {
namespace {

using testing::TwoClocks;

constexpr Micros kStart = 1'700'000'000 * kSecond;

TEST(GuardedClock, IsTheWallAsLongAsBothClocksAgree) {
    TwoClocks clocks(kStart);
    const GuardedClock guarded(clocks);
    EXPECT_EQ(guarded.now(), kStart);
    clocks.pass(kDay);
    EXPECT_EQ(guarded.now(), kStart + kDay);
    EXPECT_EQ(guarded.ahead(), 0);
}

TEST(GuardedClock, PassesByTheMonotonicClockBehindAJumpUntilTheWallIsBack) {
    TwoClocks clocks(kStart);
    const GuardedClock guarded(clocks);
    clocks.jump(365 * kDay);
    EXPECT_EQ(guarded.now(), kStart);
    EXPECT_EQ(guarded.ahead(), 365 * kDay);
    clocks.pass(kHour);
    EXPECT_EQ(guarded.now(), kStart + kHour);
    clocks.jump(-365 * kDay);
    EXPECT_EQ(guarded.now(), kStart + kHour);
    EXPECT_EQ(guarded.ahead(), 0);
}

TEST(GuardedClock, BelievesWhatSomebodyTrusts) {
    TwoClocks clocks(kStart);
    GuardedClock guarded(clocks);
    clocks.jump(kDay);
    EXPECT_EQ(guarded.now(), kStart);
    guarded.trust();
    EXPECT_EQ(guarded.now(), kStart + kDay);
    clocks.pass(kSecond);
    EXPECT_EQ(guarded.now(), kStart + kDay + kSecond);
    EXPECT_EQ(guarded.ahead(), 0);
}

TEST(GuardedClock, FollowsDriftHoweverLongItLasts) {
    TwoClocks clocks(kStart);
    const GuardedClock guarded(clocks);
    for (int i = 0; i < 1'000; ++i) {  // A slew of 500 ppm: 500 s in all.
        clocks.pass(1'000 * kSecond);
        clocks.jump(kSecond / 2);
        ASSERT_EQ(guarded.now(), clocks.now());
    }
    clocks.jump(GuardedClock::kJumpMax);
    EXPECT_EQ(guarded.now(), clocks.now()) << "a small step of NTP";
    clocks.jump(GuardedClock::kJumpMax + 1);
    EXPECT_EQ(guarded.now(), clocks.now() - GuardedClock::kJumpMax - 1);
}

TEST(GuardedClock, PassesOnAWallThatFallsBackAndReturns) {
    TwoClocks clocks(kStart);
    const GuardedClock guarded(clocks);
    clocks.jump(-kHour);
    EXPECT_EQ(guarded.now(), kStart - kHour);
    clocks.pass(kMinute);
    clocks.jump(kHour);
    EXPECT_EQ(guarded.now(), kStart + kMinute);
    EXPECT_EQ(guarded.ahead(), 0);
    clocks.jump(kHour);
    EXPECT_EQ(guarded.now(), kStart + kMinute) << "that is further than it ever was";
}

}  // namespace
}  // namespace throughline::engine
