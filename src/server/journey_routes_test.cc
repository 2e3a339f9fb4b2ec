// Journeys over HTTP: drafted, published, followed, paused and stopped.
#include "server/journey_routes.h"

#include "catalog/shipped.h"
#include "server/audit_routes.h"
#include "server/backtest_routes.h"
#include "server/catalog_routes.h"
#include "server/message_routes.h"
#include "server/profile_routes.h"
#include "server/purpose_routes.h"
#include "server/segment_routes.h"
#include "server/settings_routes.h"
#include "server/template_routes.h"
#include "server/test_api.h"
#include "server/test_schema.h"

namespace throughline::server {
namespace {

using testing::Answer;
using testing::TestApi;

constexpr std::string_view kCart = R"({"name":"Cart","document":{"key":"cart",
    "trigger":{"event":"Product Added"},
    "goals":[{"name":"ordered","event":"Order Completed"}],
    "steps":[{"id":"half","type":"split","parts":[
                {"name":"most","share":99.99,"next":"mail"},
                {"name":"few","share":0.01,"holdout":true,"next":"end"}]},
             {"id":"mail","type":"message","channel":"email","template":"cart","purpose":"service"},
             {"id":"wait","type":"wait","for":"1h"}]}})";

class JourneyRoutes : public ::testing::Test {
protected:
    void send(const std::string& user, const std::string& name) {
        const engine::Outcome outcome = api.engine().submit_and_wait(
            engine::testing::event_payload({.user = user,
                                            .name = name,
                                            .message_id = "m" + std::to_string(++sent),
                                            .time = system_clock().now()},
                                           api.engine().secret()));
        ASSERT_TRUE(outcome.status);
    }
    void send_address(const std::string& user) {
        const engine::Outcome outcome = api.engine().submit_and_wait(
            engine::testing::event_payload({.type = model::EventType::Identify,
                                            .user = user,
                                            .email = user + "@example.org",
                                            .message_id = "a" + user,
                                            .time = system_clock().now()},
                                           api.engine().secret()));
        ASSERT_TRUE(outcome.status);
    }
    void tell(const std::string& decision) {
        const auto doc = model::doc_from_json(decision);
        ASSERT_TRUE(doc);
        const engine::Outcome outcome =
            api.engine().submit_and_wait(model::make_record(model::RecordKind::Decision, *doc));
        ASSERT_TRUE(outcome.status && outcome.refused.empty());
    }
    void publish() {
        ASSERT_EQ(api.call("PUT /api/journeys/cart", kCart).status, 201);
        const Answer published = api.call("POST /api/journeys/cart/publish");
        ASSERT_EQ(published.status, 200) << published.body;
        EXPECT_EQ(schemas.mismatch("JourneyState", published.json()), "");
        EXPECT_EQ(published.text("state"), "published");
        EXPECT_EQ(published.number("version"), 1);
        EXPECT_EQ(api.call("GET /api/audit?action=journey.publish").count("items"), 1u);
    }

    TestApi api{add_journey_routes,  add_segment_routes,  add_profile_routes, add_audit_routes,
                add_settings_routes, add_template_routes, add_purpose_routes, add_message_routes,
                add_catalog_routes,  add_backtest_routes};
    testing::Schemas schemas;
    int sent = 0;
};

