// Who is in a segment after each record, against a definition that looks at all of history anew.
#include "engine/person_acts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "engine/roots.h"
#include "engine/test_fold.h"
#include "model/consequence.h"

namespace throughline::engine {
namespace {

using testing::decision_record;
using testing::event_payload;
using testing::Partition;
using testing::RecordStream;
using testing::segment_record;

constexpr Micros kStart = 1'700'000'000 * kSecond;

/// What the slow definition looks at: a row of history, counted from when it came at the latest.
struct Happened {
    uint32_t identity = 0;
    std::string name;
    Micros time = 0;
};

/// A segment as the test itself reads it: a name, at least or none, within.
struct Asked {
    std::string key;
    std::string name;
    uint64_t least = 0;  // 0: not once.
    Micros within = 0;

    std::string conditions() const {
        const std::string count =
            least == 0 ? R"({"eq":0})" : R"({"gte":)" + std::to_string(least) + "}";
        const std::string window =
            within == 0 ? "" : R"(,"within":")" + std::to_string(within / kSecond) + "s\"";
        return R"({"did":")" + name + R"(","count":)" + count + window + "}";
    }
    bool holds(uint64_t count) const { return least == 0 ? count == 0 : count >= least; }
};

/// Rows of history that nobody sent, in the order in which they followed.
std::vector<std::pair<Micros, std::string>> consequences(const Partition& partition) {
    std::map<std::pair<uint64_t, uint32_t>, std::pair<Micros, std::string>> found;
    const Status scanned = partition.history->snapshot()->scan(
        INT64_MIN + 1, INT64_MAX, {.type = true, .position = true, .tie = true},
        [&](const sequence::ScanBlock& block) -> Status {
            for (size_t row = 0; row < block.size(); ++row) {
                if (static_cast<model::EventType>(block.type[row]) != model::kConsequence) continue;
                TL_TRY_ASSIGN(const auto payload, block.payload(row));
                const model::EventView event(payload);
                found[{block.position[row], block.tie[row]}] = {
                    block.time[row],
                    std::string(event.name()) + " " +
                        std::string(event.doc().at_path("properties.segment").as_string())};
            }
            return Status::ok();
        });
    EXPECT_TRUE(scanned);
    std::vector<std::pair<Micros, std::string>> rows;
    for (auto& [place, row] : found) rows.push_back(row);
    return rows;
}

std::vector<Happened> happened(const Partition& partition) {
    std::vector<Happened> rows;
    const Status scanned = partition.history->snapshot()->scan(
        INT64_MIN + 1, INT64_MAX, {.name = true, .type = true, .position = true},
        [&](const sequence::ScanBlock& block) {
            for (size_t row = 0; row < block.size(); ++row) {
                if (block.type[row] != static_cast<uint8_t>(model::EventType::Track)) continue;
                rows.push_back(
                    {block.identity[row],
                     std::string(partition.history->dictionary().name(block.name[row])),
                     std::min(block.time[row], partition.stamp_of(block.position[row]))});
            }
            return Status::ok();
        });
    EXPECT_TRUE(scanned);
    return rows;
}

std::vector<uint32_t> members_by_definition(const Partition& partition, const Asked& asked,
                                            const std::vector<Happened>& rows, Micros at) {
    const auto words = partition.roots.snapshot();
    std::map<uint32_t, uint64_t> counts;
    for (uint32_t id = 1; id < words.size(); ++id) {
        const uint32_t root = root_of_word(words[id]);
        if (root != kErasedRoot && root != 0) counts[root];
    }
    for (const Happened& row : rows) {
        const uint32_t root = root_of_word(words[row.identity]);
        const bool is_within = asked.within == 0 || row.time >= at - asked.within;
        if (root != kErasedRoot && row.name == asked.name && is_within) ++counts[root];
    }
    std::vector<uint32_t> members;
    for (const auto& [root, count] : counts) {
        if (asked.holds(count)) members.push_back(root);
    }
    return members;
}

TEST(PersonActs, MembersAreThoseOfTheDefinitionAfterEachRecord) {
    const std::vector<Asked> segments{{"buyers", "Order Completed", 2, 100 * kSecond},
                                      {"cold", "Order Completed", 0, 60 * kSecond},
                                      {"ever", "Page Viewed", 7, 0},
                                      {"once", "Page Viewed", 1, 20 * kSecond}};
    for (const uint64_t seed : {3, 4}) {
        Partition partition(1);
        partition.first = kStart;
        std::vector<std::string> records;
        for (const Asked& asked : segments) {
            records.push_back(segment_record(asked.key, asked.conditions()));
        }
        RecordStream stream(seed);
        SeededRandom random(seed);
        while (records.size() < 500) {
            records.push_back(stream.next());
            const std::string a = std::to_string(1 + random.below(40));
            const std::string b = std::to_string(1 + random.below(40));
            const std::string by = R"(,"actor":"t","reason":"r"})";
            if (random.chance(0.04)) {
                records.push_back(
                    decision_record(R"({"action":"merge","a":)" + a + R"(,"b":)" + b + by));
            }
            if (random.chance(0.04)) {
                records.push_back(
                    decision_record(R"({"action":"split","identities":[)" + a + "]" + by));
            }
            if (random.chance(0.01)) {
                records.push_back(decision_record(R"({"action":"erase","identity":)" + a + by));
            }
        }
        for (size_t i = 0; i < records.size(); ++i) {
            partition.apply(records, i, 1);
            if (HasFatalFailure()) return;
            if (i % 3 != 0) continue;
            const std::vector<Happened> rows = happened(partition);
            for (const Asked& asked : segments) {
                ASSERT_EQ(partition.members_of(asked.key),
                          members_by_definition(partition, asked, rows, partition.stamp_of(i)))
                    << asked.conditions() << " after record " << i << ", seed " << seed;
            }
        }
        EXPECT_GT(consequences(partition).size(), 100u);
    }
}

struct OnePerson : ::testing::Test {
    Partition partition{1};
    std::vector<std::string> records;

