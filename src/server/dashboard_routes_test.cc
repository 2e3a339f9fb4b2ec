// Saved questions and dashboards: kept as they were written, checked before they are kept.
#include "server/dashboard_routes.h"

#include "server/audit_routes.h"
#include "server/query_routes.h"
#include "server/question_routes.h"
#include "server/settings_routes.h"
#include "server/test_api.h"
#include "server/test_schema.h"

namespace throughline::server {
namespace {

using model::DocView;
using testing::Answer;
using testing::TestApi;

constexpr std::string_view kOrders =
    R"({"kind":"trend","from":"-30d","interval":"day","series":[{"event":"Order Completed",)"
    R"("measure":"events"}]})";
constexpr std::string_view kCheckout =
    R"({"kind":"funnel","from":"-7d","steps":[{"event":"Cart"},{"event":"Order Completed"}]})";
constexpr std::string_view kComeBack =
    R"({"kind":"retention","cohort":{"event":"Cart"},"return":{"event":"*"},"interval":"week"})";
constexpr std::string_view kBrought =
    R"({"kind":"attribution","from":"-30d","conversion":{"event":"Order Completed"}})";

std::string named(std::string_view name, std::string_view question, std::string_view more = "") {
    return R"({"name":")" + std::string(name) + R"(","question":)" + std::string(question) +
           std::string(more) + "}";
}

class DashboardRoutes : public ::testing::Test {
protected:
    void SetUp() override {
        ASSERT_EQ(api.call("PUT /api/questions/orders", named("Orders", kOrders)).status, 201);
        ASSERT_EQ(api.call("PUT /api/questions/checkout", named("Checkout", kCheckout)).status,
                  201);
    }
    uint64_t position() { return api.engine().query_view().state.next_position; }
    std::string message(std::string_view head, std::string_view body) {
        const auto before = position();
        const Answer answer = api.call(head, body);
        EXPECT_EQ(answer.status, 400) << answer.body;
        EXPECT_EQ(position(), before) << "something was logged";
        return answer.text("error.message");
    }

