// What there is to choose from: names, properties and values as events brought them.
#include "server/schema_routes.h"

#include "server/event_survey.h"
#include "server/identity_routes.h"
#include "server/profile_routes.h"
#include "server/test_api.h"
#include "server/test_schema.h"

namespace throughline::server {
namespace {

using testing::Answer;
using testing::TestApi;

class SchemaRoutes : public ::testing::Test {
protected:
    void order(const std::string& user, const std::string& properties, int days_ago = 0) {
        send(user, "Order Completed", R"({"properties":)" + properties + "}", days_ago);
    }
    void send(const std::string& user, const std::string& name, const std::string& extra,
              int days_ago = 0, model::EventType type = model::EventType::Track) {
        api.send({.type = type,
                  .user = user,
                  .name = name,
                  .message_id = "m" + std::to_string(++sent),
                  .extra = extra,
                  .time = api.app().clock.now() - days_ago * kDay});
    }
    std::string ask(const std::string& what, const std::string& schema) {
        const Answer answer = api.call("GET /api/schema/" + what);
        EXPECT_EQ(answer.status, 200) << answer.body;
        EXPECT_EQ(schemas.mismatch(schema, answer.json()), "");
        return answer.body;
    }

    int sent = 0;
    TestApi api{{add_schema_routes, add_profile_routes}};
    testing::Schemas schemas;
};

TEST_F(SchemaRoutes, NamesAreCountedByTypeOverAllOfHistory) {
    order("u1", "{}");
    order("u2", "{}", 400);
    send("u1", "Home", "{}", 0, model::EventType::Page);
    send("u1", "Order Completed", "{}", 3, model::EventType::Page);
    EXPECT_EQ(
        ask("events", "SchemaEvents"),
        R"({"items":[{"event":"Order Completed","type":"track","count":2},)"
        R"({"event":"Home","type":"page","count":1},)"
        R"({"event":"Order Completed","type":"page","count":1}],"total":3,"since":null,"partial":false,"unnamed":0})");
    EXPECT_EQ(ask("events?limit=1", "SchemaEvents"),
              R"({"items":[{"event":"Order Completed","type":"track","count":2}],)"
              R"("total":3,"since":null,"partial":false,"unnamed":0})");
}

TEST_F(SchemaRoutes, ASurveyOutOfTimeCountsWholeStretchesAndSaysSinceWhen) {
    order("u1", "{}");
    order("u1", "{}", 20);
    order("u1", "{}", 400);
    // Each look at the time is a second later: the third stretch does not end.
    class SlowClock final : public Clock {
    public:
        Micros now() const override { return system_clock().now(); }
        Micros monotonic() const override { return looks_++ * kSecond; }

    private:
        mutable Micros looks_ = 0;
    };
    const SlowClock clock;
    const engine::QueryView view = api.engine().query_view();
    const auto found = EventSurvey(view, clock, {.time = 2 * kSecond}).names();
    ASSERT_TRUE(found);
    ASSERT_EQ(found->names.size(), 1u);
    EXPECT_EQ(found->names[0].count, 2u);
    EXPECT_NEAR(static_cast<double>(clock.now() - found->since), 30.0 * kDay, 10.0 * kSecond);
}

TEST_F(SchemaRoutes, PropertiesOfAnEventAreItsOwnPathsThenThoseOfItsContext) {
    order("u1",
          R"({"total":9.5,"plan":"pro","cart":{"size":2,"gift":true},"ids":[1],"none":null})");
    send("u1", "Order Completed",
         R"({"properties":{"total":"9"},"context":{"page":{"path":"/"}}})");
    order("u1", R"({"total":1})");
    send("u1", "Ignored", R"({"properties":{"other":1}})");
    EXPECT_EQ(
        ask("properties?event=Order%20Completed", "SchemaProperties"),
        R"({"items":[{"property":"total","kind":"number","count":3,"distinct":3,"distinct_exact":true},)"
        R"({"property":"cart.gift","kind":"bool","count":1,"distinct":1,"distinct_exact":true},)"
        R"({"property":"cart.size","kind":"number","count":1,"distinct":1,"distinct_exact":true},)"
        R"({"property":"ids","kind":"list","count":1},)"
        R"({"property":"plan","kind":"text","count":1,"distinct":1,"distinct_exact":true},)"
        R"({"property":"$.context.page.path","kind":"text","count":1,"distinct":1,"distinct_exact":true}],"total":6,"events":3,"uncounted":0})");
    EXPECT_EQ(ask("properties?event=Nothing", "SchemaProperties"),
              R"({"items":[],"total":0,"events":0,"uncounted":0})");
}

TEST_F(SchemaRoutes, FilesAndTailAreCountedAlike) {
    const auto send_all = [&] {
        for (int i = 0; i < 400; ++i) {
            order(
                "u" + std::to_string(i % 7),
                R"({"total":)" + std::to_string(i) + R"(.50,"plan":")" + (i % 3 ? "pro" : "free") +
                    R"(","gift":true,"event":"Order Completed","at":"2026-01-31T09:15:00.123Z"})");
        }
        send("u1", "Home", R"({"properties":{"name":"Home"}})", 0, model::EventType::Page);
    };
    send_all();
    ASSERT_TRUE(api.engine().checkpoint());
    EXPECT_EQ(ask("events", "SchemaEvents"),
              R"({"items":[{"event":"Order Completed","type":"track","count":400},)"
              R"({"event":"Home","type":"page","count":1}],)"
              R"("total":2,"since":null,"partial":false,"unnamed":0})");
    const std::string from_files = ask("properties?event=Order%20Completed", "SchemaProperties");
    EXPECT_NE(from_files.find(R"("property":"plan","kind":"text","count":400,"distinct":2,)"
                              R"("distinct_exact":true})"),
              from_files.npos)
        << from_files;
    EXPECT_NE(from_files.find(R"("property":"at","kind":"text","count":400})"), from_files.npos);
    EXPECT_NE(from_files.find(R"("distinct_exact":false})"), from_files.npos);  // 400 totals.
    EXPECT_NE(ask("properties?type=page", "SchemaProperties")
                  .find(R"("property":"name","kind":"text","count":1,"distinct":1,)"),
              std::string::npos);
    send_all();
    const std::string doubled = ask("properties?event=Order%20Completed", "SchemaProperties");
    EXPECT_NE(doubled.find(R"("events":800)"), doubled.npos) << doubled;
    EXPECT_EQ(doubled.find(R"("count":400)"), doubled.npos) << doubled;
    const auto distinct = [](const std::string& answer) {
        return std::string_view(answer).substr(answer.find(R"("distinct":)", answer.find("total")));
    };
    EXPECT_EQ(distinct(doubled).substr(0, 15), distinct(from_files).substr(0, 15));
}