    OnePerson() {
        partition.first = kStart;
        partition.second = kMinute;
    }
    void add(std::string record) {
        records.push_back(std::move(record));
        partition.apply(records, records.size() - 1, 1);
    }
    void order(const std::string& user, Micros time, const std::string& anonymous = "") {
        add(event_payload({.user = user,
                           .anonymous = anonymous,
                           .name = "Order Completed",
                           .message_id = "m" + std::to_string(records.size()),
                           .time = time}));
    }
    void tick() { add(model::make_record(model::RecordKind::Tick, {})); }
};

TEST_F(OnePerson, EntersWithTheEventAndLeavesAtTheInstantAtWhichAWindowEnds) {
    add(segment_record("buyers", R"({"did":"Order Completed","count":{"gte":2},"within":"150s"})"));
    order("ana", kStart + 10 * kSecond);
    order("ana", kStart + 30 * kSecond);
    EXPECT_EQ(partition.members_of("buyers"), (std::vector<uint32_t>{1}));
    tick();  // Three minutes in; the first order leaves after 160 s.
    EXPECT_TRUE(partition.members_of("buyers").empty());
    using Rows = std::vector<std::pair<Micros, std::string>>;
    EXPECT_EQ(consequences(partition),
              (Rows{{kStart + 2 * kMinute, "Segment Entered buyers"},
                    {kStart + 160 * kSecond + 1, "Segment Exited buyers"}}));
    EXPECT_EQ(partition.fold->state().events, 2u);  // No source sent what followed.
}

TEST_F(OnePerson, AMergeOfTwoWhoAreInIsNoEntryAndASplitGivesBothBack) {
    add(segment_record("buyers", R"({"did":"Order Completed"})"));
    order("ana", kStart);
    order("bea", kStart);
    add(decision_record(R"({"action":"merge","a":1,"b":2,"actor":"t","reason":"r"})"));
    EXPECT_EQ(partition.members_of("buyers"), (std::vector<uint32_t>{1}));
    add(decision_record(R"({"action":"split","identities":[2],"actor":"t","reason":"r"})"));
    EXPECT_EQ(partition.members_of("buyers"), (std::vector<uint32_t>{1, 2}));
    EXPECT_EQ(consequences(partition).size(), 2u);
}

TEST_F(OnePerson, TraitsDecideWithTheRecordThatBringsThem) {
    add(segment_record("pro", R"({"trait":"email","op":"eq","value":"ana@example.org"})"));
    add(event_payload({.type = model::EventType::Identify,
                       .user = "ana",
                       .email = "ana@example.org",
                       .message_id = "i1",
                       .time = kStart}));
    EXPECT_EQ(partition.members_of("pro"), (std::vector<uint32_t>{1}));
    add(decision_record(
        R"({"action":"pin","identity":1,"trait":"email","value":"x","actor":"t"})"));
    EXPECT_TRUE(partition.members_of("pro").empty());
}

TEST_F(OnePerson, ASegmentDefinedLaterDecidesWhoWasThereStepByStep) {
    order("ana", kStart);
    order("bea", kStart);
    add(segment_record("buyers", R"({"did":"Order Completed","count":{"gte":2}})"));
    order("ana", kStart + kMinute);
    EXPECT_TRUE(partition.members_of("buyers").empty());  // What lies before is not known yet.
    const auto step = [&](int phase, int from, int to, const std::string& times) {
        add(decision_record(R"({"action":"segment_step","segment":1,"before":2,"phase":)" +
                            std::to_string(phase) + R"(,"from":)" + std::to_string(from) +
                            R"(,"to":)" + std::to_string(to) + R"(,"times":)" + times + "}"));
    };
    step(1, 1, 2, "[[1,1," + std::to_string(kStart) + "]]");
    step(1, 1, 2, "[[1,1," + std::to_string(kStart) + "]]");  // Sent twice: refused.
    step(1, 2, 3, "[[2,1," + std::to_string(kStart) + "]]");
    EXPECT_TRUE(partition.members_of("buyers").empty());
    step(2, 1, 3, "[]");
    EXPECT_EQ(partition.members_of("buyers"), (std::vector<uint32_t>{1}));
    EXPECT_EQ(partition.fold->state().segments.at(1).phase, SegmentPhase::Live);

    // The same thing is counted once for all: a second one needs no times of before.
    add(segment_record("again", R"({"did":"Order Completed"})"));
    EXPECT_EQ(partition.fold->state().segments.at(2).phase, SegmentPhase::Deciding);
    add(testing::definition_record("segments", "buyers", "null"));
    EXPECT_TRUE(partition.members_of("buyers").empty());
    EXPECT_EQ(partition.fold->state().segments.count(1), 0u);
}

TEST(Timers, KeysSortByTimeThenKindThenSubject) {
    using enum TimerKind;
    const Timer timers[] = {{-5, Item, {9, 9}},  {-1, Segments, {1, 0}}, {0, Segments, {7, 0}},
                            {0, Run, {2, 0}},    {0, Run, {2, 1}},       {0, Item, {1, 0}},
                            {kSecond, Run, {1}}, {kNever, Segments, {3}}};
    for (size_t i = 0; i + 1 < std::size(timers); ++i) {
        EXPECT_LT(timer_key(timers[i]), timer_key(timers[i + 1]));
        EXPECT_EQ(timer_of_key(timer_key(timers[i])), timers[i]);
    }
    EXPECT_FALSE(timer_of_key("short"));
}

}  // namespace
}  // namespace throughline::engine
