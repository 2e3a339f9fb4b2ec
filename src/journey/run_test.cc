#include "journey/run.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"
#include "journey/walk.h"

namespace throughline::journey {
namespace {

Run some_run(SeededRandom& random, uint32_t owner) {
    Run run;
    run.id = {random.next(), random.next()};
    run.owner = owner;
    run.slot = static_cast<uint16_t>(random.below(1'000));
    run.timer = static_cast<uint16_t>(random.next());
    run.journey = static_cast<uint32_t>(random.next());
    run.version = 1 + static_cast<uint32_t>(random.below(9));
    run.sweep = static_cast<uint32_t>(random.below(300));
    run.step = static_cast<StepIndex>(random.below(500));
    run.visit = static_cast<uint16_t>(random.below(kVisitsMax));
    run.started = static_cast<Micros>(random.next());
    run.since = run.started - 5;
    run.wait_from = run.started;
    run.wake_at = random.chance(0.3) ? kNoTime : run.started + kDay;
    run.task_moves = static_cast<uint16_t>(random.below(5));
    run.key = std::string(random.below(20), 'k');
    run.context = context_of_segment("vip", true, run.since);
    for (uint64_t i = random.below(3); i > 0; --i) {
        run.choices.push_back({static_cast<StepIndex>(random.below(500)), 1});
    }
    if (random.chance(0.7)) return run;
    return mark_of(run, random.chance(0.5) ? kNoTime : run.started + kDay);
}

TEST(Runs, SurviveTheirBytes) {
    SeededRandom random(4);
    for (int round = 0; round < 200; ++round) {
        std::vector<journey::Run> runs;
        for (uint64_t i = random.below(5); i > 0; --i) runs.push_back(some_run(random, 7));
        std::ranges::stable_partition(runs, [](const journey::Run& run) { return !run.is_mark(); });
        std::string bytes;
        encode_runs(runs, 7, bytes);
        EXPECT_EQ(bytes.empty(), runs.empty());
        std::vector<journey::Run> again;
        ASSERT_TRUE(decode_runs(bytes, 7, again));
        EXPECT_EQ(again, runs);
        std::string of_others;
        encode_runs(runs, 8, of_others);
        EXPECT_EQ(of_others, "");
    }
}

TEST(Runs, DamagedBytesAreRefusedAndLeaveNothingBehind) {
    SeededRandom random(5);
    std::string bytes;
    encode_runs({some_run(random, 1), some_run(random, 1)}, 1, bytes);
    for (size_t size = 1; size < bytes.size(); ++size) {
        std::vector<journey::Run> runs(1);
        EXPECT_FALSE(decode_runs(bytes.substr(0, size), 1, runs)) << size;
        EXPECT_EQ(runs.size(), 1u);
    }
    std::vector<journey::Run> runs;
    EXPECT_FALSE(decode_runs(bytes + 'x', 1, runs));
    EXPECT_FALSE(decode_runs("\x02\xff\xff\xff\xff\x0f", 1, runs));
}

TEST(Runs, EffectsHaveAKeyForEachStepAndVisit) {
    journey::Run run;
    run.id = {1, 2};
    const Key128 first = effect_key(run);
    ++run.visit;
    EXPECT_NE(effect_key(run), first);
    --run.visit, ++run.step;
    EXPECT_NE(effect_key(run), first);
    --run.step;
    EXPECT_EQ(effect_key(run), first);
}

TEST(Runs, AContextHoldsThePropertiesAndNothingOfWhoSentThem) {
    std::string doc;
    model::DocWriter out(doc);
    const size_t whole = out.open_object();
    out.field("userId", "u1");
    out.key("properties");
    const size_t properties = out.open_object();
    out.field("order_id", "o1");
    out.close(properties), out.close(whole);
    model::Event event;
    event.name = "Order Completed";
    event.doc = doc;
    std::string payload;
    model::append_event(payload, event);
    const std::string context = context_of(model::EventView(payload));
    EXPECT_TRUE(model::is_event(context));
    EXPECT_EQ(context.find("u1"), std::string::npos);
    const model::DocView kept = model::EventView(context).doc().find("properties");
    EXPECT_EQ(kept.find("order_id").as_string(), "o1");
}

// A tenth is a tenth, and stays the same tenth.
TEST(Splits, GiveSharesByAHashOfSaltAndPerson) {
    SplitStep split{.salt = "s",
                    .parts = {{.name = "a", .parts = 1'000}, {.name = "b", .parts = 9'000}}};
    size_t firsts = 0;
    size_t both = 0;
    SplitStep other = split;
    other.salt = "t";
    for (uint64_t i = 0; i < 100'000; ++i) {
        const bool is_first = part_of(split, {i, i}) == 0;
        firsts += is_first;
        both += is_first && part_of(other, {i, i}) == 0;
    }
    // Five standard deviations of a binomial: 475, and 158.
    EXPECT_NEAR(static_cast<double>(firsts), 10'000, 475);
    EXPECT_NEAR(static_cast<double>(both), 1'000, 158);
}

}  // namespace
}  // namespace throughline::journey
