#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "base/bytes.h"
#include "base/random.h"
#include "store/log_reader.h"
#include "store/log_writer.h"
#include "store/memory_files.h"

namespace throughline::store {
namespace {

constexpr uint64_t kFileBytes = 16 << 10;

LogOptions small_files() {
    LogOptions options;
    options.file_bytes = kFileBytes;
    return options;
}

std::unique_ptr<LogWriter> open_log(Files& files, const LogOptions& options = small_files()) {
    auto recovery = LogWriter::open(files, "/log", options);
    EXPECT_TRUE(recovery) << recovery.error().message;
    return std::move(recovery->writer);
}

Status append(LogWriter& log, Micros stamp_us, const std::vector<std::string>& payloads) {
    LogEpoch epoch;
    for (const auto& payload : payloads) epoch.add(stamp_us, payload);
    return log.append(epoch);
}

struct Record {
    uint64_t position;
    Micros stamp_us;
    std::string payload;
    bool operator==(const Record&) const = default;
};

std::vector<Record> records_from(Files& files, uint64_t from, uint32_t fold_version = 1) {
    std::vector<Record> records;
    const auto end =
        LogReader(files, "/log").read(from, fold_version, [&](const LogRecordView& record) {
            records.push_back({record.position, record.stamp_us, std::string(record.payload)});
            return Status::ok();
        });
    EXPECT_TRUE(end) << end.error().message;
    return records;
}

/// Whether any file of the log's directory holds these bytes.
bool holds_bytes(Files& files, std::string_view bytes) {
    const auto names = files.list("/log");
    return std::ranges::any_of(*names, [&](const std::string& name) {
        return read_file(files, "/log/" + name)->find(bytes) != std::string::npos;
    });
}

TEST(Log, GivesBackWhatWasAppended) {
    MemoryFiles files;
    auto log = open_log(files);
    EXPECT_EQ(log->last_stamp(), kNoTime);
    ASSERT_TRUE(append(*log, 10, {"a", "", "ccc"}));
    ASSERT_TRUE(append(*log, 20, {"d"}));
    EXPECT_EQ(log->next_position(), 4u);
    EXPECT_EQ(log->last_stamp(), 20);
    const std::vector<Record> all{{0, 10, "a"}, {1, 10, ""}, {2, 10, "ccc"}, {3, 20, "d"}};
    EXPECT_EQ(records_from(files, 0), all);
    EXPECT_EQ(records_from(files, 2), std::vector(all.begin() + 2, all.end()));
    EXPECT_TRUE(records_from(files, 4).empty());
}

TEST(Log, GoesOnAfterReopening) {
    MemoryFiles files;
    ASSERT_TRUE(append(*open_log(files), 10, {"a"}));
    auto log = open_log(files);
    EXPECT_EQ(log->next_position(), 1u);
    EXPECT_EQ(log->last_stamp(), 10);
    ASSERT_TRUE(append(*log, 10, {"b"}));
    EXPECT_EQ(records_from(files, 0), (std::vector<Record>{{0, 10, "a"}, {1, 10, "b"}}));
}

TEST(Log, RunsThroughManyFilesAndReusesReleasedOnes) {
    MemoryFiles files;
    auto log = open_log(files);
    std::vector<Record> all;
    for (uint64_t at = 0; at < 300; ++at) {
        all.push_back({at, static_cast<Micros>(at), std::string(at * 7 % 1500, 'x')});
        ASSERT_TRUE(append(*log, all.back().stamp_us, {all.back().payload}));
        if (at % 10 == 9) {
            ASSERT_TRUE(log->release_before(at - 5));
            ASSERT_TRUE(log->prepare_next());
        }
    }
    EXPECT_LE(files.list("/log")->size(), 5u);
    EXPECT_EQ(records_from(files, 290), std::vector(all.begin() + 290, all.end()));
    LogOptions options = small_files();
    options.replay_from = 290;
    EXPECT_EQ(open_log(files, options)->next_position(), 300u);
    EXPECT_TRUE(LogReader(files, "/log").verify()->empty());
}

TEST(Log, RefusesAnEpochThatNoFileCanHold) {
    MemoryFiles files;
    auto log = open_log(files);
    LogEpoch epoch;
    epoch.add(1, std::string(kFileBytes, 'x'));
    EXPECT_EQ(log->append(epoch).error().code, Code::InvalidArgument);
    LogEpoch largest;
    largest.add(1,
                std::string(log->epoch_bytes_max() - kFrameHeaderBytes - kRecordHeaderBytes, 'x'));
    EXPECT_EQ(largest.frame_bytes(), log->epoch_bytes_max());
    ASSERT_TRUE(append(*log, 0, {"before"}));
    EXPECT_TRUE(log->append(largest));
    EXPECT_EQ(records_from(files, 0).size(), 2u);
}

TEST(Log, AppendsAnEmptyEpochOnlyBehindRecords) {
    MemoryFiles files;
    auto log = open_log(files);
    ASSERT_TRUE(append(*log, 1, {"a"}));
    ASSERT_TRUE(log->append_empty());
    const uint64_t operations = files.operations();
    ASSERT_TRUE(log->append_empty());
    EXPECT_EQ(files.operations(), operations);
    EXPECT_EQ(log->next_position(), 1u);
}

TEST(Log, ADamagedEpochWithASuccessorStopsEverything) {
    MemoryFiles files;
    {
        auto log = open_log(files);
        ASSERT_TRUE(append(*log, 1, {"first"}));
        ASSERT_TRUE(append(*log, 2, {"second"}));
        ASSERT_TRUE(log->append_empty());
    }
    const uint64_t second = kLogHeaderBytes + kSectorBytes;
    files.flip_bit("/log/000001.log", (second + kFrameHeaderBytes + kRecordHeaderBytes) * 8);
    const auto opened = LogWriter::open(files, "/log", small_files());
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Code::Corrupt);
    EXPECT_NE(opened.error().message.find("/log/000001.log: offset 4608"), std::string::npos)
        << opened.error().message;
    EXPECT_NE(opened.error().message.find("throughline doctor"), std::string::npos);
    const auto damages = LogReader(files, "/log").verify();
    ASSERT_EQ(damages->size(), 1u);
    EXPECT_EQ((*damages)[0].file, "000001.log");
    EXPECT_EQ((*damages)[0].offset, second);
}

TEST(Log, ATornLastEpochIsCut) {
    MemoryFiles files;
    {
        auto log = open_log(files);
        ASSERT_TRUE(append(*log, 1, {"first"}));
        ASSERT_TRUE(append(*log, 2, {"second"}));
    }
    files.flip_bit("/log/000001.log", (kLogHeaderBytes + kSectorBytes + 100) * 8);
    auto log = open_log(files);
    EXPECT_EQ(log->next_position(), 1u);
    ASSERT_TRUE(append(*log, 3, {"third"}));
    EXPECT_EQ(records_from(files, 0), (std::vector<Record>{{0, 1, "first"}, {1, 3, "third"}}));
}

TEST(Log, ARemovedFileIsMissed) {
    for (const char* name : {"000001.log", "000002.log", "000003.log"}) {
        MemoryFiles files;
        {
            auto log = open_log(files);
            for (int at = 0; at < 3; ++at) {
                ASSERT_TRUE(append(*log, at, {"a"}));
                if (at < 2) {
                    ASSERT_TRUE(log->start_new_file());
                }
            }
        }
        ASSERT_TRUE(files.remove(std::string("/log/") + name));
        EXPECT_EQ(LogWriter::open(files, "/log", small_files()).error().code, Code::Corrupt)
            << name;
    }
}

TEST(Log, OneDamagedHeaderCopyIsMendedAtTheNextStart) {
    MemoryFiles files;
    ASSERT_TRUE(append(*open_log(files), 1, {"a"}));
    files.flip_bit("/log/000001.log", 8 * 20);
    EXPECT_EQ(LogReader(files, "/log").verify()->size(), 1u);
    EXPECT_EQ(records_from(files, 0).size(), 1u);
    open_log(files);
    EXPECT_TRUE(LogReader(files, "/log").verify()->empty());
}

TEST(Log, RecordsOfAnotherFoldAreRefusedUnlessACheckpointCoversThem) {
    MemoryFiles files;
    ASSERT_TRUE(append(*open_log(files), 1, {"a", "b"}));
    LogOptions next = small_files();
    next.fold_version = 2;
    const auto refused = LogWriter::open(files, "/log", next);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::FailedPrecondition);
    EXPECT_NE(refused.error().message.find("fold version 1"), std::string::npos);
    EXPECT_NE(refused.error().message.find("has 2"), std::string::npos);
    const auto unread =
        LogReader(files, "/log").read(1, 2, [](const LogRecordView&) { return Status::ok(); });
    EXPECT_EQ(unread.error().code, Code::FailedPrecondition);