TEST_F(JourneyRoutes, ADraftTellsAllItsProblemsAtOnceAndIsNotPublishedWithThem) {
    const Answer draft = api.call("PUT /api/journeys/cart", R"({"name":"Cart","document":{
        "key":"other","trigger":{"segment":"nobody"},
        "steps":[{"id":"a","type":"wait","for":"soon","next":"b"},{"id":"c","type":"sing"}]}})");
    ASSERT_EQ(draft.status, 201) << draft.body;
    EXPECT_EQ(schemas.mismatch("Journey", draft.json()), "");
    EXPECT_EQ(draft.text("state"), "draft");
    EXPECT_GE(draft.count("problems"), 3u);
    EXPECT_EQ(draft.item("problems", 0).find("path").as_string(), "steps[0].next");
    const Answer refused = api.call("POST /api/journeys/cart/publish");
    EXPECT_EQ(refused.status, 422);
    EXPECT_EQ(refused.count("problems"), draft.count("problems"));
    EXPECT_EQ(schemas.mismatch("JourneyProblems", refused.json()), "");

    const Answer mended = api.call("PUT /api/journeys/cart", R"({"name":"Cart","document":{
        "key":"other","trigger":{"segment":"nobody"},
        "steps":[{"id":"a","type":"wait","for":"1h"}]}})");
    EXPECT_EQ(mended.count("problems"), 1u);  // The key.
    EXPECT_EQ(mended.item("warnings", 0).find("path").as_string(), "trigger.segment");
}

TEST_F(JourneyRoutes, WhatAMessageNamesAndIsNotThereIsTold) {
    const std::string paths[] = {"steps[1].channel", "steps[1].template", "steps[1].purpose"};
    const Answer draft = api.call("PUT /api/journeys/cart", kCart);
    ASSERT_EQ(draft.count("warnings"), std::size(paths)) << draft.body;
    for (size_t i = 0; i < std::size(paths); ++i) {
        EXPECT_EQ(draft.item("warnings", i).find("path").as_string(), paths[i]);
    }
    const auto kept = [&](const std::string& target, const char* body) {
        EXPECT_LT(api.call("PUT /api/" + target, body).status, 300) << target;
    };
    kept("settings/senders", R"({"email":{"type":"file"}})");
    kept("purposes/service", R"({"name":"Service"})");
    kept("templates/cart", R"({"name":"C","channel":"sms","text":"hello"})");
    const Answer better = api.call("PUT /api/journeys/cart", kCart);
    ASSERT_EQ(better.count("warnings"), 1u) << better.body;
    EXPECT_EQ(better.item("warnings", 0).find("message").as_string(),
              "the template cart is for sms, not for email");
    kept("templates/cart", R"({"name":"C","channel":"email","subject":"s","text":"hello"})");
    EXPECT_EQ(api.call("PUT /api/journeys/cart", kCart).count("warnings"), 0u);
}

TEST_F(JourneyRoutes, WhatNobodyKnowsOfIsDecidedAboutAtOnce) {
    publish();
    ASSERT_EQ(api.call("PUT /api/purposes/service",
                       R"({"name":"S","basis":"contract","capped":false,"quiet":false})")
                  .status,
              201);
    std::string keys;
    for (const char* user : {"ana", "bea"}) {
        send_address(user);
        send(user, "Product Added");
    }
    const Answer asked = api.call("GET /api/messages");
    ASSERT_EQ(asked.count("items"), 2u);
    for (size_t i = 0; i < 2; ++i) {
        EXPECT_EQ(asked.item("items", i).find("waits_for").as_string(), "its_turn");
        keys += (keys.empty() ? "\"" : ",\"") +
                std::string(asked.item("items", i).find("id").as_string()) + '"';
    }
    tell(R"({"action":"send_begin","provider":1,"repeats":false,"keys":[)" + keys + "]}");
    tell(R"({"action":"send_recover"})");
    const Answer counted = api.call("POST /api/messages/decide?dry_run=true", "{}");
    EXPECT_EQ(schemas.mismatch("MessagesDecided", counted.json()), "");
    EXPECT_EQ(counted.number("messages"), 2);
    EXPECT_EQ(api.call("POST /api/messages/decide", R"({"decision":"was_sent"})").status, 400);
    const std::string decision = R"("decision":"was_sent","reason":"the provider has them")";
    const auto decided = [&](const std::string& only) {
        return api.call("POST /api/messages/decide", "{" + only + decision + "}").number("decided");
    };
    EXPECT_EQ(decided(R"("journey":"other",)"), 0);
    EXPECT_EQ(decided(R"("asked_before":"2020-01-01T00:00:00Z",)"), 0);
    EXPECT_EQ(decided(R"("journey":"cart","channel":"email",)"), 2);
    EXPECT_EQ(api.call("GET /api/messages?state=sent").count("items"), 2u);
    EXPECT_EQ(api.call("GET /api/audit?action=message.decide").count("items"), 1u);
}

