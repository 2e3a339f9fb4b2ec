#include "backtest/backtest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "backtest/test_world.h"
#include "journey/shipped.h"
#include "model/consequence.h"
#include "model/json.h"
#include "model/yaml.h"

namespace throughline::backtest::testing {
namespace {

uint64_t setting(const char* name, uint64_t usual) {
    const char* const value = std::getenv(name);
    return value != nullptr ? std::strtoull(value, nullptr, 10) : usual;
}

/// The first lines that only one of two has.
std::string difference(const Telling& plain, const Telling& told) {
    std::vector<std::string> only_plain, only_told;
    std::ranges::set_difference(plain, told, std::back_inserter(only_plain));
    std::ranges::set_difference(told, plain, std::back_inserter(only_told));
    std::string text;
    for (size_t i = 0; i < only_plain.size() && i < 8; ++i) text += "- " + only_plain[i] + '\n';
    for (size_t i = 0; i < only_told.size() && i < 8; ++i) text += "+ " + only_told[i] + '\n';
    return text;
}

TEST(Backtest, TellsWhatAPlainOneTellsThatTakesEveryRecordForEverybody) {
    const uint64_t first = setting("THROUGHLINE_BACKTEST_SEED", 1);
    const uint64_t worlds = setting("THROUGHLINE_BACKTEST_WORLDS", 2'000);
    size_t lines = 0;
    for (uint64_t seed = first; seed < first + worlds; ++seed) {
        const World world = make_world(seed);
        const Telling plain = tell_plainly(world);
        ASSERT_EQ(difference(plain, tell_by_backtest(world, 1).telling), "") << "seed " << seed;
        lines += plain.size();
    }
    EXPECT_GT(lines, worlds * 5);
}

TEST(Backtest, TellsOfASegmentWhoIsInItAtTheEndOfEachDay) {
    uint64_t entered = 0;
    for (uint64_t seed = 1; seed <= 400; ++seed) {
        const World world = with_segment(make_world(seed), seed);
        const SegmentTelling plain = tell_segment_plainly(world);
        const SegmentTally told = tell_by_backtest(world, 1 + seed % 2).tally.segments()[0];
        ASSERT_EQ(told.before.count, plain.before) << "seed " << seed;
        ASSERT_EQ(told.days.size(), plain.days.size());
        auto members = static_cast<int64_t>(told.before.count);
        for (size_t day = 0; day < plain.days.size(); ++day) {
            members += told.days[day].more;
            ASSERT_EQ(members, plain.days[day].members) << "seed " << seed << " day " << day;
            ASSERT_EQ(told.days[day].entered.count, plain.days[day].entered) << "seed " << seed;
            ASSERT_EQ(told.days[day].left.count, plain.days[day].left) << "seed " << seed;
        }
        ASSERT_EQ(told.after.count, members);
        std::map<uint32_t, Micros> stays;
        for (const Stay& stay : told.stays) stays.emplace(stay.person, stay.entered);
        ASSERT_EQ(stays, plain.entered) << "seed " << seed;
        ASSERT_EQ(told.ever.count, stays.size());
        entered += stays.size();
    }
    EXPECT_GT(entered, 400u);
}

// Page by page it is the same people.
TEST(Backtest, TellsPeopleOfASegmentInPages) {
    World world;
    SegmentTally all;
    for (uint64_t seed = 1; all.stays.size() < 4; ++seed) {
        world = with_segment(make_world(seed), seed);
        all = tell_by_backtest(world, 1).tally.segments()[0];
    }
    std::vector<Stay> paged;
    for (world.draft.stays.most = 1;; world.draft.stays.after = paged.back().person) {
        const auto page = tell_by_backtest(world, 2).tally.segments()[0].stays;
        if (page.empty()) break;
        EXPECT_EQ(page.size(), 1u);
        paged.insert(paged.end(), page.begin(), page.end());
    }
    EXPECT_EQ(paged, all.stays);
}

TEST(Backtest, TakesEachRowWhenItHappenedWhereThatIsAsked) {
    for (uint64_t seed = 1; seed <= 500; ++seed) {
        World world = make_world(seed);
        if (!world.draft.segments.empty()) world.draft.from -= 30 * kDay;
        const Telling plain = tell_plainly(as_happened(world));
        world.draft.order = Order::AsHappened;
        ASSERT_EQ(difference(plain, tell_by_backtest(world, 1).telling), "") << "seed " << seed;
    }
}

TEST(Backtest, CountsTheSameHoweverManyThreadsThereAre) {
    for (uint64_t seed = 1; seed <= 200; ++seed) {
        const World world = make_world(seed);
        const Told one = tell_by_backtest(world, 1);
        for (const size_t threads : {2, 3}) {
            ASSERT_TRUE(one.tally == tell_by_backtest(world, threads).tally) << "seed " << seed;
        }
    }
}

TEST(Backtest, CountsWhatItTells) {
    for (uint64_t seed = 1; seed <= 200; ++seed) {
        const Told told = tell_by_backtest(make_world(seed), 1);
        uint64_t entered = 0;
        uint64_t ended = 0;
        uint64_t reached = 0;
        for (const std::string& line : told.telling) {
            entered += line.find(" entered ") != std::string::npos;
            ended += line.find(" ended ") != std::string::npos;
            reached += line.find(" reached ") != std::string::npos;
        }
        const Tally& tally = told.tally;
        EXPECT_EQ(tally.entered().count, entered);
        uint64_t all = tally.under_way().count;
        for (const Cell& cell : tally.ended()) all += cell.count;
        EXPECT_EQ(all, entered);
        EXPECT_EQ(all - tally.under_way().count, ended);
        uint64_t visits = 0;
        for (const StepTally& step : tally.steps()) visits += step.visits;
        EXPECT_EQ(visits, reached);
        uint64_t by_day = 0;
        for (const DayTally& day : tally.days()) by_day += day.entered.count;
        EXPECT_EQ(by_day, entered);
    }
}

/// Every number of a journey's answer that is not 0.
std::vector<std::pair<CellName, Cell>> cells_of(const Tally& tally) {
    std::vector<std::pair<CellName, Cell>> all;
    const auto add = [&](Figure figure, size_t step, size_t detail, const Cell& cell) {
        const CellName name{figure, static_cast<journey::StepIndex>(step), detail};
        EXPECT_EQ(tally.count_of(name), cell.count);
        if (cell.count > 0) all.emplace_back(name, cell);
    };
    const auto add_all = [&](Figure figure, size_t step, const auto& cells) {
        for (size_t i = 0; i < cells.size(); ++i) add(figure, step, i, cells[i]);
    };
    add(Figure::Entered, 0, 0, tally.entered());
    add(Figure::UnderWay, 0, 0, tally.under_way());
    add_all(Figure::Refused, 0, tally.refused());
    add_all(Figure::Ended, 0, tally.ended());
    for (const auto& [goal, cell] : tally.goals()) add(Figure::Goal, 0, goal, cell);
    for (size_t day = 0; day < tally.days().size(); ++day) {
        add(Figure::DayEntered, 0, day, tally.days()[day].entered);
        add(Figure::DaySent, 0, day, tally.days()[day].sent);
    }
    for (size_t i = 0; i < tally.steps().size(); ++i) {
        const StepTally& step = tally.steps()[i];
        add(Figure::Runs, i, 0, step.runs);
        add(Figure::Stay, i, 0, step.stay);
        for (const auto& [to, cell] : step.next) add(Figure::Next, i, to, cell);
        for (const auto& [part, cells] : step.parts) {
            add(Figure::PartRuns, i, part, cells.first);
            add(Figure::PartGoals, i, part, cells.second);
        }
        add_all(Figure::Message, i, step.messages);
        add_all(Figure::Reason, i, step.refused);
    }
    return all;
}

// The people behind a number are as many as it says, in all, and its sample is the first of them;
// page by page, by several threads, it is the same people.
TEST(Backtest, TellsThePeopleBehindEveryNumberInPages) {
    std::set<Figure> figures;
    for (uint64_t seed = 1; seed <= 60; ++seed) {
        World world = make_world(seed);
        const Told told = tell_by_backtest(world, 1);
        for (const auto& [name, cell] : cells_of(told.tally)) {
            world.draft.people = PeopleWanted{.cell = name, .most = 100};
            const PeopleTally all = tell_by_backtest(world, 1).tally.behind();
            ASSERT_EQ(all.people, all.page.size());
            uint64_t times = 0;
            for (size_t i = 0; i < all.page.size(); ++i) {
                times += all.page[i].times;
                if (i >= kSamples) continue;
                ASSERT_EQ(all.page[i].person, cell.people[i]) << "seed " << seed;
            }
            ASSERT_EQ(times, cell.count) << "seed " << seed;
            figures.insert(name.figure);

            std::vector<Behind> paged;
            for (world.draft.people->most = 1;; world.draft.people->after = paged.back().person) {
                const PeopleTally page = tell_by_backtest(world, 2).tally.behind();
                ASSERT_EQ(page.people, all.people);
                if (page.page.empty()) break;
                paged.push_back(page.page[0]);
            }
            ASSERT_EQ(paged, all.page) << "seed " << seed;
        }
    }
    EXPECT_EQ(figures.size(), size_t{14});
}

TEST(Backtest, TellsWhenSomebodyWasFirstCounted) {
    for (uint64_t seed = 1; seed <= 60; ++seed) {
        World world = make_world(seed);
        const Tally tally = tell_by_backtest(world, 1).tally;
        for (size_t day = 0; day < tally.day_count(); ++day) {
            world.draft.people = PeopleWanted{.cell = {Figure::DayEntered, 0, day}, .most = 100};
            if (tally.count_of(world.draft.people->cell) == 0) continue;
            const Told told = tell_by_backtest(world, 1);
            for (const Behind& one : told.tally.behind().page) {
                ASSERT_EQ(world.draft.rules.zone.day_of(one.at) - tally.first_day(),
                          static_cast<int64_t>(day));
            }
        }
    }
}

/// Tracks of some people, each an identity, at times of Bucharest.
class Shop {
public:
    explicit Shop(const std::string& yaml) {
        const std::string doc = model::doc_from_yaml(yaml).value();
        draft.journey = journey::Definition::compile(model::DocView(doc)).definition;
        draft.from = at("2026-03-01 00:00");
        draft.to = at("2026-04-01 00:00");
        draft.rules.zone = zone;
    }

    Micros at(const std::string& local) const { return zone.instant_of(*parse_instant(local)); }

    void track(uint32_t identity, const std::string& name, Micros time) {
        add(identity, {.time = time, .name = name}, "{}");
    }
    void add(uint32_t identity, model::Event event, const std::string& json) {
        const std::string doc = model::doc_from_json(json).value();
        auto payload = std::make_shared<std::string>();
        event.original = event.sent = event.received = event.time;
        event.message_id = "m";
        event.doc = doc;
        model::append_event(*payload, event);
        history->hold(payload);
        history->append(identity, ++position, *payload);
        history->publish();
    }

    Result<Outcome> run(Micros time_limit = 30 * kSecond) {
        const auto snapshot = history->snapshot();
        const query::Environment environment{.history = *snapshot,
                                             .names = history->dictionary(),
                                             .people = people,
                                             .clock = system_clock(),
                                             .source_name = {},
                                             .time_limit = time_limit};
        plan = std::make_unique<Plan>(Plan::make(draft).value());
        return run_backtest({.plan = *plan, .source = {environment, 10, {}}, .knowledge = &facts});
    }

    struct Alone final : query::People {
        void roots(std::span<const uint32_t> ids, std::span<uint32_t> roots) const override {
            std::ranges::copy(ids, roots.begin());
        }
        bool is_known(uint32_t) const override { return true; }
    };
    /// Everybody gave her consent in 2025.
    struct Willing final : Knowledge {
        Status read(uint32_t, IdentityFacts& out) const override {
            out.space = model::Namespaces::built_in().find("email")->id;
            privacy::Statement said;
            said.subject = privacy::Subject::Purpose;
            said.is_given = true;
            said.key = "marketing";
            said.at = said.stamp = *parse_instant("2025-01-01");
            out.book.statements = {said};
            return Status::ok();
        }
    };

    const TimeZone zone = *TimeZone::find("Europe/Bucharest");
    Alone people;
    Willing facts;
    store::MemoryFiles disk;
    std::unique_ptr<sequence::History> history =
        sequence::History::open(disk, {.directory = "h", .touch = nullptr}, {}).value();
    model::Position position = 0;
    Draft draft;
    std::unique_ptr<Plan> plan;
};

TEST(Backtest, TheExampleOfTheReadmeHolds) {
    Shop shop{std::string(journey::shipped_journey("abandoned-cart"))};
    privacy::Rules& rules = shop.draft.rules.privacy;
    rules.purposes["marketing"] = {.key = "marketing", .categories = {}};
    rules.topics["offers"] = {
        .key = "offers", .purpose = "marketing", .is_usually_on = true, .caps = {}};
    rules.messaging.quiet = {21 * kHour, 9 * kHour};
    shop.track(3, "Product Added", shop.at("2026-03-02 20:30"));
    shop.track(4, "Order Completed", shop.at("2026-03-02 20:30"));

    const Outcome outcome = shop.run().value();
    const Tally& tally = outcome.tally;
    EXPECT_EQ(outcome.people, 1u);  // Who has no cart is not looked at.
    EXPECT_EQ(tally.entered(), (Cell{1, {3}}));
    EXPECT_EQ(tally.days()[1].entered.count, 1u);
    EXPECT_EQ(tally.days()[1].sent.count, 0u);
    EXPECT_EQ(tally.days()[2].sent, (Cell{1, {3}}));
    EXPECT_EQ(tally.days()[3].sent, (Cell{1, {3}}));
    EXPECT_EQ(tally.ended()[static_cast<size_t>(journey::EndReason::Completed)].count, 1u);
    EXPECT_EQ(tally.under_way().count, 0u);
    const auto& [runs, goals] = tally.steps()[1].parts.at(0);
    EXPECT_EQ(runs.count, 1u);
    EXPECT_EQ(goals.count, 0u);
    EXPECT_EQ(tally.steps()[2].messages[static_cast<size_t>(Fate::Sent)].count, 1u);
}

// As live: what becomes of items is told by the engine, and a browser that says so makes it up.
TEST(Backtest, BelievesOfItemsWhatTheEngineTellsAndNoSource) {
    const std::string ready = R"({"properties":{"catalog":"order","item":"1","state":"ready"}})";
    const std::string item_starts = R"({key: ready, trigger: {item: order, state: ready}, steps: [
        {id: wait, type: wait, for: 1h}]})";
    const std::string page_starts =
        R"({key: ready, trigger: {event: Item Changed, type: page}, steps: [
        {id: wait, type: wait, for: 1h}]})";
    for (const std::string& yaml : {item_starts, page_starts}) {
        Shop shop(yaml);
        const Micros at = shop.draft.from + kHour;
        const auto forge = [&](model::EventType type) {
            shop.add(3, {.type = type, .time = at, .name = "Item Changed"}, ready);
        };
        forge(model::EventType::Track);
        forge(model::EventType::Page);
        shop.add(4, {.type = model::kConsequence, .time = at, .name = "Item Changed"}, ready);
        EXPECT_EQ(shop.run().value().tally.entered().count, 0u);
        shop.add(5,
                 {.type = model::kConsequence,
                  .source = model::kOwnSource,
                  .time = at,
                  .name = "Item Changed"},
                 ready);
        const Cell told = shop.run().value().tally.entered();
        EXPECT_EQ(told, yaml == item_starts ? (Cell{1, {5}}) : Cell());
    }
}