    next.replay_from = 2;
    auto log = open_log(files, next);
    ASSERT_TRUE(append(*log, 2, {"c"}));
    EXPECT_EQ(records_from(files, 2, 2), (std::vector<Record>{{2, 2, "c"}}));
}

TEST(Log, MustReachFromTheCheckpointOn) {
    MemoryFiles files;
    LogOptions options = small_files();
    options.replay_from = 7;
    EXPECT_EQ(LogWriter::open(files, "/log", options).error().code, Code::Corrupt);
    options.missing = MissingLog::Begin;
    ASSERT_TRUE(append(*open_log(files, options), 1, {"h"}));
    EXPECT_EQ(records_from(files, 7), (std::vector<Record>{{7, 1, "h"}}));
    for (const uint64_t position : {uint64_t{6}, uint64_t{9}}) {
        options.replay_from = position;
        EXPECT_EQ(LogWriter::open(files, "/log", options).error().code, Code::Corrupt);
        const auto read = LogReader(files, "/log").read(position, 1, [](const LogRecordView&) {
            return Status::ok();
        });
        EXPECT_EQ(read.error().code, Code::Corrupt);
    }
}

TEST(Log, AFullDiskRefusesWithoutHarm) {
    MemoryFiles files;
    auto log = open_log(files);
    files.limit_space(kFileBytes / 2);
    uint64_t appended = 0;
    Status status;
    while ((status = append(*log, 1, {std::string(1000, 'x')})).is_ok()) ++appended;
    EXPECT_EQ(status.error().code, Code::ResourceExhausted);
    EXPECT_EQ(log->next_position(), appended);
    files.limit_space(1 << 20);
    EXPECT_TRUE(append(*log, 1, {"fits"}));
    EXPECT_EQ(records_from(files, appended), (std::vector<Record>{{appended, 1, "fits"}}));
}

