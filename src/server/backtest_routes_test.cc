// Backtests over HTTP: what a draft would have done is what it did when it ran live.
#include "server/backtest_routes.h"

#include <atomic>
#include <thread>

#include "server/journey_routes.h"
#include "server/segment_routes.h"
#include "server/test_api.h"
#include "server/test_schema.h"

namespace throughline::server {
namespace {

using model::DocView;
using testing::Answer;
using testing::TestApi;

constexpr std::string_view kCart = R"({"key":"cart",
    "trigger":{"event":"Product Added"},
    "goals":[{"name":"ordered","event":"Order Completed"}],
    "steps":[{"id":"half","type":"split","parts":[
                {"name":"some","share":50,"next":"mail"},
                {"name":"others","share":50,"holdout":true,"next":"wait"}]},
             {"id":"mail","type":"message","channel":"email","template":"cart","purpose":"offers"},
             {"id":"wait","type":"wait","for":"1h"}]})";

class BacktestRoutes : public ::testing::Test {
protected:
    void send(const std::string& user, const std::string& name) {
        const engine::Outcome outcome = api.engine().submit_and_wait(
            engine::testing::event_payload({.user = user,
                                            .name = name,
                                            .message_id = "m" + std::to_string(++sent),
                                            .time = system_clock().now()},
                                           api.engine().secret()));
        ASSERT_TRUE(outcome.status);
    }
    void happen() {
        SeededRandom random(7);
        for (int i = 0; i < 200; ++i) {
            const std::string user = "u" + std::to_string(random.below(40));
            send(user, random.chance(0.3) ? "Order Completed" : "Product Added");
        }
    }
    std::string body(const std::string& more) const {
        return R"({"from":"-1d",)" + more + R"("document":)" + std::string(kCart) + "}";
    }

    TestApi api{add_journey_routes, add_backtest_routes, add_segment_routes};
    testing::Schemas schemas;
    int sent = 0;
};

TEST_F(BacktestRoutes, TellsOfADraftWhatItDidWhenItRanLive) {
    ASSERT_EQ(api.call("PUT /api/journeys/cart",
                       R"({"name":"Cart","document":)" + std::string(kCart) + "}")
                  .status,
              201);
    ASSERT_EQ(api.call("POST /api/journeys/cart/publish").status, 200);
    happen();
    const Answer live = api.call("GET /api/journeys/cart/report");
    const Answer told = api.call("POST /api/journeys/cart/backtest", R"({"from":"-1d"})");
    ASSERT_EQ(told.status, 200) << told.body;
    EXPECT_EQ(schemas.mismatch("Backtest", told.json()), "");
    EXPECT_EQ(told.number("entered.count"), live.number("entered"));
    EXPECT_EQ(told.number("under_way.count"), live.number("on_their_way"));
    EXPECT_EQ(told.number("ended.goal.count"), live.number("ended.goal"));
    EXPECT_EQ(told.number("refused.still_running.count"), live.number("refused.still_running"));
    const DocView version = live.item("versions", 0);
    size_t step = 0;
    for (const DocView reached : version.find("steps").items()) {
        EXPECT_EQ(told.item("steps", step).find("visits").as_integer(),
                  reached.find("reached").as_integer())
            << step;
        ++step;
    }
    EXPECT_EQ(step, 3u);
    EXPECT_GT(told.number("entered.count"), 10);
    // Nobody has an address, so that nobody would have been written to.
    const DocView mail = told.item("steps", 1);
    EXPECT_EQ(mail.find("messages").find("sent").find("count").as_integer(), 0);
    EXPECT_EQ(mail.find("reasons").find("no_address").find("count").as_integer(),
              mail.find("visits").as_integer());
}

TEST_F(BacktestRoutes, TellsMessagesDayByDayOfEachStepThatAsksForAny) {
    happen();
    const Answer told = api.call("POST /api/journeys/new/backtest", body(""));
    ASSERT_EQ(told.status, 200) << told.body;
    EXPECT_EQ(schemas.mismatch("Backtest", told.json()), "");
    EXPECT_TRUE(told.item("steps", 0).find("days").is_missing());
    const DocView mail = told.item("steps", 1);
    int64_t refused = 0;
    for (const DocView day : mail.find("days").items()) {
        EXPECT_EQ(day.find("sent").as_integer(), 0);
        EXPECT_GT(day.find("refused").as_integer(), 0);  // Empty days are left out.
        refused += *day.find("refused").as_integer();
    }
    EXPECT_GT(refused, 0);
    EXPECT_EQ(refused, mail.at_path("messages.refused.count").as_integer());
}

