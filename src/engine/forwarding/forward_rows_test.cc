// What the fold keeps for forwarding, beside the definitions of it.
#include "engine/forwarding/forward_rows.h"

#include <gtest/gtest.h>

#include <set>

#include "engine/test_fold.h"

namespace throughline::engine {
namespace {

using testing::decision_record;
using testing::definition_record;
using testing::event_payload;
using testing::Partition;

constexpr uint64_t kBlock = PassedOver::kBlock;

TEST(PassedOver, IsTheSetOfWhatWasNotedAndIsYoung) {
    Partition partition(1);
    store::OrderedTable& table = partition.tables->forwarding;
    SeededRandom random(3);
    PassedOver passed_over(table);
    std::map<uint64_t, Micros> last_of_block;
    std::set<uint64_t> noted;
    Micros now = 0;
    uint64_t position = 0;
    for (int round = 0; round < 400; ++round) {
        now += static_cast<Micros>(random.below(2 * kHour));
        position += random.below(random.chance(0.1) ? 3 * kBlock : 200);
        ASSERT_TRUE(passed_over.note(position, now));
        noted.insert(position);
        last_of_block[position / kBlock] = now;
        if (random.chance(0.2)) passed_over.flush();
        if (!random.chance(0.1)) continue;
        ASSERT_TRUE(passed_over.expire(now));
        std::erase_if(noted, [&](uint64_t at) {
            return last_of_block[at / kBlock] <= now - kPassedOverLife;
        });
    }
    passed_over.flush();
    ASSERT_GT(noted.size(), 50u);
    ASSERT_LT(noted.size(), 350u);
    PassedOverView view(table);
    for (uint64_t at = 0; at <= position + 9; ++at) {
        ASSERT_EQ(view.has(at).value(), noted.contains(at)) << at;
    }
}

ForwardRow row_of(Partition& partition, std::string_view key = "w") {
    const auto row = find_forward(partition.tables->forwarding, key);
    return row.value().value_or(ForwardRow{.position = 999});
}

class ForwardRows : public ::testing::Test {
protected:
    void apply(const std::string& record) {
        records.push_back(record);
        partition.apply(records, records.size() - 1, 1);
    }
    void define(const std::string& fields) {
        apply(definition_record("forwards", "w",
                                R"({"name":"W","url":"https://x.example/")" + fields + "}"));
    }
    void forwarded(const std::string& fields) {
        apply(decision_record(R"({"action":"forwarded","key":"w",)" + fields + "}"));
    }
    Partition partition{1};
    std::vector<std::string> records;
};

TEST_F(ForwardRows, BeginNowOrWhereSomebodySaysAndStayWhenChanged) {
    define("");
    EXPECT_EQ(row_of(partition), (ForwardRow{.position = 1, .began = 0}));
    forwarded(R"("began":0,"position":2,"sent":5,"refused":2,"repeated":1)");
    const ForwardRow further{.position = 2, .began = 0, .sent = 5, .refused = 2, .repeated = 1};
    EXPECT_EQ(row_of(partition), further);
    define(R"(,"enabled":false)");
    EXPECT_EQ(row_of(partition), further);
    define(R"(,"from":"0:1")");  // Record 3.
    EXPECT_EQ(row_of(partition).position, 1u);
    EXPECT_EQ(row_of(partition).began, 3u);
    EXPECT_EQ(row_of(partition).sent, 5u);
    const Definition* const definition = partition.fold->settings()->find("forwards", "w");
    ASSERT_NE(definition, nullptr);
    EXPECT_TRUE(model::DocView(definition->value).find("from").is_missing());

    // A note of before comes late: what it counts counts, where it was is no more of interest.
    forwarded(R"("began":0,"position":4,"sent":1,"refused":0,"repeated":0)");
    EXPECT_EQ(row_of(partition).position, 1u);
    EXPECT_EQ(row_of(partition).sent, 6u);
    forwarded(R"("began":3,"position":4,"sent":0,"refused":0,"repeated":0)");
    EXPECT_EQ(row_of(partition).position, 4u);
    define(R"(,"from":"now")");
    EXPECT_EQ(row_of(partition).position, 7u);
    define(R"(,"from":"0:99")");  // Nothing stands there yet: refused, nothing has changed.
    EXPECT_EQ(row_of(partition).position, 7u);
    define(R"(,"from":"soon")");
    EXPECT_EQ(row_of(partition).position, 7u);
    apply(definition_record("forwards", "w", "null"));
    EXPECT_EQ(row_of(partition).position, 999u);
    forwarded(R"("began":6,"position":8,"sent":1,"refused":0,"repeated":0)");
    EXPECT_EQ(row_of(partition).position, 999u) << "of one that is gone";
}

TEST_F(ForwardRows, DuplicatesAndWhatTheFoldRefusesArePassedOver) {
    const auto send = [&](const std::string& id, Micros time) {
        apply(event_payload({.user = "ana", .message_id = id, .time = time}));
    };
    send("a", 0);                                                  // 0
    send("a", 0);                                                  // 1: again.
    send("b", 0);                                                  // 2
    apply(decision_record(R"({"action":"erase","identity":1})"));  // 3
    send("c", 0);                                                  // 4: of before.
    send("d", kHour);                                              // 5: a new life.
    PassedOverView view(partition.tables->forwarding);
    std::vector<bool> passed_over;
    for (uint64_t at = 0; at < 6; ++at) passed_over.push_back(view.has(at).value());
    EXPECT_EQ(passed_over, (std::vector<bool>{false, true, false, false, true, false}));
}

}  // namespace
}  // namespace throughline::engine
