// Items in the fold: owners, what follows on their timelines, timers, lists.
#include "engine/items/items.h"

#include <gtest/gtest.h>

#include <map>

#include "engine/items/item_list.h"
#include "engine/items/item_rows.h"
#include "engine/items/test_items.h"
#include "model/consequence.h"

namespace throughline::engine {
namespace {

using catalog::Item;
using testing::catalog_record;
using testing::decision_record;
using testing::item_record;
using testing::Partition;

constexpr Micros kStart = 1'760'000'000 * kSecond;

struct Followed {
    uint32_t identity = 0;
    Micros time = 0;
    std::string text;  // Name, item, state, `h` for history.
    bool operator==(const Followed&) const = default;
};

// A fold that is given one record at a time, each at the time of a clock.
class ItemsTest : public ::testing::Test {
protected:
    ItemsTest() {
        partition_.first = kStart;
        fold(catalog_record("order"));
    }

    // The stamp of record i is `first + i * second`: here each record takes a second.
    void fold(const std::string& record) {
        records_.push_back(record);
        partition_.apply(records_, records_.size() - 1, 1);
    }
    void item(const std::string& id, const std::string& fields, const std::string& more = "") {
        fold(item_record(id, fields, more));
    }
    void pass(Micros time) {
        partition_.first += time;
        fold(model::make_record(model::RecordKind::Tick, {}));
    }
    // The stamp of the record folded last.
    Micros now() const { return partition_.stamp_of(records_.size() - 1); }

    std::optional<Item> found(const std::string& id) {
        const auto bytes = partition_.tables->items.get(item_key(testing::kSecret, "order", id));
        if (!*bytes) return {};
        return *Item::decode(**bytes);
    }
    std::vector<Followed> followed() {
        std::map<std::pair<uint64_t, uint32_t>, Followed> rows;
        const Status scanned = partition_.history->snapshot()->scan(
            INT64_MIN + 1, INT64_MAX, {.type = true, .position = true, .tie = true},
            [&](const sequence::ScanBlock& block) -> Status {
                for (size_t row = 0; row < block.size(); ++row) {
                    if (static_cast<model::EventType>(block.type[row]) != model::kConsequence) {
                        continue;
                    }
                    TL_TRY_ASSIGN(const auto payload, block.payload(row));
                    const model::EventView event(payload);
                    const model::DocView properties = event.doc().find("properties");
                    rows[{block.position[row], block.tie[row]}] = {
                        block.identity[row], block.time[row],
                        std::string(event.name()) + " " +
                            std::string(properties.find("item").as_string()) + " " +
                            std::string(properties.find("state").as_string()) +
                            (event.is_history() ? " h" : "")};
                }
                return Status::ok();
            });
        EXPECT_TRUE(scanned);
        std::vector<Followed> all;
        for (auto& [place, row] : rows) all.push_back(row);
        return all;
    }
    static std::string ready_by(Micros at) {
        return R"("ready_by":")" + format_instant_exact(at) + "\"";
    }

