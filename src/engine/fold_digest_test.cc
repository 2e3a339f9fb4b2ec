// The fold is defined per record: how a log was cut into epochs, and over how many shards it was
// folded, must not show in anything that is stored.
#include <gtest/gtest.h>

#include "engine/consents.h"
#include "engine/items/test_items.h"
#include "engine/segment_builder.h"
#include "engine/tasks/task_list.h"
#include "engine/test_fold.h"

namespace throughline::engine {
namespace {

using testing::decision_record;
using testing::journey_decision;
using testing::journey_record;
using testing::Partition;
using testing::RecordStream;
using testing::segment_record;

constexpr size_t kRecords = 3000;

// Asks what people did, of whom there are many when it comes.
const char* const kAsking = R"({"key":"asking","trigger":{"event":"Page Viewed","include":"late",
    "if":{"did":"Order Completed","count":{"gte":1},"within":"600s"}},"steps":[
    {"id":"wait","type":"wait","for":"1m"},
    {"id":"ask","type":"branch","paths":[{"if":{"segment":"buyers"},"next":"end"},
        {"if":{"did":"Page Viewed","count":{"lte":3}},"next":"wait"}],"else":"end"}]})";

// Waits, splits, traits that move people between segments, which start another one.
const char* const kCart = R"({"key":"cart","trigger":{"event":"Page Viewed","include":"late"},
    "goals":[{"name":"bought","event":"Order Completed"}],"steps":[
    {"id":"wait","type":"wait","for":"2m"},
    {"id":"half","type":"split","parts":[{"name":"a","share":50,"next":"set"},
                                         {"name":"b","share":50,"next":"ask"}]},
    {"id":"set","type":"update","traits":{"plan":"pro"}},
    {"id":"ask","type":"branch","paths":[{"if":{"trait":"email","op":"exists"},"next":"more"}],
     "else":"end"},
    {"id":"more","type":"wait_for","events":[{"event":"Page Viewed","next":"wait"}],
     "timeout":"5m"}]})";
const char* const kPro = R"({"key":"pro","trigger":{"segment":"pro","include":"late"},
    "reentry":{"after":"10m"},"steps":[
    {"id":"mail","type":"message","channel":"email","template":"x","purpose":"p"},
    {"id":"until","type":"wait","until":"00:20"}]})";

// Asks for the items of people, and for the one that it is about.
const char* const kOrders = R"({"key":"orders","trigger":{"item":"order","state":"ready",
    "if":{"item":"order","count":{"lte":3}}},"reentry":"after_end","steps":[
    {"id":"wait","type":"wait","for":"30s"},
    {"id":"ask","type":"branch","paths":[{"next":"still","if":{"item":"order",
        "id":{"property":"item"},"where":{"property":"state","op":"eq","value":"ready"}}}],
     "else":"end"},
    {"id":"still","type":"goal","goal":"still"}]})";

// Adds the steps by which what is being built is brought in.
void build(std::vector<std::string>& records) {
    Partition partition(1);
    for (size_t at = 0; at < records.size(); at += 1000) partition.apply(records, at, 1000);
    SegmentBuilder builder(
        [&](const std::string& step) {
            records.push_back(step);
            partition.apply(records, records.size() - 1, 1);
            return Outcome();
        },
        [] { return true; });
    while (builder.step(partition.query_view()).value()) continue;
}

// A task that is late and goes on to others.
const char* const kChore = R"({"key":"chore","trigger":{"event":"Page Viewed"},"steps":[
    {"id":"pack","type":"task","team":"store","title":"t","due":"3m","escalated":"ask"},
    {"id":"ask","type":"task","team":"managers","title":"t"}]})";

// A journey that asks for what was before it, and people who are started by hand: some of them one
// by one, and everybody who is in a segment.
void add_asking(std::vector<std::string>& records, RecordStream& stream, SeededRandom& random) {
    records.push_back(journey_record("asking", kAsking));
    records.push_back(journey_decision("asking", R"("publish")"));
    for (size_t i = 0; i < 50; ++i) records.push_back(stream.next());
    build(records);
    for (size_t i = 0; i < 100; ++i) records.push_back(stream.next());
    records.push_back(journey_decision("pro", R"("resume","mode":"skip")"));  // If it was paused.
    records.push_back(journey_decision("pro", R"("start","segment":"reachable")"));
    for (size_t i = 0; i < 20; ++i) {
        records.push_back(decision_record(R"({"action":"run_start","journey":"pro","owner":)" +
                                          std::to_string(1 + random.below(60)) +
                                          R"(,"properties":{},"actor":"t"})"));
    }
}

