// When checkpoints are made: under a small budget of memory, on a full disk, after a long replay.
#include "engine/checkpoint.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "engine/engine.h"
#include "engine/test_world.h"
#include "store/memory_files.h"
#include "store/rocks_env.h"

namespace throughline::engine {
namespace {

using testing::event_payload;
using testing::EventSpec;
using testing::SharedClock;
using testing::TemporaryDirectory;

constexpr Micros kStart = 1'760'000'000LL * kSecond;

std::string large_event(const Engine& engine, int number, size_t bytes) {
    EventSpec spec{.user = "u" + std::to_string(number % 10),
                   .message_id = "m" + std::to_string(number),
                   .extra = R"({"properties":{"text":")" + std::string(bytes, 'x') + "\"}}",
                   .time = kStart};
    return event_payload(spec, engine.secret());
}

/// Waits, at most half a minute.
template <typename Condition>
bool comes_true(const Condition& condition) {
    for (int i = 0; i < 3000; ++i) {
        if (condition()) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
}

TEST(Backoff, WaitsASecondThenTwiceAsLongEachTimeAtMostAMinute) {
    Backoff backoff;
    EXPECT_TRUE(backoff.may_try(0));
    Micros now = 0;
    for (const Micros pause : {1, 2, 4, 8, 16, 32, 60, 60}) {
        backoff.failed(now);
        EXPECT_TRUE(backoff.is_waiting());
        EXPECT_FALSE(backoff.may_try(now + pause * kSecond - 1));
        now += pause * kSecond;
        EXPECT_TRUE(backoff.may_try(now));
    }
    backoff.succeeded();
    EXPECT_FALSE(backoff.is_waiting());
    backoff.failed(now);
    EXPECT_TRUE(backoff.may_try(now + kSecond));
}

// A chunk of the tail has room for 65,536 rows, which would be 6 GB of these.
TEST(Checkpoints, ASmallServerTakesLargeEventsForEver) {
    const TemporaryDirectory directory;
    auto engine =
        Engine::open(store::posix_files(), system_clock(),
                     {.directory = directory.path(), .memory_bytes = 64 << 20, .shards = 1});
    ASSERT_TRUE(engine) << engine.error().message;
    for (int i = 0; i < 400; ++i) {
        const std::string payload = large_event(**engine, i, 100'000);
        const bool was_taken =
            comes_true([&] { return (*engine)->submit_and_wait(payload).status.is_ok(); });
        ASSERT_TRUE(was_taken) << "event " << i;
    }
    EXPECT_EQ((*engine)->view().history->rows(), 400u);
    EXPECT_GE((*engine)->health().checkpoints, 2u);
    EXPECT_TRUE((*engine)->stop());
}

TEST(Checkpoints, OnAFullDiskTheyAreTriedLessAndLessAndPassOnceThereIsRoom) {
    store::MemoryFiles disk(store::WriteOrder::Journaled);
    const auto env = store::make_rocks_env(disk);
    SharedClock clock(kStart);
    auto opened = Engine::open(disk, clock,
                               {.directory = "/data",
                                .memory_bytes = 8 << 20,
                                .log_file_bytes = 32 << 20,
                                .env = env.get()});
    ASSERT_TRUE(opened) << opened.error().message;
    Engine& engine = **opened;
    const auto failures = [&] { return engine.health().checkpoint_failures; };

    disk.limit_space(0);  // The log has its files already.
    Status refused;
    uint64_t taken = 0;
    for (int i = 0; i < 500 && refused; ++i) {
        refused = engine.submit_and_wait(large_event(engine, i, 20'000)).status;
        taken += refused.is_ok();
    }
    ASSERT_FALSE(refused) << "writers are refused when memory is full";
    EXPECT_GT(taken, 40u) << "and not before";
    ASSERT_TRUE(comes_true([&] { return failures() == 1; }));
    EXPECT_EQ(engine.view().history->rows(), taken) << "readers go on";
    EXPECT_FALSE(engine.health().accepts);

    std::this_thread::sleep_for(std::chrono::milliseconds(1200));  // Two looks of its thread.
    EXPECT_EQ(failures(), 1u) << "the clock stands";
    clock.advance(kSecond);
    ASSERT_TRUE(comes_true([&] { return failures() == 2; }));
    clock.advance(2 * kSecond);
    ASSERT_TRUE(comes_true([&] { return failures() == 3; }));

    disk.limit_space(1 << 30);
    clock.advance(4 * kSecond);
    ASSERT_TRUE(comes_true([&] { return engine.health().accepts; }));
    EXPECT_EQ(failures(), 0u);
    EXPECT_TRUE(engine.submit_and_wait(large_event(engine, 1000, 20'000)).status);
    EXPECT_TRUE(engine.stop());
}

TEST(Checkpoints, OneFollowsALongReplay) {
    constexpr int kRecords = 101'000;
    const TemporaryDirectory directory;
    const TemporaryDirectory copy;
    const auto open = [&](const std::string& path) {
        return Engine::open(store::posix_files(), system_clock(),
                            {.directory = path, .log_file_bytes = 16 << 20});
    };
    {
        auto engine = open(directory.path());
        ASSERT_TRUE(engine) << engine.error().message;
        const std::string tick = model::make_record(model::RecordKind::Tick, {});
        auto bytes = std::make_shared<std::string>();
        Submission submission;
        for (int i = 0; i < kRecords; ++i) {
            bytes->append(tick);
            submission.ends.push_back(static_cast<uint32_t>(bytes->size()));
        }
        submission.bytes = bytes;
        ASSERT_TRUE((*engine)->submit_and_wait(std::move(submission)).status);
        // The disk as it is now, as after kill -9.
        ASSERT_EQ(std::system(("cp -r " + directory.path() + "/. " + copy.path()).c_str()), 0);
    }
    const auto engine = open(copy.path());
    ASSERT_TRUE(engine) << engine.error().message;
    EXPECT_GE((*engine)->health().replayed_records, uint64_t{kRecords});
    EXPECT_TRUE(comes_true([&] { return (*engine)->health().checkpoints == 1; }));
}

}  // namespace
}  // namespace throughline::engine
