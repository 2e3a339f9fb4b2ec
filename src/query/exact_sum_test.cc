#include "query/exact_sum.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace throughline::query {
namespace {

std::string text_of(std::initializer_list<model::Decimal> addends) {
    ExactSum sum;
    for (const model::Decimal& addend : addends) sum.add(addend);
    std::string text;
    sum.append_to(text);
    return text;
}

TEST(ExactSum, WritesTheShortestDecimal) {
    EXPECT_EQ(text_of({}), "0");
    EXPECT_EQ(text_of({{1, 1}, {2, 1}}), "0.3");
    EXPECT_EQ(text_of({{-5, 1}}), "-0.5");
    EXPECT_EQ(text_of({{5, 0}, {-1, 18}}), "4.999999999999999999");
    EXPECT_EQ(text_of({{-5, 0}, {1, 18}}), "-4.999999999999999999");
    EXPECT_EQ(text_of({{1050, 2}}), "10.5");
    EXPECT_EQ(text_of({{999, 3}, {1, 3}}), "1");
    EXPECT_EQ(text_of({{-3, 0}, {30, 1}}), "0");
}

TEST(ExactSum, DoesNotRoundWhereDoublesDo) {
    ExactSum sum;
    for (int i = 0; i < 1'000'000; ++i) sum.add({1, 1});
    sum.add({999'999'999'999'999'999, 0});
    std::string text;
    sum.append_to(text);
    EXPECT_EQ(text, "1000000000000099999");
}

TEST(ExactSum, AgreesWithOneWideIntegerOnRandomAddends) {
    SeededRandom random(1);
    for (int round = 0; round < 200; ++round) {
        ExactSum sum;
        ExactSum second;
        __extension__ __int128 expected = 0;  // Units of 10^-6.
        for (int i = 0; i < 200; ++i) {
            const auto scale = static_cast<uint8_t>(random.below(7));
            const auto units = static_cast<int64_t>(random.below(2'000'000)) - 1'000'000;
            (i % 2 == 0 ? sum : second).add({units, scale});
            __extension__ __int128 scaled = units;
            for (int j = scale; j < 6; ++j) scaled *= 10;
            expected += scaled;
        }
        sum.add(second);
        std::string text;
        sum.append_to(text);
        ASSERT_EQ(text, text_of({{static_cast<int64_t>(expected), 6}}));
        ASSERT_NEAR(sum.as_double(), static_cast<double>(expected) / 1e6, 1e-6);
    }
}

}  // namespace
}  // namespace throughline::query
