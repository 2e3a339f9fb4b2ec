#include "engine/engine.h"

#include <gtest/gtest.h>

#include "engine/items/item_list.h"
#include "engine/items/test_items.h"
#include "engine/person.h"
#include "engine/test_world.h"

namespace throughline::engine {
namespace {

using testing::event_payload;
using testing::EventSpec;
using testing::RecordStream;
using testing::TemporaryDirectory;

constexpr Micros kNow = 1'760'000'000LL * kSecond;

std::unique_ptr<Engine> open(const std::string& path, const Clock& clock) {
    auto engine =
        Engine::open(store::posix_files(), clock,
                     {.directory = path, .memory_bytes = 64 << 20, .log_file_bytes = 1 << 20});
    EXPECT_TRUE(engine) << engine.error().message;
    return engine ? std::move(*engine) : nullptr;
}

Outcome send(Engine& engine, EventSpec spec) {
    if (spec.time == 0) spec.time = kNow;
    return engine.submit_and_wait(event_payload(spec, engine.secret()));
}

Person person(Engine& engine, std::string_view ref) {
    const View view = engine.view();
    const auto parsed = PersonRef::parse(view, ref);
    EXPECT_TRUE(parsed) << parsed.error().message;
    auto loaded = load_person(view, *parsed);
    EXPECT_TRUE(loaded) << ref << ": " << loaded.error().message;
    return loaded ? *loaded : Person{};
}

std::string decision(std::string_view json) {
    return model::make_record(model::RecordKind::Decision, *model::doc_from_json(json));
}

TEST(Engine, WhatWasAnsweredIsInTheNextRead) {
    const TemporaryDirectory directory;
    const auto engine = open(directory.path(), system_clock());
    for (int i = 0; i < 200; ++i) {
        const std::string user = "u" + std::to_string(i);
        const Outcome outcome = send(*engine, {.user = user, .message_id = user});
        ASSERT_TRUE(outcome.status);
        ASSERT_EQ(person(*engine, "user_id:" + user).record.event_count, 1u);
        ASSERT_EQ(engine->view().history->rows(), static_cast<uint64_t>(i + 1));
    }
}

TEST(Engine, TheExampleOfTheReadmeHolds) {
    const TemporaryDirectory directory;
    const std::string path = directory.path();
    auto engine =
        std::move(Engine::open(store::posix_files(), system_clock(), {.directory = path})).value();
    const std::string payload =
        event_payload({.user = "ana", .message_id = "m1", .time = kNow}, engine->secret());
    const Outcome first = engine->submit_and_wait(payload);
    EXPECT_EQ(first.position, 0u);
    EXPECT_TRUE(first.duplicates.empty());
    EXPECT_EQ(engine->submit_and_wait(payload).duplicates, std::vector<uint32_t>{0});
    {
        const View view = engine->view();
        const auto ana = load_person(view, *PersonRef::parse(view, "user_id:ana"));
        EXPECT_EQ(ana->record.event_count, 1u);
    }
    engine.reset();
    engine =
        std::move(Engine::open(store::posix_files(), system_clock(), {.directory = path})).value();
    EXPECT_EQ(engine->submit_and_wait(payload).duplicates, std::vector<uint32_t>{0});
}

TEST(Engine, DuplicatesAreToldAndCountOnce) {
    const TemporaryDirectory directory;
    const auto engine = open(directory.path(), system_clock());
    EXPECT_EQ(send(*engine, {.user = "u", .message_id = "m"}).duplicates.size(), 0u);
    EXPECT_EQ(send(*engine, {.user = "u", .message_id = "m"}).duplicates.size(), 1u);
    EXPECT_EQ(send(*engine, {.user = "u", .message_id = "m", .source = 2}).duplicates.size(), 0u);
    EXPECT_EQ(person(*engine, "user_id:u").record.event_count, 2u);
}

// The archive of a source that has been sending for a while.
TEST(Engine, WhatCameLiveIsARepeatInAnImportedFile) {
    const TemporaryDirectory directory;
    const auto engine = open(directory.path(), system_clock());
    const auto import = [&](const std::string& id, model::SourceId source) {
        return send(*engine, {.user = "u",
                              .message_id = id,
                              .flags = model::kEventHistory | model::kEventImported,
                              .source = source})
            .duplicates.size();
    };
    send(*engine, {.user = "u", .message_id = "live"});
    EXPECT_EQ(import("live", 1), 1u);
    EXPECT_EQ(import("older", 1), 0u);
    EXPECT_EQ(import("older", 1), 1u);
    EXPECT_EQ(import("live", 2), 0u) << "another source's";
    EXPECT_EQ(person(*engine, "user_id:u").record.event_count, 3u);
}

TEST(Engine, SurvivesACleanStopAndAnAbruptOne) {
    const TemporaryDirectory directory;
    {
        const auto engine = open(directory.path(), system_clock());
        send(*engine, {.user = "u", .anonymous = "a", .email = "u@example.org", .message_id = "1"});
        ASSERT_TRUE(engine->stop());
    }
    const auto engine = open(directory.path(), system_clock());
    EXPECT_EQ(engine->health().replayed_records, 0u);
    EXPECT_EQ(person(*engine, "anonymous_id:a").root, person(*engine, "user_id:u").root);
    EXPECT_EQ(send(*engine, {.user = "u", .message_id = "1"}).duplicates.size(), 1u);
}

// The checkpointed half and the replayed half together are the whole.
TEST(Engine, RecoversFromACheckpointAndTheLogBehindIt) {
    const TemporaryDirectory directory;
    const TemporaryDirectory copy;
    RecordStream stream(3);
    FoldState state;
    uint64_t rows = 0;
    {
        const auto engine = open(directory.path(), system_clock());
        RecordStream records(5, engine->secret());
        for (int i = 0; i < 1000; ++i) ASSERT_TRUE(engine->submit_and_wait(records.next()).status);
        ASSERT_TRUE(engine->checkpoint());
        for (int i = 0; i < 1000; ++i) ASSERT_TRUE(engine->submit_and_wait(records.next()).status);
        // The disk as it is now, as after kill -9.
        ASSERT_EQ(std::system(("cp -r " + directory.path() + "/. " + copy.path()).c_str()), 0);
        state = engine->view().state;
        rows = engine->view().history->rows();
    }
    const auto engine = open(copy.path(), system_clock());
    EXPECT_GT(engine->health().replayed_records, 900u);
    EXPECT_EQ(engine->view().state, state);
    EXPECT_EQ(engine->view().history->rows(), rows);
}

// A full tail goes to files without the state, which a crash then leads back to; a replay finds
// its rows there already.
TEST(Engine, HistoryIsWrittenAheadOfTheStateAndCountsOnce) {
    const TemporaryDirectory directory;
    const TemporaryDirectory copy;
    const TemporaryDirectory backup;
    const std::string backup_path = backup.path() + "/b";
    FoldState state;
    uint64_t rows = 0;
    size_t files = 0;
    const EngineOptions options{.directory = directory.path(),
                                .memory_bytes = 64 << 20,
                                .tail_bytes = 600 << 10,  // A chunk's index and some 300 rows.
                                .log_file_bytes = 1 << 20};
    {
        const auto engine = Engine::open(store::posix_files(), system_clock(), options);
        ASSERT_TRUE(engine);
        RecordStream records(5, (*engine)->secret());
        for (int i = 0; i < 3000; ++i) {
            ASSERT_TRUE((*engine)->submit_and_wait(records.next()).status);
        }
        // The disk as it is now, as after kill -9.
        ASSERT_EQ(std::system(("cp -r " + directory.path() + "/. " + copy.path()).c_str()), 0);
        const View view = (*engine)->view();
        state = view.state;
        rows = view.history->rows();
        files = view.history->files().size();
        ASSERT_TRUE((*engine)->backup_to(backup_path));
    }
    ASSERT_GT(files, 2u);
    const auto engine = open(copy.path(), system_clock());
    EXPECT_EQ(engine->health().replayed_records, 3000u);
    EXPECT_EQ(engine->view().state, state);
    EXPECT_EQ(engine->view().history->rows(), rows);
    EXPECT_EQ(send(*engine, {.user = "after", .message_id = "after"}).status.is_ok(), true);
    EXPECT_EQ(engine->view().history->rows(), rows + 1);

    const TemporaryDirectory restored;
    const std::string restored_path = restored.path() + "/r";
    ASSERT_TRUE(restore_backup(store::posix_files(), backup_path, restored_path));
    const auto again = open(restored_path, system_clock());
    EXPECT_EQ(again->view().state.events, state.events);
    EXPECT_EQ(again->view().history->rows(), rows);
}

TEST(Engine, ASplitUndoesAMergeAndHolds) {
    const TemporaryDirectory directory;
    const auto engine = open(directory.path(), system_clock());
    send(*engine, {.user = "u", .message_id = "1"});
    send(*engine, {.email = "u@example.org", .message_id = "2"});
    const auto u = person(*engine, "user_id:u").root;
    const auto e = person(*engine, "email:u@example.org").root;
    ASSERT_NE(u, e);
    send(*engine, {.user = "u", .email = "u@example.org", .message_id = "3"});
    EXPECT_EQ(person(*engine, "email:u@example.org").root, u);
    const Outcome outcome = engine->submit_and_wait(decision(
        R"({"action":"split","identities":[)" + std::to_string(e) + R"(],"actor":"test"})"));
    ASSERT_TRUE(outcome.status);
    ASSERT_TRUE(outcome.refused.empty()) << outcome.refused[0].message;
    EXPECT_EQ(person(*engine, "email:u@example.org").root, e);
    send(*engine, {.user = "u", .email = "u@example.org", .message_id = "4"});
    EXPECT_EQ(person(*engine, "email:u@example.org").root, e);
    EXPECT_EQ(person(*engine, "user_id:u").record.event_count, 3u);
}

TEST(Engine, SearchFindsPeopleByNameAndId) {
    const TemporaryDirectory directory;
    const auto engine = open(directory.path(), system_clock());
    send(*engine, {.type = model::EventType::Identify,
                   .user = "u1",
                   .message_id = "1",
                   .extra = R"({"traits":{"name":"Işık Öztürk"}})"});
    send(*engine, {.user = "u2", .message_id = "2"});
    const View view = engine->view();
    const auto root = person(*engine, "user_id:u1").root;
    for (const char* text : {"isik", "Öztürk", "ISIK OZT", "u1"}) {
        const auto hits = search_people(view, text, 10);
        ASSERT_TRUE(hits);
        ASSERT_EQ(hits->size(), 1u) << text;
        EXPECT_EQ(hits->front().root, root) << text;
    }
    EXPECT_TRUE(search_people(view, "nobody", 10)->empty());
}

// Every file under a directory, searched for bytes.
bool directory_holds(const std::string& path, std::string_view bytes) {
    store::Files& files = store::posix_files();
    const auto names = files.list(path);
    EXPECT_TRUE(names);
    for (const std::string& name : *names) {
        const std::string child = store::join_path(path, name);
        if (files.stat(child)->is_directory) {
            if (directory_holds(child, bytes)) return true;
            continue;
        }
        if (store::read_file(files, child)->find(bytes) != std::string::npos) {
            ADD_FAILURE() << child << " holds it";
            return true;
        }
    }
    return false;
}

TEST(Engine, AfterErasureNoByteOfThePersonIsInTheDirectory) {
    const TemporaryDirectory directory;
    const auto engine = open(directory.path(), system_clock());
    constexpr std::string_view kNeedle = "vanishing-person-7781";
    const std::string user(kNeedle);
    for (int i = 0; i < 50; ++i) {
        send(*engine, {.user = "stays", .message_id = "s" + std::to_string(i)});
        send(*engine, {.type = model::EventType::Identify,
                       .user = user,
                       .email = user + "@example.org",
                       .message_id = "v" + std::to_string(i),
                       .extra = R"({"traits":{"name":"vanishing-person-7781 )" + std::to_string(i) +
                                "\"}}"});
        if (i != 25) continue;
        ASSERT_TRUE(engine->checkpoint());
    }
    engine->submit_and_wait(model::make_record(
        model::RecordKind::Reject,
        *model::doc_from_json(
            R"({"source":1,"code":"x","message":"x","received":1,"body":"Vanishing-Person-7781"})")));
    for (const std::string& record :
         {testing::catalog_record("order"),
          testing::item_record("A1", R"("state":"placed","note":"vanishing-person-7781",)"
                                     R"("customer_id":"vanishing-person-7781")")}) {
        const Outcome outcome = engine->submit_and_wait(record);
        ASSERT_TRUE(outcome.status && outcome.refused.empty());
    }
    const auto root = person(*engine, "user_id:" + user).root;
    ASSERT_TRUE(engine
                    ->submit_and_wait(decision(
                        R"({"action":"pin","trait":"plan","value":"x","actor":"test","reason":)"
                        R"("vanishing-person-7781 called","identity":)" +
                        std::to_string(root) + "}"))
                    .status);
    ASSERT_TRUE(engine->checkpoint());
    ASSERT_TRUE(engine
                    ->submit_and_wait(decision(R"({"action":"erase","identity":)" +
                                               std::to_string(root) + R"(,"actor":"test"})"))
                    .status);
    {
        const View view = engine->view();
        EXPECT_FALSE(load_person(view, *PersonRef::parse(view, "user_id:" + user)));
        EXPECT_TRUE(search_people(view, kNeedle, 10)->empty());
    }
    const auto report = engine->run_erasure();
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_GT(report->identities, 0u);
    EXPECT_FALSE(directory_holds(directory.path(), kNeedle));
    EXPECT_FALSE(directory_holds(directory.path(), "Vanishing-Person-7781"));
    EXPECT_EQ(person(*engine, "user_id:stays").record.event_count, 50u);
    EXPECT_EQ(find_item(engine->view(), "order", "A1").value()->state(), "placed");

