// Tasks over HTTP: found, claimed, given back, done, and refused with who has it.
#include "server/task_routes.h"

#include "server/audit_routes.h"
#include "server/journey_routes.h"
#include "server/profile_routes.h"
#include "server/test_api.h"
#include "server/test_schema.h"

namespace throughline::server {
namespace {

using testing::Answer;
using testing::TestApi;

constexpr std::string_view kCall = R"({"name":"Call","document":{"key":"call",
    "trigger":{"event":"A","key":"item"},
    "steps":[{"id":"call","type":"task","team":"sales","title":"Call her","store":"shop"},
             {"id":"mail","type":"message","channel":"email","template":"x","purpose":"p"}]}})";

class TaskRoutes : public ::testing::Test {
protected:
    void SetUp() override {
        const Answer draft = api.call("PUT /api/journeys/call", kCall);
        ASSERT_EQ(draft.status, 201) << draft.body;
        EXPECT_NE(draft.body.find("the task call"), std::string::npos) << "it is never due";
        const Answer published = api.call("POST /api/journeys/call/publish");
        ASSERT_EQ(published.status, 200) << published.body;
    }
    void send(const std::string& user, const std::string& shop) {
        const std::string item = "o" + std::to_string(++sent);
        const engine::Outcome outcome = api.engine().submit_and_wait(engine::testing::event_payload(
            {.user = user,
             .name = "A",
             .message_id = "m" + item,
             .extra = R"({"properties":{"catalog":"order","item":")" + item + R"(","shop":")" +
                      shop + R"("}})",
             .time = system_clock().now()},
            api.engine().secret()));
        ASSERT_TRUE(outcome.status);
    }
    std::string only(const std::string& query) {
        const Answer found = api.call("GET /api/tasks?" + query);
        EXPECT_EQ(found.count("items"), 1u) << found.body;
        return std::string(found.item("items", 0).find("id").as_string());
    }

    TestApi api{add_task_routes, add_journey_routes, add_profile_routes, add_audit_routes};
    testing::Schemas schemas;
    int sent = 0;
};

TEST_F(TaskRoutes, ATaskIsFoundClaimedAndDone) {
    send("ana", "cluj");
    send("ben", "iasi");
    const std::string id = only("team=sales&store=cluj");
    const Answer task = api.call("GET /api/tasks/" + id);
    ASSERT_EQ(task.status, 200) << task.body;
    EXPECT_EQ(schemas.mismatch("Task", task.json()), "");
    EXPECT_EQ(task.text("state"), "open");
    EXPECT_EQ(task.text("item"), "o1");
    EXPECT_EQ(only("person=user_id:ana"), id);

    const Answer claimed = api.call("POST /api/tasks/" + id + "/claim", R"({"by":"Mia"})");
    ASSERT_EQ(claimed.status, 200) << claimed.body;
    EXPECT_EQ(schemas.mismatch("Task", claimed.json()), "");
    EXPECT_EQ(claimed.text("by"), "Mia");
    EXPECT_EQ(only("state=claimed&by=Mia"), id);
    const Answer refused = api.call("POST /api/tasks/" + id + "/done", R"({"by":"Jon"})");
    EXPECT_EQ(refused.status, 409);
    EXPECT_EQ(refused.text("error.message"), "task: Mia has it");
    EXPECT_EQ(api.call("POST /api/tasks/" + id + "/release", R"({"by":"Mia"})").text("state"),
              "open");
    const Answer done =
        api.call("POST /api/tasks/" + id + "/done", R"({"by":"Mia","note":"she will come"})");
    ASSERT_EQ(done.status, 200) << done.body;
    EXPECT_EQ(done.text("state"), "done");
    EXPECT_EQ(done.text("note"), "she will come");
    const Answer again = api.call("POST /api/tasks/" + id + "/done", R"({"by":"Mia"})");
    EXPECT_EQ(again.status, 200);
    EXPECT_EQ(again.text("note"), "she will come");

    EXPECT_EQ(only("state=closed"), id);
    EXPECT_EQ(only("store=iasi&team=sales"), only(""));
    const Answer teams = api.call("GET /api/task-teams");
    EXPECT_EQ(schemas.mismatch("TaskTeamList", teams.json()), "");
    EXPECT_EQ(teams.item("items", 0).find("done").as_integer(), 1);
    EXPECT_EQ(teams.item("items", 0).find("open").as_integer(), 1);
    const Answer audit = api.call("GET /api/audit");
    EXPECT_EQ(audit.item("items", 0).find("action").as_string(), "task.done");
    EXPECT_EQ(audit.item("items", 0).find("target").as_string(), "tasks/" + id);
}

TEST_F(TaskRoutes, WhoIsNotNamedIsTheToken) {
    send("ana", "cluj");
    const Answer claimed = api.call("POST /api/tasks/" + only("") + "/claim");
    ASSERT_EQ(claimed.status, 200) << claimed.body;
    EXPECT_EQ(claimed.text("by"), "admin");
    const Answer taken =
        api.call("POST /api/tasks/" + only("") + "/claim", R"({"by":"Mia","take_over":true})");
    EXPECT_EQ(taken.text("by"), "Mia");
}

TEST_F(TaskRoutes, WhatIsNotMeantIsRefused) {
    EXPECT_EQ(api.call("GET /api/tasks?state=lost").status, 400);
    EXPECT_EQ(api.call("GET /api/tasks?cursor=x").status, 400);
    EXPECT_EQ(api.call("GET /api/tasks?limit=501").status, 400);
    EXPECT_EQ(api.call("GET /api/tasks/7").status, 404);
    EXPECT_EQ(api.call("POST /api/tasks/7/claim").status, 404);
    send("ana", "cluj");
    const std::string path = "POST /api/tasks/" + only("");
    EXPECT_EQ(api.call(path + "/claim", R"({"by":")" + std::string(101, 'x') + "\"}").status, 400);
    EXPECT_EQ(api.call(path + "/done", R"({"note":")" + std::string(1'001, 'x') + "\"}").status,
              400);
}

}  // namespace
}  // namespace throughline::server
