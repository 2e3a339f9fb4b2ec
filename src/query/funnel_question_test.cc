#include "query/funnel_question.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "query/durations.h"
#include "query/funnel_definition.h"
#include "query/funnel_fold.h"
#include "query/test_world.h"

namespace throughline::query {
namespace {

using model::DocView;
using model::EventView;

/// A parsed answer that keeps its bytes.
struct Answer {
    std::string doc;
    explicit Answer(const Result<std::string>& json)
        : doc(model::doc_from_json(json ? *json : "{}").value()) {
        EXPECT_TRUE(json) << json.error().message;
    }
    DocView view() const { return DocView(doc); }
    std::vector<DocView> list(std::string_view key) const {
        std::vector<DocView> items;
        for (const DocView item : view().find(key).items()) items.push_back(item);
        return items;
    }
};

uint64_t number(DocView object, std::string_view key) {
    return static_cast<uint64_t>(object.find(key).as_integer().value_or(-1));
}

std::set<uint32_t> people(World& world, const std::string& query, const std::string& token) {
    const std::string packed = model::doc_from_json(query).value();
    std::string cell;
    model::DocWriter(cell).string(token);
    const auto page = world.ask([&](const Environment& e) {
        return people_behind(DocView(packed), DocView(cell), {.limit = 1000}, e);
    });
    EXPECT_TRUE(page) << page.error().message;
    if (!page) return {};
    EXPECT_EQ(page->total, page->roots.size());
    return {page->roots.begin(), page->roots.end()};
}

std::string text_at(DocView properties, const char* key) {
    return properties.find(key).as_text().value_or("");
}

DocView properties_of(const EventView& event) {
    const bool has_traits =
        event.type() == model::EventType::Identify || event.type() == model::EventType::Group;
    return event.doc().find(has_traits ? "traits" : "properties");
}

constexpr const char* kQuery = R"({"kind":"funnel","from":"2026-01-01","to":"2026-04-01",
  "window":"30d","steps":[{"event":"*","type":"page"},
  {"event":"*","where":{"property":"quantity","op":"gte","value":3},"label":"Some"},
  {"event":"Order Completed","type":"track"}]MORE})";

std::string query_with(const std::string& more) {
    std::string query = kQuery;
    return query.replace(query.find("MORE"), 4, more);
}

/// Conditions of kQuery: bits in order of steps.
Match match_in_query(const EventView& event) {
    Match match = 0;
    if (event.type() == model::EventType::Page) match |= 1;
    if (properties_of(event).find("quantity").as_integer().value_or(0) >= 3) match |= 2;
    if (event.name() == "Order Completed" && event.type() == model::EventType::Track) match |= 4;
    return match;
}

struct Expected {
    std::set<uint32_t> reached[3];
    std::set<uint32_t> open;
};

/// Who reaches what, by the definition; `held` names a property to hold, or nothing.
Expected by_definition(const World& world, const FunnelShape& shape, const char* held) {
    std::map<uint32_t, std::map<std::string, std::vector<DefinedRow>>> people;
    for (const TestEvent& stored : world.events) {
        const EventView event = stored.event();
        const std::string value = held ? text_at(properties_of(event), held) : "-";
        const Match match = match_in_query(event);
        const bool is_seen = match != 0 || shape.order == FunnelOrder::Strict;
        if (is_seen && !value.empty()) {
            people[Tens::root_of(stored.identity)][value].push_back({event.time(), match});
        }
    }
    Expected expected;
    FunnelDefinition definition(shape);
    for (auto& [root, parts] : people) {
        uint32_t best = 0;
        bool is_open = false;
        for (auto& [value, rows] : parts) {
            std::sort(rows.begin(), rows.end());
            const DefinedResult result = definition.best(rows, world.clock.now());
            best = std::max(best, result.completed);
            is_open |= result.is_open;
        }
        for (uint32_t level = 0; level < best; ++level) expected.reached[level].insert(root);
        if (is_open && best < 3) expected.open.insert(root);
    }
    return expected;
}

FunnelShape shape_in_query(FunnelOrder order) {
    return {.steps = {{1}, {2}, {4}}, .window = 30 * kDay, .order = order};
}

