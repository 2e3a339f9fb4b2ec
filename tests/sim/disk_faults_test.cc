// A full disk, a failed fsync, a flipped bit: writes are refused clearly, nothing wrong is served.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/log.h"
#include "engine/inspect.h"
#include "engine/person.h"
#include "sim/sim_world.h"
#include "store/log_format.h"
#include "store/memory_files.h"
#include "store/rocks_env.h"

namespace throughline::sim {
namespace {

using store::MemoryFiles;

/// An engine on a disk in memory.
struct Rig {
    std::unique_ptr<MemoryFiles> disk;
    SimClock clock;
    std::shared_ptr<rocksdb::Env> env;
    std::unique_ptr<engine::Engine> engine;
    std::atomic<int> fatal{0};

    explicit Rig(std::unique_ptr<MemoryFiles> on) : disk(std::move(on)) {
        env = store::make_rocks_env(*disk);
    }
    ~Rig() {
        engine.reset();
        env.reset();
    }
    Status open() {
        auto options = small_engine(env.get(), 1);
        options.on_fatal = [this](const Error&) { ++fatal; };
        TL_TRY_ASSIGN(engine, engine::Engine::open(*disk, clock, std::move(options)));
        return Status::ok();
    }
};

std::unique_ptr<MemoryFiles> fresh_disk() {
    set_log_level(LogLevel::Error);
    auto disk = std::make_unique<MemoryFiles>(store::WriteOrder::Journaled);
    TL_ASSERT(prepare_disk(*disk).is_ok());
    return disk;
}

TEST(DiskFaults, AFullDiskRefusesWritersServesReadersAndPasses) {
    Rig rig(fresh_disk());
    ASSERT_TRUE(rig.open());
    engine::testing::RecordStream records(3, kSecret);
    for (int i = 0; i < 100; ++i) {
        ASSERT_TRUE(rig.engine->submit_and_wait(records.next()).status);
    }
    // A checkpoint asks for 8 MB before its last step. A disk that loses more than that within this
    // step ends the process, which begins anew at the last checkpoint: so none is on its way here.
    ASSERT_TRUE(rig.engine->checkpoint());
    rig.disk->limit_space(0);
    Status refused;
    for (int i = 0; i < 5000 && refused; ++i) {
        refused = rig.engine->submit_and_wait(records.next()).status;
    }
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::Unavailable);
    EXPECT_NE(refused.error().message.find("full"), std::string::npos) << refused.error().message;
    EXPECT_FALSE(rig.engine->health().accepts);
    EXPECT_FALSE(rig.engine->checkpoint());

    const uint64_t events = rig.engine->view().state.events;
    EXPECT_EQ(rig.engine->view().history->rows(), events);
    const auto found = engine::search_people(rig.engine->view(), "u1", 10);
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_FALSE(found->empty());

