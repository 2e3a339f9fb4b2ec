#include "sequence/dictionary.h"

#include <gtest/gtest.h>

#include <string>

namespace throughline::sequence {
namespace {

TEST(Dictionary, GivesNumbersInOrderOfFirstSightAndKeepsThem) {
    Dictionary names;
    const uint32_t order = names.intern("Order Completed");
    const uint32_t empty = names.intern("");
    EXPECT_EQ(order, 1u);
    EXPECT_EQ(empty, 2u);
    EXPECT_EQ(names.intern("Order Completed"), order);
    EXPECT_EQ(names.name(order), "Order Completed");
    EXPECT_EQ(names.find(""), empty);
    EXPECT_EQ(names.find("order completed"), std::nullopt);
    EXPECT_FALSE(names.overflowed());
}

TEST(Dictionary, EncodesThePrefixThatACheckpointSaw) {
    Dictionary names;
    names.intern("a");
    const uint32_t seen = names.size();
    names.intern("b");
    Dictionary later;
    ASSERT_TRUE(later.decode(names.encode(seen)));
    EXPECT_EQ(later.size(), seen);
    EXPECT_EQ(later.find("b"), std::nullopt);
    EXPECT_EQ(later.intern("b"), names.intern("b"));  // A replay numbers it alike.
}

TEST(Dictionary, PutsNamesPastTheLimitUnderOneVisibleName) {
    Dictionary names;
    for (uint32_t i = 1; i < kNamesMax; ++i) {
        ASSERT_EQ(names.intern("n" + std::to_string(i)), i);
    }
    EXPECT_FALSE(names.overflowed());
    EXPECT_EQ(names.intern("one more"), kOverflowName);
    EXPECT_TRUE(names.overflowed());
    EXPECT_EQ(names.find("one more"), std::nullopt);
    EXPECT_EQ(names.intern("n7"), 7u);

    Dictionary later;
    ASSERT_TRUE(later.decode(names.encode(names.size())));
    EXPECT_TRUE(later.overflowed());
}

TEST(Dictionary, RefusesBytesThatAreNone) {
    Dictionary names;
    names.intern("a");
    names.intern("bc");
    const std::string good = names.encode(names.size());
    for (size_t size = 0; size < good.size(); ++size) {
        Dictionary other;
        const auto status = other.decode(std::string_view(good).substr(0, size));
        ASSERT_FALSE(status.is_ok()) << size;
        EXPECT_EQ(status.error().code, Code::Corrupt);
        EXPECT_EQ(other.size(), 1u);
    }
    Dictionary other;
    EXPECT_FALSE(other.decode(good + "x").is_ok());
}

}  // namespace
}  // namespace throughline::sequence
