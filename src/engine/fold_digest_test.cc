// The fold is defined per record: how a log was cut into epochs, and over how many shards it was
// folded, must not show in anything that is stored.
#include <gtest/gtest.h>

#include "engine/test_fold.h"

namespace throughline::engine {
namespace {

using testing::decision_record;
using testing::Partition;
using testing::RecordStream;
using testing::segment_record;

constexpr size_t kRecords = 3000;

// Events of people who get joined, with segments of every kind, and decisions about them in
// between.
std::vector<std::string> records_of(uint64_t seed) {
    std::vector<std::string> records{
        segment_record("buyers", R"({"did":"Order Completed","count":{"gte":2},"within":"200s"})"),
        segment_record("quiet", R"({"did":"*","count":{"eq":0},"within":"90s"})"),
        segment_record("reachable", R"({"trait":"email","op":"exists"})"),
        segment_record("named", R"([{"identifier":"user_id","op":"exists"},
            {"not":{"did":"Page Viewed","count":{"gte":5},"within":"300s"}}])")};
    RecordStream stream(seed);
    SeededRandom random(seed);
    while (records.size() < kRecords) {
        records.push_back(stream.next());
        if (!random.chance(0.03)) continue;
        const std::string a = std::to_string(1 + random.below(60));
        const std::string b = std::to_string(1 + random.below(60));
        switch (random.below(5)) {
            case 0:
                records.push_back(decision_record(R"({"action":"merge","a":)" + a + R"(,"b":)" + b +
                                                  R"(,"actor":"t","reason":"r"})"));
                break;
            case 1:
                records.push_back(decision_record(R"({"action":"split","identities":[)" + a +
                                                  R"(],"actor":"t","reason":"r"})"));
                break;
            case 2:
                records.push_back(decision_record(R"({"action":"pin","identity":)" + a +
                                                  R"(,"trait":"email","value":"p","actor":"t"})"));
                break;
            case 3:
                if (random.chance(0.2)) {
                    records.push_back(decision_record(R"({"action":"erase","identity":)" + a +
                                                      R"(,"actor":"t"})"));
                }
                break;
            default:
                records.push_back(model::make_record(model::RecordKind::Tick, {}));
        }
    }
    // One that comes late, and one that goes.
    records.push_back(segment_record("late", R"({"did":"Page Viewed","within":"40s"})"));
    records.push_back(testing::definition_record("segments", "quiet", "null"));
    for (size_t i = 0; i < 100; ++i) records.push_back(stream.next());
    return records;
}

TEST(Fold, OneLogGivesOneDigestHoweverItIsCutAndSharded) {
    const std::vector<std::string> records = records_of(17);

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
            EXPECT_FALSE(partition.members_of("buyers").empty());
        }
    }
    // And the digest sees something: another seed gives another one.
    Partition other(1);
    const std::vector<std::string> different = records_of(18);
    for (size_t at = 0; at < different.size(); at += 1000) other.apply(different, at, 1000);
    EXPECT_NE(other.digest(), *first);
}

}  // namespace
}  // namespace throughline::engine