TEST_F(JourneyRoutes, ADraftIsCheckedAsItIsWrittenAndNotKept) {
    const Answer found = api.call(
        "POST /api/journeys/hello/check",
        R"({"yaml":"key: hello\ntrigger: {event: A}\nsteps:\n  - {id: x, type: wait, for: soon}\n"})");
    ASSERT_EQ(found.status, 200) << found.body;
    EXPECT_EQ(schemas.mismatch("JourneyFindings", found.json()), "");
    ASSERT_EQ(found.count("problems"), 1u);
    EXPECT_EQ(found.item("problems", 0).find("path").as_string(), "steps[0].for");
    EXPECT_EQ(found.text("document.key"), "hello");
    const Answer unread = api.call("POST /api/journeys/hello/check", R"({"yaml":"a: ["})");
    EXPECT_EQ(schemas.mismatch("JourneyFindings", unread.json()), "");
    EXPECT_TRUE(unread.json().find("document").is_null());
    EXPECT_TRUE(unread.item("problems", 0).find("message").as_string().starts_with("yaml: line "));
    EXPECT_EQ(api.call("POST /api/journeys/hello/check", R"({"name":"x"})").status, 400);
    EXPECT_EQ(api.call("GET /api/journeys/hello").status, 404);
}

TEST_F(JourneyRoutes, YamlIsReadAndKeptAsItWasWritten) {
    const Answer made = api.call(
        "PUT /api/journeys/hello",
        R"({"name":"Hello","yaml":"# why\nkey: hello\ntrigger: {event: A}\nsteps:\n  - {id: x, type: goal, goal: g}\n"})");
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(made.count("problems"), 0u);
    EXPECT_TRUE(made.text("yaml").starts_with("# why\n"));
    EXPECT_EQ(made.text("document.key"), "hello");
    EXPECT_EQ(api.call("PUT /api/journeys/hello", R"({"name":"x","yaml":"a: [1"})").status, 400);
    const Answer shipped = api.call("GET /api/shipped-journeys");
    EXPECT_EQ(schemas.mismatch("ShippedJourneyList", shipped.json()), "");
    EXPECT_EQ(shipped.count("items"), 3u);
}

TEST_F(JourneyRoutes, RunsAreCountedListedAndToldOfOnePerson) {
    publish();
    for (const char* user : {"ana", "bea", "cem"}) send(user, "Product Added");
    send("cem", "Order Completed");
    const Answer report = api.call("GET /api/journeys/cart/report");
    EXPECT_EQ(schemas.mismatch("JourneyReport", report.json()), "");
    EXPECT_EQ(report.number("entered"), 3);
    EXPECT_EQ(report.number("on_their_way"), 2);
    EXPECT_EQ(report.number("ended.goal"), 1);
    const model::DocView version = report.item("versions", 0);
    EXPECT_EQ(model::to_json(version.find("edges")),
              R"([{"from":"half","to":"mail","count":3},{"from":"mail","to":"wait","count":3}])");
    EXPECT_EQ(model::to_json(version.find("paths")),
              R"([{"step":"half","path":"most","holdout":false,"count":3}])");

    const Answer first = api.call("GET /api/journeys/cart/runs?limit=1");
    EXPECT_EQ(schemas.mismatch("RunList", first.json()), "");
    EXPECT_EQ(first.count("items"), 1u);
    const Answer rest =
        api.call("GET /api/journeys/cart/runs?step=wait&cursor=" + first.text("next"));
    EXPECT_EQ(rest.count("items"), 1u);
    EXPECT_EQ(rest.text("next"), "");
    EXPECT_EQ(api.call("GET /api/journeys/cart/runs?step=mail").count("items"), 0u);
    EXPECT_EQ(api.call("GET /api/journeys/cart/runs?state=held").count("items"), 0u);

    const Answer ways = api.call("GET /api/profiles/user_id:cem/journeys");
    EXPECT_EQ(schemas.mismatch("WayList", ways.json()), "");
    ASSERT_EQ(ways.count("items"), 1u);
    EXPECT_EQ(ways.item("items", 0).find("reason").as_string(), "goal");
    size_t rows = 0;
    for (const model::DocView row : ways.item("items", 0).find("rows").items()) {
        rows += row.is_object();
    }
    EXPECT_EQ(rows, 7u);
}

TEST_F(JourneyRoutes, AConditionOnItemsNamesATypeAndItsFields) {
    const auto check = [&](const std::string& leaf) {
        return api.call("POST /api/journeys/ask/check", R"({"document":{"key":"ask",
            "trigger":{"event":"A","if":)" + leaf + R"(},
            "steps":[{"id":"x","type":"wait","for":"1h"}]}})");
    };
    const auto problem = [](const Answer& answer) {
        return std::string(answer.item("problems", 0).find("path").as_string()) + " " +
               std::string(answer.item("problems", 0).find("message").as_string());
    };
    const std::string leaf = R"({"item":"order","where":[{"property":"status","op":"eq",
        "value":"x"},{"property":"due","op":"exists"}]})";
    EXPECT_EQ(problem(check(leaf)), "trigger.if item: no type of items is called order");
    ASSERT_LT(
        api.call("PUT /api/catalogs/order", std::string(catalog::shipped_type("order"))).status,
        300);
    const Answer answer = check(leaf);
    EXPECT_EQ(answer.count("problems"), 1u);
    EXPECT_EQ(problem(answer), "trigger.if item: order has no field status");
    const std::string right = R"({"item":"order","where":{"property":"lines[].sku","op":"eq",
        "value":"x"}})";
    EXPECT_EQ(check(right).count("problems"), 0u);
    const Answer past = api.call("POST /api/journeys/ask/backtest", R"({"document":{"key":"ask",
        "trigger":{"event":"A","if":)" + right + R"(},
        "steps":[{"id":"x","type":"wait","for":"1h"}]}})");
    EXPECT_EQ(past.status, 400);
    EXPECT_NE(past.body.find("trigger.if: item: items are asked as they are now"),
              std::string::npos)
        << past.body;
}

