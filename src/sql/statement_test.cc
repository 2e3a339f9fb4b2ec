#include "sql/statement.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <thread>

#include "base/json_text.h"
#include "query/test_world.h"
#include "sql/test_duckdb.h"

namespace throughline::sql {

using model::DocView;
using query::Environment;
using query::Tens;
using query::World;

namespace {

// Asks with the world's snapshot; `p_` and the root is a profile's id.
class Asking {
public:
    explicit Asking(World& world) : world_(world) {}

    const Clock* clock = nullptr;  // None: the world's own.
    Micros time_limit = 30 * kSecond;
    const std::atomic<bool>* cancelled = nullptr;
    StatementLimits limits = {};

    Result<std::string> run(const std::string& question) {
        const std::string packed = model::doc_from_json(question).value();
        const auto snapshot = world_.history->snapshot();
        const Environment environment{
            .history = *snapshot,
            .names = world_.history->dictionary(),
            .people = world_.people,
            .clock = clock != nullptr ? *clock : static_cast<const Clock&>(world_.clock),
            .source_name = [](model::SourceId id) { return "s" + std::to_string(id); },
            .time_limit = time_limit,
            .cancelled = cancelled,
            .threads = 2,
            .thread_rows_min = 1};
        const Sources sources{
            .environment = environment,
            .identities_end = 50,
            .profile_id = [](uint32_t root) { return "p_" + std::to_string(root); },
            .space_name = [](uint8_t space) { return "space" + std::to_string(space); }};
        return run_statement(DocView(packed), sources, limits);
    }
    Result<std::string> ask(const std::string& statement) {
        std::string question = R"({"kind":"sql","sql":)";
        append_json_string(question, statement);
        return run(question + "}");
    }
    /// The rows of an answer as JSON.
    std::string rows(const std::string& statement) {
        const auto answer = ask(statement);
        if (!answer) return answer.error().message;
        const std::string doc = model::doc_from_json(*answer).value();
        return model::to_json(DocView(doc).find("rows"));
    }

private:
    World& world_;
};

class SqlTest : public ::testing::Test {
protected:
    void SetUp() override { TL_NEEDS_DUCKDB(); }
};

using EventTableTest = SqlTest;
using StatementTest = SqlTest;

std::string profile_of(const sequence::TestEvent& event) {
    return "p_" + std::to_string(Tens::root_of(event.identity));
}

std::string json_of(const std::map<std::string, int64_t>& counts) {
    std::string json = "[";
    for (const auto& [key, count] : counts) {
        if (json.size() > 1) json += ',';
        json += key + "," + std::to_string(count) + "]";
    }
    return json + "]";
}

}  // namespace

TEST_F(EventTableTest, ShowsEachEventOnceAsItsPersonIsNow) {
    for (uint64_t seed = 1; seed <= 20; ++seed) {
        World world(seed, 40 * seed);
        if (seed % 3 == 0) world.flush({});
        if (seed % 4 == 0) world.merge({.home_of = Tens::root_of});
        std::map<std::string, int64_t> expected;
        for (const auto& event : world.events) {
            const std::string name(event.event().name());
            const std::string type(model::event_type_name(event.event().type()));
            ++expected["[\"" + profile_of(event) + "\"," +
                       (name.empty() ? "null" : "\"" + name + "\"") + ",\"" + type + "\""];
        }
        Asking asking(world);
        auto answer = asking.rows(
            "SELECT profile, event, type, count(*) FROM events GROUP BY ALL "
            "ORDER BY profile, event NULLS LAST, type");
        EXPECT_EQ(answer, json_of(expected)) << "seed=" << seed;
    }
}

TEST_F(EventTableTest, AColumnIsWhatTheEventSays) {
    World world(7, 300);
    Asking asking(world);
    asking.limits.rows_max = 1000;
    const std::string answer =
        asking
            .ask(
                "SELECT position, time, received, source, live, message_id, user_id, properties, "
                "identifiers, body, traits FROM events ORDER BY position")
            .value();
    const std::string doc = model::doc_from_json(answer).value();
    size_t at = 0;
    for (const DocView row : DocView(doc).find("rows").items()) {
        ASSERT_LT(at, world.events.size());
        const auto event = world.events[at].event();
        const std::string expected =
            "[" + std::to_string(world.events[at].position) + ",\"" +
            format_instant_exact(event.time()) + "\",\"" + format_instant_exact(event.received()) +
            "\",\"s" + std::to_string(event.source()) + "\"," +
            (event.is_history() ? "false" : "true") + ",\"" + std::string(event.message_id()) +
            "\",\"u" + std::to_string(world.events[at].identity) + "\"," +
            model::to_json(event.doc().find("properties")) +
            R"(,[{"namespace":"space1","value":"u)" + std::to_string(world.events[at].identity) +
            R"("},{"namespace":"space2","value":"anonymous"}],)" + model::to_json(event.doc()) +
            ",null]";
        EXPECT_EQ(model::to_json(row), expected) << at;
        ++at;
    }
    EXPECT_EQ(at, world.events.size());
}

