// Touches that files keep are those of the events, however files came about.
#include <gtest/gtest.h>

#include "base/hash.h"
#include "query/attribution_walk.h"
#include "query/marketing.h"
#include "query/test_world.h"

namespace throughline::query {
namespace {

using model::DocView;

std::string packed(const std::string& json) {
    return model::doc_from_json(json).value();
}

/// Somebody's event, with or without something that says where she came from. Where lives are busy,
/// most events say nothing and come soon after another.
TestEvent visit(SeededRandom& random, model::Position position, bool is_busy = false) {
    static const std::string kDocs[] = {
        R"({"properties":{"revenue":12.5,"currency":"EUR"}})",
        R"({"context":{"campaign":{"source":"google","medium":"cpc","name":"spring"}}})",
        R"({"context":{"page":{"url":"https://shop.example/?utm_source=crm&utm_medium=email"}}})",
        R"({"context":{"page":{"url":"https://shop.example/a?gclid=1","referrer":""}}})",
        R"({"context":{"page":{"url":"https://shop.example/","referrer":"https://blog.example/"}}})",
        R"({"context":{"channel":"Fair"}})",
        R"({"properties":{"channel":"Stand 7","revenue":3,"currency":"EUR"}})"};
    static constexpr std::string_view kNames[] = {"Order Completed", "Product Viewed",
                                                  "Fair Visited", "Deep Link Opened", ""};
    model::Event event;
    const size_t kind = random.below(std::size(kDocs));
    const std::string doc = packed(kDocs[is_busy && kind > 2 ? 0 : kind]);
    const std::string message_id = "m" + std::to_string(position);
    event.type = static_cast<model::EventType>(1 + random.below(6));
    event.source = static_cast<model::SourceId>(random.below(3));
    const uint64_t seconds = is_busy ? 200'000 : 1'000'000;
    event.time = 1'772'000'000 * kSecond + static_cast<Micros>(random.below(seconds)) * kSecond;
    event.original = event.sent = event.received = event.time;
    event.name = kNames[random.below(std::size(kNames))];
    event.message_id = message_id;
    event.doc = doc;
    auto payload = std::make_shared<std::string>();
    model::append_event(*payload, event);
    return {1 + static_cast<uint32_t>(random.below(200)), position, payload};
}

/// The shipped channels and one of each kind of rule that looks beyond what is kept.
Marketing marketing() {
    static const std::string kFair =
        packed(R"({"name":"Fairs","media":"owned","place":"physical","order":1,)"
               R"("rules":[{"property":"event","op":"eq","value":"Fair Visited"}]})");
    static const std::string kTill =
        packed(R"({"name":"Till","media":"owned","place":"physical","order":2,)"
               R"("rules":[{"property":"sender","op":"eq","value":"s2"}]})");
    return {.channels = Channels({{"fairs", DocView(kFair)}, {"till", DocView(kTill)}}, {})};
}

std::string answer(World& world, const Marketing& marketing, const std::string& by) {
    const std::string query =
        packed(R"({"kind":"attribution","from":"2026-01-01","to":"2026-04-01","known":false,)"
               R"("models":["first","last","linear"],"by":")" +
               by + R"(","conversion":{"event":"Order Completed","value":"revenue"}})");
    const auto answer = world.ask([&](Environment environment) {
        environment.marketing = &marketing;
        return run_query(DocView(query), environment);
    });
    if (!answer) return answer.error().message;
    return answer->substr(0, answer->find("\"meta\""));
}

void fill(World& world, model::Position from, model::Position to, bool is_busy = false) {
    SeededRandom random(from);
    for (model::Position at = from; at < to; ++at) {
        world.add(visit(random, at, is_busy), at % 500 == 0);
    }
}

void expect_same_answers(World& one, World& other) {
    const Marketing own = marketing();
    const Marketing shipped;
    for (const char* by : {"channel", "source", "referrer"}) {
        EXPECT_EQ(answer(one, own, by), answer(other, own, by)) << by;
        EXPECT_EQ(answer(one, shipped, by), answer(other, shipped, by)) << by;
    }
}