    TestApi api{{add_question_routes, add_dashboard_routes, add_query_routes, add_settings_routes,
                 add_audit_routes}};
    testing::Schemas schemas;
};

TEST_F(DashboardRoutes, AQuestionIsReadAsItWasWritten) {
    const Answer made =
        api.call("PUT /api/questions/back\r\nIf-None-Match: *",
                 named("Back", kComeBack, R"(,"description":"Who comes again","chart":"table")"));
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(schemas.mismatch("SavedQuestion", made.json()), "");
    EXPECT_EQ(model::to_json(made.json().find("question")), kComeBack);
    EXPECT_EQ(made.text("description"), "Who comes again");
    EXPECT_EQ(made.text("chart"), "table");
    EXPECT_EQ(made.text("created_by"), "admin");
    EXPECT_EQ(made.count("dashboards"), 0u);
    const Answer read = api.call("GET /api/questions/back");
    EXPECT_EQ(read.body, made.body);
    EXPECT_EQ(read.etag, made.etag);
    const Answer all = api.call("GET /api/questions");
    EXPECT_EQ(schemas.mismatch("SavedQuestionList", all.json()), "");
    EXPECT_EQ(all.count("items"), 3u);
    EXPECT_EQ(api.call("GET /api/questions?limit=2").text("next"), "checkout");
    EXPECT_EQ(api.call("GET /api/questions/none").status, 404);
}

TEST_F(DashboardRoutes, WhoMadeAQuestionStaysWhenSomebodyChangesIt) {
    const Answer made = api.call("GET /api/questions/orders");
    const Answer changed = api.call("PUT /api/questions/orders\r\nIf-Match: " + made.etag,
                                    named("All orders", kOrders, R"(,"chart":null)"));
    ASSERT_EQ(changed.status, 200) << changed.body;
    EXPECT_EQ(changed.text("created_at"), made.text("created_at"));
    EXPECT_EQ(changed.text("name"), "All orders");
    EXPECT_TRUE(changed.json().find("chart").is_null());
    EXPECT_EQ(
        api.call("PUT /api/questions/orders\r\nIf-Match: " + made.etag, named("Late", kOrders))
            .status,
        412);
    EXPECT_EQ(
        api.call("PUT /api/questions/orders\r\nIf-None-Match: *", named("New", kOrders)).status,
        412);
    const Answer audit = api.call("GET /api/audit?action=question.");
    EXPECT_EQ(audit.count("items"), 3u);
    EXPECT_EQ(audit.item("items", 0).find("action").as_string(), "question.update");
    EXPECT_EQ(audit.item("items", 0).find("target").as_string(), "questions/orders");
}

TEST_F(DashboardRoutes, EveryKindOfQuestionIsCheckedAsAskingItWould) {
    for (const std::string_view question : {kOrders, kCheckout, kComeBack, kBrought}) {
        EXPECT_EQ(api.call("POST /api/query", question).status, 200) << question;
        EXPECT_LT(api.call("PUT /api/questions/any", named("Any", question)).status, 300);
    }
    for (
        const std::string_view question :
        {R"({"kind":"trend","from":"-30d","interval":"eon","series":[{"event":"A"}]})",
         R"({"kind":"trend","from":"-30d","interval":"day","series":[]})",
         R"({"kind":"trend","from":"-30d","interval":"day","series":[{}],"breakdown":{}})",
         R"({"kind":"trend","from":"2026-03-02","to":"2026-03-01","interval":"day","series":[{}]})",
         R"({"kind":"funnel","steps":[{"event":"A","were":1}]})", R"({"kind":"funnel"})",
         R"({"kind":"retention","cohort":{"event":"A"}})",
         R"({"kind":"attribution","models":["luck"]})", R"({"kind":"tarot"})", R"([])", "null"}) {
        EXPECT_EQ(api.call("POST /api/query", question).status, 400) << question;
        EXPECT_EQ(api.call("PUT /api/questions/any", named("Any", question)).status, 400)
            << question;
    }
}

TEST_F(DashboardRoutes, ARefusalNamesTheFieldOfTheQuestion) {
    const auto why = [&](std::string_view body) { return message("PUT /api/questions/x", body); };
    EXPECT_EQ(why(named("X", R"({"kind":"funnel","steps":[{"event":"A"},{"event":7}]})")),
              "question: question.steps[1].event: must be a text");
    EXPECT_EQ(why(named("X", R"({"kind":"tarot"})")),
              "question: question.kind: must be one of trend funnel retention attribution");
    EXPECT_EQ(why(R"({"name":"X"})"), "question: question: need a question");
    EXPECT_EQ(why(named("", kOrders)), "question: name: need text of 1 to 200 bytes");
    EXPECT_EQ(why(named("X", kOrders, R"(,"description":7)")),
              "question: description: need text of at most 2000 bytes");
    EXPECT_EQ(why(named("X", kOrders, R"(,"chart":"pie")")),
              "question: chart: need one of chart table number, or null");
    EXPECT_EQ(message("PUT /api/questions/X!", named("X", kOrders)),
              "question: key: need 1 to 64 of a-z, 0-9, -, _ and .");
    const std::string label(65 << 10, 'x');
    EXPECT_EQ(why(named("X", R"({"kind":"trend","interval":"day","series":[{"label":")" + label +
                                 R"("}]})")),
              "question: question: at most 64 KiB");
}

TEST_F(DashboardRoutes, ADashboardIsReadAsItWasWritten) {
    const Answer made = api.call(
        "PUT /api/dashboards/sales",
        R"({"name":"Sales","range":{"from":"-7d"},"refresh_seconds":30,"tiles":[)"
        R"({"question":"checkout","title":"How far","size":"large"},{"question":"orders"}]})");
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(schemas.mismatch("Dashboard", made.json()), "");
    EXPECT_EQ(model::to_json(made.json().find("range")), R"({"from":"-7d","to":null})");
    EXPECT_EQ(made.number("refresh_seconds"), 30);
    EXPECT_EQ(model::to_json(made.json().find("tiles")),
              R"([{"question":"checkout","title":"How far","size":"large"},)"
              R"({"question":"orders","title":null,"size":"medium"}])");
    const Answer read = api.call("GET /api/dashboards/sales");
    EXPECT_EQ(read.body, made.body);
    EXPECT_EQ(read.etag, made.etag);
    EXPECT_EQ(schemas.mismatch("DashboardList", api.call("GET /api/dashboards").json()), "");
    const Answer question = api.call("GET /api/questions/orders");
    EXPECT_EQ(model::to_json(question.json().find("dashboards")), R"(["sales"])");
    const Answer plain =
        api.call("PUT /api/dashboards/plain", R"({"name":"Plain","refresh_seconds":null})");
    EXPECT_EQ(schemas.mismatch("Dashboard", plain.json()), "");
    EXPECT_TRUE(plain.json().find("range").is_null());
    EXPECT_TRUE(plain.json().find("refresh_seconds").is_null());
    EXPECT_EQ(api.call("DELETE /api/dashboards/plain\r\nIf-Match: " + made.etag).status, 412);
    EXPECT_EQ(api.call("DELETE /api/dashboards/plain\r\nIf-Match: " + plain.etag).status, 204);
    EXPECT_EQ(api.call("DELETE /api/dashboards/plain").status, 404);
}