TEST_F(EventTableTest, SumsOfPropertiesAreExact) {
    World world(11, 500);
    int64_t thousandths = 0;
    for (const auto& event : world.events) {
        const auto revenue = event.event().doc().at_path("properties.revenue").as_decimal();
        int64_t units = revenue->units;
        for (uint8_t scale = revenue->scale; scale < 3; ++scale) units *= 10;
        thousandths += units;
    }
    Asking asking(world);
    const std::string answer = asking.rows(
        "SELECT (sum((properties->>'revenue')::DECIMAL(18,3)) * 1000)::BIGINT FROM events");
    EXPECT_EQ(answer, "[[" + std::to_string(thousandths) + "]]");
}

TEST_F(EventTableTest, ARangeOfTimeIsTheSameInAllItsForms) {
    World world(3, 800);
    world.flush({});
    const Micros from = *parse_instant("2026-01-20T00:00:00Z");
    const Micros to = *parse_instant("2026-02-05T00:00:00Z");
    const auto expected = std::ranges::count_if(world.events, [&](const auto& event) {
        return event.event().time() >= from && event.event().time() < to;
    });
    const std::string rows = "[[" + std::to_string(expected) + "]]";
    Asking asking(world);
    EXPECT_EQ(asking.rows("SELECT count(*) FROM events WHERE time >= '2026-01-20' AND time < "
                          "'2026-02-05'"),
              rows);
    EXPECT_EQ(asking.rows("SELECT count(*) FROM events_between('2026-01-20', '2026-02-05')"), rows);
    const auto answer =
        asking.run(R"q({"kind":"sql","sql":"SELECT count(*) FROM events_between(NULL, NULL)",)q"
                   R"q("from":"2026-01-20","to":"2026-02-05"})q");
    EXPECT_NE(answer.value().find(R"("rows":)" + rows), std::string::npos) << *answer;
}

