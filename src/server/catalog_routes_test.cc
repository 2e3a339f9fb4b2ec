// Types and items over HTTP.
#include "server/catalog_routes.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "catalog/shipped.h"
#include "server/export.h"
#include "server/profile_routes.h"
#include "server/test_api.h"

namespace throughline::server {
namespace {

using engine::testing::SharedClock;
using testing::Answer;

constexpr Micros kNow = 1'760'000'000 * kSecond;  // 2025-10-09T08:53:20Z

class CatalogRoutesTest : public ::testing::Test {
protected:
    CatalogRoutesTest() {
        for (const std::string_view key : {"order", "product"}) {
            const Answer made =
                api_.call("PUT /api/catalogs/" + std::string(key), catalog::shipped_type(key));
            EXPECT_EQ(made.status, 201) << made.body;
        }
    }

    Answer post(std::string_view body, std::string_view head = {}) {
        return api_.call("POST /api/catalogs/order/items" + std::string(head), body);
    }

    SharedClock clock_{kNow};
    testing::TestApi api_{{add_catalog_routes, add_profile_routes}, clock_};
};

TEST_F(CatalogRoutesTest, ShippedTypesAreOfferedAndCanBeTakenAsTheyAre) {
    const Answer shipped = api_.call("GET /api/catalog-types");
    ASSERT_EQ(shipped.count("items"), 5u) << shipped.body;
    for (size_t i = 0; i < 5; ++i) {
        const std::string key(shipped.item("items", i).find("key").as_string());
        const Answer made =
            api_.call("PUT /api/catalogs/" + key, model::to_json(shipped.item("items", i)));
        EXPECT_TRUE(made.status == 200 || made.status == 201) << made.body;
    }
    const Answer order = api_.call("GET /api/catalogs/order");
    EXPECT_EQ(order.text("due.field"), "ready_by");
    EXPECT_EQ(order.number("items"), 0);
}

TEST_F(CatalogRoutesTest, EachBadItemIsRefusedWithItsPlaceAndTheRestIsTaken) {
    const Answer answer = post(R"([
        {"id":"A1","state":"placed","total":12.50,"customer_id":4711},
        {"id":"A2","state":"lost"},
        {"id":"A3"},
        {"state":"placed"},
        {"id":"A4","state":"placed","colour":"red"},
        {"id":"A5","state":"ready","ready_by":"soon"},
        {"id":"A6","state":"ready"}])");
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.number("accepted"), 2);
    ASSERT_EQ(answer.count("rejected"), 5u);
    EXPECT_EQ(answer.item("rejected", 0).find("message").as_string(),
              "item: state: is none of the states of order");
    EXPECT_EQ(answer.item("rejected", 1).find("message").as_string(), "item: state: is required");
    EXPECT_EQ(answer.item("rejected", 2).find("index").as_integer(), 3);
    EXPECT_EQ(answer.item("rejected", 3).find("message").as_string(),
              "item: colour: no such field of order");
    EXPECT_EQ(answer.item("rejected", 4).find("id").as_string(), "A5");
    EXPECT_EQ(api_.call("GET /api/catalogs/order").number("items"), 2);
    const Answer item = api_.call("GET /api/catalogs/order/items/A1");
    EXPECT_EQ(item.text("fields.customer_id"), "4711");
    EXPECT_EQ(model::to_json(item.json().at_path("fields.total")), "12.50");
    EXPECT_TRUE(item.text("owner.profile").starts_with("p_")) << item.body;
}

TEST_F(CatalogRoutesTest, ItemsHaveAHistoryOfStatesAndTheSameAgainChangesNothing) {
    post(R"({"id":"A1","state":"placed","updated_at":"2025-10-09T08:00:00Z"})");
    post(R"({"id":"A1","state":"ready","updated_at":"2025-10-09T08:30:00Z"})");
    const Answer again = post(R"({"id":"A1","state":"ready","updated_at":"2025-10-09T08:30:00Z"})");
    EXPECT_EQ(again.number("unchanged"), 1);
    const Answer late = post(R"({"id":"A1","state":"paid","updated_at":"2025-10-09T08:10:00Z"})");
    EXPECT_EQ(late.number("older"), 1);
    const Answer item = api_.call("GET /api/catalogs/order/items/A1");
    EXPECT_EQ(item.text("state"), "ready");
    ASSERT_EQ(item.count("states"), 2u);
    EXPECT_EQ(item.item("states", 1).find("since").as_string(), "2025-10-09T08:30:00.000Z");
}

