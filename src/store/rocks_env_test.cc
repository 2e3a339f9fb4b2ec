// RocksDB as checkpoints use it (no log of its own, tables made outside and ingested), on a disk
// that loses its power.
#include "store/rocks_env.h"

#include <gtest/gtest.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/sst_file_writer.h>

#include "base/random.h"
#include "store/memory_files.h"

namespace throughline::store {
namespace {

rocksdb::Options options_on(rocksdb::Env& env) {
    rocksdb::Options options;
    options.env = &env;
    options.create_if_missing = true;
    options.compression = rocksdb::kNoCompression;
    options.max_bgerror_resume_count = 0;     // Or it waits for the disk to come back,
    options.disable_auto_compactions = true;  // and a second after each failure.
    return options;
}

rocksdb::Status open(rocksdb::Env& env, std::unique_ptr<rocksdb::DB>& db) {
    rocksdb::DB* opened = nullptr;
    const auto status = rocksdb::DB::Open(options_on(env), "/db", &opened);
    db.reset(opened);
    return status;
}

/// Makes a table that says `round` for every key and makes it valid in one step.
rocksdb::Status checkpoint(rocksdb::Env& env, rocksdb::DB& db, int round) {
    const std::string path = "/db/fresh.sst";
    // A power cut may bring the name back as a second one of a table that is valid already; writing
    // to it would overwrite that table.
    if (env.FileExists(path).ok()) {
        if (auto status = env.DeleteFile(path); !status.ok()) return status;
    }
    rocksdb::SstFileWriter writer(rocksdb::EnvOptions(), options_on(env));
    if (auto status = writer.Open(path); !status.ok()) return status;
    for (int key = 100; key < 200; ++key) {
        auto status =
            writer.Put(std::to_string(key), std::to_string(round) + std::string(200, ' '));
        if (!status.ok()) return status;
    }
    if (auto status = writer.Finish(); !status.ok()) return status;
    rocksdb::IngestExternalFileOptions ingest;
    ingest.move_files = true;
    return db.IngestExternalFile({path}, ingest);
}

/// The round that every key tells, 0 when there are none; -1 when they disagree.
int round_of(rocksdb::DB& db) {
    const std::unique_ptr<rocksdb::Iterator> keys(db.NewIterator({}));
    int round = 0;
    int count = 0;
    for (keys->SeekToFirst(); keys->Valid(); keys->Next()) {
        const int told = std::stoi(keys->value().ToString());
        if (count++ > 0 && told != round) return -1;
        round = told;
    }
    return keys->status().ok() && (count == 0 || count == 100) ? round : -1;
}

TEST(RocksEnv, WritesReadsAndCompacts) {
    MemoryFiles files;
    const auto env = make_rocks_env(files);
    std::unique_ptr<rocksdb::DB> db;
    ASSERT_TRUE(open(*env, db).ok());
    for (int key = 0; key < 1000; ++key) {
        ASSERT_TRUE(db->Put({}, std::to_string(key), std::to_string(key * 2)).ok());
    }
    ASSERT_TRUE(db->Flush({}).ok());
    ASSERT_TRUE(db->CompactRange({}, nullptr, nullptr).ok());
    db.reset();
    ASSERT_TRUE(open(*env, db).ok());
    std::string value;
    ASSERT_TRUE(db->Get({}, "500", &value).ok());
    EXPECT_EQ(value, "1000");
}

TEST(RocksEnv, ASecondOpenIsRefusedWhileTheFirstHoldsTheLock) {
    MemoryFiles files;
    const auto env = make_rocks_env(files);
    std::unique_ptr<rocksdb::DB> first;
    std::unique_ptr<rocksdb::DB> second;
    ASSERT_TRUE(open(*env, first).ok());
    EXPECT_FALSE(open(*env, second).ok());
}

TEST(RocksEnv, AFullDiskIsReportedAsSuch) {
    MemoryFiles files;
    const auto env = make_rocks_env(files);
    std::unique_ptr<rocksdb::DB> db;
    ASSERT_TRUE(open(*env, db).ok());
    files.limit_space(1000);
    EXPECT_TRUE(checkpoint(*env, *db, 1).IsNoSpace());
}

TEST(RocksEnv, AnIngestIsWholeOrAbsentAfterAPowerCut) {
    for (uint64_t seed = 0; seed < 60; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        SeededRandom random(seed);
        MemoryFiles files(WriteOrder::Journaled);
        // RocksDB makes its directory, but does not see to it that the name is on disk.
        ASSERT_TRUE(make_directories(files, "/db"));
        int done = 0;
        for (int cut = 0; cut < 2; ++cut) {
            files.stop_at(files.operations() + 10 + random.below(150));
            {
                const auto env = make_rocks_env(files);
                std::unique_ptr<rocksdb::DB> db;
                if (open(*env, db).ok()) {
                    while (checkpoint(*env, *db, done + 1).ok()) ++done;
                }
            }
            files = files.cut(seed);
            const auto env = make_rocks_env(files);
            std::unique_ptr<rocksdb::DB> db;
            const auto status = open(*env, db);
            ASSERT_TRUE(status.ok()) << status.ToString();
            const int found = round_of(*db);
            ASSERT_TRUE(found == done || found == done + 1) << found << " after " << done;
            done = found;
        }
    }
}

}  // namespace
}  // namespace throughline::store
