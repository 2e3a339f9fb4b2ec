// Consents, topics and suppressions over the management API.
#include "server/consent_routes.h"

#include <gtest/gtest.h>

#include "privacy/reading.h"
#include "server/audit_routes.h"
#include "server/profile_routes.h"
#include "server/purpose_routes.h"
#include "server/settings_routes.h"
#include "server/suppression_routes.h"
#include "server/test_api.h"

namespace throughline::server {
namespace {

class ConsentRoutes : public ::testing::Test {
protected:
    ConsentRoutes()
        : api_({add_consent_routes, add_purpose_routes, add_suppression_routes, add_profile_routes,
                add_settings_routes, add_audit_routes}) {
        EXPECT_EQ(api_.call("PUT /api/purposes/marketing",
                            R"({"name":"Offers","categories":["ads"],"expires_after":"24mo"})")
                      .status,
                  201);
        EXPECT_EQ(api_.call("PUT /api/topics/news",
                            R"({"name":"Newsletter","purpose":"marketing",
                                "caps":[{"messages":1,"within":"7d"}]})")
                      .status,
                  201);
        api_.send({.type = model::EventType::Identify,
                   .user = "ana",
                   .email = "ana@example.org",
                   .message_id = "m1"});
    }
    testing::Answer say(const std::string& fields) {
        return api_.call("POST /api/consents", R"({"profile":"user_id:ana",)" + fields + "}");
    }

    testing::TestApi api_;
};

TEST_F(ConsentRoutes, WhatDecidesWhoIsWrittenToIsChangedByWhoMaySend) {
    for (const std::string path : {"/api/purposes/marketing", "/api/topics/news"}) {
        EXPECT_EQ(api_.scope_of(net::Method::Get, path), "read");
        EXPECT_EQ(api_.scope_of(net::Method::Put, path), "send");
        EXPECT_EQ(api_.scope_of(net::Method::Delete, path), "send");
    }
}

TEST_F(ConsentRoutes, AGivingNeedsItsProofAndShowsOnTheProfile) {
    EXPECT_EQ(say(R"("purpose":"marketing","state":"given")").text("error.field"), "evidence");
    const auto given = say(R"("purpose":"marketing","state":"given","evidence":"form 17",
        "notice_version":"2026-01","channel":"store","basis":"consent",
        "at":"2026-01-02T03:04:05Z")");
    ASSERT_EQ(given.status, 201) << given.body;
    const auto profile = api_.call("GET /api/profiles/user_id:ana");
    EXPECT_EQ(profile.text("consents.marketing.state"), "given");
    EXPECT_EQ(profile.text("consents.marketing.evidence"), "form 17");
    EXPECT_EQ(profile.text("consents.marketing.notice_version"), "2026-01");
    EXPECT_EQ(profile.text("consents.marketing.at"), "2026-01-02T03:04:05.000Z");
    EXPECT_EQ(profile.text("consents.marketing.expires_at"), "2027-12-23T03:04:05.000Z");
    EXPECT_EQ(profile.text("consents.marketing.identifier.value"), "ana");
    EXPECT_EQ(profile.text("consents.marketing.actor"), "admin");
    EXPECT_TRUE(profile.json().at_path("topics.news").is_missing());

    EXPECT_EQ(say(R"("purpose":"marketing","state":"withdrawn","only":"sms")").status, 201);
    const auto after = say(R"("topic":"news","state":"subscribed","evidence":"call")");
    EXPECT_EQ(after.text("consents.marketing.state"), "given");
    EXPECT_EQ(after.text("consents.marketing.only.sms.state"), "withdrawn");
    EXPECT_EQ(after.text("topics.news.state"), "subscribed");
}

TEST_F(ConsentRoutes, WhatIsSaidOfAProfileIsKeptUnderItsStrongestIdentifier) {
    api_.send({.anonymous = "browser", .message_id = "m3"});
    api_.send({.user = "eva", .anonymous = "browser", .message_id = "m4"});
    const std::string id = api_.call("GET /api/profiles/user_id:eva").text("id");
    const auto given = api_.call("POST /api/consents", R"({"profile":")" + id +
                                                           R"(","purpose":"marketing",
        "state":"given","evidence":"call"})");
    EXPECT_EQ(given.text("consents.marketing.identifier.value"), "eva") << given.body;
}

TEST_F(ConsentRoutes, RefusesWhatCannotBeMeant) {
    for (const auto& [fields, field] : std::vector<std::pair<const char*, const char*>>{
             {R"("state":"given","evidence":"e")", "purpose"},
             {R"("purpose":"marketing","topic":"news","state":"given")", "purpose"},
             {R"("purpose":"unheard","state":"given","evidence":"e")", "purpose"},
             {R"("topic":"unheard","state":"subscribed","evidence":"e")", "topic"},
             {R"("purpose":"marketing","state":"subscribed","evidence":"e")", "state"},
             {R"("purpose":"*","state":"given","evidence":"e")", "purpose"},
             {R"("purpose":"marketing","state":"given","evidence":"e","at":"2999-01-01")", "at"},
             {R"("purpose":"marketing","state":"given","evidence":"e","basis":"whim")", "basis"},
             {R"("purpose":"marketing","state":"given","evidence":7)", "evidence"}}) {
        const auto answer = say(fields);
        EXPECT_EQ(answer.status, 400) << fields;
        EXPECT_EQ(answer.text("error.field"), field) << fields;
    }
    EXPECT_EQ(api_.call("POST /api/consents", R"({"profile":"user_id:nobody",
        "purpose":"marketing","state":"withdrawn"})")
                  .status,
              404);
    EXPECT_EQ(say(R"("purpose":"*","state":"withdrawn")").text("consents.marketing.state"),
              "withdrawn");
}

