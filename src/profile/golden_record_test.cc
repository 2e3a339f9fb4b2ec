#include "profile/golden_record.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"
#include "model/json.h"
#include "profile/search_words.h"

namespace throughline::profile {
namespace {

const SourceNames kSources = {{1, {"web", "first", ""}}, {2, {"crm", "first", "service"}}};

Leaf leaf_saying(std::initializer_list<std::tuple<std::string, int, std::string, Micros>> said) {
    Leaf leaf;
    for (const auto& [name, source, json, at] : said) {
        const auto doc = model::doc_from_json(json);
        leaf.say(name, static_cast<model::SourceId>(source), model::DocView(*doc), at,
                 static_cast<model::Position>(at));
    }
    return leaf;
}

std::string stands(std::vector<Leaf> leaves, std::string_view settings) {
    const auto doc = model::doc_from_json(settings);
    const auto rules = SurvivorshipRules::from_settings(model::DocView(*doc));
    EXPECT_TRUE(rules);
    const auto value = trait_doc(combine(std::move(leaves)), "plan", *rules, kSources);
    return value ? model::to_json(model::DocView(*value)) : "none";
}

TEST(Survivorship, EachStrategyChoosesByItsOwnRule) {
    const Leaf one =
        leaf_saying({{"plan", 1, R"("free")", 10}, {"plan", 1, R"("enterprise")", 20}});
    const Leaf two = leaf_saying({{"plan", 2, R"("pro")", 15}});
    EXPECT_EQ(stands({one, two}, "{}"), R"("enterprise")");
    EXPECT_EQ(stands({one, two}, R"({"default":"earliest"})"), R"("free")");
    EXPECT_EQ(stands({one, two}, R"({"traits":{"plan":"longest"}})"), R"("enterprise")");
    EXPECT_EQ(stands({one, two}, R"({"traits":{"plan":"trusted"},"trust":["crm","web"]})"),
              R"("pro")");
    EXPECT_EQ(stands({one, two}, R"({"traits":{"plan":"union"}})"),
              R"(["free","pro","enterprise"])");
}

TEST(Survivorship, NullRemovesWhatWasSaidBeforeIt) {
    const Leaf leaf = leaf_saying({{"plan", 1, R"("free")", 10}, {"plan", 2, "null", 20}});
    EXPECT_EQ(stands({leaf}, "{}"), "none");
    EXPECT_EQ(stands({leaf}, R"({"default":"earliest"})"), "none");
    const Leaf later = leaf_saying({{"plan", 1, R"("pro")", 30}});
    EXPECT_EQ(stands({leaf, later}, "{}"), R"("pro")");
}

TEST(Survivorship, APinnedValueStandsOverAll) {
    const Leaf leaf = leaf_saying({{"plan", 1, R"("free")", 10}, {"plan", 0xffff, R"("vip")", 5}});
    EXPECT_EQ(stands({leaf}, R"({"default":"trusted","trust":["web"]})"), R"("vip")");
}

TEST(GoldenRecord, DoesNotDependOnTheOrderOfLeavesOrOfEvents) {
    SeededRandom random(21);
    for (int round = 0; round < 500; ++round) {
        std::vector<std::tuple<int, std::string, Micros>> said;
        for (int i = 0; i < 8; ++i) {
            said.emplace_back(1 + static_cast<int>(random.below(2)),
                              random.chance(0.15) ? "null" : std::to_string(random.below(5)),
                              static_cast<Micros>(random.below(6)));
        }
        std::string first;
        for (int order = 0; order < 4; ++order) {
            for (size_t i = said.size(); i > 1; --i) std::swap(said[i - 1], said[random.below(i)]);
            std::vector<Leaf> leaves(1 + random.below(3));
            for (const auto& [source, json, at] : said) {
                const auto doc = model::doc_from_json(json);
                leaves[random.below(leaves.size())].say(
                    "plan", static_cast<model::SourceId>(source), model::DocView(*doc), at, 0);
            }
            const std::string value = stands(std::move(leaves), R"({"default":"latest"})");
            if (order == 0) first = value;
            ASSERT_EQ(value, first);
        }
    }
}

TEST(GoldenRecord, WritesTheLosersWithTheirSources) {
    const Leaf leaf =
        leaf_saying({{"plan", 1, R"("free")", 0}, {"plan", 2, R"("pro")", 1'000'000}});
    std::string doc;
    model::DocWriter out(doc);
    write_traits(out, combine({leaf}), {}, kSources);
    EXPECT_EQ(model::to_json(model::DocView(doc)),
              R"({"plan":{"value":"pro","source":"crm","party":"first","purpose":"service",)"
              R"("at":"1970-01-01T00:00:01.000Z","position":"0:1000000","rule":"latest",)"
              R"("others":[{"value":"free","source":"web","party":"first","purpose":null,)"
              R"("at":"1970-01-01T00:00:00.000Z","position":"0:0"}]}})");
}

TEST(GoldenRecord, TheExampleOfTheReadmeHolds) {
    const Leaf anonymous = leaf_saying({{"plan", 1, R"("Iasi")", 9}});
    const Leaf user = leaf_saying({{"plan", 2, R"("Iași")", 8}});
    EXPECT_EQ(stands({anonymous, user}, "{}"), R"("Iasi")");
    EXPECT_EQ(stands({anonymous, user}, R"({"traits":{"plan":"trusted"},"trust":["crm","web"]})"),
              R"("Iași")");
    EXPECT_EQ(stands({anonymous, user}, R"({"default":"union"})"), R"(["Iași","Iasi"])");
    const Leaf removed = leaf_saying({{"plan", 1, R"("Iasi")", 9}, {"plan", 1, "null", 10}});
    EXPECT_EQ(stands({removed, user}, "{}"), "none");
    const Leaf pinned = leaf_saying({{"plan", kPinnedSource, R"("Bacău")", 1}});
    EXPECT_EQ(stands({anonymous, user, pinned}, "{}"), R"("Bacău")");
    // Split again.
    EXPECT_EQ(stands({anonymous}, "{}"), R"("Iasi")");
    EXPECT_EQ(stands({user}, "{}"), R"("Iași")");
}

TEST(GoldenRecord, NamesTheRuleThatChoseAValue) {
    const auto rule_of = [](const Leaf& leaf, std::string_view settings) {
        const auto rules =
            SurvivorshipRules::from_settings(model::DocView(*model::doc_from_json(settings)));
        std::string doc;
        model::DocWriter out(doc);
        write_traits(out, combine({leaf}), *rules, kSources);
        return std::string(model::DocView(doc).at_path("plan.rule").as_string());
    };
    const Leaf said = leaf_saying({{"plan", 1, R"("free")", 0}});
    EXPECT_EQ(rule_of(said, R"({"default":"trusted"})"), "most_trusted");
    EXPECT_EQ(rule_of(said, R"({"default":"union"})"), "union");
    const Leaf pinned = leaf_saying({{"plan", 1, R"("free")", 9}, {"plan", 0xffff, R"("vip")", 5}});
    EXPECT_EQ(rule_of(pinned, R"({"default":"longest"})"), "pinned");
}

TEST(GoldenRecord, IsCalledByNameElseByFirstAndLastNameNeverByAddress) {
    const auto called = [](const Leaf& leaf) {
        return display_name(combine({leaf}), {}, kSources);
    };
    EXPECT_EQ(called(leaf_saying({{"email", 1, R"("ana@example.org")", 0}})), "");
    EXPECT_EQ(
        called(leaf_saying({{"firstName", 1, R"("Ana")", 0}, {"lastName", 2, R"("Pop")", 0}})),
        "Ana Pop");
    EXPECT_EQ(called(leaf_saying({{"lastName", 2, R"("Pop")", 0}})), "Pop");
    EXPECT_EQ(called(leaf_saying({{"name", 1, R"("Ana P.")", 0}, {"lastName", 2, R"("Pop")", 0}})),
              "Ana P.");
}

TEST(SearchWords, FindPeopleHoweverTheirNamesAreTyped) {
    EXPECT_EQ(words_of_trait("name", "Işık Öztürk"), words_of_query("isik ozturk"));
    EXPECT_EQ(words_of_trait("lastName", "Țepeș"), words_of_query("tepes"));
    EXPECT_TRUE(words_of_trait("plan", "pro").empty());
    const auto email = words_of_identifier("ana.pop@example.org");
    EXPECT_NE(std::ranges::find(email, "ana"), email.end());
    EXPECT_NE(std::ranges::find(email, "ana.pop@example.org"), email.end());
    const std::string key = word_key("ana", 77);
    EXPECT_EQ(identity_of_key(key), 77u);
    EXPECT_EQ(word_of_key(key), "ana");
}

}  // namespace
}  // namespace throughline::profile
