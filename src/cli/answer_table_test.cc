#include "cli/answer_table.h"

#include <gtest/gtest.h>

#include "model/json.h"

namespace throughline::cli {
namespace {

const char* const kAnswer = R"({"kind":"trend","series":[
  {"label":"Orders","breakdown":null,"total":12,"points":[
    {"at":"2026-01-01T00:00:00.000Z","value":5},{"at":"2026-01-02T00:00:00.000Z","value":7}]},
  {"label":"Șold, \"x\"","breakdown":"pro","total":0.3,"points":[
    {"at":"2026-01-02T00:00:00.000Z","value":0.3}]}]})";

TEST(AnswerTable, WritesATrendAsCsvWithQuotedCells) {
    EXPECT_EQ(answer_csv(*model::doc_from_json(kAnswer)),
              "series,breakdown,at,value\n"
              "Orders,,2026-01-01T00:00:00.000Z,5\n"
              "Orders,,2026-01-02T00:00:00.000Z,7\n"
              "\"Șold, \"\"x\"\"\",pro,2026-01-02T00:00:00.000Z,0.3\n");
}

TEST(AnswerTable, WritesATrendAsATableWithAlignedNumbersAndGaps) {
    EXPECT_EQ(answer_table(*model::doc_from_json(kAnswer)),
              "at                        Orders  Șold, \"x\", pro\n"
              "2026-01-01T00:00:00.000Z       5                \n"
              "2026-01-02T00:00:00.000Z       7             0.3\n"
              "total                         12             0.3\n");
}

TEST(AnswerTable, WritesTheRowsOfAStatementUnderItsColumns) {
    const auto answer = model::doc_from_json(
        R"({"kind":"sql","columns":[{"name":"event","type":"text"},{"name":"n","type":"number"}],)"
        R"("rows":[["Order, paid",12],[null,3],["x",{"a":[1]}]],"limited":true})");
    EXPECT_EQ(answer_csv(*answer), "event,n\n\"Order, paid\",12\n,3\nx,\"{\"\"a\"\":[1]}\"\n");
    EXPECT_EQ(answer_table(*answer),
              "event                n\n"
              "Order, paid         12\n"
              "                     3\n"
              "x            {\"a\":[1]}\n"
              "There are more rows: take LIMIT and OFFSET.\n");
}

const char* const kFunnel = R"({"kind":"funnel","steps":[
  {"label":"View","count":200,"conversion":1,"from_start":1,"dropped":140,"in_progress":10,
   "median_seconds":null,"p90_seconds":null},
  {"label":"Buy","count":50,"conversion":0.25,"from_start":0.25,
   "median_seconds":12.5,"p90_seconds":60}],
  "lines":[{"breakdown":null,"steps":[
    {"label":"View","count":200,"conversion":1,"from_start":1}]}]})";

TEST(AnswerTable, WritesAFunnelStepByStep) {
    EXPECT_EQ(answer_table(*model::doc_from_json(kFunnel)),
              "step    count  of step before  of start  dropped  in progress  median s  p90 s\n"
              "View      200         100.0 %   100.0 %      140           10                 \n"
              "Buy        50          25.0 %    25.0 %                            12.5     60\n"
              "(none)\n"
              "  View    200         100.0 %   100.0 %                                       \n");
    EXPECT_EQ(answer_csv(*model::doc_from_json(kFunnel)),
              "breakdown,step,label,count,conversion,from_start,dropped,in_progress,"
              "median_seconds,p90_seconds\n"
              ",1,View,200,1,1,140,10,,\n"
              ",2,Buy,50,0.25,0.25,,,12.5,60\n"
              "(none),1,View,200,1,1,,,,\n");
}

TEST(AnswerTable, WritesTheRangeComparedWithBelowTheOneAskedFor) {
    const auto answer = model::doc_from_json(
        R"({"kind":"trend","series":[{"label":"a\nb","breakdown":null,"total":2,"points":[)"
        R"({"at":"2026-01-02","value":2}]}],"previous":{"kind":"trend","series":[{"label":"a\nb",)"
        R"("breakdown":null,"total":1,"points":[{"at":"2026-01-01","value":1}]}],)"
        R"("meta":{"from":"2026-01-01","to":"2026-01-02"}}})");
    EXPECT_EQ(answer_csv(*answer),
              "range,series,breakdown,at,value\n"
              "asked,\"a\nb\",,2026-01-02,2\n"
              "before,\"a\nb\",,2026-01-01,1\n");
    const auto funnel = model::doc_from_json(
        R"({"kind":"funnel","steps":[{"label":"View","count":2}],"previous":{"kind":"funnel",)"
        R"("steps":[{"label":"View","count":1}],"meta":{"from":"2026-01-01","to":"2026-01-02"}}})");
    const std::string head =
        "step  count  of step before  of start  dropped  in progress  median s  p90 s\n";
    EXPECT_EQ(answer_table(*funnel),
              head +
                  "View      2               -         -                                       \n"
                  "\nBefore, 2026-01-01 to 2026-01-02:\n" +
                  head +
                  "View      1               -         -                                       \n");
}

const char* const kRetention = R"({"kind":"retention","cohorts":[
  {"start":"2026-01-05T00:00:00.000Z","size":10,"returned":[5,2,null],"shares":[0.5,0.2,null],
   "complete":1}]})";

TEST(AnswerTable, MarksPeriodsOfARetentionThatAreNotOver) {
    EXPECT_EQ(answer_table(*model::doc_from_json(kRetention)),
              "cohort                    people       0        1\n"
              "2026-01-05T00:00:00.000Z      10  50.0 %  20.0 %*\n");
    EXPECT_EQ(answer_csv(*model::doc_from_json(kRetention)),
              "breakdown,cohort,size,period,returned,share,complete\n"
              ",2026-01-05T00:00:00.000Z,10,0,5,0.5,true\n"
              ",2026-01-05T00:00:00.000Z,10,1,2,0.2,false\n");
}

const char* const kAttribution = R"({"kind":"attribution","by":["channel"],"rows":[
  {"channel":"email","name":"Email","sessions":3,"people":2,"qualified":0,"cost":1.5,
   "models":{"first":{"conversions":1,"value":null}}}],
  "totals":{"sessions":3,"people":2,"qualified":0,"cost":1.5,
   "models":{"first":{"conversions":1,"value":null}}}})";

TEST(AnswerTable, WritesAnAttributionWithItsTotalsLast) {
    EXPECT_EQ(answer_csv(*model::doc_from_json(kAttribution)),
              "channel,sessions,people,qualified,cost,first conversions,first value\n"
              "email,3,2,0,1.5,1,\n"
              "total,3,2,0,1.5,1,\n");
    EXPECT_EQ(answer_table(*model::doc_from_json(kAttribution)),
              "channel  sessions  people  qualified  cost  first conversions  first value\n"
              "email           3       2          0   1.5                  1             \n"
              "total           3       2          0   1.5                  1             \n");
}

}  // namespace
}  // namespace throughline::cli
