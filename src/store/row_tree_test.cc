#include "store/row_tree.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "base/random.h"

namespace throughline::store {
namespace {

using Model = std::map<std::string, std::optional<std::string>>;

std::optional<std::string> copy_of(std::optional<std::string_view> value) {
    return value ? std::optional<std::string>(*value) : std::nullopt;
}

// Keys that begin alike, that begin with one another, and with bytes above 127 and zeros.
std::string some_key(SeededRandom& random, uint64_t shape) {
    static const std::string kBegins[] = {"", "w-and-some-channel", std::string("\0\0", 2),
                                          "\xff\xfe", "w-and"};
    std::string key = kBegins[random.below(shape)];
    const uint64_t more = random.below(12);
    for (uint64_t i = 0; i < more; ++i) key += static_cast<char>(random.below(3) * 127);
    return key + std::string(random.below(3), '\0');
}

void expect_same(const RowTree& tree, const Model& model) {
    auto at = tree.lower_bound("");
    for (const auto& [key, value] : model) {
        ASSERT_FALSE(at.is_at_end());
        ASSERT_EQ(at.row().key, key);
        ASSERT_EQ(copy_of(at.row().value), value);
        at.forward();
    }
    ASSERT_TRUE(at.is_at_end());
    at = tree.last_before("");
    for (auto row = model.rbegin(); row != model.rend(); ++row) {
        ASSERT_EQ(at.row().key, row->first);
        at.back();
    }
    ASSERT_TRUE(at.is_at_end());
}

void expect_same_places(const RowTree& tree, const Model& model, const std::string& key) {
    const auto row = tree.find(key);
    const auto known = model.find(key);
    ASSERT_EQ(row.has_value(), known != model.end());
    if (row) {
        ASSERT_EQ(row->key, key);
        ASSERT_EQ(copy_of(row->value), known->second);
    }
    const auto next = model.lower_bound(key);
    const auto first = tree.lower_bound(key);
    ASSERT_EQ(first.is_at_end(), next == model.end());
    if (!first.is_at_end()) {
        ASSERT_EQ(first.row().key, next->first);
    }
    if (key.empty()) return;
    const auto last = tree.last_before(key);
    ASSERT_EQ(last.is_at_end(), next == model.begin());
    if (!last.is_at_end()) {
        ASSERT_EQ(last.row().key, std::prev(next)->first);
    }
}

TEST(RowTree, AgreesWithAMapOnRandomRuns) {
    for (uint64_t seed = 1; seed <= 10; ++seed) {
        SeededRandom random(seed);
        RowTree tree;
        Model model;
        for (int step = 0; step < 20'000; ++step) {
            const std::string key = some_key(random, 1 + seed % 5);
            std::optional<std::string> value;
            if (random.below(4) > 0) value = std::string(random.below(40), 'v');
            tree.put(key, value);
            model[key] = value;
            const std::string asked = some_key(random, 5);
            ASSERT_NO_FATAL_FAILURE(expect_same_places(tree, model, asked)) << "seed " << seed;
        }
        ASSERT_NO_FATAL_FAILURE(expect_same(tree, model)) << "seed " << seed;
    }
}

// Numbers in rising order, falling order, and all over the place; each twice.
TEST(RowTree, KeepsManyRowsInWhateverOrderTheyCome) {
    constexpr uint64_t kRows = 100'000;
    for (const uint64_t stride : {uint64_t{1}, kRows - 1, uint64_t{61'803}}) {
        RowTree tree;
        for (const char* value : {"1", "two"}) {
            for (uint64_t i = 0; i < kRows; ++i) {
                tree.put("key-" + std::to_string(1'000'000 + i * stride % kRows), value);
            }
        }
        uint64_t next = 1'000'000;
        for (auto at = tree.lower_bound(""); !at.is_at_end(); at.forward()) {
            ASSERT_EQ(at.row().key, "key-" + std::to_string(next++));
            ASSERT_EQ(at.row().value, "two");
        }
        EXPECT_EQ(next, 1'000'000 + kRows);
        EXPECT_LT(tree.bytes(), kRows * 120) << "of 14 bytes a row";
    }
}

TEST(RowTree, GivesBackWhatRowsThatChangeLeaveBehind) {
    RowTree tree;
    for (size_t i = 0; i < 10'000; ++i) tree.put("counter", std::string(i % 100, 'x'));
    EXPECT_LT(tree.bytes(), 8'000u);
    EXPECT_EQ(tree.find("counter")->value->size(), 99u);
    RowTree other;
    other.put("b", std::nullopt);
    tree.swap(other);
    EXPECT_FALSE(tree.find("counter"));
    EXPECT_TRUE(tree.find("b"));
    EXPECT_FALSE(tree.find("b")->value);
    other.free_gently();
    EXPECT_TRUE(other.is_empty());
    EXPECT_EQ(other.bytes(), 0u);
    EXPECT_TRUE(other.lower_bound("").is_at_end());
}

}  // namespace
}  // namespace throughline::store
