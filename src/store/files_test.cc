// The contract of Files, once for the machine's disk and once for the one in memory.
#include "store/files.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <functional>

#include "store/mapping_fault.h"
#include "store/memory_files.h"

namespace throughline::store {
namespace {

class FilesContract : public testing::TestWithParam<const char*> {
protected:
    void SetUp() override {
        is_memory_ = std::string_view(GetParam()) == "Memory";
        root_ =
            is_memory_ ? "/root" : testing::TempDir() + "files_test." + std::to_string(getpid());
        ASSERT_TRUE(remove_tree(files(), root_));
        ASSERT_TRUE(make_directories(files(), root_ + "/a/b"));
    }
    void TearDown() override { ASSERT_TRUE(remove_tree(files(), root_)); }

    Files& files() { return is_memory_ ? static_cast<Files&>(memory_) : posix_files(); }
    std::string path(std::string_view name) const { return join_path(root_, name); }
    std::unique_ptr<File> open(std::string_view name, OpenMode mode) {
        auto file = files().open(path(name), mode);
        EXPECT_TRUE(file) << file.error().message;
        return std::move(file).value();
    }

    bool is_memory_ = false;
    std::string root_;
    MemoryFiles memory_;
};

INSTANTIATE_TEST_SUITE_P(Disks, FilesContract, testing::Values("Posix", "Memory"),
                         [](const auto& test) { return std::string(test.param); });

TEST_P(FilesContract, WritesAndReadsAtOffsets) {
    const auto file = open("x", OpenMode::Create);
    ASSERT_TRUE(file->write_at(3, "def"));
    ASSERT_TRUE(file->write_at(0, "ab"));
    EXPECT_EQ(*read_file(files(), path("x")), std::string("ab\0def", 6));
    char buffer[10];
    EXPECT_EQ(*file->read_at(4, buffer), 2u);
    EXPECT_EQ(std::string_view(buffer, 2), "ef");
    EXPECT_EQ(*file->read_at(6, buffer), 0u);
    EXPECT_TRUE(file->sync());
    file->forget_cached();
    EXPECT_EQ(*file->size(), 6u);
}

TEST_P(FilesContract, SizesGrowAndShrink) {
    const auto file = open("x", OpenMode::Create);
    ASSERT_TRUE(file->write_at(0, "abcdef"));
    ASSERT_TRUE(file->allocate(4));
    EXPECT_EQ(*file->size(), 6u);
    ASSERT_TRUE(file->truncate(2));
    ASSERT_TRUE(file->allocate(4));
    EXPECT_EQ(*read_file(files(), path("x")), std::string("ab\0\0", 4));
}

TEST_P(FilesContract, ModesSayWhatMustExistAndWhatStays) {
    EXPECT_EQ(files().open(path("x"), OpenMode::Read).error().code, Code::NotFound);
    EXPECT_EQ(files().open(path("x"), OpenMode::Write).error().code, Code::NotFound);
    EXPECT_EQ(files().open(path("no/x"), OpenMode::Create).error().code, Code::NotFound);
    ASSERT_TRUE(open("x", OpenMode::Create)->write_at(0, "old"));
    EXPECT_EQ(*open("x", OpenMode::Create)->size(), 3u);
    EXPECT_EQ(*open("x", OpenMode::Write)->size(), 3u);
    EXPECT_FALSE(open("x", OpenMode::Read)->write_at(0, "new"));
    EXPECT_EQ(*open("x", OpenMode::Fresh)->size(), 0u);
}

TEST_P(FilesContract, NamesComeAndGo) {
    ASSERT_TRUE(open("b1", OpenMode::Create)->write_at(0, "one"));
    ASSERT_TRUE(open("b2", OpenMode::Create)->write_at(0, "two"));
    EXPECT_EQ(*files().list(root_), (std::vector<std::string>{"a", "b1", "b2"}));
    ASSERT_TRUE(files().rename(path("b1"), path("b2")));
    EXPECT_EQ(*read_file(files(), path("b2")), "one");
    EXPECT_EQ(files().stat(path("b1")).error().code, Code::NotFound);
    ASSERT_TRUE(files().link(path("b2"), path("b3")));
    EXPECT_EQ(files().link(path("b2"), path("b3")).error().code, Code::Conflict);
    ASSERT_TRUE(files().remove(path("b2")));
    EXPECT_EQ(*read_file(files(), path("b3")), "one");
    EXPECT_EQ(files().remove(path("b2")).error().code, Code::NotFound);
    EXPECT_EQ(files().remove(path("a")).error().code, Code::Conflict);
    EXPECT_TRUE(files().stat(path("a"))->is_directory);
    EXPECT_TRUE(files().sync_directory(root_));
    EXPECT_TRUE(remove_tree(files(), path("a")));
    EXPECT_FALSE(*file_exists(files(), path("a")));
}

TEST_P(FilesContract, DirectoriesMoveWithWhatTheyHold) {
    ASSERT_TRUE(open("a/b/x", OpenMode::Create)->write_at(0, "deep"));
    ASSERT_TRUE(files().rename(path("a"), path("c")));
    EXPECT_EQ(*read_file(files(), path("c/b/x")), "deep");
}

TEST_P(FilesContract, OpenFilesAndMapsOutliveTheirNames) {
    ASSERT_TRUE(replace_file(files(), path("x"), "kept"));
    const auto file = open("x", OpenMode::Read);
    const auto mapped = files().map(path("x"));
    ASSERT_TRUE(mapped);
    ASSERT_TRUE(files().remove(path("x")));
    char buffer[4];
    EXPECT_EQ(*file->read_at(0, buffer), 4u);
    EXPECT_EQ((*mapped)->bytes(), "kept");
    open("empty", OpenMode::Create);
    EXPECT_EQ((*files().map(path("empty")))->bytes(), "");
}

TEST_P(FilesContract, ALockSaysWhoHoldsIt) {
    auto first = files().lock(path("LOCK"), "the first");
    ASSERT_TRUE(first);
    const auto second = files().lock(path("LOCK"), "the second");
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Code::FailedPrecondition);
    EXPECT_NE(second.error().message.find("the first"), std::string::npos);
    first->reset();
    EXPECT_TRUE(files().lock(path("LOCK"), "the second"));
}

TEST_P(FilesContract, TellsFreeSpace) {
    EXPECT_GT(*files().free_bytes(root_), 0u);
}

// A page that is gone stands for a sector that cannot be read: both raise SIGBUS.
TEST(MappedFilesDeathTest, AFileThatTheDiskDoesNotGiveBackEndsTheProcessAndIsNamed) {
    const std::string path = testing::TempDir() + "mapping_fault." + std::to_string(getpid());
    const auto file = posix_files().open(path, OpenMode::Create);
    ASSERT_TRUE(file && (*file)->write_at(0, std::string(1 << 16, 'x')));
    const auto mapped = posix_files().map(path);
    ASSERT_TRUE(mapped);
    const auto read_after_it_was_cut = [&] {
        end_on_unreadable_mapping();
        if (!(*file)->truncate(100)) std::abort();
        volatile char last = (*mapped)->bytes().back();
        static_cast<void>(last);
    };
    EXPECT_EXIT(read_after_it_was_cut(), testing::ExitedWithCode(1),
                R"("event":"store.mapping_failed","file":".*mapping_fault)");
    ASSERT_TRUE(posix_files().remove(path));
}

TEST(Paths, AreJoinedAndTakenApart) {
    EXPECT_EQ(join_path("a", "b"), "a/b");
    EXPECT_EQ(join_path("a/", "b"), "a/b");
    EXPECT_EQ(parent_path("a/b"), "a");
    EXPECT_EQ(parent_path("/a"), "/");
    EXPECT_EQ(parent_path("a"), ".");
    EXPECT_EQ(parent_path("a/b/"), "a");
}

}  // namespace
}  // namespace throughline::store