void expect_expected(World& world, const std::string& query, const Expected& expected) {
    const Answer answer(world.run(query));
    const auto steps = answer.list("steps");
    ASSERT_EQ(steps.size(), 3u);
    uint64_t open = 0;
    for (size_t step = 0; step < 3; ++step) {
        const auto& reached = expected.reached[step];
        EXPECT_EQ(number(steps[step], "count"), reached.size());
        const auto known = std::count_if(reached.begin(), reached.end(),
                                         [](uint32_t root) { return root % 20 == 0; });
        EXPECT_EQ(number(steps[step], "known_count"), static_cast<uint64_t>(known));
        EXPECT_EQ(people(world, query, std::string(steps[step].find("people").as_string())),
                  reached);
        if (step == 2) break;
        open += number(steps[step], "in_progress");
        EXPECT_EQ(number(steps[step], "count"), number(steps[step + 1], "count") +
                                                    number(steps[step], "dropped") +
                                                    number(steps[step], "in_progress"));
        for (const std::string outcome : {"dropped", "in_progress"}) {
            const std::string token(steps[step].find("people_" + outcome).as_string());
            EXPECT_EQ(people(world, query, token).size(), number(steps[step], outcome)) << token;
        }
    }
    EXPECT_EQ(open, expected.open.size());
    EXPECT_EQ(answer.view().find("meta").find("sample").as_integer(), expected.reached[0].size());
}

TEST(FunnelQuestion, AgreesWithTheDefinitionOverFilesTailAndMergedPeople) {
    const sequence::TestWorld shape{.identities = 600, .padding_max = 10};
    for (uint64_t seed = 1; seed <= 4; ++seed) {
        World world(seed, 400, shape);
        expect_expected(world, query_with(""),
                        by_definition(world, shape_in_query(FunnelOrder::Ordered), nullptr));
        expect_expected(world, query_with(R"(,"order":"strict")"),
                        by_definition(world, shape_in_query(FunnelOrder::Strict), nullptr));
        expect_expected(world, query_with(R"(,"order":"any")"),
                        by_definition(world, shape_in_query(FunnelOrder::Any), nullptr));
        expect_expected(world, query_with(R"(,"hold":["currency"])"),
                        by_definition(world, shape_in_query(FunnelOrder::Ordered), "currency"));
    }
}

TEST(FunnelQuestion, LinesOfABreakdownAddUpToTheWholeAndOpenToTheirPeople) {
    World world(9, 3000, {.identities = 900, .padding_max = 10});
    for (const std::string at : {R"("first")", R"("last")", R"("step","step":2)"}) {
        const std::string query =
            query_with(R"(,"breakdown":{"property":"currency","limit":2,"at":)" + at + "}");
        const Answer answer(world.run(query));
        const auto steps = answer.list("steps");
        const auto lines = answer.list("lines");
        ASSERT_GE(lines.size(), 3u);
        for (size_t step = 0; step < 3; ++step) {
            uint64_t sum = 0;
            for (const DocView line : lines) {
                std::vector<DocView> of_line;
                for (const DocView one : line.find("steps").items()) of_line.push_back(one);
                const uint64_t count = number(of_line[step], "count");
                sum += count;
                const DocView token = of_line[step].find("people");
                EXPECT_EQ(token.is_missing(), line.find("other").as_bool());
                if (token.is_missing()) continue;
                EXPECT_EQ(people(world, query, std::string(token.as_string())).size(), count);
            }
            EXPECT_EQ(sum, number(steps[step], "count"));
        }
    }
}