TEST_F(JourneyRoutes, AVersionThatAsksWhatPeopleDidIsShownWhileItIsBuilt) {
    send("ana", "Order Completed");
    ASSERT_EQ(api.call("PUT /api/journeys/ask", R"({"name":"Ask","document":{"key":"ask",
        "trigger":{"event":"Product Added","if":{"and":[{"did":"Order Completed","within":"1d"},
            {"not":{"segment":"calm"}}]}},"steps":[{"id":"x","type":"wait","for":"1h"}]}})")
                  .item("problems", 0)
                  .find("message")
                  .as_string(),
              "segment: no segment is called calm");
    ASSERT_EQ(api.call("PUT /api/segments/calm",
                       R"({"name":"Calm","conditions":{"trait":"calm","op":"exists"}})")
                  .status,
              201);
    const Answer published = api.call("POST /api/journeys/ask/publish");
    ASSERT_EQ(published.status, 200) << published.body;
    EXPECT_EQ(schemas.mismatch("JourneyState", published.json()), "");
    for (int i = 0; i < 100 && api.call("GET /api/journeys/ask").text("state") == "building"; ++i) {
        ASSERT_TRUE(api.engine().build_segments());
    }
    const Answer built = api.call("GET /api/journeys/ask");
    EXPECT_EQ(schemas.mismatch("Journey", built.json()), "");
    EXPECT_EQ(built.text("state"), "published");
    EXPECT_EQ(built.number("version"), 1);
    EXPECT_FALSE(built.json().find("has_changes").as_bool());
    send("ana", "Product Added");
    send("bea", "Product Added");
    EXPECT_EQ(api.call("GET /api/journeys/ask/report").number("entered"), 1);
}