// The people behind a number, page by page, are those of the number.
TEST_F(BacktestRoutes, TellsThePeopleBehindANumberInPages) {
    happen();
    const Answer told = api.call("POST /api/journeys/new/backtest", body(""));
    const std::string today(told.item("days", told.count("days") - 1).find("date").as_string());
    const auto people_behind = [&](const std::string& cell, int64_t count) {
        std::vector<std::string> people;
        std::string cursor;
        int64_t times = 0;
        do {
            const Answer page =
                api.call("POST /api/journeys/new/backtest/people?limit=7&cursor=" + cursor,
                         body(R"("cell":)" + cell + ","));
            EXPECT_EQ(page.status, 200) << page.body;
            if (page.status != 200) return people;
            EXPECT_EQ(schemas.mismatch("BacktestPeople", page.json()), "");
            EXPECT_EQ(page.number("count"), count) << cell;
            for (const DocView one : page.json().find("items").items()) {
                people.emplace_back(one.at_path("profile.id").as_string());
                times += *one.find("times").as_integer();
            }
            cursor = page.text("next");
            if (cursor.empty()) {
                EXPECT_EQ(page.number("people"), static_cast<int64_t>(people.size()));
            }
        } while (!cursor.empty());
        EXPECT_EQ(times, count) << cell;
        return people;
    };
    const auto entered = people_behind(R"(["entered"])", told.number("entered.count"));
    EXPECT_EQ(entered.size(), static_cast<size_t>(told.number("people")));
    EXPECT_EQ(entered[0], told.item("entered.sample", 0).as_string());
    people_behind(R"(["under_way"])", told.number("under_way.count"));
    people_behind(R"(["refused","still_running"])", told.number("refused.still_running.count"));
    people_behind(R"(["ended","goal"])", told.number("ended.goal.count"));
    people_behind(R"(["goals","ordered"])", *told.item("goals", 0).find("count").as_integer());
    const DocView half = told.item("steps", 0);
    people_behind(R"(["steps","half","runs"])", *half.at_path("runs.count").as_integer());
    for (const DocView way : half.find("next").items()) {
        people_behind(
            R"(["steps","half","next",")" + std::string(way.find("to").as_string()) + "\"]",
            *way.find("count").as_integer());
    }
    for (const DocView path : half.find("paths").items()) {
        people_behind(R"(["steps","half","paths",")" + std::string(path.find("path").as_string()) +
                          R"(","goals"])",
                      *path.at_path("goals.count").as_integer());
    }
    const DocView mail = told.item("steps", 1);
    const int64_t refused = *mail.at_path("messages.refused.count").as_integer();
    EXPECT_GT(refused, 0);
    people_behind(R"(["steps","mail","messages","refused"])", refused);
    people_behind(R"(["steps","mail","reasons","no_address"])", refused);
    people_behind(R"(["steps","mail","next","wait"])", refused);
    people_behind(R"(["days",")" + today + R"(","entered"])",
                  *told.item("days", told.count("days") - 1).find("entered").as_integer());
    for (const std::string cell :
         {R"([])", R"(["exited"])", R"(["steps","none","runs"])", R"(["steps","mail","reasons"])",
          R"(["steps","mail","paths","some","runs"])", R"(["days","1999-01-01","sent"])",
          R"(["days","soon","sent"])", R"(["goals","sold"])", R"("entered")"}) {
        EXPECT_EQ(
            api.call("POST /api/journeys/new/backtest/people", body(R"("cell":)" + cell + ","))
                .status,
            400)
            << cell;
    }
}

