#include "engine/inspect.h"

#include <gtest/gtest.h>

#include "engine/engine.h"
#include "engine/skips.h"
#include "engine/test_world.h"

namespace throughline::engine {
namespace {

using testing::RecordStream;
using testing::TemporaryDirectory;

store::Files& disk() {
    return store::posix_files();
}

Result<std::unique_ptr<Engine>> open(const std::string& path) {
    return Engine::open(disk(), system_clock(),
                        {.directory = path, .memory_bytes = 64 << 20, .log_file_bytes = 1 << 20});
}

TEST(Inspect, FindsNothingInAHealthyDirectoryAndLeavesItAsItIs) {
    const TemporaryDirectory directory;
    {
        auto engine = open(directory.path());
        ASSERT_TRUE(engine);
        RecordStream records(4, (*engine)->secret());
        for (int i = 0; i < 300; ++i)
            ASSERT_TRUE((*engine)->submit_and_wait(records.next()).status);
        EXPECT_EQ(verify_directory(disk(), directory.path()).error().code,
                  Code::FailedPrecondition);
        EXPECT_TRUE((*engine)->verify());
    }
    const auto findings = verify_directory(disk(), directory.path());
    ASSERT_TRUE(findings) << findings.error().message;
    for (const Finding& finding : *findings) ADD_FAILURE() << finding.file << ": " << finding.what;
    EXPECT_TRUE(open(directory.path()));
}

TEST(Inspect, SaysWhatToDoAboutADamagedSecret) {
    const TemporaryDirectory directory;
    ASSERT_TRUE(open(directory.path()));
    const std::string path = directory.path() + "/secret";
    std::string bytes = *store::read_file(disk(), path);
    bytes[3] = static_cast<char>(bytes[3] ^ 1);
    ASSERT_TRUE(store::replace_file(disk(), path, bytes));
    const auto findings = verify_directory(disk(), directory.path());
    ASSERT_TRUE(findings);
    ASSERT_EQ(findings->size(), 1u);
    EXPECT_EQ(findings->front().file, "secret");
    EXPECT_NE(findings->front().advice.find("backup"), std::string::npos);
    EXPECT_EQ(open(directory.path()).error().code, Code::Corrupt);

    ASSERT_TRUE(disk().remove(path));
    EXPECT_EQ(open(directory.path()).error().code, Code::Corrupt) << "no new secret over old state";
}

TEST(Inspect, ARecordThatTheFoldCannotTakeIsPassedOverOnceSomebodySaysSo) {
    const TemporaryDirectory directory;
    model::Position poison = 0;
    {
        auto engine = open(directory.path());
        ASSERT_TRUE(engine);
        RecordStream records(4, (*engine)->secret());
        for (int i = 0; i < 20; ++i) poison = (*engine)->submit_and_wait(records.next()).position;
        ++poison;
        std::string damaged(1, static_cast<char>(model::RecordKind::Decision));
        EXPECT_EQ((*engine)->submit_and_wait(damaged + "x").status.error().code, Code::Unavailable);
        EXPECT_FALSE((*engine)->health().accepts);
        EXPECT_EQ((*engine)->view().state.next_position, poison) << "readers keep the last epoch";
    }
    const auto refused = open(directory.path());
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("record " + model::format_position(poison)),
              std::string::npos)
        << refused.error().message;

    const Skip skip{.position = poison, .at = kSecond, .actor = "ada", .reason = "damaged"};
    ASSERT_TRUE(append_skip(disk(), directory.path(), skip));
    EXPECT_EQ(append_skip(disk(), directory.path(), skip).error().code, Code::Conflict);
    ASSERT_EQ(*read_skips(disk(), directory.path()), std::vector{skip});

    auto engine = open(directory.path());
    ASSERT_TRUE(engine) << engine.error().message;
    RecordStream records(5, (*engine)->secret());
    EXPECT_TRUE((*engine)->submit_and_wait(records.next()).status);
    const auto audit = (*engine)->view().tables.audit.get(ordered_key(poison));
    ASSERT_TRUE(audit);
    ASSERT_TRUE(*audit);
    EXPECT_EQ(model::DocView(**audit).find("action").as_string(), "skip");
    EXPECT_EQ(model::DocView(**audit).find("actor").as_string(), "ada");
}

}  // namespace
}  // namespace throughline::engine
