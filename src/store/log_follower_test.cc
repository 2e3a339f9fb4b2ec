// Following the log while it is written, held and redacted.
#include "store/log_follower.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "base/random.h"
#include "store/memory_files.h"

namespace throughline::store {
namespace {

constexpr uint64_t kFileBytes = 16 << 10;

std::unique_ptr<LogWriter> open_log(Files& files, uint64_t replay_from = 0) {
    LogOptions options;
    options.file_bytes = kFileBytes;
    options.replay_from = replay_from;
    auto recovery = LogWriter::open(files, "/log", options);
    EXPECT_TRUE(recovery) << recovery.error().message;
    return std::move(recovery->writer);
}

void append(LogWriter& log, Micros stamp_us, const std::vector<std::string>& payloads) {
    LogEpoch epoch;
    for (const auto& payload : payloads) epoch.add(stamp_us, payload);
    ASSERT_TRUE(log.append(epoch));
}

std::vector<std::string> payloads_of(LogFollower& follower, uint64_t from, uint64_t end) {
    std::vector<std::string> payloads;
    const auto read = follower.read(from, end, [&](const LogRecordView& record) {
        EXPECT_EQ(record.position, from + payloads.size());
        payloads.emplace_back(record.payload);
        return true;
    });
    EXPECT_TRUE(read) << read.error().message;
    EXPECT_EQ(read.value_or(0), end);
    return payloads;
}

// Epochs of all sizes, and reads of all stretches: forward, back, and stopped in mid-epoch.
TEST(LogFollower, ReadsAnyStretchOfWhatWasWritten) {
    MemoryFiles files;
    const auto log = open_log(files);
    LogFollower follower(files, *log);
    SeededRandom random(5);
    std::vector<std::string> all;
    for (int round = 0; round < 200; ++round) {
        std::vector<std::string> some(random.below(6));
        for (std::string& one : some) {
            one = std::to_string(all.size());
            one.resize(one.size() + random.below(700), 'x');
            all.push_back(one);
        }
        append(*log, round, some);
        const uint64_t from = random.below(all.size() + 1);
        const uint64_t end = from + random.below(all.size() - from + 1);
        const auto at = [&](uint64_t place) { return all.begin() + static_cast<ptrdiff_t>(place); };
        ASSERT_EQ(payloads_of(follower, from, end), std::vector(at(from), at(end)));
        if (from == end) continue;
        const auto stopped = follower.read(from, end, [](const LogRecordView&) { return false; });
        ASSERT_EQ(stopped.value_or(0), from + 1);
        ASSERT_EQ(payloads_of(follower, from + 1, end), std::vector(at(from + 1), at(end)));
    }
    EXPECT_GT(log->next_position(), 300u);
}

TEST(LogFollower, FollowsAWriterOnAnotherThread) {
    MemoryFiles files;
    const auto log = open_log(files);
    constexpr uint64_t kRecords = 3'000;
    std::atomic<uint64_t> durable = 0;
    std::thread writer([&] {
        for (uint64_t at = 0; at < kRecords; at += 3) {
            append(*log, 1, {std::to_string(at), std::to_string(at + 1), std::to_string(at + 2)});
            durable = at + 3;
        }
    });
    LogFollower follower(files, *log);
    uint64_t next = 0;
    while (next < kRecords) {
        const auto read = follower.read(next, durable, [&](const LogRecordView& record) {
            EXPECT_EQ(record.payload, std::to_string(record.position));
            return true;
        });
        ASSERT_TRUE(read) << read.error().message;
        next = *read;
    }
    writer.join();
}

TEST(LogFollower, IsToldWhatWasReleasedAndKeepsWhatIsHeld) {
    MemoryFiles files;
    const auto log = open_log(files);
    for (int i = 0; i < 100; ++i) append(*log, i, {std::string(1000, 'x')});
    LogFollower follower(files, *log);
    ASSERT_EQ(payloads_of(follower, 3, 5).size(), 2u);  // It has the first file open.

    ASSERT_TRUE(log->release_before(100, {.position = 40, .bytes_max = 100 * kFileBytes}));
    EXPECT_LE(log->first_position(), 40u);
    EXPECT_GT(log->first_position(), 20u);
    EXPECT_EQ(payloads_of(follower, 40, 100).size(), 60u);
    const auto gone = follower.read(3, 100, [](const LogRecordView&) { return true; });
    EXPECT_EQ(gone.error().code, Code::NotFound);
    for (int i = 0; i < 40; ++i) append(*log, 100, {std::string(1000, 'y')});  // Into used files.
    EXPECT_EQ(follower.read(5, 100, [](const LogRecordView&) { return true; }).error().code,
              Code::NotFound);

    // No more than so many bytes, and nothing older than a time.
    ASSERT_TRUE(
        log->release_before(140, {.position = 0, .bytes_max = 100 * kFileBytes, .since = 99}));
    EXPECT_GT(log->first_position(), 85u);
    EXPECT_LE(log->first_position(), 99u);
    ASSERT_TRUE(log->release_before(140, {.position = 0, .bytes_max = 4 * kFileBytes}));
    EXPECT_GT(log->first_position(), 105u);
    EXPECT_LT(log->first_position(), 120u);
    ASSERT_TRUE(log->release_before(140));
    EXPECT_GT(log->first_position(), 120u);
    EXPECT_EQ(open_log(files, 140)->next_position(), 140u);
}

bool holds_bytes(Files& files, std::string_view bytes) {
    const auto names = files.list("/log");
    return std::ranges::any_of(*names, [&](const std::string& name) {
        return read_file(files, "/log/" + name)->find(bytes) != std::string::npos;
    });
}

TEST(LogFollower, RedactedRecordsLeaveTheirPlaceAndNoByte) {
    MemoryFiles files;
    auto log = open_log(files);
    for (int i = 0; i < 60; ++i) {
        append(*log, i, {"keep" + std::string(500, 'k'), "secret" + std::string(300, 's')});
    }
    LogFollower follower(files, *log);
    ASSERT_EQ(payloads_of(follower, 0, 2).size(), 2u);
    ASSERT_TRUE(log->start_new_file());
    append(*log, 60, {"after"});
    const auto keeps = [](std::string_view payload) -> Result<bool> {
        return payload.starts_with("keep");
    };
    ASSERT_TRUE(log->redact_before(120, keeps));
    EXPECT_FALSE(holds_bytes(files, "secret"));
    LogFollower anew(files, *log);
    for (LogFollower* one : {&anew, &follower}) {
        const auto payloads = payloads_of(*one, 60, 121);
        EXPECT_EQ(payloads[0].substr(0, 4), "keep");
        EXPECT_EQ(payloads[1], std::string(306, '\0'));
        EXPECT_EQ(payloads[60], "after");
    }
    log.reset();
    EXPECT_TRUE(LogReader(files, "/log").verify()->empty());
    log = open_log(files, 120);
    EXPECT_EQ(log->next_position(), 121u);
    ASSERT_TRUE(log->release_before(120));
    ASSERT_TRUE(log->scrub());
    EXPECT_FALSE(holds_bytes(files, "kkkk"));
}

// Whenever the power goes, the log opens, and what it keeps is as it was or as it is to be.
TEST(LogFollower, APowerCutWhileRedactingLosesNothing) {
    for (uint64_t stop = 0; stop < 40; ++stop) {
        MemoryFiles files;
        {
            const auto log = open_log(files);
            for (int i = 0; i < 40; ++i) append(*log, i, {"keep", std::string(500, 's')});
            ASSERT_TRUE(log->start_new_file());
            append(*log, 60, {"after"});
            files.stop_at(files.operations() + stop);
            static_cast<void>(log->redact_before(80, [](std::string_view payload) -> Result<bool> {
                return payload.starts_with("keep");
            }));
        }
        MemoryFiles after = files.cut(stop);
        const auto log = open_log(after, 80);
        ASSERT_TRUE(log);
        LogFollower follower(after, *log);
        const auto payloads = payloads_of(follower, 0, 81);
        for (size_t at = 0; at < 80; at += 2) ASSERT_EQ(payloads[at], "keep");
        EXPECT_EQ(payloads[80], "after");
    }
}

}  // namespace
}  // namespace throughline::store