TEST_F(DashboardRoutes, BadDashboardsAreRefusedBeforeAnythingIsLogged) {
    const auto why = [&](std::string_view fields) {
        return message("PUT /api/dashboards/x", R"({"name":"X",)" + std::string(fields) + "}");
    };
    EXPECT_EQ(why(R"("tiles":[{"question":"orders"},{"question":"none"}])"),
              "dashboard: tiles[1].question: no question has this key");
    EXPECT_EQ(why(R"("tiles":[{"question":"orders"},{"question":"orders"}])"),
              "dashboard: tiles[1].question: it stands on this dashboard already");
    EXPECT_EQ(why(R"("tiles":[{"question":"orders","size":"huge"}])"),
              "dashboard: tiles[0].size: need one of small medium large");
    EXPECT_EQ(why(R"("tiles":[{"question":"orders","titel":"x"}])"),
              "dashboard: tiles[0].titel: not known here, or not supported yet");
    EXPECT_EQ(why(R"("tiles":{})"), "dashboard: tiles: need a list");
    EXPECT_EQ(why(R"("range":{"from":"-7d","to":"-9d"})"),
              "dashboard: range.to: must be after from");
    EXPECT_EQ(why(R"("range":{"to":"-9d"})"),
              "dashboard: range.from: need a time such as 2026-03-01 or -30d");
    EXPECT_EQ(why(R"("range":{"from":"-7d","til":"-1d"})"),
              "dashboard: range.til: not known here, or not supported yet");
    EXPECT_EQ(why(R"("refresh_seconds":1)"),
              "dashboard: refresh_seconds: need a whole number from 2 to 86400, or null");
    std::string many = R"("tiles":[)";
    for (int i = 0; i < 41; ++i) {
        const std::string key = "q" + std::to_string(i);
        ASSERT_EQ(api.call("PUT /api/questions/" + key, named(key, kOrders)).status, 201);
        many += (i > 0 ? "," : "") + (R"({"question":")" + key + "\"}");
    }
    EXPECT_EQ(why(many + "]"), "dashboard: tiles: at most 40");
}

TEST_F(DashboardRoutes, AQuestionThatADashboardShowsStays) {
    constexpr std::string_view kTiles = R"("tiles":[{"question":"orders"}]})";
    for (const auto& [key, name] : {std::pair("sales", "Sales"), {"weekly", "Week by week"}}) {
        ASSERT_EQ(api.call("PUT /api/dashboards/" + std::string(key),
                           R"({"name":")" + std::string(name) + "\"," + std::string(kTiles))
                      .status,
                  201);
    }
    const auto before = position();
    const Answer refused = api.call("DELETE /api/questions/orders");
    EXPECT_EQ(refused.status, 422);
    EXPECT_EQ(refused.text("error.message"),
              "question: key: shown on Sales (sales), Week by week (weekly): take it off each "
              "dashboard first");
    EXPECT_EQ(position(), before);
    EXPECT_EQ(api.call("DELETE /api/questions/checkout").status, 204);
    for (const char* key : {"sales", "weekly"}) {
        ASSERT_EQ(api.call("DELETE /api/dashboards/" + std::string(key)).status, 204);
    }
    EXPECT_EQ(api.call("DELETE /api/questions/orders").status, 204);
    EXPECT_EQ(api.call("DELETE /api/questions/orders").status, 404);
}

}  // namespace
}  // namespace throughline::server
