// The real shop through SQL, and out to Parquet and in again: the figures that its own description
// gives.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <thread>

#include "base/json_text.h"
#include "ingest/importer.h"
#include "server/query_routes.h"
#include "server/sql_question.h"
#include "server/test_api.h"
#include "sql/statement.h"
#include "sql/table_file.h"
#include "sql/test_duckdb.h"

namespace throughline::server {

using testing::Answer;
using testing::TestApi;

namespace {

std::string shop_file() {
    const char* given = std::getenv("TL_SHARED_DATA");
    return std::string(given != nullptr ? given : TL_DEFAULT_SHARED_DATA) +
           "/online_retail/online_retail.csv.gz";
}

struct Shop {
    TestApi api{{add_query_routes}};

    void import(std::string_view mapping, const std::string& file) {
        const ingest::Mapping read = ingest::Mapping::shipped(mapping).value();
        const auto settings = api.engine().settings();
        ingest::ImportOptions options;
        options.source.id = 1;
        options.context = {.spaces = &settings->namespaces(), .secret = &api.engine().secret()};
        options.clock = &api.app().clock;
        ingest::ImportSinks sinks;
        sinks.batch = [&](const ingest::RecordBatch& batch) -> Result<ingest::BatchResult> {
            engine::Submission submission;
            submission.bytes = std::make_shared<const std::string>(batch.bytes);
            submission.ends = batch.ends;
            // It may be busy with a checkpoint.
            while (!api.engine().submit_and_wait(submission).status) {
                std::this_thread::sleep_for(std::chrono::milliseconds(5));
            }
            return ingest::BatchResult{batch.size(), 0};
        };
        sinks.reject = [](const ingest::ImportReject& reject) { FAIL() << reject.reason; };
        const auto done = ingest::Importer(read, options).run(file, sinks);
        ASSERT_TRUE(done) << done.error().message;
    }
    std::string rows(std::string_view statement, const std::string& more = "") {
        std::string question = R"({"kind":"sql","sql":)";
        append_json_string(question, statement);
        const std::string packed = model::doc_from_json(question + more + "}").value();
        SqlMoment moment(api.engine());
        moment.environment().time_limit =
            10 * kMinute;  // Also where a hundred tests run beside it.
        const auto answer = sql::run_statement(model::DocView(packed), moment.sources());
        if (!answer) return answer.error().message;
        const std::string doc = model::doc_from_json(*answer).value();
        return model::to_json(model::DocView(doc).find("rows"));
    }
};

constexpr std::string_view kByMonth =
    "SELECT event, date_trunc('month', time) AS month, count(*), count(DISTINCT profile), "
    "sum((properties->>'revenue')::DECIMAL(18,3)) FROM events GROUP BY ALL ORDER BY ALL";

}  // namespace

TEST(SqlShop, GivesItsFiguresAndComesBackFromParquetTheSame) {
    TL_NEEDS_DUCKDB();
    if (!std::filesystem::exists(shop_file())) {
        GTEST_SKIP() << "no " << shop_file() << ": set TL_SHARED_DATA";
    }
    Shop shop;
    shop.import("online-retail", shop_file());
    EXPECT_EQ(shop.rows("SELECT count(*) FROM events"), "[[541909]]");
    EXPECT_EQ(shop.rows("SELECT count(*) FROM profiles WHERE known"), "[[4372]]");
    EXPECT_EQ(shop.rows("SELECT sum((properties->>'revenue')::DECIMAL(18,3)) FROM events"),
              "[[9747747.934]]");
    EXPECT_EQ(shop.rows("SELECT count(*) FROM events WHERE time >= '2011-11-01' AND "
                        "time < '2011-12-01'"),
              "[[84711]]");
    EXPECT_EQ(shop.rows("SELECT count(*) FROM events", R"(,"from":"2011-11-01","to":"2011-12-01")"),
              "[[84711]]");
    EXPECT_EQ(shop.rows("SELECT sum(events) = (SELECT count(*) FROM events) FROM sessions"),
              "[[true]]");
    EXPECT_EQ(shop.rows("SELECT sum(events) FROM profiles"), "[[541909]]");

    const engine::testing::TemporaryDirectory directory;
    const std::string file = directory.path() + "/events.parquet";
    SqlMoment moment(shop.api.engine());
    moment.environment().time_limit = 10 * kMinute;
    const auto written = sql::write_table_file({.table = "events", .path = file}, moment.sources());
    ASSERT_TRUE(written) << written.error().message;
    EXPECT_EQ(*written, 541'909u);
    Shop copy;
    copy.import("throughline-events", file);
    EXPECT_EQ(copy.rows(kByMonth), shop.rows(kByMonth));
    EXPECT_EQ(copy.rows("SELECT count(*) FROM profiles WHERE known"), "[[4372]]");
}

}  // namespace throughline::server
