#include "engine/backup.h"

#include <gtest/gtest.h>

#include <atomic>

#include "engine/engine.h"
#include "engine/person.h"
#include "engine/test_world.h"

namespace throughline::engine {
namespace {

using testing::event_payload;
using testing::RecordStream;
using testing::TemporaryDirectory;

EngineOptions options_of(const std::string& path) {
    return {.directory = path, .memory_bytes = 64 << 20, .log_file_bytes = 1 << 20};
}

std::unique_ptr<Engine> open(const std::string& path) {
    auto engine = Engine::open(store::posix_files(), system_clock(), options_of(path));
    EXPECT_TRUE(engine) << engine.error().message;
    return engine ? std::move(*engine) : nullptr;
}

bool exists(const std::string& directory, std::string_view name) {
    return *store::file_exists(store::posix_files(), store::join_path(directory, name));
}

// Submits so many records of a stream together.
void submit(Engine& engine, RecordStream& stream, size_t count) {
    auto bytes = std::make_shared<std::string>();
    Submission submission;
    for (size_t i = 0; i < count; ++i) {
        *bytes += stream.next();
        submission.ends.push_back(static_cast<uint32_t>(bytes->size()));
    }
    submission.bytes = bytes;
    ASSERT_TRUE(engine.submit_and_wait(std::move(submission)).status);
}

// Submits a seeded stream, with a checkpoint now and then, until told to stop.
class Load {
public:
    explicit Load(Engine& engine) : thread_([this, &engine] { run(engine); }) {}
    ~Load() {
        is_over_ = true;
        thread_.join();
    }

private:
    void run(Engine& engine) {
        RecordStream stream(7, engine.secret());
        for (size_t i = 0; !is_over_; ++i) {
            submit(engine, stream, 10);
            if (i % 5 != 0) continue;
            ASSERT_TRUE(engine.checkpoint());
        }
    }
    std::atomic<bool> is_over_{false};
    std::thread thread_;
};

TEST(Backup, UnderLoadHoldsExactlyWhatItsReportSays) {
    const TemporaryDirectory directory;
    const std::string data = directory.path() + "/data";
    const auto engine = open(data);
    RecordStream stream(1, engine->secret());
    submit(*engine, stream, 500);
    const Load load(*engine);
    for (const std::string name : {"a", "b", "c"}) {
        const std::string backup = directory.path() + "/backup-" + name;
        const std::string restored = directory.path() + "/restored-" + name;
        const auto report = engine->backup_to(backup);
        ASSERT_TRUE(report) << report.error().message;
        ASSERT_TRUE(engine->checkpoint());  // Removes what the backup's manifest names.
        const auto copied = restore_backup(store::posix_files(), backup, restored);
        ASSERT_TRUE(copied) << copied.error().message;
        const auto other = open(restored);
        ASSERT_TRUE(other);
        const View view = other->view();
        EXPECT_EQ(view.state.next_position, report->position);
        EXPECT_EQ(view.state.events, report->events);
        EXPECT_EQ(view.history->rows(), report->events);
        EXPECT_EQ(other->health().replayed_records, 0u);
    }
}

TEST(Backup, OfTheSameRecordsGivesTheSamePeople) {
    const TemporaryDirectory directory;
    const auto engine = open(directory.path() + "/data");
    RecordStream stream(3, engine->secret());
    submit(*engine, stream, 400);
    ASSERT_TRUE(engine->backup_to(directory.path() + "/backup"));
    ASSERT_TRUE(restore_backup(store::posix_files(), directory.path() + "/backup",
                               directory.path() + "/restored"));
    const auto other = open(directory.path() + "/restored");
    const View here = engine->view();
    const View there = other->view();
    FoldState state = here.state;
    state.next_position = there.state.next_position;  // A tick may stand behind the checkpoint.
    state.stamp = there.state.stamp;
    EXPECT_EQ(state, there.state);
    for (int i = 0; i < 40; ++i) {
        const auto ref = PersonRef::parse(here, "user_id:u" + std::to_string(i));
        ASSERT_TRUE(ref);
        const auto one = load_person(here, *ref);
        const auto two = load_person(there, *ref);
        ASSERT_EQ(one.is_ok(), two.is_ok());
        if (!one) continue;
        EXPECT_EQ(one->public_id(here), two->public_id(there));
        EXPECT_EQ(one->record.event_count, two->record.event_count);
        EXPECT_EQ(one->members(), two->members());
    }
}

TEST(Backup, ARestoredDirectoryTakesNewRecordsAndHoldsSending) {
    const TemporaryDirectory directory;
    const std::string restored = directory.path() + "/restored";
    {
        const auto engine = open(directory.path() + "/data");
        RecordStream stream(5, engine->secret());
        submit(*engine, stream, 50);
        ASSERT_TRUE(engine->backup_to(directory.path() + "/backup"));
    }
    ASSERT_TRUE(restore_backup(store::posix_files(), directory.path() + "/backup", restored));
    EXPECT_TRUE(exists(restored, kSendingHeldMark));
    EXPECT_TRUE(exists(restored, kRestoredMark));
    uint64_t events = 0;
    {
        const auto engine = open(restored);
        const Outcome outcome = engine->submit_and_wait(event_payload(
            {.user = "new", .message_id = "new", .time = system_clock().now()}, engine->secret()));
        ASSERT_TRUE(outcome.status);
        events = engine->view().state.events;
    }
    // The mark is used up: from now on a log that is missing is a loss.
    EXPECT_FALSE(exists(restored, kRestoredMark));
    EXPECT_TRUE(exists(restored, kSendingHeldMark));
    EXPECT_EQ(open(restored)->view().state.events, events);
    ASSERT_TRUE(store::remove_tree(store::posix_files(), restored + "/p0000/log"));
    const auto refused = Engine::open(store::posix_files(), system_clock(), options_of(restored));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::Corrupt);
}

TEST(Backup, IsRefusedIntoADirectoryThatHoldsSomething) {
    const TemporaryDirectory directory;
    const auto engine = open(directory.path() + "/data");
    const auto report = engine->backup_to(directory.path());
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, Code::Conflict);
}

TEST(Backup, RestoreRefusesWhatIsNoCompleteBackupOrOfANewerFormat) {
    const TemporaryDirectory directory;
    store::Files& files = store::posix_files();
    const std::string backup = directory.path() + "/backup";
    ASSERT_TRUE(open(directory.path() + "/data")->backup_to(backup));
    const std::string note = store::join_path(backup, kBackupNote);
    const std::string text = *store::read_file(files, note);

    ASSERT_TRUE(files.remove(note));
    auto refused = restore_backup(files, backup, directory.path() + "/restored");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::NotFound);

    ASSERT_TRUE(store::replace_file(files, note, R"({"format":99})"));
    refused = restore_backup(files, backup, directory.path() + "/restored");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::FailedPrecondition);

    ASSERT_TRUE(store::replace_file(files, note, text));
    EXPECT_TRUE(restore_backup(files, backup, directory.path() + "/restored"));
    refused = restore_backup(files, backup, directory.path() + "/restored");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::Conflict);
}

}  // namespace
}  // namespace throughline::engine