TEST_F(CatalogRoutesTest, OfTwoWhoMoveAnItemFromOneStateTheSecondIsToldHowItStands) {
    const auto hand_over = R"({"id":"A1","state":"handed_over","if_state":"ready"})";
    const Answer early = post(hand_over);
    EXPECT_EQ(early.item("rejected", 0).find("code").as_string(), "conflict");
    EXPECT_TRUE(early.item("rejected", 0).find("now").is_null()) << early.body;
    post(R"({"id":"A1","state":"ready","store":"cluj"})");
    const Answer both = post("[" + std::string(hand_over) +
                             R"(,{"id":"A1","state":"cancelled","if_state":"ready"}])");
    EXPECT_EQ(both.number("accepted"), 1);
    ASSERT_EQ(both.count("rejected"), 1u) << both.body;
    const model::DocView refusal = both.item("rejected", 0);
    EXPECT_EQ(refusal.find("index").as_integer(), 1);
    EXPECT_EQ(refusal.find("code").as_string(), "conflict");
    EXPECT_EQ(refusal.find("message").as_string(), "item: if_state: it is handed_over by now");
    EXPECT_EQ(refusal.at_path("now.state").as_string(), "handed_over");
    EXPECT_EQ(refusal.at_path("now.fields.store").as_string(), "cluj");
    // The same word once more is not the one that was applied.
    EXPECT_EQ(post(hand_over).number("rejected_count"), 1);
    EXPECT_EQ(api_.call("GET /api/catalogs/order/items/A1").count("states"), 2u);

    const Answer kept = api_.call("DELETE /api/catalogs/order/items/A1?if_state=ready");
    EXPECT_EQ(kept.status, 409);
    EXPECT_EQ(kept.text("error.field"), "if_state");
    EXPECT_EQ(api_.call("DELETE /api/catalogs/order/items/A1?if_state=handed_over").status, 204);
}

TEST_F(CatalogRoutesTest, OfManyWhoMoveAnItemAtOnceOneDoes) {
    post(R"({"id":"A1","state":"ready"})");
    constexpr std::string_view kStates[] = {"handed_over", "cancelled", "on_the_way", "arrived"};
    std::atomic<int> applied = 0;
    std::vector<std::jthread> boards;
    for (const std::string_view state : kStates) {
        boards.emplace_back([&, state] {
            const Answer answer =
                post(R"({"id":"A1","if_state":"ready","state":")" + std::string(state) + R"("})");
            applied += static_cast<int>(answer.number("accepted"));
        });
    }
    boards.clear();  // Waits for them.
    EXPECT_EQ(applied, 1);
    EXPECT_EQ(api_.call("GET /api/catalogs/order/items/A1").count("states"), 2u);
}

TEST_F(CatalogRoutesTest, FieldsThatAreNotNamedStayOrGoAsIsSaid) {
    post(R"({"id":"A1","state":"placed","note":"ring twice","total":5})");
    post(R"({"id":"A1","state":"paid"})");
    EXPECT_EQ(api_.call("GET /api/catalogs/order/items/A1").text("fields.note"), "ring twice");
    post(R"({"id":"A1","state":"paid","total":6})", "?fields=whole");
    const Answer item = api_.call("GET /api/catalogs/order/items/A1");
    EXPECT_EQ(item.text("fields.note"), "");
    EXPECT_EQ(item.number("fields.total"), 6);
    EXPECT_EQ(post("{}", "?fields=some").status, 400);
}

TEST_F(CatalogRoutesTest, ListsAreFilteredByStateOwnerAndDueAndHavePages) {
    post(R"([{"id":"A1","state":"placed","customer_id":"ana","ready_by":"2025-10-09T08:00:00Z"},
             {"id":"A2","state":"ready","customer_id":"ana"},
             {"id":"A3","state":"placed","customer_id":"ben","ready_by":"2025-10-09T12:00:00Z"}])");
    const auto ids = [&](std::string_view query) {
        const Answer list = api_.call("GET /api/catalogs/order/items" + std::string(query));
        EXPECT_EQ(list.status, 200) << list.body;
        std::string text;
        for (size_t i = 0; i < list.count("items"); ++i) {
            text += std::string(list.item("items", i).find("id").as_string()) + " ";
        }
        return text + list.text("next");
    };
    EXPECT_EQ(ids(""), "A1 A2 A3 ");
    EXPECT_EQ(ids("?state=placed"), "A1 A3 ");
    EXPECT_EQ(ids("?owner=user_id:ana"), "A1 A2 ");
    EXPECT_EQ(ids("?owner=user_id:ana&state=ready"), "A2 ");
    EXPECT_EQ(ids("?due=overdue"), "A1 ");
    EXPECT_EQ(ids("?due_before=2025-10-10T00:00:00Z"), "A1 A3 ");
    EXPECT_EQ(ids("?limit=2"), "A1 A2 A2");
    EXPECT_EQ(ids("?limit=2&cursor=A2"), "A3 ");
    EXPECT_EQ(ids("?owner=user_id:ana&limit=1&cursor=A1"), "A2 ");
    EXPECT_EQ(ids("?due_before=2025-10-10T00:00:00Z&limit=1"), "A1 1759996800000000:A1");
    EXPECT_EQ(ids("?due_before=2025-10-10T00:00:00Z&cursor=1759996800000000:A1"), "A3 ");
    EXPECT_EQ(api_.call("GET /api/catalogs/order/items?due=overdue&cursor=x").status, 400);
    EXPECT_EQ(api_.call("GET /api/catalogs/order/items?state=lost").status, 400);
    EXPECT_EQ(api_.call("GET /api/catalogs/order/items?owner=user_id:nobody").status, 404);
}