TEST(KeptTouch, AnswersAsTheEventsDoAfterFlushesAndMerges) {
    World plain(1, 0);
    World keeping(1, 0, {}, std::make_shared<KeptTouch>());
    for (World* world : {&plain, &keeping}) fill(*world, 1, 6'200);
    ASSERT_FALSE(keeping.history->snapshot()->files().empty());
    for (const auto& file : keeping.history->snapshot()->files()) {
        ASSERT_EQ(file->touch_version(), KeptTouch::kVersion);
    }
    ASSERT_GT(answer(plain, marketing(), "channel").size(), 500u);
    expect_same_answers(plain, keeping);
    for (World* world : {&plain, &keeping}) world->merge({.home_of = Tens::root_of});
    expect_same_answers(plain, keeping);
    ASSERT_TRUE(keeping.history->verify());
}

// Rows that say nothing are left out only where touches are kept; several runs of a month have rows
// of one person between each other.
TEST(KeptTouch, AnswersAsTheEventsDoWhereQuietRowsAreLeftOut) {
    World plain(1, 0);
    World keeping(1, 0, {}, std::make_shared<KeptTouch>());
    for (World* world : {&plain, &keeping}) fill(*world, 1, 8'200, true);
    const std::string all = answer(plain, marketing(), "channel");
    ASSERT_NE(all.find(R"("channel":"email")"), std::string::npos);
    expect_same_answers(plain, keeping);
    for (World* world : {&plain, &keeping}) world->merge({.home_of = Tens::root_of});
    expect_same_answers(plain, keeping);
}

/// Counts the rows that it is shown, and those that they stand for at least.
class RowsShown final : public Fold {
public:
    void add(const PersonRows& rows) override {
        shown += rows.size();
        for (size_t i = 0; i < rows.until.size(); ++i) longer += rows.until[i] > rows.time[i];
    }
    std::unique_ptr<Fold> fork() const override { return std::make_unique<RowsShown>(); }
    void join(Fold& other) override {
        shown += static_cast<RowsShown&>(other).shown;
        longer += static_cast<RowsShown&>(other).longer;
    }
    uint64_t shown = 0;
    uint64_t longer = 0;
};

TEST(KeptTouch, LeavesOutQuietRowsOfFiles) {
    World world(1, 0, {}, std::make_shared<KeptTouch>());
    fill(world, 1, 8'001, true);
    world.merge({.home_of = Tens::root_of});
    const Channels channels;
    const TouchText text(channels, {});
    Pass pass{.from = 0, .to = world.clock.now()};
    const std::string question = packed(
        R"({"from":"2026-01-01","to":"2026-04-01","conversion":{"event":"Order Completed"}})");
    const auto spec = parse_attribution(DocView(question), {"UTC", world.clock.now()}, {}).value();
    AttributionRows::add_to(pass, spec, text);
    const auto ask = [&](bool is_quiet, RowsShown& fold) {
        if (!is_quiet) pass.quiet.reset();
        Fold* const folds[] = {&fold};
        return world.ask([&](const Environment& e) { return run_pass(pass, e, folds)->rows; });
    };
    RowsShown few;
    RowsShown all;
    EXPECT_EQ(ask(true, few), 8'000u);  // Looked at are all of them.
    EXPECT_EQ(ask(false, all), 8'000u);
    EXPECT_EQ(all.shown, 8'000u);
    EXPECT_LT(few.shown, 7'000u);
    EXPECT_GT(few.longer, 100u);
    EXPECT_EQ(all.longer, 0u);
}

/// Says the same of every event: shows who was asked.
class SameOfAll final : public sequence::DerivedText {
public:
    explicit SameOfAll(uint32_t version) : version_(version) {}
    uint32_t version() const override { return version_; }
    std::optional<std::string_view> of(const model::EventView&, std::string&) const override {
        return key_;
    }

private:
    uint32_t version_;
    std::string key_ = packed(R"({"channel":"from the file"})");
};

TEST(KeptTouch, IsReadFromTheFileIfItIsOfTheVersionAsked) {
    World right(1, 0, {}, std::make_shared<SameOfAll>(KeptTouch::kVersion));
    World stale(1, 0, {}, std::make_shared<SameOfAll>(KeptTouch::kVersion + 1));
    for (World* world : {&right, &stale}) fill(*world, 1, 1'001);
    const Marketing shipped;
    EXPECT_NE(answer(right, shipped, "channel").find("from the file"), std::string::npos);
    EXPECT_EQ(answer(stale, shipped, "channel").find("from the file"), std::string::npos);
}

TEST(KeptTouch, IsWorkedOutAnewWhenAFileOfAnotherVersionIsMerged) {
    World plain(1, 0);
    World stale(1, 0, {}, std::make_shared<SameOfAll>(KeptTouch::kVersion + 1));
    for (World* world : {&plain, &stale}) fill(*world, 1, 6'001);
    std::vector<std::string> names;
    for (const auto& file : stale.history->snapshot()->files()) names.push_back(file->name());
    const std::string dictionary =
        stale.history->dictionary().encode(stale.history->dictionary().size());
    stale.history =
        sequence::History::open(stale.disk,
                                {.directory = "h", .touch = std::make_shared<KeptTouch>()}, names)
            .value();
    ASSERT_TRUE(stale.history->dictionary().decode(dictionary));
    for (World* world : {&plain, &stale}) world->merge({.home_of = Tens::root_of});
    for (const auto& file : stale.history->snapshot()->files()) {
        ASSERT_EQ(file->touch_version(), KeptTouch::kVersion);
    }
    expect_same_answers(plain, stale);
}

// Keys that files keep outlive the program that wrote them.
TEST(KeptTouch, ChangesItsVersionWhenAKeyChanges) {
    SeededRandom random(7);
    uint64_t sum = KeptTouch::kVersion;
    std::string scratch;
    for (model::Position at = 1; at < 2'000; ++at) {
        const TestEvent event = visit(random, at);
        const auto key = KeptTouch().of(event.event(), scratch);
        sum = checksum(key.value_or("none"), sum);
    }
    EXPECT_EQ(sum, 17308734837141762597u)
        << "a key has changed: give KeptTouch::kVersion the next number, then put "
           "the new sum here";
}

}  // namespace
}  // namespace throughline::query