// The same condition in a form that is not understood shows every row to DuckDB.
TEST_F(EventTableTest, AFilterChangesTheCostOfAnAnswerAndNothingElse) {
    static constexpr std::pair<const char*, const char*> kFilters[] = {
        {"event = 'Product Viewed'", "event || '' = 'Product Viewed'"},
        {"event IN ('Çay', 'Order Completed', 'none')",
         "event || '' IN ('Çay', 'Order Completed', 'none')"},
        {"type = 'page' AND source = 's1'", "type || '' = 'page' AND source || '' = 's1'"},
        {"time >= '2026-02-03' AND time < '2026-02-20 12:00:00'",
         "date_trunc('day', time) >= '2026-02-03' AND time + INTERVAL 1 hour < '2026-02-20 "
         "13:00:00'"},
        {"event = '' OR event IS NULL", "coalesce(event, '') = ''"},
        {"event = 'none'", "event || '' = 'none'"}};
    static constexpr std::pair<const char*, const char*> kAnswers[] = {
        {"count(*)", "count(*)"},
        {"sum((properties->>'revenue')::DECIMAL(18,3)), count(properties->'products'->0->>'sku'), "
         "min(properties->>'currency'), count(properties->>'none'), count(traits->>'a')",
         "sum((json(properties::VARCHAR)->>'revenue')::DECIMAL(18,3)), "
         "count(json(properties::VARCHAR)->'products'->0->>'sku'), "
         "min(json(properties::VARCHAR)->>'currency'), 0, 0"},
        {"sum(value), min(currency), max(position)",
         "sum(round((properties::VARCHAR::JSON->>'revenue')::DECIMAL(18,4), 4)), "
         "min(properties::VARCHAR::JSON->>'currency'), max(position)"}};
    for (uint64_t seed = 1; seed <= 6; ++seed) {
        World world(seed, 300);
        if (seed % 3 != 0) world.flush({});
        Asking asking(world);
        for (const auto& [filter, opaque] : kFilters) {
            for (const auto& [answer, whole] : kAnswers) {
                const std::string select = "SELECT ";
                EXPECT_EQ(asking.rows(select + answer + " FROM events WHERE " + filter),
                          asking.rows(select + whole + " FROM events WHERE " + opaque))
                    << answer << " where " << filter << " seed=" << seed;
            }
        }
    }
}

TEST_F(EventTableTest, AFilterByNameLooksAtRowsOfThatNameOnly) {
    World world(9, 900);
    world.flush({});
    const auto named = std::ranges::count_if(
        world.events, [](const auto& event) { return event.event().name() == "Product Viewed"; });
    Asking asking(world);
    const auto answer = asking.ask("SELECT count(*) FROM events WHERE event = 'Product Viewed'");
    EXPECT_NE(answer.value().find(R"("events_scanned":)" + std::to_string(named) + ","),
              std::string::npos)
        << *answer << named;
}

TEST_F(EventTableTest, DaysFollowTheZone) {
    World world(5, 10);
    Asking asking(world);
    const auto answer =
        asking.run(R"q({"kind":"sql","timezone":"Europe/Istanbul",)q"
                   R"q("sql":"SELECT date_trunc('day', TIMESTAMPTZ '2026-03-01T22:30:00Z')"})q");
    EXPECT_NE(answer.value().find(R"("rows":[["2026-03-01T21:00:00Z"]])"), std::string::npos)
        << *answer;
}

TEST_F(StatementTest, AnswersEveryTypeInJson) {
    World world(1, 1);
    Asking asking(world);
    EXPECT_EQ(asking.rows("SELECT true, -5::TINYINT, 12345678901234567890::UBIGINT, "
                          "-170141183460469231731687303715884105727::HUGEINT, 0.05::DECIMAL(9,3), "
                          "-12::DECIMAL(4,1), 1.5::DOUBLE, 'nan'::DOUBLE, NULL"),
              "[[true,-5,12345678901234567890,-170141183460469231731687303715884105727,0.050,"
              "-12.0,1.5,null,null]]");
    EXPECT_EQ(asking.rows("SELECT DATE '2026-02-03', TIME '01:02:03.5', TIMESTAMP "
                          "'2026-01-31 10:00:00.25', 'infinity'::DATE, INTERVAL '1 month 2 days', "
                          "'6b1f0000-0000-4000-8000-0000000000ff'::UUID"),
              R"([["2026-02-03","01:02:03.500000","2026-01-31T10:00:00.25","infinity","P1M2D",)"
              R"("6b1f0000-0000-4000-8000-0000000000ff"]])");
    EXPECT_EQ(asking.rows("SELECT [1, NULL, 3], {'a': 'x\"', 'b': [DATE '2026-01-01']}, "
                          "MAP {'k': 2}, 'b'::ENUM('a', 'b'), '{\"z\": [1]}'::JSON, "
                          "'a text longer than twelve bytes'"),
              R"([[[1,null,3],{"a":"x\"","b":["2026-01-01"]},[{"key":"k","value":2}],"b",)"
              R"({"z":[1]},"a text longer than twelve bytes"]])");
    EXPECT_NE(asking.rows("SELECT 'x'::BLOB").find("cast it to VARCHAR"), std::string::npos);
}

