#include "server/sql_question.h"

#include <gtest/gtest.h>

#include "base/json_text.h"
#include "server/identity_routes.h"
#include "server/profile_routes.h"
#include "server/query_routes.h"
#include "server/source_routes.h"
#include "server/test_api.h"
#include "sql/test_duckdb.h"

namespace throughline::server {

using testing::Answer;
using testing::TestApi;

namespace {

constexpr Micros kNow = 1'760'000'000LL * kSecond;

class SqlRoute : public ::testing::Test {
protected:
    FakeClock clock{kNow};
    TestApi api{{add_query_routes, add_profile_routes, add_identity_routes, add_source_routes},
                clock};

    void SetUp() override { TL_NEEDS_DUCKDB(); }

    Answer ask(std::string_view statement) {
        std::string body = R"({"kind":"sql","sql":)";
        append_json_string(body, statement);
        return api.call("POST /api/query", body + "}");
    }
    std::string rows(std::string_view statement) {
        const Answer answer = ask(statement);
        return answer.status == 200 ? model::to_json(answer.json().find("rows")) : answer.body;
    }
    std::string id_of(const std::string& ref) {
        return api.call("GET /api/profiles/" + ref).text("id");
    }
};

}  // namespace

TEST_F(SqlRoute, APersonHasTheIdThatTheApiGivesHer) {
    api.send({.user = "u1", .anonymous = "a1", .message_id = "1"});
    api.send({.anonymous = "a2", .message_id = "2"});
    const std::string known = id_of("user_id:u1");
    EXPECT_EQ(rows("SELECT profile, event, user_id FROM events ORDER BY position"),
              R"([[")" + known + R"(","Page Viewed","u1"],[")" + id_of("anonymous_id:a2") +
                  R"(","Page Viewed",null]])");
    EXPECT_EQ(rows("SELECT profile FROM profiles WHERE known"), R"([[")" + known + R"("]])");
    const Answer answer = ask("SELECT count(*) AS n FROM events");
    EXPECT_EQ(answer.number("meta.events_scanned"), 2);
    EXPECT_EQ(model::to_json(answer.json().find("columns")), R"([{"name":"n","type":"number"}])");
}

TEST_F(SqlRoute, MergesAndSplitsAreSeenAtOnceInEveryTable) {
    api.send({.user = "u1", .anonymous = "a1", .message_id = "1", .time = kNow - kHour});
    api.send({.user = "u2", .anonymous = "a2", .message_id = "2", .time = kNow - kHour + kSecond});
    const std::string counts =
        "SELECT (SELECT count(DISTINCT profile) FROM events), (SELECT count(*) FROM profiles), "
        "(SELECT count(*) FROM sessions), (SELECT max(events) FROM profiles)";
    EXPECT_EQ(rows(counts), "[[2,2,2,1]]");
    ASSERT_EQ(api.call("POST /api/profiles/user_id:u1/merge",
                       R"({"with":"user_id:u2","reason":"one person"})")
                  .status,
              200);
    EXPECT_EQ(rows(counts), "[[1,1,1,2]]");
    ASSERT_EQ(api.call("POST /api/profiles/user_id:u1/split",
                       R"({"identifiers":["user_id:u2","anonymous_id:a2"],"reason":"two"})")
                  .status,
              200);
    EXPECT_EQ(rows(counts), "[[2,2,2,1]]");
}

TEST_F(SqlRoute, AProfileSaysWhatTheApiSays) {
    api.send({.type = model::EventType::Identify,
              .user = "u1",
              .anonymous = "a1",
              .email = "ada@example.org",
              .message_id = "1",
              .time = kNow - kDay});
    api.send({.user = "u1", .message_id = "2", .time = kNow - kHour});
    EXPECT_EQ(rows("SELECT known, first_seen, last_seen, events, traits->>'email', "
                   "json_array_length(identifiers) FROM profiles"),
              R"([[true,")" + format_instant_exact(kNow - kDay) + R"(",")" +
                  format_instant_exact(kNow - kHour) + R"(",2,"ada@example.org",3]])");
}

TEST_F(SqlRoute, ASessionHasTheChannelOfItsTouch) {
    const auto send = [&](const char* id, Micros at, const char* extra) {
        api.send({.user = "u1", .message_id = id, .extra = extra, .time = at});
    };
    const Micros begin = kNow - kDay;
    send("1", begin,
         R"({"context":{"campaign":{"source":"google","medium":"cpc","name":"spring"}}})");
    send("2", begin + 10 * kMinute, "{}");
    send("3", begin + 2 * kHour, "{}");
    EXPECT_EQ(rows("SELECT started, ended, events, channel, source, campaign FROM sessions "
                   "ORDER BY started"),
              R"([[")" + format_instant_exact(begin) + R"(",")" +
                  format_instant_exact(begin + 10 * kMinute) +
                  R"(",2,"paid-search","google","spring"],[")" +
                  format_instant_exact(begin + 2 * kHour) + R"(",")" +
                  format_instant_exact(begin + 2 * kHour) + R"(",1,"direct",null,null]])");
    EXPECT_EQ(rows("SELECT channel FROM events ORDER BY time"),
              R"([["paid-search"],[null],[null]])");
    EXPECT_EQ(rows("SELECT count(*) FROM sessions_between('" + format_instant(begin + kHour) +
                   "', NULL)"),
              "[[1]]");
}

TEST_F(SqlRoute, WhatIsWrongIsToldWithItsCode) {
    EXPECT_EQ(ask("SELECT evnt FROM events").status, 400);
    EXPECT_EQ(ask("DROP VIEW events").status, 403);
    EXPECT_EQ(ask("SELECT * FROM read_csv('/etc/passwd')").status, 403);
    EXPECT_EQ(ask("").text("error.message"), "query: sql: need one SELECT statement");
}

}  // namespace throughline::server