TEST_F(SchemaRoutes, EventsPastTheLimitOfFieldsAreTold) {
    std::string fields = "{";
    for (int i = 0; i < 9'000; ++i) {
        fields += (i > 0 ? ",\"f" : "\"f") + std::to_string(i) + "\":1";
    }
    order("u1", R"({"total":1})");  // Files have people in the order they came.
    order("u2", fields + "}");
    ASSERT_TRUE(api.engine().checkpoint());
    const std::string answer = ask("properties?event=Order%20Completed", "SchemaProperties");
    EXPECT_NE(answer.find(R"("events":2,"uncounted":1})"), answer.npos) << answer;
}

TEST_F(SchemaRoutes, ValuesComeMostFrequentFirstWithTheirTypesAndByPrefix) {
    for (const char* plan : {"\"pro\"", "\"Premium\"", "\"pro\"", "3", "true", "[1]", "\"free\""}) {
        order("u1", R"({"plan":)" + std::string(plan) + "}");
    }
    send("u1", "Ignored", R"({"properties":{"plan":"pro"}})");
    EXPECT_EQ(ask("values?event=Order%20Completed&property=plan&q=PR", "SchemaValues"),
              R"({"items":[{"value":"pro","count":2},{"value":"Premium","count":1}],"events":7})");
    const std::string all = ask("values?event=Order%20Completed&property=plan", "SchemaValues");
    for (const char* item : {R"({"value":3,"count":1})", R"({"value":true,"count":1})"}) {
        EXPECT_NE(all.find(item), all.npos) << all;
    }
    EXPECT_EQ(ask("values?property=plan&event=*&q=pro", "SchemaValues"),
              R"({"items":[{"value":"pro","count":3}],"events":8})");
    EXPECT_EQ(api.call("GET /api/schema/values?event=x").status, 400);
    EXPECT_EQ(api.call("GET /api/schema/values?property=a&type=visit").status, 400);
}

TEST_F(SchemaRoutes, WhatAnErasedPersonBroughtIsNoChoiceAnyMore) {
    order("stays", R"({"plan":"pro"})");
    order("goes", R"({"plan":"a secret"})");
    ASSERT_LT(api.call("DELETE /api/profiles/user_id:goes").status, 300);
    EXPECT_EQ(ask("values?event=Order%20Completed&property=plan", "SchemaValues"),
              R"({"items":[{"value":"pro","count":1}],"events":1})");
    EXPECT_NE(ask("events", "SchemaEvents").find(R"("count":1})"), std::string::npos);
}

}  // namespace
}  // namespace throughline::server
