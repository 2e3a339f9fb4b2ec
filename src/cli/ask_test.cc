#include "cli/ask.h"

#include <gtest/gtest.h>

#include "model/json.h"

namespace throughline::cli {
namespace {

const char* const kAnswer = R"({"kind":"trend","series":[
  {"label":"Orders","breakdown":null,"total":12,"points":[
    {"at":"2026-01-01T00:00:00.000Z","value":5},{"at":"2026-01-02T00:00:00.000Z","value":7}]},
  {"label":"Șold, \"x\"","breakdown":"pro","total":0.3,"points":[
    {"at":"2026-01-02T00:00:00.000Z","value":0.3}]}]})";

TEST(Ask, WritesATrendAsCsvWithQuotedCells) {
    EXPECT_EQ(trend_csv(*model::doc_from_json(kAnswer)),
              "series,breakdown,at,value\n"
              "Orders,,2026-01-01T00:00:00.000Z,5\n"
              "Orders,,2026-01-02T00:00:00.000Z,7\n"
              "\"Șold, \"\"x\"\"\",pro,2026-01-02T00:00:00.000Z,0.3\n");
}

TEST(Ask, WritesATrendAsATableWithAlignedNumbersAndGaps) {
    EXPECT_EQ(trend_table(*model::doc_from_json(kAnswer)),
              "at                        Orders  Șold, \"x\", pro\n"
              "2026-01-01T00:00:00.000Z       5                \n"
              "2026-01-02T00:00:00.000Z       7             0.3\n"
              "total                         12             0.3\n");
}

}  // namespace
}  // namespace throughline::cli
