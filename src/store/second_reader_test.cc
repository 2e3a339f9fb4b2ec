#include "store/second_reader.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace throughline::store {
namespace {

TEST(SecondReader, DoesBothPartsBesideEachOther) {
    SecondReader reader;
    for (int round = 0; round < 1000; ++round) {
        int theirs = 0;
        int ours = 0;
        std::thread::id their_thread;
        reader.run(
            [&] {
                theirs = round;
                their_thread = std::this_thread::get_id();
            },
            [&] { ours = round; });
        ASSERT_EQ(theirs, round);
        ASSERT_EQ(ours, round);
        ASSERT_NE(their_thread, std::this_thread::get_id());
    }
}

TEST(SecondReader, LeavesNothingUndoneWhenManyAskAtOnce) {
    SecondReader reader;
    std::atomic<int> done = 0;
    std::vector<std::thread> callers;
    for (int i = 0; i < 4; ++i) {
        callers.emplace_back([&] {
            for (int round = 0; round < 500; ++round) reader.run([&] { ++done; }, [&] { ++done; });
        });
    }
    for (std::thread& caller : callers) caller.join();
    EXPECT_EQ(done, 4 * 500 * 2);
}

}  // namespace
}  // namespace throughline::store
