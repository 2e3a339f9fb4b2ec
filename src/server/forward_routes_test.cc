// Forwards over HTTP: made, shown without their key, begun anew, and gone again.
#include "server/forward_routes.h"

#include "server/health_routes.h"
#include "server/test_api.h"
#include "server/test_schema.h"

namespace throughline::server {
namespace {

using testing::Answer;
using testing::TestApi;

class ForwardRoutes : public ::testing::Test {
protected:
    std::string message(std::string_view body) {
        const Answer answer = api.call("PUT /api/forwards/w", body);
        EXPECT_GE(answer.status, 400) << body;
        return answer.text("error.message");
    }
    /// What stands in the definition, and is shown nowhere.
    std::string write_key() {
        const auto settings = api.engine().settings();
        const engine::Definition* const definition = settings->find("forwards", "w");
        return std::string(model::DocView(definition->value).find("write_key").as_string());
    }

    TestApi api{add_forward_routes};
    testing::Schemas schemas;
};

TEST_F(ForwardRoutes, AreMadeAndShownWithoutTheirKey) {
    const Answer made = api.call("PUT /api/forwards/w", R"({"name":"Warehouse",
        "url":"https://loader.example/v1/batch","write_key":"wk-1","types":["track"],
        "where":{"source":["web"]}})");
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(schemas.mismatch("Forward", made.json()), "");
    EXPECT_EQ(made.body.find("wk-1"), made.body.npos);
    EXPECT_TRUE(made.json().find("write_key_set").as_bool());
    EXPECT_TRUE(made.json().find("enabled").as_bool());
    EXPECT_EQ(made.number("batch_events"), 100);
    EXPECT_EQ(made.text("state"), "held") << "nobody forwards in a test of routes";
    EXPECT_EQ(made.text("position"), "0:1");
    EXPECT_EQ(write_key(), "wk-1");

    // Written back as it was read: the key stays, and so does the place.
    const Answer changed = api.call("PUT /api/forwards/w", R"({"name":"Loader","enabled":false,
        "url":"https://loader.example/v1/batch","write_key_set":true})");
    ASSERT_EQ(changed.status, 200) << changed.body;
    EXPECT_EQ(changed.text("state"), "off");
    EXPECT_EQ(changed.text("position"), "0:1");
    EXPECT_EQ(write_key(), "wk-1");
    // But it goes to nobody else.
    api.call("PUT /api/forwards/w", R"({"name":"Loader","url":"https://other.example/"})");
    EXPECT_EQ(write_key(), "");

    const Answer list = api.call("GET /api/forwards");
    EXPECT_EQ(schemas.mismatch("ForwardList", list.json()), "");
    EXPECT_EQ(list.count("items"), 1u);
    EXPECT_EQ(api.call("DELETE /api/forwards/w").status, 204);
    EXPECT_EQ(api.call("GET /api/forwards/w").status, 404);
}

TEST_F(ForwardRoutes, BeginWhereTheyAreTold) {
    const auto from = [&](const std::string& text) {
        return R"({"name":"W","url":"https://x.example/","from":")" + text + "\"}";
    };
    for (int i = 0; i < 5; ++i) api.send({.user = "u", .message_id = std::to_string(i)});
    EXPECT_EQ(api.call("PUT /api/forwards/w", from("0:2")).text("position"), "0:2");
    EXPECT_EQ(api.call("GET /api/forwards/w").number("lag_records"), 4);
    EXPECT_EQ(api.call("PUT /api/forwards/w", from("now")).text("position"), "0:7");
    EXPECT_EQ(message(from("0:99")),
              "forward: from: need now, or a position such as 0:123 that is there");
    EXPECT_EQ(message(from("then")),
              "forward: from: need now, or a position such as 0:123 that is there");
}

TEST_F(ForwardRoutes, AreAmongTheMetrics) {
    const auto text = [&] { return metrics(api.app(), {}).body; };
    EXPECT_EQ(text().find("throughline_forward"), std::string::npos);
    for (int i = 0; i < 5; ++i) api.send({.user = "u", .message_id = std::to_string(i)});
    api.call("PUT /api/forwards/w", R"({"name":"W","url":"https://x.example/","from":"0:2"})");
    api.call("PUT /api/forwards/x", R"({"name":"X","url":"https://x.example/","enabled":false})");
    const std::string told = text();
    for (const std::string line :
         {R"(events_total{forward="w"} 0)", R"(refused_total{forward="w"} 0)",
          R"(repeated_total{forward="w"} 0)", R"(failures_total{forward="w"} 0)",
          R"(lag_records{forward="w"} 5)", R"(state{forward="w",state="held"} 1)",
          R"(state{forward="w",state="failing"} 0)", R"(state{forward="x",state="off"} 1)",
          R"(state{forward="x",state="held"} 0)"}) {
        EXPECT_NE(told.find("\nthroughline_forward_" + line + "\n"), told.npos) << line << told;
    }
    // How long something waits is not known where nobody looks.
    EXPECT_EQ(told.find("forward_lag_seconds{"), told.npos);
}

TEST_F(ForwardRoutes, TellWhatIsWrong) {
    EXPECT_EQ(message(R"({"name":"W"})"), "forward: url: need an http or https address");
    EXPECT_EQ(message(R"({"url":"https://x.example/"})"),
              "forward: name: need text of 1 to 200 bytes");
    EXPECT_EQ(message(R"({"name":"W","url":"https://x.example/","batch_events":0})"),
              "forward: batch_events: need a number from 1 to 2000");
}

}  // namespace
}  // namespace throughline::server