TEST_F(StatementTest, NothingButTheTablesIsWithinReach) {
    World world(1, 3);
    Asking asking(world);
    for (const char* statement : {"SELECT * FROM read_csv('/etc/passwd')",
                                  "SELECT * FROM '/etc/passwd'",
                                  "SELECT * FROM read_text('/etc/passwd')",
                                  "SELECT * FROM read_blob('/proc/self/environ')",
                                  "SELECT * FROM glob('/etc/*')",
                                  "SELECT * FROM read_parquet('/tmp/x.parquet')",
                                  "SELECT * FROM parquet_metadata('/etc/passwd')",
                                  "SELECT * FROM sniff_csv('/etc/passwd')",
                                  "SELECT * FROM read_json('https://example.org/x.json')",
                                  "SELECT getenv('HOME')",
                                  "COPY (SELECT 1) TO '/tmp/throughline-out.csv'",
                                  "COPY events TO '/tmp/x.parquet'",
                                  "ATTACH '/tmp/throughline.db'",
                                  "DETACH memory",
                                  "INSTALL httpfs",
                                  "LOAD httpfs",
                                  "LOAD '/tmp/x.duckdb_extension'",
                                  "EXPORT DATABASE '/tmp/throughline-out'",
                                  "IMPORT DATABASE '/tmp/x'",
                                  "SET memory_limit = '100GB'",
                                  "RESET memory_limit",
                                  "SET enable_external_access = true",
                                  "SET lock_configuration = false",
                                  "SET VARIABLE x = 1",
                                  "",
                                  "PRAGMA enable_profiling",
                                  "CALL enable_logging()",
                                  "FROM enable_profiling()",
                                  "FROM Enable_Logging()",
                                  "CREATE TABLE t (a INTEGER)",
                                  "CREATE VIEW v AS SELECT 1",
                                  "DROP VIEW events",
                                  "CREATE MACRO m() AS 1",
                                  "INSERT INTO events SELECT 1",
                                  "DELETE FROM events",
                                  "UPDATE events SET event = 'x'",
                                  "ALTER VIEW events RENAME TO e",
                                  "CHECKPOINT",
                                  "VACUUM",
                                  "BEGIN",
                                  "PREPARE p AS SELECT 1",
                                  "EXECUTE p",
                                  "CREATE SECRET s (TYPE s3)",
                                  "EXPLAIN ANALYZE SELECT 1",
                                  "USE memory",
                                  "SELECT 1; SELECT 2",
                                  "SELECT 1; DROP VIEW events",
                                  "",
                                  ";",
                                  "-- nothing"}) {
        const auto answer = asking.ask(statement);
        EXPECT_FALSE(answer) << statement << " -> " << *answer;
    }
    EXPECT_EQ(asking.rows("SELECT count(*) FROM events"), "[[3]]");
    EXPECT_EQ(asking.rows("SELECT column_name FROM (DESCRIBE events) LIMIT 2"),
              R"([["profile"],["time"]])");
}