TEST_F(BacktestRoutes, TellsHowFarOneIsByTheNameItWasAskedWith) {
    happen();
    EXPECT_EQ(api.call("GET /api/backtests/mine/progress").status, 404);
    std::atomic<bool> is_seen = false;
    std::jthread watcher([&](const std::stop_token& stop) {
        while (!stop.stop_requested() && !is_seen) {
            const Answer progress = api.call("GET /api/backtests/mine/progress");
            if (progress.status != 200) continue;
            EXPECT_EQ(schemas.mismatch("QueryProgress", progress.json()), "");
            is_seen = true;
        }
    });
    // Each another question: an answer that is kept is under way no more.
    for (int i = 0; i < 3'000 && !is_seen; ++i) {
        const std::string key = "n" + std::to_string(i);
        ASSERT_EQ(api.call("POST /api/journeys/" + key + "/backtest?id=mine", body("")).status,
                  200);
    }
    EXPECT_TRUE(is_seen);
}

TEST_F(BacktestRoutes, ADraftNeedNotBeKeptAndMistakesAreTold) {
    happen();
    const Answer told = api.call("POST /api/journeys/new/backtest", body(""));
    ASSERT_EQ(told.status, 200) << told.body;
    EXPECT_GT(told.number("entered.count"), 10);
    const Answer happened =
        api.call("POST /api/journeys/new/backtest", body(R"("order":"as_happened",)"));
    EXPECT_EQ(happened.number("entered.count"), told.number("entered.count"));
    EXPECT_EQ(api.call("POST /api/journeys/new/backtest", R"({"from":"-1d"})").status, 404);
    EXPECT_EQ(api.call("POST /api/journeys/new/backtest", body(R"("order":"soon",)")).status, 400);
    const Answer refused =
        api.call("POST /api/journeys/new/backtest", R"({"document":{"key":"new","steps":[]}})");
    EXPECT_EQ(refused.status, 400);
    EXPECT_TRUE(refused.text("error.message").starts_with("backtest: "));
}

// Asked live, of all of history at this moment, and of history step by step.
TEST_F(BacktestRoutes, ASegmentHoldsAtTheEndWhomItHoldsLiveAndWhomAQuestionFinds) {
    happen();
    const std::string conditions =
        R"("conditions":{"did":"Product Added","count":{"gte":4},"within":"1d"})";
    ASSERT_EQ(api.call("PUT /api/segments/fond", R"({"name":"Fond",)" + conditions + "}").status,
              201);
    ASSERT_TRUE(api.engine().build_segments());
    const Answer asked = api.call("POST /api/segments/fond/preview", "{}");
    const Answer told = api.call("POST /api/segments/fond/backtest", R"({"from":"-1d"})");
    ASSERT_EQ(told.status, 200) << told.body;
    EXPECT_EQ(schemas.mismatch("SegmentBacktest", told.json()), "");
    EXPECT_GT(asked.number("count"), 3);
    EXPECT_EQ(told.number("after.count"), asked.number("count"));
    EXPECT_EQ(told.number("ever.count"), asked.number("count"));  // Nobody can leave so soon.
    EXPECT_EQ(told.number("after.count"), api.call("GET /api/segments/fond").number("size"));
    int64_t entered = 0;
    for (const DocView day : told.json().find("days").items()) {
        entered += *day.find("entered").as_integer();
        EXPECT_EQ(day.find("members").as_integer(), entered);
    }
    EXPECT_EQ(entered, asked.number("count"));

    // Of a draft, and of its people page by page those who are members.
    std::vector<std::string> people;
    std::string cursor;
    do {
        const Answer page = api.call(
            "POST /api/segments/new/backtest?limit=2" + (cursor.empty() ? "" : "&cursor=" + cursor),
            R"({"from":"-1d",)" + conditions + "}");
        ASSERT_EQ(page.status, 200) << page.body;
        for (const DocView one : page.json().at_path("people.items").items()) {
            people.emplace_back(one.find("id").as_string());
        }
        cursor = page.text("people.next");
    } while (!cursor.empty());
    const Answer members = api.call("GET /api/segments/fond/members");
    std::vector<std::string> live;
    for (const DocView one : members.json().find("items").items()) {
        live.emplace_back(one.at_path("profile.id").as_string());
    }
    EXPECT_EQ(people, live);
    EXPECT_EQ(api.call("POST /api/segments/new/backtest", R"({"from":"-1d"})").status, 404);
    EXPECT_EQ(api.call("POST /api/segments/new/backtest", R"({"conditions":{"did":""}})").status,
              400);
}

}  // namespace
}  // namespace throughline::server