    rig.disk->limit_space(1 << 30);
    EXPECT_TRUE(rig.engine->checkpoint());  // What may have to be written before more is taken.
    EXPECT_TRUE(rig.engine->submit_and_wait(records.next()).status);
    EXPECT_TRUE(rig.engine->health().accepts);
    EXPECT_EQ(rig.fatal, 0) << "a full disk ends no process";
    EXPECT_TRUE(rig.engine->stop());
}

TEST(DiskFaults, AFailedSyncOfTheLogEndsTheProcessAndAcknowledgesNothing) {
    Rig rig(fresh_disk());
    ASSERT_TRUE(rig.open());
    engine::testing::RecordStream records(3, kSecret);
    ASSERT_TRUE(rig.engine->submit_and_wait(records.next()).status);
    rig.disk->fail_sync_after(0);
    EXPECT_EQ(rig.engine->submit_and_wait(records.next()).status.error().code, Code::Unavailable);
    EXPECT_GE(rig.fatal, 1);
    EXPECT_EQ(rig.engine->submit_and_wait(records.next()).status.error().code, Code::Unavailable);
    EXPECT_EQ(rig.engine->view().state.next_position, 1u);
    EXPECT_FALSE(rig.engine->health().accepts);
}

void list_files(MemoryFiles& disk, const std::string& path, std::vector<std::string>& out) {
    const auto names = disk.list(path);
    ASSERT_TRUE(names);
    for (const std::string& name : *names) {
        const std::string child = store::join_path(path, name);
        const auto stat = disk.stat(child);
        ASSERT_TRUE(stat);
        if (stat->is_directory) {
            list_files(disk, child, out);
        } else if (stat->size > 0) {
            out.push_back(child);
        }
    }
}

// So that no file comes back that was removed.
void sync_directories(MemoryFiles& disk, const std::string& path) {
    ASSERT_TRUE(disk.sync_directory(path));
    const auto names = disk.list(path);
    ASSERT_TRUE(names);
    for (const std::string& name : *names) {
        const std::string child = store::join_path(path, name);
        if (disk.stat(child)->is_directory) sync_directories(disk, child);
    }
}

/// Of which sort a file is; files of some sorts have no byte that does not count.
std::string sort_of(const std::string& path) {
    if (path.ends_with(".sst")) return "cold";
    for (const char* sort : {"history", "sets/live", "sets/roots", "secret", "log", "MANIFEST"}) {
        if (path.find(std::string("/") + sort) != std::string::npos) return sort;
    }
    return "other";
}

/// Whether it is a log file that waits in the pool: nothing in it counts.
bool is_free_log_file(MemoryFiles& disk, const std::string& path) {
    if (sort_of(path) != "log") return false;
    const auto bytes = store::read_file(disk, path);
    TL_ASSERT(bytes.is_ok());
    return bytes->find_first_not_of('\0') >= store::kLogHeaderBytes;
}

/// A disk with files of every sort, and records in the log that no checkpoint has.
std::unique_ptr<MemoryFiles> busy_disk(Reference& reference) {
    auto rig = std::make_unique<Rig>(fresh_disk());
    TL_ASSERT(rig->open().is_ok());
    engine::testing::RecordStream records(9, kSecret);
    const std::string tick = model::make_record(model::RecordKind::Tick, {});
    const auto follow = [&](const std::string& record, Position position) {
        while (reference.next_position() < position) {
            TL_ASSERT(reference.apply({tick, kStart}).is_ok());
        }
        TL_ASSERT(reference.apply({record, kStart}).is_ok());
    };
    for (int i = 0; i < 400; ++i) {
        const std::string record = records.next();
        const auto outcome = rig->engine->submit_and_wait(record);
        TL_ASSERT(outcome.status.is_ok());
        follow(record, outcome.position);
        if (i == 250) rig->engine->merge_files();
        if (i % 100 == 99 && i < 300) TL_ASSERT(rig->engine->checkpoint().is_ok());
    }
    // The last epoch gets its successor, as it does within a tenth of a second.
    TL_ASSERT(rig->engine->submit_and_wait(tick).status.is_ok());
    TL_ASSERT(reference.apply({tick, kStart}).is_ok());
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    rig->disk->stop_at(rig->disk->operations());
    rig->engine.reset();
    rig->disk->stop_at(MemoryFiles::kNever);
    sync_directories(*rig->disk, "/");
    return std::make_unique<MemoryFiles>(rig->disk->cut(1));
}

TEST(DiskFaults, AFlippedBitInAnyFileIsFoundAndNeverServed) {
    Reference reference;
    const auto original = busy_disk(reference);
    std::vector<std::string> paths;
    list_files(*original, kData, paths);
    std::erase_if(paths, [&](const auto& path) { return is_free_log_file(*original, path); });
    const std::set<std::string> dense{"cold", "history", "sets/live", "sets/roots", "secret"};
    for (const std::string& path : std::vector(paths)) {
        const std::string sort = sort_of(path);
        const bool is_one_among_many = sort == "secret" || sort == "log" || sort == "sets/roots";
        if (is_one_among_many) paths.insert(paths.end(), 5, path);
    }
    std::map<std::string, int> found;
    SeededRandom random(number_from_environment("TL_SEED", 1));
    const uint64_t rounds = number_from_environment("TL_SEEDS", 200);
    for (uint64_t round = 0; round < rounds; ++round) {
        const std::string path = paths[random.below(paths.size())];
        const std::string sort = sort_of(path);
        Rig rig(std::make_unique<MemoryFiles>(original->cut(1)));
        // Most of a log file is room for what comes.
        const uint64_t bytes =
            std::min<uint64_t>(rig.disk->stat(path)->size, sort == "log" ? 64 << 10 : ~0ULL);
        const uint64_t bit = random.below(bytes * 8);
        rig.disk->flip_bit(path, bit);
        SCOPED_TRACE(path + " bit " + std::to_string(bit));

        const auto findings = engine::verify_directory(*rig.disk, kData, rig.env.get());
        ASSERT_TRUE(findings) << findings.error().message;
        if (!findings->empty()) ++found[sort];
        for (const auto& finding : *findings) EXPECT_FALSE(finding.advice.empty());
        EXPECT_TRUE(!dense.contains(sort) || !findings->empty());

        const Status opened = rig.open();
        const std::string difference = opened ? reference.difference(*rig.engine) : "";
        EXPECT_TRUE(difference.empty() || difference.starts_with(kCannotRead))
            << difference << (findings->empty() ? "" : "; found: " + findings->front().what);
        if (!opened || !difference.empty()) {
            EXPECT_FALSE(findings->empty()) << (opened ? difference : opened.error().message);
        }
        rig.disk->stop_at(rig.disk->operations());
    }
    for (const auto& [sort, count] : found) RecordProperty(sort, count);
    for (const std::string& sort : dense) EXPECT_GT(found[sort], 0) << sort;
    EXPECT_GT(found["log"], 0);
}

}  // namespace
}  // namespace throughline::sim
