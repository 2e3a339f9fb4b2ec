// Segments over HTTP: made, listed, previewed, shown on people, and gone again.
#include "server/segment_routes.h"

#include "server/profile_routes.h"
#include "server/query_routes.h"
#include "server/test_api.h"
#include "server/test_schema.h"

namespace throughline::server {
namespace {

using testing::Answer;
using testing::TestApi;

constexpr std::string_view kBuyers =
    R"({"name":"Buyers","conditions":{"did":"Order Completed","count":{"gte":2},"within":"90d"}})";

class SegmentRoutes : public ::testing::Test {
protected:
    void order(const std::string& user) {
        const engine::Outcome outcome = api.engine().submit_and_wait(
            engine::testing::event_payload({.user = user,
                                            .name = "Order Completed",
                                            .message_id = "m" + std::to_string(++orders),
                                            .time = system_clock().now() - orders * kSecond},
                                           api.engine().secret()));
        ASSERT_TRUE(outcome.status);
    }
    std::string message(std::string_view head, std::string_view body) {
        return api.call(head, body).text("error.message");
    }

    TestApi api{add_segment_routes, add_profile_routes, add_query_routes};
    testing::Schemas schemas;
    int orders = 0;
};

TEST_F(SegmentRoutes, PeopleEnterWithTheEventAndAreListedAndShown) {
    const Answer made = api.call("PUT /api/segments/buyers", kBuyers);
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(schemas.mismatch("Segment", made.json()), "");
    EXPECT_EQ(made.text("state"), "live");
    for (const char* user : {"ana", "bea", "ana", "cem", "cem"}) order(user);
    EXPECT_EQ(api.call("GET /api/segments/buyers").number("size"), 2);

    const Answer first = api.call("GET /api/segments/buyers/members?limit=1");
    EXPECT_EQ(schemas.mismatch("SegmentMemberList", first.json()), "");
    EXPECT_EQ(first.count("items"), 1u);
    const Answer rest =
        api.call("GET /api/segments/buyers/members?limit=1&cursor=" + first.text("next"));
    EXPECT_EQ(rest.count("items"), 1u);
    EXPECT_EQ(rest.text("next"), "");

    EXPECT_EQ(model::to_json(api.call("GET /api/profiles/user_id:ana").json().find("segments")),
              R"(["buyers"])");
    EXPECT_EQ(
        api.call("GET /api/profiles/user_id:ana")
            .json()
            .find("segments_since")
            .find("buyers")
            .as_string(),
        api.call("GET /api/segments/buyers/members").item("items", 0).find("since").as_string());
    EXPECT_EQ(api.call("GET /api/profiles/user_id:bea").count("segments"), 0u);
    const Answer events = api.call("GET /api/profiles/user_id:ana/events");
    EXPECT_EQ(events.item("items", 0).find("name").as_string(), "Segment Entered");
    EXPECT_EQ(events.item("items", 0).find("source").as_string(), "throughline");
    EXPECT_EQ(api.call("GET /api/profiles/user_id:ana").number("event_count"), 2);

    EXPECT_EQ(api.call("DELETE /api/segments/buyers").status, 204);
    EXPECT_EQ(api.call("GET /api/profiles/user_id:ana").count("segments"), 0u);
    EXPECT_EQ(api.call("GET /api/segments/buyers/members").status, 404);
}

TEST_F(SegmentRoutes, PeopleAreSearchedAndCountedBySegment) {
    ASSERT_EQ(api.call("PUT /api/segments/buyers", kBuyers).status, 201);
    for (const char* user : {"ana", "bea", "ana", "cem", "cem", "ann"}) order(user);
    const Answer first = api.call("GET /api/profiles?segment=buyers&limit=1");
    EXPECT_EQ(first.count("items"), 1u);
    const Answer rest =
        api.call("GET /api/profiles?segment=buyers&limit=1&cursor=" + first.text("next"));
    EXPECT_EQ(rest.count("items"), 1u);
    EXPECT_EQ(rest.text("next"), "");
    EXPECT_EQ(api.call("GET /api/profiles?q=an").count("items"), 2u);
    EXPECT_EQ(api.call("GET /api/profiles?q=an&segment=buyers").count("items"), 1u);
    EXPECT_EQ(message("GET /api/profiles?segment=none", ""),
              "search: segment: no segment has this key");

    const auto orders_of = [&](const std::string& where) {
        const Answer answer = api.call(
            "POST /api/query",
            R"({"kind":"trend","from":"-2d","series":[{"event":"Order Completed","measure":"events"}],)"
            R"("interval":"day","where":)" +
                where + "}");
        double sum = 0;
        for (const model::DocView point : answer.item("series", 0).find("points").items()) {
            sum += point.find("value").as_double().value_or(0);
        }
        return answer.status == 200 ? sum : -answer.status;
    };
    EXPECT_EQ(orders_of(R"({"segment":"buyers"})"), 4);
    EXPECT_EQ(orders_of(R"({"not":{"segment":"buyers"}})"), 2);
    EXPECT_EQ(orders_of(R"({"segment":"none"})"), -400);
}

TEST_F(SegmentRoutes, ADraftIsPreviewedAndTheSegmentMadeOfItHoldsTheSamePeople) {
    for (const char* user : {"ana", "bea", "ana", "cem"}) order(user);
    const Answer draft = api.call("POST /api/segments/buyers/preview", kBuyers);
    ASSERT_EQ(draft.status, 200) << draft.body;
    EXPECT_EQ(schemas.mismatch("SegmentPreview", draft.json()), "");
    EXPECT_EQ(draft.number("count"), 1);
    EXPECT_EQ(draft.count("sample"), 1u);

    ASSERT_EQ(api.call("PUT /api/segments/buyers", kBuyers).status, 201);
    ASSERT_TRUE(api.engine().build_segments());
    const Answer built = api.call("GET /api/segments/buyers");
    EXPECT_EQ(built.text("state"), "live");
    EXPECT_EQ(built.number("size"), 1);
    EXPECT_EQ(api.call("POST /api/segments/buyers/preview", "{}").number("count"), 1);
    order("bea");
    EXPECT_EQ(api.call("GET /api/segments/buyers").number("size"), 2);
    EXPECT_EQ(api.call("POST /api/segments/buyers/preview", "{}").number("count"), 2);
}

TEST_F(SegmentRoutes, ErrorsNameTheField) {
    EXPECT_EQ(message("PUT /api/segments/x", R"({"name":"X"})"),
              "segment: conditions: need at least one");
    EXPECT_EQ(message("PUT /api/segments/x", R"({"name":"X","conditions":[{"did":"A"},{"is":1}]})")
                  .substr(0, 23),
              "segment: conditions[1]:");
    EXPECT_EQ(message("POST /api/segments/x/preview", R"({"conditions":{"did":"A","within":"1"}})")
                  .substr(0, 27),
              "segment: conditions.within:");
    EXPECT_EQ(api.call("POST /api/segments/x/preview", "{}").status, 404);
    EXPECT_EQ(api.call("GET /api/segments/x").status, 404);
}

}  // namespace
}  // namespace throughline::server