TEST_F(CatalogRoutesTest, LinesAndTablesAreReadLikeLists) {
    const Answer lines = api_.call(
        "POST /api/catalogs/product/items\r\nContent-Type: application/x-ndjson",
        "{\"sku\":\"S1\",\"title\":\"Scarf\",\"price\":19.9}\nnonsense\n{\"sku\":\"S2\"}\n");
    ASSERT_EQ(lines.status, 200) << lines.body;
    EXPECT_EQ(lines.number("accepted"), 1);
    ASSERT_EQ(lines.count("rejected"), 2u);
    EXPECT_EQ(lines.item("rejected", 0).find("line").as_integer(), 2);
    EXPECT_EQ(lines.item("rejected", 1).find("message").as_string(), "item: title: is required");

    const Answer table = api_.call("POST /api/catalogs/product/items\r\nContent-Type: text/csv",
                                   "sku,title,price,available,tags\n"
                                   "S3,\"Hat, red\",12.50,true,\"[\"\"new\"\"]\"\n"
                                   "S4,Glove,dear,1,\n"
                                   "S5,Belt,,0,\n");
    ASSERT_EQ(table.status, 200) << table.body;
    EXPECT_EQ(table.number("accepted"), 2);
    EXPECT_EQ(table.item("rejected", 0).find("line").as_integer(), 3);
    const Answer hat = api_.call("GET /api/catalogs/product/items/S3");
    EXPECT_EQ(hat.text("fields.title"), "Hat, red");
    EXPECT_EQ(model::to_json(hat.json().at_path("fields.price")), "12.50");
    EXPECT_EQ(hat.count("fields.tags"), 1u);
    EXPECT_FALSE(api_.call("GET /api/catalogs/product/items/S5")
                     .json()
                     .at_path("fields.available")
                     .as_bool());
}

TEST_F(CatalogRoutesTest, ATypeWithItemsKeepsItsOwnerAndDoesNotGo) {
    post(R"({"id":"A1","state":"placed"})");
    const Answer other = api_.call("PUT /api/catalogs/order", R"({"name":"Orders","fields":[
        {"name":"state","type":"text"},{"name":"mail","type":"text"}],
        "owner":{"field":"mail","namespace":"email"},
        "state":{"field":"state","values":["placed"]}})");
    EXPECT_EQ(other.status, 422) << other.body;
    EXPECT_EQ(api_.call("DELETE /api/catalogs/order").status, 422);
    EXPECT_EQ(api_.call("DELETE /api/catalogs/order/items/A1").status, 204);
    EXPECT_EQ(api_.call("DELETE /api/catalogs/order/items/A1").status, 404);
    EXPECT_EQ(api_.call("GET /api/catalogs/order/items/A1").status, 404);
    EXPECT_EQ(api_.call("DELETE /api/catalogs/order").status, 204);
    EXPECT_EQ(post(R"({"id":"A1","state":"placed"})").status, 404);
}

TEST_F(CatalogRoutesTest, TheExportOfAPersonHasHerItemsAndErasureTakesThemFromHer) {
    post(R"([{"id":"A1","state":"placed","customer_id":"ana","note":"ring twice","store":"cluj"},
             {"id":"A2","state":"placed","customer_id":"ben"}])");
    const auto exported = PersonExport::make(api_.app(), "user_id:ana");
    ASSERT_TRUE(exported) << exported.error().message;
    std::string text;
    ASSERT_TRUE(exported->write([&](std::string_view bytes) {
        text += bytes;
        return true;
    }));
    EXPECT_NE(text.find(R"("items":[{"catalog":"order","id":"A1")"), text.npos) << text;
    EXPECT_EQ(text.find("A2"), text.npos);
    EXPECT_NE(text.find("Item Changed"), text.npos);

    ASSERT_EQ(api_.call("DELETE /api/profiles/user_id:ana", R"({"reason":"asked"})").status, 202);
    const Answer item = api_.call("GET /api/catalogs/order/items/A1");
    EXPECT_TRUE(item.json().find("owner").is_null()) << item.body;
    EXPECT_EQ(item.text("fields.store"), "cluj");
    EXPECT_EQ(item.text("fields.note"), "");
    EXPECT_EQ(item.text("fields.customer_id"), "");
    EXPECT_EQ(item.text("state"), "placed");
}

}  // namespace
}  // namespace throughline::server