TEST_F(StatementTest, AMistakeIsShownWithItsPlace) {
    World world(1, 3);
    Asking asking(world);
    const auto syntax = asking.ask("SELECT event\nFORM events WHERE");
    ASSERT_FALSE(syntax);
    EXPECT_EQ(syntax.error().code, Code::InvalidArgument);
    EXPECT_NE(syntax.error().message.find("(line 2, column "), std::string::npos)
        << syntax.error().message;
    const auto name = asking.ask("SELECT evnt FROM events");
    EXPECT_NE(name.error().message.find("\"evnt\" not found"), std::string::npos);
    EXPECT_NE(name.error().message.find("(line 1, column 8)"), std::string::npos)
        << name.error().message;
    EXPECT_EQ(asking.ask("SELECT 'x'::INTEGER").error().code, Code::InvalidArgument);
    EXPECT_EQ(asking.ask("CREATE TABLE t (a INTEGER)").error().message,
              "query: sql: only SELECT may be asked");
    EXPECT_EQ(asking.run(R"({"kind":"sql","sql":"SELECT 1","wher":[]})").error().code,
              Code::InvalidArgument);
    EXPECT_EQ(asking.run(R"({"kind":"sql","sql":7})").error().message,
              "query: sql: must be a text");
}

TEST_F(StatementTest, RowsPastTheLimitAreLeftOutAndTold) {
    World world(1, 50);
    Asking asking(world);
    asking.limits.rows_max = 5;
    const std::string many = asking.ask("SELECT position FROM events").value();
    EXPECT_NE(many.find(R"("limited":true)"), std::string::npos);
    EXPECT_EQ(std::ranges::count(many, '['), 7) << many;
    const std::string five = asking.ask("SELECT position FROM events LIMIT 5").value();
    EXPECT_NE(five.find(R"("limited":false)"), std::string::npos) << five;
    EXPECT_EQ(asking.rows("SELECT position FROM events WHERE false"), "[]");
    asking.limits = {.rows_max = 1'000'000, .answer_bytes_max = 1000};
    const std::string wide = asking.ask("SELECT repeat('x', 100) FROM range(1000000)").value();
    EXPECT_NE(wide.find(R"("limited":true)"), std::string::npos);
    EXPECT_LT(wide.size(), 2000u);
}

TEST_F(StatementTest, MemoryIsBounded) {
    World world(1, 3);
    Asking asking(world);
    asking.limits.memory_bytes = size_t{64} << 20;
    const auto answer = asking.ask(
        "SELECT count(*) FROM (SELECT md5(i::VARCHAR) AS m FROM range(3000000) t(i) ORDER BY m)");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Code::ResourceExhausted) << answer.error().message;
}

TEST_F(StatementTest, TimeIsBoundedAndAWishToStopIsHeard) {
    World world(1, 3);
    Asking asking(world);
    const std::string endless =
        "SELECT count(*) FROM range(10000000000) a(i), range(1000000) b(j) WHERE i % 7 = j % 5";
    asking.clock = &system_clock();
    asking.time_limit = 100'000;
    const Micros begin = system_clock().monotonic();
    EXPECT_EQ(asking.ask(endless).error().code, Code::DeadlineExceeded);
    EXPECT_LT(system_clock().monotonic() - begin, 5 * kSecond);

    std::atomic<bool> cancelled = false;
    asking.time_limit = 30 * kSecond;
    asking.cancelled = &cancelled;
    std::thread stopper([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        cancelled = true;
    });
    EXPECT_EQ(asking.ask(endless).error().code, Code::Cancelled);
    stopper.join();
}

TEST_F(StatementTest, SeveralAreAnsweredAtOnce) {
    World world(9, 400);
    Asking asking(world);
    const std::string expected = asking.rows(
        "SELECT profile, count(*) FROM events GROUP BY 1 "
        "ORDER BY 1");
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            EXPECT_EQ(Asking(world).rows("SELECT profile, count(*) FROM events GROUP BY 1 "
                                         "ORDER BY 1"),
                      expected);
        });
    }
    for (std::thread& thread : threads) thread.join();
}

TEST(DuckdbLibrary, WithoutItTheErrorSaysWhatToDo) {
    if (load_duckdb()) GTEST_SKIP() << "it is here";
    EXPECT_EQ(load_duckdb().error().code, Code::FailedPrecondition);
    EXPECT_NE(load_duckdb().error().message.find("THROUGHLINE_DUCKDB"), std::string::npos);
}

}  // namespace throughline::sql