TEST(Log, AFailedWriteOrSyncEndsAppendingForGood) {
    for (const bool sync : {false, true}) {
        MemoryFiles files;
        auto log = open_log(files);
        ASSERT_TRUE(append(*log, 1, {"a"}));
        sync ? files.fail_sync_after(0) : files.fail_write_after(0);
        EXPECT_EQ(append(*log, 1, {"b"}).error().code, Code::Internal);
        EXPECT_FALSE(append(*log, 1, {"c"}));
        EXPECT_FALSE(log->append_empty());
        EXPECT_FALSE(log->start_new_file());
        const MemoryFiles after = files.cut(1);
        LogOptions options = small_files();
        const auto recovery = LogWriter::open(const_cast<MemoryFiles&>(after), "/log", options);
        ASSERT_TRUE(recovery);
        EXPECT_GE(recovery->next_position, 1u);
    }
}

TEST(Log, ScrubbingLeavesNoByteOfReleasedRecords) {
    MemoryFiles files;
    auto log = open_log(files);
    for (int round = 0; round < 40; ++round) {
        ASSERT_TRUE(append(*log, round, {"secret" + std::string(900, 's')}));
    }
    ASSERT_TRUE(log->start_new_file());
    const uint64_t checkpoint = log->next_position();
    ASSERT_TRUE(append(*log, 50, {"public"}));
    ASSERT_TRUE(log->release_before(checkpoint));
    EXPECT_TRUE(holds_bytes(files, "secret"));
    ASSERT_TRUE(log->scrub());
    EXPECT_FALSE(holds_bytes(files, "secret"));
    ASSERT_TRUE(append(*log, 51, {"more"}));
    EXPECT_EQ(records_from(files, checkpoint),
              (std::vector<Record>{{checkpoint, 50, "public"}, {checkpoint + 1, 51, "more"}}));
}

TEST(Log, ScrubbingReachesTheSlackOfReusedFiles) {
    MemoryFiles files;
    auto log = open_log(files);
    for (int at = 0; at < 30; ++at)
        ASSERT_TRUE(append(*log, at, {"secret" + std::string(900, 's')}));
    ASSERT_TRUE(log->start_new_file());
    uint64_t checkpoint = log->next_position();
    ASSERT_TRUE(log->release_before(checkpoint));
    // Two reused files get a few records each and keep the rest of their earlier life.
    ASSERT_TRUE(append(*log, 50, {"one"}));
    ASSERT_TRUE(log->start_new_file());
    ASSERT_TRUE(append(*log, 51, {"two"}));
    LogOptions options = small_files();
    options.replay_from = checkpoint;
    log = open_log(files, options);  // A restart forgets where the frames of older files end.
    EXPECT_TRUE(holds_bytes(files, "secret"));
    ASSERT_TRUE(log->scrub());
    EXPECT_FALSE(holds_bytes(files, "secret"));
    ASSERT_TRUE(append(*log, 52, {"three"}));
    EXPECT_EQ(records_from(files, checkpoint).size(), 3u);
    EXPECT_TRUE(LogReader(files, "/log").verify()->empty());
}