TEST(FunnelQuestion, FoldsInPartsJoinToTheSame) {
    World world(4, 3000, {.identities = 900, .padding_max = 10});
    const std::string packed =
        model::doc_from_json(query_with(R"(,"count":"totals","breakdown":{"property":"currency"})"))
            .value();
    const Channels channels;
    const FunnelSpec spec =
        parse_funnel(DocView(packed), {"UTC", world.clock.now()}, {channels, {}}).value();

    /// Gives people to three folds in turn.
    class Dealer final : public Fold {
    public:
        explicit Dealer(const FunnelSpec& spec) {
            for (int i = 0; i < 3; ++i) folds_.push_back(std::make_unique<FunnelFold>(spec));
        }
        void add(const PersonRows& rows) override { folds_[next_++ % 3]->add(rows); }
        std::unique_ptr<Fold> fork() const override { return nullptr; }
        void join(Fold&) override {}
        FunnelFold& joined() {
            const auto fresh = folds_[0]->fork();
            folds_[0]->join(*folds_[1]);
            folds_[2]->join(*fresh);
            folds_[0]->join(*folds_[2]);
            return *folds_[0];
        }

    private:
        std::vector<std::unique_ptr<FunnelFold>> folds_;
        size_t next_ = 0;
    };
    FunnelFold whole(spec);
    Dealer dealer(spec);
    Fold* const folds[] = {&whole, &dealer};
    const auto result = world.ask([&](Environment environment) {
        environment.threads = 1;  // The dealer is the one who shares out.
        return run_pass(spec.pass, environment, folds);
    });
    ASSERT_TRUE(result);
    const FunnelFold& joined = dealer.joined();
    ASSERT_EQ(joined.numbers().size(), whole.numbers().size());
    for (const auto& [value, numbers] : whole.numbers()) {
        EXPECT_EQ(joined.numbers().at(value).count, numbers.count);
        EXPECT_EQ(joined.numbers().at(value).open, numbers.open);
        EXPECT_EQ(joined.numbers().at(value).total.size(), numbers.total.size());
    }
    EXPECT_EQ(joined.bytes(), whole.bytes());
}

TEST(FunnelQuestion, RefusesWhatItCannotAnswerAndNamesTheField) {
    World world(1, 1);
    const auto refusal = [&](const std::string& query) {
        const auto answer = world.run(query);
        return answer ? "answered" : answer.error().message;
    };
    EXPECT_EQ(refusal(R"({"kind":"funnel"})"), "query: steps: must be a list");
    EXPECT_EQ(refusal(R"({"kind":"funnel","steps":[]})"), "query: steps: need at least 1");
    EXPECT_EQ(refusal(query_with(R"(,"wherre":1)")),
              "query: wherre: not known here, or not supported yet");
    EXPECT_EQ(refusal(query_with(R"(,"order":"reverse")")),
              "query: order: must be one of ordered strict any");
    EXPECT_EQ(refusal(query_with(R"(,"order":"any","ties":"strict")")),
              "query: ties: mean nothing when steps come in any order");
    EXPECT_EQ(refusal(query_with(R"(,"exclusions":[{"event":"X","from_step":2,"to_step":2}])")),
              "query: exclusions[0].to_step: must be after from_step");
    EXPECT_EQ(refusal(query_with(R"(,"breakdown":{"property":"plan","at":"step"})")),
              "query: breakdown.step: goes with at = step, and only with it");
    EXPECT_EQ(refusal(R"({"kind":"funnel","steps":[{"event":"A","optional":true}]})"),
              "query: steps: the first and the last cannot be optional");
    const std::string packed = model::doc_from_json(query_with("")).value();
    for (const std::string token : {"", "f_0_reached", "f_4_reached", "f_1_met", "f_1_reached=x"}) {
        std::string cell;
        model::DocWriter(cell).string(token);
        const auto page = world.ask([&](const Environment& e) {
            return people_behind(DocView(packed), DocView(cell), {}, e);
        });
        ASSERT_FALSE(page) << token;
        EXPECT_EQ(page.error().message, "query: cell: need a token of an answer");
    }
}

TEST(Durations, InterpolatesQuantilesAndCountsEveryoneInABin) {
    Durations durations;
    EXPECT_FALSE(durations.quantile(0.5));
    for (const Micros seconds : {4, 1, 3, 2}) durations.add(seconds * kSecond);
    EXPECT_EQ(durations.quantile(0.5), 2.5);
    EXPECT_EQ(durations.quantile(0), 1.0);
    EXPECT_EQ(durations.quantile(1), 4.0);
    durations.add(10 * kSecond);
    durations.add(60 * kSecond);
    std::string bins;
    durations.append_bins_to(bins, kMinute);
    EXPECT_EQ(bins, R"([{"from_seconds":0,"to_seconds":10,"count":4},)"
                    R"({"from_seconds":10,"to_seconds":30,"count":1},)"
                    R"({"from_seconds":30,"to_seconds":60,"count":1}])");
}

}  // namespace
}  // namespace throughline::query