    Partition partition_{1};
    std::vector<std::string> records_;
};

const std::string kAna = R"("customer_id":"ana",)";

TEST_F(ItemsTest, AMoveIsARowOfTheOwnerWhomItMakesKnown) {
    item("A1", kAna + R"("state":"placed")");
    const Micros first = now();
    item("A1", R"("state":"ready")");
    item("A1", R"("state":"ready")");
    item("A2", R"("state":"placed")");  // Nobody's.
    EXPECT_EQ(followed(), (std::vector<Followed>{{1, first, "Item Changed A1 placed"},
                                                 {1, first + kSecond, "Item Changed A1 ready"}}));
    EXPECT_EQ(partition_.fold->state().next_identity, 2u);
    fold(testing::event_payload({.user = "ana", .message_id = "m1", .time = now()}));
    EXPECT_EQ(partition_.fold->state().next_identity, 2u);  // It is she.
}

TEST_F(ItemsTest, AMissedDueTimeIsToldOnceAndAtItsTime) {
    const Micros due = kStart + kHour;
    item("A1", kAna + R"("state":"placed",)" + ready_by(due));
    item("A2", kAna + R"("state":"placed",)" + ready_by(due));
    item("A2", R"("state":"ready")");
    pass(2 * kHour);
    pass(kHour);
    item("A1", R"("store":"cluj")");
    auto rows = followed();
    ASSERT_EQ(rows.size(), 4u);
    EXPECT_EQ(rows[3], (Followed{1, due, "Item Overdue A1 placed"}));
    item("A1", ready_by(now() + kHour));  // Another due time is another promise.
    pass(2 * kHour);
    item("A2", R"("state":"picking")");  // It was due long ago, and now that counts.
    rows = followed();
    ASSERT_EQ(rows.size(), 7u);
    EXPECT_EQ(rows[4].text, "Item Overdue A1 placed");
    EXPECT_EQ(rows[5].text, "Item Changed A2 picking");
    EXPECT_EQ(rows[6].text, "Item Overdue A2 picking");
}

TEST_F(ItemsTest, OldItemsAreRowsOfThePastAndLatenessOfThePastIsNotTold) {
    const Micros then = kStart - 30 * kDay;
    item("A1", kAna + R"("state":"placed",)" + ready_by(then + kDay),
         R"("updated_at":)" + std::to_string(then) + ",");
    pass(kDay);
    EXPECT_EQ(followed(), (std::vector<Followed>{{1, then, "Item Changed A1 placed h"}}));
}

TEST_F(ItemsTest, AnItemOfAnAccountHasItsOwnerAndTellsNobody) {
    fold(testing::definition_record(
        "catalogs", "order",
        R"({"name":"o","fields":[{"name":"company","type":"text"},{"name":"state","type":"text"}],
            "owner":{"field":"company","account":true},
            "state":{"field":"state","values":["placed"]}})"));
    item("A1", R"("company":"acme","state":"placed")");
    EXPECT_TRUE(std::holds_alternative<Key128>(found("A1")->owner));
    EXPECT_TRUE(followed().empty());
    item("A2", R"("company":"","state":"placed")");
    EXPECT_TRUE(std::holds_alternative<std::monostate>(found("A2")->owner));
}

TEST_F(ItemsTest, AValueThatNamesNobodyIsNobody) {
    for (const std::string value : {"null", "0000", ""}) {
        item("A1", R"("customer_id":")" + value + R"(","state":"placed")");
        EXPECT_EQ(found("A1")->person(), 0u) << value;
    }
    item("A1", kAna + R"("state":"placed")");
    EXPECT_EQ(found("A1")->person(), 1u);
    item("A1", R"("customer_id":"ben","state":"ready")");
    EXPECT_EQ(found("A1")->person(), 2u);
    ASSERT_EQ(followed().size(), 1u);
    EXPECT_EQ(followed()[0].identity, 2u);
}

TEST_F(ItemsTest, ErasureTakesTheItemsFromHerAndOldWordsDoNotBringHerBack) {
    item("A1", kAna + R"("state":"placed","store":"cluj","note":"ring twice")",
         R"("updated_at":)" + std::to_string(kStart - kHour) + ",");
    fold(decision_record(R"({"action":"erase","identity":1,"actor":"t"})"));
    ASSERT_TRUE(found("A1"));
    EXPECT_EQ(found("A1")->person(), 0u);
    EXPECT_EQ(model::to_json(model::DocView(found("A1")->fields)),
              R"({"state":"placed","store":"cluj"})");
    item("A1", kAna + R"("state":"ready")",
         R"("updated_at":)" + std::to_string(kStart - kMinute) + ",");
    EXPECT_EQ(found("A1")->state(), "placed");
    EXPECT_EQ(partition_.fold->state().next_identity, 2u);
    item("A1", kAna + R"("state":"ready")");  // A new life.
    EXPECT_EQ(found("A1")->person(), 2u);
}

TEST_F(ItemsTest, ATypeWithItemsKeepsItsOwnerAndDoesNotGo) {
    item("A1", R"("state":"placed")");
    fold(testing::definition_record("catalogs", "order", "null"));
    EXPECT_NE(partition_.fold->settings()->catalog("order"), nullptr);
    item("A1", "", R"("remove":true,)");
    EXPECT_FALSE(found("A1"));
    fold(testing::definition_record("catalogs", "order", "null"));
    EXPECT_EQ(partition_.fold->settings()->catalog("order"), nullptr);
    item("A1", R"("state":"placed")");
    EXPECT_FALSE(found("A1"));
}

// Lists and the number of items are what the items themselves say.
TEST_F(ItemsTest, ListsSayWhatTheItemsSayInSeededWorlds) {
    for (uint64_t seed = 1; seed <= 5; ++seed) {
        SeededRandom random(seed);
        for (int step = 0; step < 400; ++step) {
            fold(testing::random_item_record(random, now()));
            if (random.chance(0.05)) pass(static_cast<Micros>(random.below(300)) * kSecond);
            if (random.chance(0.01)) {
                fold(decision_record(R"({"action":"erase","actor":"t","identity":)" +
                                     std::to_string(1 + random.below(20)) + "}"));
            }
        }
        std::map<std::string, std::string> wanted;
        uint64_t count = 0;
        const catalog::Type* const type = partition_.fold->settings()->catalog("order");
        for (int id = 0; id < 30; ++id) {
            const auto item = found("o" + std::to_string(id));
            if (!item) continue;
            ++count;
            for (const std::string& row : list_rows(*type, *item)) wanted[row] = "";
            // A due time that has passed in a state in which it counts has been told.
            const bool is_late =
                item->due != kNoTime && item->due <= now() && type->counts_late(item->state());
            EXPECT_TRUE(!is_late || item->missed == item->due) << "seed " << seed << ", o" << id;
        }
        std::string number;
        ByteWriter(number).fixed(count);
        wanted[item_count_row("order")] = number;
        const auto rows = partition_.tables->item_lists.scan({}, SIZE_MAX);
        ASSERT_TRUE(rows);
        const std::map<std::string, std::string> kept(rows->begin(), rows->end());
        EXPECT_EQ(kept, wanted) << "seed " << seed;
    }
}

}  // namespace
}  // namespace throughline::engine
