#include "sql/needs.h"

#include <gtest/gtest.h>

#include "model/json.h"
#include "query/test_world.h"
#include "sql/cursor.h"
#include "sql/tables.h"
#include "sql/test_duckdb.h"

namespace throughline::sql {
namespace {

/// What a statement needs, in one line: each table, its range, and the texts and fields chosen.
class Needs : public ::testing::Test {
protected:
    void SetUp() override { TL_NEEDS_DUCKDB(); }

    std::string of(const std::string& statement) {
        query::World world(1, 5);
        const auto snapshot = world.history->snapshot();
        const query::Environment environment{
            .history = *snapshot,
            .names = world.history->dictionary(),
            .people = world.people,
            .clock = world.clock,
            .source_name = [](model::SourceId id) { return "s" + std::to_string(id); }};
        const Sources sources{.environment = environment,
                              .identities_end = 50,
                              .profile_id = [](uint32_t) { return std::string("p"); },
                              .space_name = [](uint8_t) { return std::string("space"); }};
        Tables tables(sources);
        auto database = Database::open({.threads = 1, .timezone = "UTC"});
        EXPECT_TRUE(database);
        EXPECT_TRUE(tables.add_to(*database, {}));
        Cursor cursor(*database);
        EXPECT_TRUE(cursor.run(plan_statement(statement)));
        EXPECT_EQ(cursor.fetch().value(), 1u);
        std::string json;
        cursor.append(0, 0, json);
        const std::string plan = model::doc_from_json(json).value();
        return text_of(needs_of(model::DocView(plan)));
    }

private:
    static std::string text_of(const StatementNeeds& needs) {
        std::string text;
        for (const auto& [table, need] : needs) {
            text += (text.empty() ? "" : "; ") + table;
            if (need.range.from > TimeRange{}.from) text += " >=" + format_instant(need.range.from);
            if (need.range.to < TimeRange{}.to) text += " <" + format_instant(need.range.to);
            for (const auto& [column, texts] : need.texts) text += " " + column + list(texts, "()");
            for (const auto& [column, names] : need.fields) {
                if (!names.empty()) text += " " + column + list(names, "{}");
            }
        }
        return text;
    }
    static std::string list(const TextSet& texts, const char* brackets) {
        std::string all;
        for (const std::string& one : texts) all += (all.empty() ? "" : ",") + one;
        return brackets[0] + all + brackets[1];
    }
};

TEST_F(Needs, AreTheRangeAndTheTextsThatAFilterAsksFor) {
    EXPECT_EQ(of("SELECT count(*) FROM events WHERE event = 'a' AND time >= '2026-02-01'"),
              "events >=2026-02-01T00:00:00.000Z event(a)");
    EXPECT_EQ(of("SELECT profile FROM events WHERE time BETWEEN '2026-02-01' AND '2026-02-02' AND "
                 "type IN ('page', 'track') AND 's1' = source"),
              "events >=2026-02-01T00:00:00.000Z <2026-02-02T00:00:00.000Z source(s1) "
              "type(page,track)");
    EXPECT_EQ(of("SELECT count(*) FROM events WHERE TIMESTAMPTZ '2026-02-01' > time AND "
                 "(event = 'a' OR event = 'b') AND event IN ('b', 'c')"),
              "events <2026-02-01T00:00:00.000Z event(b)");
    EXPECT_EQ(of("SELECT count(*) FROM events WHERE time < '2026-03-01' AND event IN ('a','b','c',"
                 "'d','e','f','g','h','i','j','k','l','m')"),
              "events <2026-03-01T00:00:00.000Z event(a,b,c,d,e,f,g,h,i,j,k,l,m)");
    EXPECT_EQ(of("SELECT count(*) FROM sessions WHERE started >= '2026-02-01'"),
              "sessions >=2026-02-01T00:00:00.000Z");
    EXPECT_EQ(of("SELECT e FROM (SELECT event AS e, time AS t FROM events) WHERE e = 'a' AND t < "
                 "'2026-03-01'"),
              "events <2026-03-01T00:00:00.000Z event(a)");
}

TEST_F(Needs, AreTheFieldsOfJsonThatAreLookedAt) {
    EXPECT_EQ(of("SELECT sum((properties->>'revenue')::DECIMAL(18,2)) FROM events GROUP BY "
                 "properties->>'plan'"),
              "events properties{plan,revenue}");
    EXPECT_EQ(of("SELECT properties->'cart'->>'size', properties.plan, context->>'$.page.path' "
                 "FROM events WHERE json_extract_string(properties, '$.x[0]') = 'y'"),
              "events context{page} properties{cart,plan,x}");
}

TEST_F(Needs, AreEverythingWhereOnlyAPartIsUnderstood) {
    for (const char* statement :
         {"SELECT count(*) FROM events WHERE event = 'a' OR time < '2026-02-01'",
          "SELECT count(*) FROM events WHERE event <> 'a'",
          "SELECT count(*) FROM events WHERE event NOT IN ('a', 'b')",
          "SELECT count(*) FROM events WHERE lower(event) = 'a'",
          "SELECT count(*) FROM events WHERE event LIKE 'a%'", "SELECT properties FROM events",
          "SELECT properties->>'a', properties FROM events",
          "SELECT json_keys(properties) FROM events", "SELECT properties->'$.*' FROM events",
          "SELECT properties->>'/a/b' FROM events",
          "SELECT count(*) FROM events WHERE properties IS NULL",
          "SELECT * FROM (SELECT event FROM events LIMIT 3) WHERE event = 'a'",
          "SELECT * FROM (SELECT event, row_number() OVER (ORDER BY time) AS n FROM events) "
          "WHERE event = 'a' AND n = 1",
          "SELECT event, count(*) FROM events GROUP BY event HAVING count(*) > 1"}) {
        EXPECT_EQ(of(statement), "events") << statement;
    }
    EXPECT_EQ(of("SELECT nothing FROM events"), "");  // It is told when it is run.
}

TEST_F(Needs, OfATableUsedTwiceAreThoseOfBoth) {
    EXPECT_EQ(of("SELECT (SELECT count(*) FROM events WHERE event = 'a' AND time < '2026-02-01'), "
                 "(SELECT count(*) FROM events WHERE event = 'b' AND time < '2026-03-01' AND "
                 "source = 's')"),
              "events <2026-03-01T00:00:00.000Z event(a,b)");
    EXPECT_EQ(of("SELECT a.properties->>'x' FROM events a JOIN events b USING (profile) "
                 "WHERE a.event = 'a'"),
              "events");
}

}  // namespace
}  // namespace throughline::sql
