// The fold is defined per record: how a log was cut into epochs, and over how many shards it was
// folded, must not show in anything that is stored.
#include <gtest/gtest.h>

#include "engine/fold.h"
#include "engine/test_world.h"

namespace throughline::engine {
namespace {

using testing::kSecret;
using testing::RecordStream;
using testing::TemporaryDirectory;

constexpr size_t kRecords = 3000;

// All state of a partition, in a directory of its own.
struct Partition {
    TemporaryDirectory directory;
    std::unique_ptr<store::StateStore> cold;
    std::unique_ptr<Tables> tables;
    std::unique_ptr<store::DuplicateSet> live;
    std::unique_ptr<store::DuplicateSet> imported;
    store::Dense32 roots;
    std::unique_ptr<sequence::History> history;
    std::unique_ptr<Fold> fold;

    explicit Partition(size_t shards) {
        store::Files& files = store::posix_files();
        const auto path = [&](const char* name) {
            return store::join_path(directory.path(), name);
        };
        cold = std::move(*store::StateStore::open(
            {.path = path("state"), .families = Tables::families(), .cache_bytes = 1 << 20}));
        tables = std::make_unique<Tables>(*cold, MemoryPlan::of(64 << 20), 0);
        live =
            std::move(*store::DuplicateSet::open({.files = &files, .directory = path("live")}, ""));
        imported = std::move(
            *store::DuplicateSet::open({.files = &files, .directory = path("imported")}, ""));
        history = std::move(*sequence::History::open(files, {.directory = path("history")}, {}));
        fold = std::make_unique<Fold>(
            FoldParts{*tables, *live, *imported, roots, *history, 0, kSecret}, FoldState{},
            *Settings::from_definitions({}), shards);
    }

    void apply(const std::vector<std::string>& records, size_t from, size_t count) {
        Epoch epoch;
        for (size_t i = from; i < std::min(from + count, records.size()); ++i) {
            epoch.batches.push_back(
                {single_record(records[i], {}), i, static_cast<Micros>(i) * kSecond, {}});
        }
        const Status status = fold->apply(epoch);
        ASSERT_TRUE(status) << status.error().message;
        fold->publish();
        tables->settle();
    }

    // One hash over every row of every table, the roots, history and the counters.
    uint64_t digest() {
        uint64_t hash = checksum(fold->state().encode(), 1);
        const auto pin = tables->epochs.pin();
        tables->begin_checkpoint();
        for (const auto& part : tables->parts()) {
            const Status status = part.rows->for_each_sealed(
                pin, [&](std::string_view key, std::optional<std::string_view> value) -> Status {
                    hash = checksum(part.family, hash);
                    hash = checksum(key, hash);
                    hash = checksum(value.value_or("erased"), hash);
                    return Status::ok();
                });
            EXPECT_TRUE(status);
        }
        tables->abort_checkpoint();
        const auto words = roots.snapshot();
        for (size_t i = 1; i < words.size(); ++i) hash = mix(hash ^ words[i]);
        const Status scanned = history->snapshot()->scan(
            INT64_MIN + 1, INT64_MAX, {.position = true}, [&](const sequence::ScanBlock& block) {
                for (size_t row = 0; row < block.size(); ++row) {
                    hash = mix(hash ^ block.identity[row]);
                    hash = mix(hash ^ block.position[row]);
                }
                return Status::ok();
            });
        EXPECT_TRUE(scanned);
        return hash;
    }
};

TEST(Fold, OneLogGivesOneDigestHoweverItIsCutAndSharded) {
    std::vector<std::string> records;
    RecordStream stream(17);
    for (size_t i = 0; i < kRecords; ++i) records.push_back(stream.next());

    std::optional<uint64_t> first;
    for (const size_t cut : {1, 7, 1000}) {
        for (const size_t shards : {1, 2, 7}) {
            Partition partition(shards);
            for (size_t at = 0; at < records.size(); at += cut) {
                partition.apply(records, at, cut);
                if (HasFatalFailure()) return;
            }
            const uint64_t digest = partition.digest();
            if (!first) first = digest;
            EXPECT_EQ(digest, *first) << "cut " << cut << ", shards " << shards;
            EXPECT_GT(partition.fold->state().duplicates, 10u);
            EXPECT_GT(partition.fold->state().merges, 10u);
        }
    }
    // And the digest sees something: another seed gives another one.
    Partition other(1);
    std::vector<std::string> different;
    RecordStream another(18);
    for (size_t i = 0; i < kRecords; ++i) different.push_back(another.next());
    for (size_t at = 0; at < different.size(); at += 1000) other.apply(different, at, 1000);
    EXPECT_NE(other.digest(), *first);
}

}  // namespace
}  // namespace throughline::engine