    // What happened before is refused when it comes again; a new life begins a new person.
    EXPECT_EQ(send(*engine, {.user = user, .message_id = "again", .time = kNow}).refused.size(),
              1u);
    send(*engine, {.user = user, .message_id = "new", .time = system_clock().now() + kHour});
    EXPECT_NE(person(*engine, "user_id:" + user).root, root);
}

// Asked for while she was somebody of her own, folded when a merge had made her part of another.
TEST(Engine, AnErasureTakesWhomAMergeBroughtInBetween) {
    const TemporaryDirectory directory;
    const auto engine = open(directory.path(), system_clock());
    for (const std::string user : {"first-life-5512", "second-life-5512"}) {
        send(*engine, {.type = model::EventType::Identify,
                       .user = user,
                       .email = user + "@example.org",
                       .message_id = user,
                       .extra = R"({"traits":{"name":"First Second"}})",
                       .time = kNow});
        engine->submit_and_wait(model::make_record(
            model::RecordKind::Reject,
            *model::doc_from_json(R"({"source":1,"code":"x","message":"x","received":1,"body":")" +
                                  user + "\"}")));
    }
    const auto older = person(*engine, "user_id:first-life-5512").root;
    const auto asked = person(*engine, "user_id:second-life-5512").root;
    ASSERT_LT(older, asked);
    ASSERT_TRUE(engine
                    ->submit_and_wait(decision(R"({"action":"merge","actor":"test","a":)" +
                                               std::to_string(older) + R"(,"b":)" +
                                               std::to_string(asked) + "}"))
                    .refused.empty());
    ASSERT_TRUE(engine
                    ->submit_and_wait(decision(R"({"action":"erase","actor":"test","identity":)" +
                                               std::to_string(asked) + "}"))
                    .refused.empty());
    EXPECT_TRUE(search_people(engine->view(), "life-5512", 10)->empty());
    for (const std::string user : {"first-life-5512", "second-life-5512"}) {
        EXPECT_EQ(send(*engine, {.user = user, .message_id = user + "-late", .time = kNow})
                      .refused.size(),
                  1u)
            << user << " has a tombstone";
    }
    ASSERT_TRUE(engine->run_erasure());
    EXPECT_FALSE(directory_holds(directory.path(), "life-5512"));
}

TEST(Engine, APinIsOfSomebodyWhoIsThere) {
    const TemporaryDirectory directory;
    const auto engine = open(directory.path(), system_clock());
    const auto pin = [&](const std::string& identity) {
        return engine->submit_and_wait(
            decision(R"({"action":"pin","trait":"plan","value":"gold","actor":"test","identity":)" +
                     identity + "}"));
    };
    EXPECT_EQ(pin("0").refused.size(), 1u);
    EXPECT_EQ(pin("1").refused.size(), 1u) << "nobody yet";
    send(*engine, {.user = "ana", .message_id = "a"});
    const auto root = std::to_string(person(*engine, "user_id:ana").root);
    EXPECT_EQ(root, "1");
    EXPECT_TRUE(person(*engine, "user_id:ana").record.traits.empty());
    EXPECT_TRUE(pin(root).refused.empty());
    EXPECT_FALSE(person(*engine, "user_id:ana").record.traits.empty());
    engine->submit_and_wait(
        decision(R"({"action":"erase","actor":"test","identity":)" + root + "}"));
    EXPECT_EQ(pin(root).refused.size(), 1u) << "not any more";
}

}  // namespace
}  // namespace throughline::engine
