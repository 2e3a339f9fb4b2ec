#include "query/credit.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "query/attribution_oracle.h"

namespace throughline::query {
namespace {

constexpr Model kAll[] = {Model::First,  Model::Last,     Model::LastNonDirect,
                          Model::Linear, Model::Position, Model::TimeDecay};

std::vector<CreditTouch> random_touches(SeededRandom& random, size_t count) {
    std::vector<CreditTouch> touches(count);
    Micros at = 0;
    for (CreditTouch& touch : touches) {
        at += static_cast<Micros>(random.below(20)) * kDay;
        touch = {at, random.chance(0.4)};
    }
    return touches;
}

TEST(Credit, AgreesWithItsDefinitionAndAddsUpOnRandomPaths) {
    SeededRandom random(11);
    std::vector<uint64_t> weights;
    std::vector<Units> parts;
    for (int round = 0; round < 100'000; ++round) {
        const auto touches = random_touches(random, 1 + random.below(8));
        const Micros half_life = static_cast<Micros>(1 + random.below(30)) * kDay;
        const Micros conversion = touches.back().at + static_cast<Micros>(random.below(40)) * kDay;
        const Units total = Units{static_cast<int64_t>(random.next())} * 1000;
        for (const Model model : kAll) {
            credit_weights(model, touches, half_life, weights);
            divide(total, weights, parts);
            const auto shares = oracle::shares_by_definition(model, touches, conversion, half_life);
            Units sum = 0;
            for (size_t i = 0; i < parts.size(); ++i) {
                sum += parts[i];
                const double part = static_cast<double>(parts[i]) / static_cast<double>(total);
                ASSERT_NEAR(part, shares[i], 1e-9) << model_name(model) << " round " << round;
            }
            ASSERT_EQ(sum, total) << model_name(model) << " round " << round;
            ASSERT_TRUE(touches.size() > 1 || parts[0] == total);
        }
    }
}

TEST(Credit, SharesWholeNumbersWithoutLosingAny) {
    std::vector<Units> parts;
    divide(10, std::vector<uint64_t>{1, 1, 1}, parts);
    EXPECT_EQ(parts, (std::vector<Units>{3, 3, 4}));
    divide(-10, std::vector<uint64_t>{1, 1, 1}, parts);
    EXPECT_EQ(parts, (std::vector<Units>{-3, -3, -4}));
    // The largest money that an event can bring, over the largest weights.
    const Units most = units_of({999'999'999'999'999'999, 0});
    divide(most, std::vector<uint64_t>(1000, uint64_t{1} << 40), parts);
    Units sum = 0;
    for (const Units part : parts) sum += part;
    EXPECT_EQ(sum, most);
}

TEST(Credit, ATouchManyHalfLivesOldDoesNotTakeAllWithIt) {
    std::vector<uint64_t> weights;
    credit_weights(Model::TimeDecay, std::vector<CreditTouch>{{0, false}, {4000 * kDay, false}},
                   kDay, weights);
    EXPECT_EQ(weights[0], 0u);
    EXPECT_GT(weights[1], 0u);
}

TEST(Credit, ModelsHaveTheNamesOfTheContract) {
    for (const Model model : kAll) EXPECT_EQ(model_named(model_name(model)), model);
    EXPECT_FALSE(model_named("markov"));
}

}  // namespace
}  // namespace throughline::query