TEST_F(ConsentRoutes, TakesManyAtOnceAndSaysWhichItDidNot) {
    const auto answer = api_.call("POST /api/consents", R"({"items":[
        {"profile":"user_id:ana","purpose":"marketing","state":"given","evidence":"old shop"},
        {"profile":"user_id:nobody","purpose":"marketing","state":"given","evidence":"old shop"},
        {"profile":"user_id:ana","topic":"news","state":"subscribed","evidence":"old shop"},
        7]})");
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.number("accepted"), 2);
    ASSERT_EQ(answer.count("rejected"), 2u);
    EXPECT_EQ(answer.item("rejected", 0).find("index").as_integer(), 1);
    EXPECT_EQ(answer.item("rejected", 1).find("index").as_integer(), 3);
}

TEST_F(ConsentRoutes, ListsNewestFirstByPersonSubjectAndState) {
    api_.send({.user = "bob",
               .name = "Consent Given",
               .message_id = "m2",
               .extra = R"({"properties":{"purpose":"marketing"}})",
               .flags = privacy::kEventConsent});
    say(R"("purpose":"marketing","state":"withdrawn")");
    say(R"("topic":"news","state":"subscribed","evidence":"call")");
    const auto all = api_.call("GET /api/consents");
    ASSERT_EQ(all.count("items"), 3u);
    EXPECT_EQ(all.item("items", 0).find("key").as_string(), "news");
    EXPECT_EQ(all.item("items", 2).find("identifier").find("value").as_string(), "bob");
    EXPECT_EQ(api_.call("GET /api/consents?purpose=marketing").count("items"), 2u);
    EXPECT_EQ(api_.call("GET /api/consents?purpose=marketing&state=given").count("items"), 1u);
    EXPECT_EQ(api_.call("GET /api/consents?topic=news").count("items"), 1u);
    EXPECT_EQ(api_.call("GET /api/consents?profile=user_id:ana").count("items"), 2u);
    EXPECT_EQ(api_.call("GET /api/consents?profile=user_id:ana&state=withdrawn").count("items"),
              1u);
    EXPECT_EQ(api_.call("GET /api/consents?state=perhaps").status, 400);
    const auto page = api_.call("GET /api/consents?limit=2");
    EXPECT_EQ(api_.call("GET /api/consents?limit=2&cursor=" + page.text("next")).count("items"),
              1u);
}

TEST_F(ConsentRoutes, APurposeStaysWhileATopicIsForIt) {
    EXPECT_EQ(api_.call("DELETE /api/purposes/marketing").status, 422);
    EXPECT_EQ(api_.call("DELETE /api/topics/news").status, 204);
    EXPECT_EQ(api_.call("DELETE /api/purposes/marketing").status, 204);
    EXPECT_EQ(api_.call("PUT /api/topics/news", R"({"name":"N","purpose":"marketing"})").status,
              400);
    EXPECT_EQ(api_.call("PUT /api/purposes/p", R"({"name":"P","basis":"whim"})").status, 400);
    EXPECT_EQ(api_.call("PUT /api/settings/messaging", R"({"caps":[{"messages":0}]})").status, 400);
    EXPECT_EQ(
        api_.call("PUT /api/settings/messaging", R"({"quiet_hours":{"from":"21:00","to":"09:00"}})")
            .status,
        200);
    EXPECT_EQ(api_.engine().settings()->privacy().messaging.quiet.to, 9 * kHour);
}

TEST_F(ConsentRoutes, SuppressionsAreFoundByAddressAndNeverShowIt) {
    const std::string address = R"("namespace":"email","value":" ANA@example.org")";
    EXPECT_EQ(api_.call("POST /api/suppressions", "{" + address + R"(,"reason":"bored"})").status,
              400);
    const auto added = api_.call("POST /api/suppressions",
                                 "{" + address + R"(,"reason":"complaint","why":"rang up"})");
    ASSERT_EQ(added.status, 201) << added.body;
    const auto found = api_.call("POST /api/suppressions/lookup",
                                 R"({"namespace":"email","value":"ana@example.org"})");
    EXPECT_EQ(found.item("reasons", 0).find("reason").as_string(), "complaint");
    EXPECT_FALSE(found.item("reasons", 0).find("stops_everything").as_bool(true));
    const std::string id = found.text("id");
    EXPECT_EQ(id, added.text("id"));
    const auto listed = api_.call("GET /api/suppressions");
    EXPECT_EQ(listed.count("items"), 1u);
    EXPECT_EQ(listed.body.find("ana@"), std::string::npos);
    EXPECT_EQ(api_.call("GET /api/suppressions?reason=legal").count("items"), 0u);
    EXPECT_EQ(api_.call("GET /api/audit").item("items", 0).find("action").as_string(),
              "suppression.add");

    EXPECT_EQ(api_.call("DELETE /api/suppressions/" + id).text("error.field"), "why");
    EXPECT_EQ(api_.call("DELETE /api/suppressions/" + id + "?reason=legal&why=x").status, 404);
    EXPECT_EQ(api_.call("DELETE /api/suppressions/" + id + "?why=she+asked+for+it").status, 204);
    EXPECT_EQ(api_.call("DELETE /api/suppressions/nonsense?why=x").status, 404);
    EXPECT_EQ(api_.call("GET /api/suppressions").count("items"), 0u);
    EXPECT_EQ(api_.call("GET /api/audit").item("items", 0).find("action").as_string(),
              "suppression.remove");
    EXPECT_EQ(api_.call("POST /api/suppressions/lookup", R"({"namespace":"planet","value":"mars"})")
                  .status,
              400);
}

}  // namespace
}  // namespace throughline::server
