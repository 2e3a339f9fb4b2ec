#include "catalog/item.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "catalog/test_types.h"

namespace throughline::catalog {
namespace {

using testing::json_of;
using testing::order_type;
using testing::type_from;

Item item_of(std::string_view fields) {
    return {.catalog = "order",
            .id = "A1",
            .created = 5,
            .changed = 7,
            .updated_at = -6,
            .due = 1'700'000'000 * kSecond,
            .missed = kNoTime,
            .owner = uint32_t{12},
            .visits = {{"placed", 5}, {"ready", 6}},
            .fields = *model::doc_from_json(fields)};
}

TEST(Item, ComesBackFromItsBytes) {
    Item item = item_of(R"({"state":"ready","total":12.50})");
    for (const Item::Owner& owner :
         {Item::Owner{}, Item::Owner{uint32_t{7}}, Item::Owner{Key128{1, 2}}}) {
        item.owner = owner;
        const auto back = Item::decode(item.encode());
        ASSERT_TRUE(back);
        EXPECT_EQ(*back, item);
    }
    item.missed = item.due;
    item.due = kNoTime;
    item.visits.clear();
    EXPECT_EQ(*Item::decode(item.encode()), item);
}

TEST(Item, DamagedBytesAreRefusedOrReadable) {
    const std::string whole = item_of(R"({"state":"ready","lines":[1,"two",{"a":3}]})").encode();
    SeededRandom random(5);
    for (int round = 0; round < 20'000; ++round) {
        std::string bytes = whole.substr(0, 1 + random.below(whole.size()));
        for (uint64_t flips = random.below(4); flips > 0; --flips) {
            bytes[random.below(bytes.size())] = static_cast<char>(random.below(256));
        }
        const auto item = Item::decode(bytes);
        if (!item) continue;
        EXPECT_TRUE(Item::decode(item->encode()));
    }
    EXPECT_FALSE(Item::decode(""));
}

TEST(Item, IsSeenWithItsStateAndDueTimeUnderTheirOwnNames) {
    const Type type = type_from(R"({"fields":[{"name":"phase","type":"text"},
        {"name":"by","type":"time"}],"state":{"field":"phase","values":["placed","ready"]},
        "due":{"field":"by"}})");
    const Item item = item_of(R"({"phase":"ready","by":"2023-11-14T22:13:20Z"})");
    EXPECT_EQ(json_of(item_document(type, item)),
              R"({"id":"A1","state":"ready","due":"2023-11-14T22:13:20Z","phase":"ready",)"
              R"("by":"2023-11-14T22:13:20Z"})");
    EXPECT_EQ(json_of(changed_properties(type, item, "placed")),
              R"({"catalog":"order","item":"A1","state":"ready","before":"placed",)"
              R"("phase":"ready","by":"2023-11-14T22:13:20Z"})");
    EXPECT_EQ(json_of(overdue_properties(type, item)),
              R"({"catalog":"order","item":"A1","state":"ready","due":"2023-11-14T22:13:20Z",)"
              R"("phase":"ready","by":"2023-11-14T22:13:20Z"})");
}

TEST(Item, OfTheErasedKeepsWhatIsTheCompanysAndNothingOfThePerson) {
    const Type type = order_type();
    Item item = item_of(R"({"customer_id":"ana","state":"ready","store":"cluj","total":5,
        "ready_by":"2023-11-14T22:13:20Z","note":"ring twice","gone":"x"})");
    Item other = item;
    forget_owner(&type, item);
    EXPECT_EQ(item.person(), 0u);
    EXPECT_EQ(json_of(item.fields),
              R"({"state":"ready","store":"cluj","total":5,"ready_by":"2023-11-14T22:13:20Z"})");
    EXPECT_EQ(item.state(), "ready");
    forget_owner(nullptr, other);
    EXPECT_EQ(json_of(other.fields), "{}");
}

}  // namespace
}  // namespace throughline::catalog
