#include "segment/acts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <map>

#include "base/random.h"

namespace throughline::segment {
namespace {

using Times = std::vector<Micros>;

Times times_of(const Acts& acts, uint32_t deed) {
    const auto times = acts.times(deed);
    return {times.begin(), times.end()};
}

Acts copy_through_bytes(const Acts& acts) {
    std::string bytes;
    acts.encode(bytes);
    Acts copy;
    EXPECT_TRUE(copy.decode(bytes));
    return copy;
}

TEST(Acts, KeepTheLatestTimesInOrderHoweverTheyArrive) {
    Acts acts;
    EXPECT_TRUE(acts.add_time(7, 50, 3));
    EXPECT_TRUE(acts.add_time(7, 10, 3));
    EXPECT_TRUE(acts.add_time(7, 30, 3));
    EXPECT_FALSE(acts.add_time(7, 5, 3));  // Full of later ones.
    EXPECT_EQ(times_of(acts, 7), (Times{10, 30, 50}));
    EXPECT_TRUE(acts.add_time(7, 40, 3));
    EXPECT_TRUE(acts.add_time(3, 1, 3));
    EXPECT_EQ(times_of(acts, 7), (Times{30, 40, 50}));
    EXPECT_EQ(times_of(acts, 3), (Times{1}));
    EXPECT_TRUE(times_of(acts, 4).empty());
    acts.keep_deeds([](uint32_t deed) { return deed == 3; });
    EXPECT_TRUE(times_of(acts, 7).empty());
    EXPECT_EQ(times_of(acts, 3), (Times{1}));
}

TEST(Acts, AgreeWithListsThatKeepEverything) {
    SeededRandom random(4);
    for (int world = 0; world < 300; ++world) {
        const size_t kept = 1 + random.below(4);
        Acts acts;
        std::map<uint32_t, Times> all;
        for (int i = 0; i < 30; ++i) {
            const auto deed = static_cast<uint32_t>(random.below(4));
            const auto time = static_cast<Micros>(random.below(12)) - 6;
            acts.add_time(deed, time, kept);
            all[deed].push_back(time);
            acts = copy_through_bytes(acts);
        }
        for (auto& [deed, times] : all) {
            std::ranges::sort(times);
            const size_t count = std::min(kept, times.size());
            EXPECT_EQ(times_of(acts, deed),
                      Times(times.end() - static_cast<ptrdiff_t>(count), times.end()));
        }
    }
}

TEST(Acts, StandingsAndTheAlarmAreKept) {
    Acts acts;
    EXPECT_TRUE(acts.is_empty());
    acts.stand({.segment = 9, .is_listed = true, .since = 100});
    acts.stand({.segment = 2, .is_listed = false, .since = -5});
    acts.stand({.segment = 9, .is_listed = false, .since = 100});
    acts.set_alarm(77);
    const Acts copy = copy_through_bytes(acts);
    ASSERT_EQ(copy.standings().size(), 2u);
    EXPECT_EQ(*copy.standing(2), (Standing{2, false, -5}));
    EXPECT_EQ(*copy.standing(9), (Standing{9, false, 100}));
    EXPECT_EQ(copy.standing(3), nullptr);
    EXPECT_EQ(copy.alarm(), 77);
    acts.leave(2);
    acts.leave(9);
    acts.set_alarm(kNoTime);
    EXPECT_TRUE(acts.is_empty());
}

TEST(Acts, DamagedBytesAreRefusedAndNeverReadPastTheirEnd) {
    Acts acts;
    acts.add_time(1, 1'000'000, 4);
    acts.add_time(1, 2'000'000, 4);
    acts.stand({.segment = 1, .is_listed = true, .since = 3});
    std::string bytes;
    acts.encode(bytes);
    Acts read;
    for (size_t size = 1; size < bytes.size(); ++size) {
        EXPECT_FALSE(read.decode(std::string_view(bytes).substr(0, size))) << size;
    }
    EXPECT_FALSE(read.decode(bytes + "x"));
    EXPECT_TRUE(read.decode(bytes));
    EXPECT_TRUE(read.decode(""));
    EXPECT_TRUE(read.is_empty());
}

TEST(Acts, TimesAsFarApartAsThereAreComeBackAndNoneGoPastTheLast) {
    constexpr Micros kLast = std::numeric_limits<Micros>::max();
    Acts acts;
    acts.add_time(1, -kLast, 2);
    acts.add_time(1, kLast, 2);
    std::string bytes;
    acts.encode(bytes);
    Acts read;
    ASSERT_TRUE(read.decode(bytes));
    EXPECT_EQ(read.times(1).back(), kLast);
    Acts close;
    close.add_time(1, 5, 2);
    close.add_time(1, 6, 2);
    close.encode(bytes);
    bytes.replace(bytes.size() - 1, 1, std::string(9, '\x80') + '\x01');  // 2^63 later.
    EXPECT_FALSE(read.decode(bytes));
}

TEST(Acts, MergedListsAreTheLatestOfAll) {
    const Times a{1, 5, 9};
    const Times b{2, 5, 7};
    const std::span<const Micros> lists[] = {a, b};
    Times out;
    merge_times(lists, 4, out);
    EXPECT_EQ(out, (Times{5, 5, 7, 9}));
    merge_times(lists, 100, out);
    EXPECT_EQ(out, (Times{1, 2, 5, 5, 7, 9}));
}

}  // namespace
}  // namespace throughline::segment