TEST(Log, FilesStandReadyBeforeTheyAreNeededAndNoneIsMadeWhenStopping) {
    MemoryFiles files;
    auto log = open_log(files);
    const auto file_count = [&] { return files.list("/log")->size(); };
    EXPECT_TRUE(log->wants_file());
    ASSERT_TRUE(log->prepare_next());
    EXPECT_FALSE(log->wants_file());
    EXPECT_EQ(file_count(), 2u);

    ASSERT_TRUE(append(*log, 1, {"a"}));
    ASSERT_TRUE(log->start_new_file());
    EXPECT_EQ(file_count(), 2u) << "the one that stood ready";
    EXPECT_TRUE(log->wants_file());
    ASSERT_TRUE(log->prepare_next());
    EXPECT_EQ(file_count(), 4u) << "two, since it goes through them";
    EXPECT_FALSE(log->wants_file());

    ASSERT_TRUE(append(*log, 2, {"b"}));
    ASSERT_TRUE(log->start_new_file());
    log->stop_preparing();
    ASSERT_TRUE(log->prepare_next());
    EXPECT_EQ(file_count(), 4u);
    ASSERT_TRUE(append(*log, 3, {"c"}));
    ASSERT_TRUE(log->start_new_file());
    ASSERT_TRUE(append(*log, 4, {"d"}));
    ASSERT_TRUE(log->start_new_file()) << "what is needed now is made all the same";
    EXPECT_EQ(file_count(), 5u);
}

TEST(Log, UpkeepRunsBesideAppending) {
    MemoryFiles files;
    auto log = open_log(files);
    std::atomic<uint64_t> position = 0;
    std::atomic<bool> is_over = false;
    std::thread upkeep([&] {
        while (!is_over) {
            EXPECT_TRUE(log->release_before(position));
            EXPECT_TRUE(log->prepare_next());
            EXPECT_TRUE(log->scrub());
        }
    });
    for (int at = 0; at < 2000; ++at) {
        ASSERT_TRUE(append(*log, at, {std::string(static_cast<size_t>(at % 1500), 'x')}));
        if (at % 50 == 0) position = log->next_position();
    }
    is_over = true;
    upkeep.join();
    EXPECT_EQ(records_from(files, position).size(), log->next_position() - position);
    EXPECT_TRUE(LogReader(files, "/log").verify()->empty());
}

TEST(Log, AVisitorEndsReadingWithItsError) {
    MemoryFiles files;
    ASSERT_TRUE(append(*open_log(files), 1, {"a", "b", "c"}));
    uint64_t seen = 0;
    const auto read = LogReader(files, "/log").read(0, 1, [&](const LogRecordView&) -> Status {
        if (++seen == 2) return Error::internal("enough");
        return Status::ok();
    });
    EXPECT_EQ(read.error().message, "enough");
    EXPECT_EQ(seen, 2u);
}

TEST(LogFormat, NamesAreReadBack) {
    EXPECT_EQ(log_file_name(7), "000007.log");
    EXPECT_EQ(log_file_number("000007.log"), 7u);
    EXPECT_EQ(log_file_number("1000007.log"), 1000007u);
    EXPECT_FALSE(log_file_number("x.log"));
    EXPECT_FALSE(log_file_number("000007.log.new"));
}

TEST(LogFormat, AFrameIsGoodOnlyInItsPlaceAndLife) {
    std::string bytes(kFrameHeaderBytes, '\0');
    bytes += "records";
    finish_frame(bytes, {FrameKind::Records, 5, 6, 7, 1, 7}, {11, 4096});
    ASSERT_EQ(bytes.size(), kSectorBytes);
    ASSERT_TRUE(is_frame_good(bytes, {11, 4096}));
    EXPECT_FALSE(is_frame_good(bytes, {12, 4096}));
    EXPECT_FALSE(is_frame_good(bytes, {11, 4608}));
    EXPECT_FALSE(peek_frame(bytes, {12, 4096}));
    for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
        EXPECT_FALSE(peek_frame(bytes, {11, 4096}) && is_frame_good(bytes, {11, 4096})) << bit;
        bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    }
}

}  // namespace
}  // namespace throughline::store
