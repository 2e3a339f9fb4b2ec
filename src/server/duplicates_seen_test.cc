// Repeats as the debugger shows them.
#include "server/duplicates_seen.h"

#include "server/source_routes.h"
#include "server/test_people.h"

namespace throughline::server {
namespace {

using engine::testing::EventSpec;
using testing::Answer;
using testing::PeopleTest;

struct Records {
    std::string bytes;
    std::vector<uint32_t> ends;

    explicit Records(const std::vector<EventSpec>& specs) {
        for (const EventSpec& spec : specs) {
            bytes += engine::testing::event_payload(spec);
            ends.push_back(static_cast<uint32_t>(bytes.size()));
        }
    }
};

std::vector<uint32_t> first_indexes(uint32_t count) {
    std::vector<uint32_t> indexes;
    for (uint32_t i = 0; i < count; ++i) indexes.push_back(i);
    return indexes;
}

TEST(DuplicatesSeen, KeepsWhichEventsWereRepeatsAndWhereTheyStand) {
    DuplicatesSeen seen;
    DuplicatesSeen::Marks marks;
    const Records records({{.message_id = "a"}, {.message_id = "b"}, {.message_id = "c"}});
    seen.add(records.bytes, records.ends, {.position = 12, .duplicates = {0, 2}, .refused = {}});
    const auto kept = seen.of(1);
    ASSERT_EQ(kept.size(), 2u);
    EXPECT_EQ(kept[0].position, 10u);
    EXPECT_EQ(kept[1].position, 12u);
    EXPECT_EQ(model::EventView(kept[1].payload).message_id(), "c");
    EXPECT_TRUE(seen.of(2).empty());

    EXPECT_EQ(seen.since(marks).at(1).seen.size(), 2u);
    EXPECT_TRUE(seen.since(marks).empty());
}

TEST(DuplicatesSeen, KeepsTheLatestAndCountsTheRest) {
    DuplicatesSeen seen;
    DuplicatesSeen::Marks marks;
    const Records records(std::vector<EventSpec>(100, EventSpec{.message_id = "m"}));
    seen.add(records.bytes, records.ends,
             {.position = 99, .duplicates = first_indexes(100), .refused = {}});
    const auto news = seen.since(marks).at(1);
    EXPECT_EQ(news.seen.size(), DuplicatesSeen::kKeptOfRequest);
    EXPECT_EQ(news.skipped, 100 - DuplicatesSeen::kKeptOfRequest);
    EXPECT_EQ(news.seen.back().position, 99u);
    for (model::Position at = 100; at < 200; ++at) {
        seen.add(records.bytes, {records.ends[0]},
                 {.position = at, .duplicates = {0}, .refused = {}});
    }
    EXPECT_EQ(seen.of(1).size(), DuplicatesSeen::kKeptOfSource);
    EXPECT_EQ(seen.of(1).back().position, 199u);
}

TEST(DuplicatesSeen, LargeEventsOfOneSourceDoNotGrowWithoutEnd) {
    DuplicatesSeen seen;
    const std::string big = R"({"properties":")" + std::string(1 << 20, 'x') + R"("})";
    for (model::SourceId source = 1; source <= 40; ++source) {
        const Records records({{.message_id = "m", .extra = big, .source = source}});
        seen.add(records.bytes, records.ends,
                 {.position = source, .duplicates = {0}, .refused = {}});
    }
    EXPECT_TRUE(seen.of(1).empty());
    EXPECT_EQ(seen.of(40).size(), 1u);
}

class RepeatsInTheDebugger : public PeopleTest {
protected:
    void SetUp() override {
        PeopleTest::SetUp();
        add_source_routes(router, *app);
    }

    // As ingest does.
    void send_and_note(const EventSpec& spec) {
        const std::string payload = engine::testing::event_payload(spec, engine->secret());
        const auto outcome = engine->submit_and_wait(payload);
        app->duplicates->add(payload, {static_cast<uint32_t>(payload.size())}, outcome);
    }
};

TEST_F(RepeatsInTheDebugger, ARepeatStandsBesideItsFirstUntilThePersonIsErased) {
    const EventSpec spec{.user = "ada", .name = "Lamp Lit", .message_id = "m1", .time = kNow};
    send_and_note(spec);
    send_and_note(spec);
    const Answer recent = get("/api/sources/web/recent");
    expect_fits(recent, "VerdictList");
    ASSERT_EQ(recent.size("items"), 2u) << recent.json();
    EXPECT_EQ(recent.at("items.0.verdict"), "duplicate");
    EXPECT_EQ(recent.at("items.0.message_id"), "m1");
    EXPECT_EQ(recent.at("items.0.name"), "Lamp Lit");
    EXPECT_EQ(recent.at("items.0.body.userId"), "ada");
    EXPECT_EQ(recent.at("items.1.verdict"), "accepted");
    EXPECT_EQ(get("/api/sources/crm/recent").size("items"), 0u);

    EXPECT_EQ(ask("DELETE", "/api/profiles/user_id:ada").status, 202);
    EXPECT_EQ(get("/api/sources/web/recent").size("items"), 0u);
}

}  // namespace
}  // namespace throughline::server
