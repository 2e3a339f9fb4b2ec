// What a person did, summed, as the API answers.
#include "server/activity.h"

#include "server/test_people.h"

namespace throughline::server {
namespace {

using testing::Answer;
using testing::PeopleTest;

class Activities : public PeopleTest {
protected:
    // An event of u1 that carries these properties.
    void sell(const std::string& name, const std::string& properties) {
        at_ += kMinute;
        send({.user = "u1",
              .name = name,
              .extra = R"({"properties":{)" + properties + "}}",
              .time = at_});
    }
    Answer activity(std::string_view ref = "user_id:u1") {
        return get("/api/profiles/" + std::string(ref) + "/activity");
    }

    Micros at_ = kNow - kDay;
};

TEST_F(Activities, AreAnsweredAsTheDocumentSays) {
    sell("Order Completed", R"("order_id":"o1","total":49.9,"currency":"EUR")");
    send({.anonymous = "a1", .time = kNow});
    const Answer one = activity();
    expect_fits(one, "Activity");
    EXPECT_EQ(one.at("events_counted"), "1");
    EXPECT_EQ(one.at("complete"), "true");
    EXPECT_EQ(one.at("orders.count"), "1");
    EXPECT_EQ(one.at("orders.last_at"), format_instant(at_));
    EXPECT_EQ(one.at("orders.revenue.0"), R"({"currency":"EUR","sum":49.9,"events":1})");
    EXPECT_EQ(one.at("events.0.name"), "Order Completed");

    const Answer visitor = activity("anonymous_id:a1");
    expect_fits(visitor, "Activity");
    EXPECT_EQ(visitor.at("orders.count"), "0");
    EXPECT_EQ(visitor.at("orders.last_at"), "null");
    expect_error(activity("user_id:nobody"), 404, "profile");
}

TEST_F(Activities, SumsAreExactAndNeverMixCurrencies) {
    for (int i = 0; i < 10; ++i) {
        sell("Order Line", R"("order_id":"o)" + std::to_string(i / 2) +
                               R"(","revenue":0.1,"total":9,"currency":"EUR")");
    }
    sell("Order Line", R"("order_id":"o9","revenue":5,"currency":"TRY")");
    sell("Order Line", R"("order_id":"o9","revenue":7)");
    const Answer one = activity();
    EXPECT_EQ(one.at("orders.count"), "6");
    EXPECT_EQ(one.at("orders.events"), "12");
    EXPECT_EQ(one.at("orders.revenue"),
              R"([{"currency":null,"sum":7,"events":1},{"currency":"EUR","sum":1,"events":10},)"
              R"({"currency":"TRY","sum":5,"events":1}])");
}

TEST_F(Activities, WhatWentBackCountsBelowZeroWhateverItsSign) {
    sell("Order Completed", R"("order_id":"o1","total":50,"currency":"EUR")");
    sell("Order Refunded", R"("order_id":"o1","total":20,"currency":"EUR")");
    sell("Order Line Returned", R"("order_id":"o2","revenue":-5.5,"currency":"EUR")");
    const Answer one = activity();
    EXPECT_EQ(one.at("orders.revenue.0.sum"), "24.5");
    EXPECT_EQ(one.at("orders.revenue.0.events"), "3");
    // By name they stand as they were said.
    for (size_t i = 0; i < 3; ++i) {
        const std::string kind = "events." + std::to_string(i);
        if (one.at(kind + ".name") != "Order Refunded") continue;
        EXPECT_EQ(one.at(kind + ".amounts.0.sum"), "20");
    }
}

TEST_F(Activities, AnOrderSaidTwiceCountsOnce) {
    sell("Order Completed", R"("order_id":"o1","total":50,"currency":"EUR")");
    sell("Order Completed", R"("order_id":"o1","total":50,"currency":"EUR")");
    sell("Order Updated", R"("order_id":"o1","total":60,"currency":"EUR")");
    const Answer one = activity();
    EXPECT_EQ(one.at("orders.count"), "1");
    EXPECT_EQ(one.at("orders.events"), "1");
    EXPECT_EQ(one.at("orders.revenue.0.sum"), "50");
    EXPECT_EQ(one.at("events_counted"), "3");
}

TEST_F(Activities, AnOrderThatNamesNoIdIsAnOrderOfItsOwn) {
    sell("Order Completed", R"("total":12.50)");
    sell("Order Completed", R"("total":12.50)");
    sell("Order Refunded", R"("total":2)");  // Of which order is not said: of none more.
    sell("Order Completed", R"("order_id":"","total":1)");
    const Answer one = activity();
    EXPECT_EQ(one.at("orders.count"), "3");
    EXPECT_EQ(one.at("orders.events"), "4");
    EXPECT_EQ(one.at("orders.revenue"), R"([{"currency":null,"sum":24,"events":4}])");
}

TEST_F(Activities, WhatIsNoOrderIsCountedByItsName) {
    sell("Checkout Started", R"("order_id":"o1","revenue":50,"currency":"EUR")");
    sell("Order Completed", R"("order_id":"o2","total":"fifty")");
    sell("Lamp Lit", R"("watts":9)");
    sell("Lamp Lit", R"("watts":9)");
    const Answer one = activity();
    EXPECT_EQ(one.at("orders.count"), "0");
    EXPECT_EQ(one.at("events_counted"), "4");
    EXPECT_EQ(one.at("events.0.count"), "2");
    EXPECT_EQ(one.size("events"), 3u);
}

}  // namespace
}  // namespace throughline::server