TEST_F(JourneyRoutes, RunsAreStartedByHandForOnePersonOrASegment) {
    publish();
    send("ana", "Page Viewed");
    const std::string_view kAna = R"({"profile":"user_id:ana","properties":{"sku":"a"}})";
    const Answer started = api.call("POST /api/journeys/cart/start", kAna);
    ASSERT_EQ(started.status, 200) << started.body;
    EXPECT_EQ(schemas.mismatch("StartedRun", started.json()), "");
    const Answer ways = api.call("GET /api/profiles/user_id:ana/journeys");
    EXPECT_EQ(schemas.mismatch("WayList", ways.json()), "");
    const model::DocView way = ways.item("items", 0);
    EXPECT_EQ(way.find("run").as_string(), started.text("run"));
    EXPECT_EQ((*way.find("rows").items().begin()).find("by").as_string(), "admin");
    const Answer again = api.call("POST /api/journeys/cart/start", kAna);
    EXPECT_EQ(again.status, 422);
    EXPECT_EQ(again.text("error.message"), "journey: reentry: a run of hers is on its way");

    for (const char* user : {"bea", "cem"}) send(user, "Page Viewed");
    ASSERT_EQ(
        api.call("PUT /api/segments/seen", R"({"name":"Seen","conditions":{"did":"Page Viewed"}})")
            .status,
        201);
    ASSERT_TRUE(api.engine().build_segments());
    const std::string_view kSeen = R"({"segment":"seen"})";
    const Answer outlook = api.call("POST /api/journeys/cart/start?dry_run=true", kSeen);
    EXPECT_EQ(schemas.mismatch("StartOutlook", outlook.json()), "");
    EXPECT_EQ(outlook.number("people"), 3);
    const Answer all = api.call("POST /api/journeys/cart/start", kSeen);
    ASSERT_EQ(all.status, 200) << all.body;
    EXPECT_EQ(schemas.mismatch("JourneyState", all.json()), "");
    EXPECT_TRUE(all.json().find("catching_up").as_bool());
    send("dan", "Product Removed");  // Some with each record.
    EXPECT_EQ(api.call("GET /api/journeys/cart/report").number("entered"), 3);
    EXPECT_FALSE(api.call("GET /api/journeys/cart").json().find("catching_up").as_bool());

    EXPECT_EQ(api.call("POST /api/journeys/cart/start", "{}").status, 400);
    EXPECT_EQ(api.call("POST /api/journeys/cart/start", R"({"profile":"user_id:no"})").status, 404);
    EXPECT_EQ(api.call("POST /api/journeys/cart/start?dry_run=true", kAna).status, 400);
    EXPECT_EQ(api.call("POST /api/journeys/no/start", kAna).status, 404);
    EXPECT_EQ(api.call("POST /api/journeys/cart/start", R"({"segment":"no"})").status, 404);
}