std::vector<std::string> definitions() {
    return {
        segment_record("buyers", R"({"did":"Order Completed","count":{"gte":2},"within":"200s"})"),
        segment_record("quiet", R"({"did":"*","count":{"eq":0},"within":"90s"})"),
        segment_record("reachable", R"({"trait":"email","op":"exists"})"),
        segment_record("named", R"([{"identifier":"user_id","op":"exists"},
            {"not":{"did":"Page Viewed","count":{"gte":5},"within":"300s"}}])"),
        segment_record("pro", R"({"trait":"plan","op":"eq","value":"pro"})"),
        journey_record("cart", kCart),
        journey_decision("cart", R"("publish")"),
        journey_record("pro", kPro),
        journey_decision("pro", R"("publish")"),
        journey_record("chore", kChore),
        journey_decision("chore", R"("publish")"),
        testing::catalog_record("order"),
        journey_record("orders", kOrders),
        journey_decision("orders", R"("publish")"),
        testing::definition_record("forwards", "w", R"({"name":"W","url":"https://w.example/"})")};
}

// Events of people who get joined, with segments of every kind, and decisions about them in
// between.
std::vector<std::string> records_of(uint64_t seed) {
    std::vector<std::string> records = definitions();
    const std::string began = std::to_string(records.size() - 1);
    RecordStream stream(seed);
    SeededRandom random(seed);
    while (records.size() < kRecords) {
        records.push_back(stream.next());
        if (random.chance(0.1)) {
            // Record i is stamped at its second.
            const auto now = static_cast<Micros>(records.size()) * kSecond;
            records.push_back(testing::random_item_record(random, now));
        }
        if (!random.chance(0.03)) continue;
        const std::string a = std::to_string(1 + random.below(60));
        const std::string b = std::to_string(1 + random.below(60));
        switch (random.below(7)) {
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
            case 4: {
                static constexpr const char* kDecisions[] = {
                    R"("pause")", R"("resume","mode":"fire")", R"("resume","mode":"shift")",
                    R"("resume","mode":"skip")", R"("end_runs")"};
                records.push_back(journey_decision(random.chance(0.5) ? "cart" : "pro",
                                                   kDecisions[random.below(5)]));
                break;
            }
            case 5:
                records.push_back(decision_record(
                    R"({"action":"forwarded","key":"w","sent":3,"refused":1,"repeated":0,"began":)" +
                    began + R"(,"position":)" + std::to_string(records.size()) + "}"));
                break;
            default:
                records.push_back(model::make_record(model::RecordKind::Tick, {}));
        }
    }
    add_asking(records, stream, random);
    // One that comes late, and one that goes.
    records.push_back(segment_record("late", R"({"did":"Page Viewed","within":"40s"})"));
    records.push_back(testing::definition_record("segments", "quiet", "null"));
    for (size_t i = 0; i < 100; ++i) records.push_back(stream.next());
    return records;
}

// What somebody decides about tasks comes in between: their keys are hashes of runs, so a fold of
// the records before is asked for them.
std::vector<std::string> with_task_decisions(const std::vector<std::string>& plain) {
    static constexpr const char* kMoves[] = {"task_claim", "task_release", "task_done"};
    Partition probe(1);
    SeededRandom random(plain.size());
    std::vector<std::string> records;
    for (const std::string& one : plain) {
        records.push_back(one);
        probe.apply(records, records.size() - 1, 1);
        if (!random.chance(0.05)) continue;
        const auto range = store::KeyRange::prefix(task_list_prefix(TaskList::ToDo, "", ""));
        const auto rows = probe.tables->task_lists.scan(range, 20);
        if (rows->empty()) continue;
        const Key128 key = key_of_row((*rows)[random.below(rows->size())].first);
        records.push_back(decision_record(R"({"action":")" + std::string(kMoves[random.below(3)]) +
                                          R"(","by":"Mia","task":")" + hex_of_key(key) + "\"}"));
        probe.apply(records, records.size() - 1, 1);
    }
    return records;
}

uint64_t tasks_done(const Partition& partition) {
    const auto teams = count_tasks(*partition.tables);
    uint64_t done = 0;
    for (const TeamTasks& team : *teams) done += team.counts.of(TaskState::Finished);
    return done;
}

VersionCounts counts_of(Partition& partition, uint32_t journey) {
    const auto row = partition.tables->run_counts.get(run_count_key(journey, 1));
    return row.value() ? *VersionCounts::decode(**row) : VersionCounts();
}

uint64_t entered(Partition& partition, uint32_t journey) {
    return counts_of(partition, journey).entered;
}

bool has_passed_over(Partition& partition) {
    return !partition.tables->forwarding.scan(store::KeyRange::prefix("p"), 1)->empty();
}

uint32_t mass_starts_done(Partition& partition, uint32_t journey) {
    const auto row = partition.tables->run_counts.get(run_count_key(journey, 0));
    return row.value() ? JourneyCounts::decode(**row)->started : 0;
}

TEST(Fold, OneLogGivesOneDigestHoweverItIsCutAndSharded) {
    const std::vector<std::string> records = with_task_decisions(records_of(17));

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
            EXPECT_FALSE(partition.tables->item_lists.scan({}, 1)->empty());
            EXPECT_GT(find_forward(partition.tables->forwarding, "w").value()->sent, 9u);
            EXPECT_TRUE(has_passed_over(partition));
            EXPECT_FALSE(partition.members_of("buyers").empty());
            EXPECT_GT(entered(partition, 1), 100u);
            EXPECT_GT(entered(partition, 2), 10u);
            EXPECT_GT(entered(partition, 3), 10u);
            EXPECT_GT(entered(partition, 4), 10u);
            EXPECT_GT(entered(partition, 5), 10u);
            EXPECT_GT(counts_of(partition, 4).reached[2], 5u);  // Items that are still ready.
            EXPECT_GT(tasks_done(partition), 10u);
            EXPECT_EQ(mass_starts_done(partition, 2), 1u);
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