TEST(Backtest, StopsADraftThatGoesRoundForEver) {
    Shop shop(R"({key: round, trigger: {event: A}, reentry: {after: 1s}, steps: [
        {id: wait, type: wait, for: 1s, next: say},
        {id: say, type: message, channel: email, template: x, purpose: none, next: wait}]})");
    for (int i = 0; i < 2'000; ++i) shop.track(3, "A", shop.draft.from + i * kMinute);
    const auto all = shop.run();
    ASSERT_TRUE(all.is_ok()) << all.error().message;
    EXPECT_EQ(all->tally.under_way().count, 0u);
    EXPECT_EQ(all->tally.ended()[static_cast<size_t>(journey::EndReason::Stuck)].count,
              all->tally.entered().count);
    const auto stopped = shop.run(0);
    ASSERT_FALSE(stopped.is_ok());
    EXPECT_EQ(stopped.error().code, Code::DeadlineExceeded);
}

TEST(Backtest, RefusesAJourneyThatAsksForItemsAsTheyAreNow) {
    const auto document = model::doc_from_json(R"({"key":"k","trigger":{"event":"A"},"steps":[
        {"id":"b","type":"branch","paths":[{"if":{"item":"order"},"next":"end"}]}]})");
    Draft draft{.journey = journey::Definition::compile(model::DocView(*document)).definition};
    draft.to = kDay;
    draft.conditions.push_back(
        segment::Segment::compile(model::DocView(draft.journey->conditions()[0].document),
                                  model::Namespaces::built_in(), "if", query::Leaves::OfRuns)
            .value());
    EXPECT_EQ(Plan::make(draft).error().message,
              "backtest: steps[0].paths[0].if: item: items are asked as they are now; a backtest "
              "cannot");
}

TEST(Backtest, RefusesARangeThatIsNone) {
    Draft draft;
    draft.from = draft.to = 5;
    EXPECT_EQ(Plan::make(draft).error().message, "backtest: from: is not before to");
    draft.to = draft.from + kRangeMax + 1;
    EXPECT_EQ(Plan::make(draft).error().message,
              "backtest: from: the range is longer than ten years");
}

}  // namespace
}  // namespace throughline::backtest::testing
