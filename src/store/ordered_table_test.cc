#include "store/ordered_table.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/random.h"
#include "store/table_test_support.h"

namespace throughline::store {
namespace {

using Rows = std::vector<OrderedTable::Row>;

TEST(KeyRange, APrefixEndsWhereItsLastGrowableByteGrows) {
    EXPECT_EQ(KeyRange::prefix("ab").to, "ac");
    EXPECT_EQ(KeyRange::prefix("a\xff").to, "b");
    EXPECT_EQ(KeyRange::prefix("\xff").to, "");
    EXPECT_TRUE(KeyRange::prefix("\xff").contains("\xff\xff"));
}

TEST(OrderedTable, ErasedRowsHideTheColdOnes) {
    MapFamily cold;
    Epochs epochs;
    OrderedTable table(cold);
    for (const char* key : {"a", "b", "c"}) table.put(key, "1");
    table.begin_checkpoint();
    ASSERT_TRUE(cold.ingest(table, epochs.pin()).is_ok());
    table.end_checkpoint();
    EXPECT_EQ(table.dirty_bytes(), 0u);
    table.erase("b");
    table.put("c", "2");
    EXPECT_EQ(*table.scan({}, 10), (Rows{{"a", "1"}, {"c", "2"}}));
    EXPECT_FALSE(table.get("b")->has_value());
    EXPECT_EQ(*table.scan({}, 1, ScanOrder::Descending), (Rows{{"c", "2"}}));
    cold.fails = true;
    EXPECT_EQ(table.scan({}, 10).error().code, Code::Corrupt);
}

Rows by_definition(const std::map<std::string, std::string>& model, const KeyRange& range,
                   size_t limit, ScanOrder order) {
    Rows rows;
    for (const auto& row : model) {
        if (range.contains(row.first)) rows.emplace_back(row);
    }
    if (order == ScanOrder::Descending) std::reverse(rows.begin(), rows.end());
    if (rows.size() > limit) rows.resize(limit);
    return rows;
}

TEST(OrderedTable, AgreesWithAMapOnRandomRuns) {
    for (uint64_t seed = 1; seed <= 6; ++seed) {
        SeededRandom random(seed);
        MapFamily cold;
        Epochs epochs;
        OrderedTable table(cold);
        std::map<std::string, std::string> model;
        bool is_sealed = false;
        const uint64_t keys = seed % 2 == 0 ? 50 : 6000;  // Above one chunk, and well below.
        const auto any_key = [&] { return std::to_string(random.below(keys)); };
        for (int step = 0; step < 20'000; ++step) {
            const uint64_t dice = random.below(1000);
            const std::string key = any_key();
            if (dice < 600) {
                table.put(key, std::to_string(step));
                model[key] = std::to_string(step);
            } else if (dice < 850) {
                table.erase(key);
                model.erase(key);
            } else if (dice < 900 && !model.empty()) {
                table.erase_first(model.begin()->first);
                model.erase(model.begin());
            } else if (dice < 970) {
                const auto at = model.find(key);
                const auto value = table.get(key);
                ASSERT_EQ(value->value_or("none"), at == model.end() ? "none" : at->second);
            } else if (dice < 990) {
                KeyRange range{any_key(), random.chance(0.5) ? any_key() : ""};
                const size_t limit = random.chance(0.5) ? 5 : 100'000;
                for (const auto order : {ScanOrder::Ascending, ScanOrder::Descending}) {
                    ASSERT_EQ(*table.scan(range, limit, order),
                              by_definition(model, range, limit, order))
                        << "seed=" << seed << " step=" << step;
                }
            } else if (!is_sealed) {
                table.begin_checkpoint();
                is_sealed = true;
            } else if (random.chance(0.3)) {
                table.abort_checkpoint();
                is_sealed = false;
            } else {
                ASSERT_TRUE(cold.ingest(table, epochs.pin()).is_ok());
                table.end_checkpoint();
                is_sealed = false;
            }
        }
    }
}

TEST(OrderedTable, AScanNeverMissesARowThatMovesToTheColdFamily) {
    MapFamily cold;
    Epochs epochs;
    OrderedTable table(cold);
    for (int i = 0; i < 100; ++i) table.put("k" + std::to_string(i), "v");
    std::atomic<bool> is_done{false};
    std::thread reader([&] {
        while (!is_done) {
            ASSERT_EQ(table.scan(KeyRange::prefix("k"), 1000)->size(), 100u);
            ASSERT_TRUE(table.get("k7")->has_value());
        }
    });
    for (int i = 0; i < 300; ++i) {
        for (int k = i % 7; k < 100; k += 7) table.put("k" + std::to_string(k), std::to_string(i));
        table.begin_checkpoint();
        EXPECT_TRUE(cold.ingest(table, epochs.pin()).is_ok());
        table.end_checkpoint();
    }
    is_done = true;
    reader.join();
}

}  // namespace
}  // namespace throughline::store
