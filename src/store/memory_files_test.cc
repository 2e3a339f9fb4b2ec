// What a power cut may take, and what it may not.
#include "store/memory_files.h"

#include <gtest/gtest.h>

#include <set>

namespace throughline::store {
namespace {

constexpr uint64_t kSeeds = 500;

std::unique_ptr<File> open(MemoryFiles& files, const std::string& path) {
    auto file = files.open(path, OpenMode::Create);
    EXPECT_TRUE(file) << file.error().message;
    return std::move(file).value();
}

/// What the file holds after each of many cuts; "-" when its name is gone.
std::set<std::string> outcomes(const MemoryFiles& files, const std::string& path) {
    std::set<std::string> found;
    for (uint64_t seed = 0; seed < kSeeds; ++seed) {
        MemoryFiles after = files.cut(seed);
        const auto bytes = read_file(after, path);
        found.insert(bytes.is_ok() ? *bytes : "-");
    }
    return found;
}

TEST(PowerCut, KeepsWhatWasSynced) {
    MemoryFiles files;
    const auto file = open(files, "/x");
    ASSERT_TRUE(file->write_at(0, "kept"));
    ASSERT_TRUE(file->sync());
    ASSERT_TRUE(files.sync_directory("/"));
    EXPECT_EQ(outcomes(files, "/x"), (std::set<std::string>{"kept"}));
}

TEST(PowerCut, MayTakeANameThatWasNotSynced) {
    MemoryFiles files;
    const auto file = open(files, "/x");
    ASSERT_TRUE(file->write_at(0, "kept"));
    ASSERT_TRUE(file->sync());
    EXPECT_EQ(outcomes(files, "/x"), (std::set<std::string>{"-", "kept"}));
}

TEST(PowerCut, KeepsLosesAndReordersWrites) {
    MemoryFiles files;
    const auto file = open(files, "/x");
    ASSERT_TRUE(file->write_at(0, "0"));
    ASSERT_TRUE(file->sync());
    ASSERT_TRUE(files.sync_directory("/"));
    ASSERT_TRUE(file->write_at(0, "1"));
    ASSERT_TRUE(file->write_at(0, "2"));
    EXPECT_EQ(outcomes(files, "/x"), (std::set<std::string>{"0", "1", "2"}));
}

TEST(PowerCut, TearsAWriteIntoSectorsAndNoFurther) {
    MemoryFiles files;
    const auto file = open(files, "/x");
    ASSERT_TRUE(file->write_at(0, std::string(3 * kSectorBytes, '0')));
    ASSERT_TRUE(file->sync());
    ASSERT_TRUE(files.sync_directory("/"));
    ASSERT_TRUE(file->write_at(0, std::string(3 * kSectorBytes, '1')));
    std::set<std::string> patterns;
    for (const std::string& bytes : outcomes(files, "/x")) {
        std::string pattern;
        for (size_t sector = 0; sector < 3; ++sector) {
            const std::string part = bytes.substr(sector * kSectorBytes, kSectorBytes);
            ASSERT_EQ(part, std::string(kSectorBytes, part[0]));
            pattern += part[0];
        }
        patterns.insert(pattern);
    }
    EXPECT_EQ(patterns.size(), 8u);  // Every subset of three sectors.
}

TEST(PowerCut, LeavesHolesInAGrownFileUnlessTheFileSystemIsJournaled) {
    for (const auto order : {WriteOrder::Any, WriteOrder::Journaled}) {
        MemoryFiles files(order);
        const auto file = open(files, "/x");
        ASSERT_TRUE(files.sync_directory("/"));
        ASSERT_TRUE(file->write_at(0, std::string(4 * kSectorBytes, '1')));
        bool has_hole = false;
        for (const std::string& bytes : outcomes(files, "/x")) {
            has_hole |= bytes.find('\0') != std::string::npos;
        }
        EXPECT_EQ(has_hole, order == WriteOrder::Any);
    }
}

TEST(PowerCut, ARenameHappensWhollyOrNotAtAll) {
    MemoryFiles files;
    for (const char* name : {"/old", "/new"}) {
        const auto file = open(files, name);
        ASSERT_TRUE(file->write_at(0, name));
        ASSERT_TRUE(file->sync());
    }
    ASSERT_TRUE(files.sync_directory("/"));
    ASSERT_TRUE(files.rename("/new", "/old"));
    std::set<std::string> found;
    for (uint64_t seed = 0; seed < kSeeds; ++seed) {
        MemoryFiles after = files.cut(seed);
        const auto moved = read_file(after, "/new");
        found.insert(*read_file(after, "/old") + (moved.is_ok() ? *moved : "-"));
    }
    EXPECT_EQ(found, (std::set<std::string>{"/old/new", "/new-"}));
}

TEST(PowerCut, ReplaceFileLeavesOldOrNewAtEveryMoment) {
    for (uint64_t stop = 0; stop < 6; ++stop) {
        MemoryFiles files;
        ASSERT_TRUE(replace_file(files, "/x", "old"));
        files.stop_at(files.operations() + stop);
        const bool is_done = replace_file(files, "/x", "new").is_ok();
        EXPECT_EQ(is_done, stop == 5);
        for (const std::string& bytes : outcomes(files, "/x")) {
            EXPECT_TRUE(bytes == "new" || (bytes == "old" && !is_done)) << stop << bytes;
        }
    }
}

TEST(PowerCut, DirectoriesAreDurableOnceTheirParentsAreSynced) {
    MemoryFiles files;
    ASSERT_TRUE(make_directories(files, "/a/b/c"));
    ASSERT_TRUE(replace_file(files, "/a/b/c/x", "deep"));
    EXPECT_EQ(outcomes(files, "/a/b/c/x"), (std::set<std::string>{"deep"}));
    // A directory that an earlier process made without syncing becomes durable too.
    ASSERT_TRUE(files.make_directory("/d"));
    ASSERT_TRUE(make_directories(files, "/d"));
    ASSERT_TRUE(replace_file(files, "/d/x", "late"));
    EXPECT_EQ(outcomes(files, "/d/x"), (std::set<std::string>{"late"}));
}

TEST(Faults, StopFromAnOperationOn) {
    MemoryFiles files;
    const auto file = open(files, "/x");
    files.stop_at(files.operations() + 1);
    EXPECT_TRUE(file->write_at(0, "a"));
    EXPECT_EQ(file->write_at(1, "b").error().code, Code::Unavailable);
    EXPECT_EQ(file->size().error().code, Code::Unavailable);
    EXPECT_EQ(files.list("/").error().code, Code::Unavailable);
    files.stop_at(MemoryFiles::kNever);
    EXPECT_EQ(*file->size(), 2u);  // The write that stopped it may have gone through.
}

TEST(Faults, AFailedSyncLosesWritesThoughLaterOnesSucceed) {
    MemoryFiles files;
    const auto file = open(files, "/x");
    ASSERT_TRUE(files.sync_directory("/"));
    ASSERT_TRUE(file->write_at(0, std::string(64 * kSectorBytes, '1')));
    files.fail_sync_after(0);
    EXPECT_EQ(file->sync().error().code, Code::Internal);
    EXPECT_TRUE(file->sync());
    EXPECT_EQ(read_file(files, "/x")->size(), 64 * kSectorBytes);
    EXPECT_EQ(outcomes(files, "/x").size(), 1u);  // What reached the disk is settled.
}

TEST(Faults, AFullDiskTakesWhatFitsAndGetsSpaceBack) {
    MemoryFiles files;
    files.limit_space(10);
    const auto file = open(files, "/x");
    EXPECT_EQ(file->write_at(0, std::string(12, 'x')).error().code, Code::ResourceExhausted);
    EXPECT_EQ(*file->size(), 10u);
    EXPECT_TRUE(file->write_at(0, "overwrites"));
    ASSERT_TRUE(files.remove("/x"));
    EXPECT_EQ(*files.free_bytes("/"), 10u);
}

}  // namespace
}  // namespace throughline::store