TEST_F(JourneyRoutes, APauseShowsWhatResumingWouldMeetAndStoppingEndsRuns) {
    publish();
    send("ana", "Product Added");
    EXPECT_EQ(api.call("POST /api/journeys/cart/pause").text("state"), "paused");
    EXPECT_EQ(api.call("POST /api/journeys/cart/pause").status, 409);
    const Answer dry = api.call("POST /api/journeys/cart/resume?dry_run=true", "{}");
    EXPECT_EQ(schemas.mismatch("ResumeOutlook", dry.json()), "");
    EXPECT_EQ(dry.number("waiting"), 1);
    EXPECT_EQ(dry.number("overdue"), 0);
    EXPECT_EQ(api.call("POST /api/journeys/cart/resume", R"({"mode":"later"})").status, 400);
    EXPECT_EQ(api.call("POST /api/journeys/cart/resume", R"({"mode":"fire"})").text("state"),
              "published");

    EXPECT_EQ(api.call("DELETE /api/journeys/cart").status, 422);
    const std::string run(
        api.call("GET /api/journeys/cart/runs").item("items", 0).find("run").as_string());
    const std::string stop = "POST /api/journeys/cart/runs/" + run + "/stop";
    EXPECT_EQ(api.call(stop, R"({"profile":"user_id:ana"})").status, 204);
    EXPECT_EQ(api.call(stop, R"({"profile":"user_id:ana"})").status, 404);
    send("ana", "Product Added");
    EXPECT_EQ(api.call("POST /api/journeys/cart/stop", R"({"runs":"finish"})").text("state"),
              "stopped");
    EXPECT_EQ(api.call("POST /api/journeys/cart/stop", R"({"runs":"end"})").text("state"),
              "stopped");
    send("bea", "Page Viewed");
    EXPECT_EQ(api.call("GET /api/journeys/cart/report").number("ended.stopped"), 2);
    EXPECT_EQ(api.call("DELETE /api/journeys/cart").status, 204);
}

TEST_F(JourneyRoutes, TraitsThatAJourneySetsBearItsName) {
    ASSERT_EQ(api.call("PUT /api/journeys/vip", R"({"name":"Vip","document":{"key":"vip",
                  "trigger":{"event":"A"},
                  "steps":[{"id":"set","type":"update","traits":{"plan":"vip"}}]}})")
                  .status,
              201);
    ASSERT_EQ(api.call("POST /api/journeys/vip/publish").status, 200);
    send("ana", "A");
    const Answer person = api.call("GET /api/profiles/user_id:ana");
    EXPECT_EQ(person.text("traits.plan.value"), "vip");
    EXPECT_EQ(person.text("traits.plan.source"), "throughline");
}

TEST(JourneyNeeds, WhatMessagesOfPublishedJourneysNameStays) {
    TestApi api{add_journey_routes, add_purpose_routes, add_template_routes};
    const std::vector<std::string> named = {"templates/cart", "topics/news", "purposes/offers"};
    ASSERT_EQ(api.call("PUT /api/purposes/offers", R"({"name":"O","basis":"consent"})").status,
              201);
    ASSERT_EQ(api.call("PUT /api/topics/news", R"({"name":"N","purpose":"offers"})").status, 201);
    ASSERT_EQ(api.call("PUT /api/templates/cart",
                       R"({"name":"C","channel":"email","subject":"C","text":"c"})")
                  .status,
              201);
    ASSERT_EQ(api.call("PUT /api/journeys/cart", R"({"name":"Cart","document":{"key":"cart",
                  "trigger":{"event":"A"},"steps":[{"id":"mail","type":"message","channel":"email",
                  "template":"cart","purpose":"offers","topic":"news"}]}})")
                  .status,
              201);
    ASSERT_EQ(api.call("POST /api/journeys/cart/publish").status, 200);
    for (const std::string& one : named) {
        const Answer refused = api.call("DELETE /api/" + one);
        EXPECT_EQ(refused.status, 422) << one;
        if (one == "purposes/offers") continue;  // Its topic is told first.
        EXPECT_NE(refused.text("error.message").find("the journey cart names it in its step mail"),
                  std::string::npos)
            << refused.body;
    }
    ASSERT_EQ(api.call("DELETE /api/journeys/cart").status, 204);
    for (const std::string& one : named)
        EXPECT_EQ(api.call("DELETE /api/" + one).status, 204) << one;
}

}  // namespace
}  // namespace throughline::server
