#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "query/marketing.h"
#include "query/test_world.h"

namespace throughline::query {
namespace {

using model::DocView;

constexpr const char* kPlans[] = {R"("free")", R"("pro")", R"("pro plus")", "3", "null"};
constexpr const char* kCities[] = {"Cluj", "Ankara"};

/// What persons are like follows from their number. E-mail addresses are kept in small letters.
class PretendedProfiles final : public Profiles {
public:
    static std::string traits_json(uint32_t root) {
        SeededRandom random(root);
        std::string json = R"({"plan":)" + std::string(kPlans[random.below(5)]);
        if (random.chance(0.7)) {
            json += R"(,"address":{"city":")" + std::string(kCities[random.below(2)]) + "\"}";
        }
        if (random.chance(0.5)) json += R"(,"a.b":)" + std::to_string(random.below(3));
        if (random.chance(0.6)) {
            json += R"(,"tags":["t)" + std::to_string(random.below(3)) + R"(","x"])";
        }
        return json + "}";
    }
    static std::vector<std::string> emails(uint32_t root) {
        std::vector<std::string> emails;
        for (uint64_t i = root / 10 % 3; i > 0; --i) {
            emails.push_back("p" + std::to_string(root * i % 7) + "@x.ro");
        }
        return emails;
    }

    Result<std::optional<std::string>> normalised(std::string_view space,
                                                  std::string_view value) const override {
        if (space != "email") return Error::invalid("query: no such namespace");
        std::string kept(value);
        std::ranges::transform(kept, kept.begin(), [](char c) {
            return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c);
        });
        return std::optional(kept);
    }
    Status read(uint32_t root, const ProfileWants& wants, ProfileFacts& out) const override {
        ++reads;
        const std::string all = model::doc_from_json(traits_json(root)).value();
        out.traits.clear();
        model::DocWriter writer(out.traits);
        const size_t mark = writer.open_object();
        for (const std::string& name : wants.traits) {
            const DocView value = DocView(all).find(name);
            if (value.is_missing()) continue;
            writer.key(name);
            writer.copy(value);
        }
        writer.close(mark);
        out.identifiers.clear();
        model::DocWriter list(out.identifiers);
        const size_t whole = list.open_object();
        for (const std::string& space : wants.namespaces) {
            list.key(space);
            const size_t items = list.open_array();
            for (const std::string& email : emails(root)) list.string(email);
            list.close(items);
        }
        list.close(whole);
        return Status::ok();
    }

    /// Everybody whose root the number in a segment's key divides.
    static bool is_in(std::string_view segment, uint32_t root) {
        return root % static_cast<uint32_t>(segment.back() - '0') == 0;
    }
    Status members(std::string_view segment,
                   const std::function<void(uint32_t)>& tell) const override {
        if (!segment.starts_with("by")) return Error::invalid("query: no such segment");
        for (uint32_t root = 0; root <= 250; ++root) {
            if (is_in(segment, root)) tell(root);
        }
        return Status::ok();
    }

    mutable std::atomic<size_t> reads = 0;
};

/// One event of these conditions' world: an order or a view, some of them with a campaign.
TestEvent make_event(SeededRandom& random, model::Position position) {
    static constexpr const char* kCampaigns[] = {
        "", R"(,"context":{"campaign":{"source":"news","medium":"email"}})",
        R"(,"context":{"campaign":{"source":"google","medium":"cpc"}})",
        R"(,"context":{"channel":"Radio"})"};
    const std::string json = R"({"properties":{"amount":)" + std::to_string(random.below(9)) +
                             R"(,"city":")" + kCities[random.below(2)] + "\"}" +
                             kCampaigns[random.below(4)] + "}";
    const std::string doc = model::doc_from_json(json).value();
    model::Event event;
    event.source = static_cast<model::SourceId>(random.below(3));
    event.time = sequence::TestWorld{}.from + static_cast<Micros>(random.below(90)) * kDay;
    event.name = random.chance(0.4) ? "Order" : "View";
    event.doc = doc;
    auto payload = std::make_shared<std::string>();
    model::append_event(*payload, event);
    return {1 + static_cast<uint32_t>(random.below(250)), position, payload};
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    const size_t at = text.find(from);
    if (at != std::string::npos) text.replace(at, from.size(), to);
    return text;
}

/// The definition: each leaf looked up anew for each event, each deed counted in all events.
class Definition {
public:
    explicit Definition(const World& world) : world_(world) {}

    bool holds(DocView condition, const TestEvent& stored) const {
        if (condition.is_array()) return all_hold(condition, stored);
        if (const DocView parts = condition.find("and"); !parts.is_missing()) {
            return all_hold(parts, stored);
        }
        if (const DocView parts = condition.find("or"); !parts.is_missing()) {
            bool some = false;
            for (const DocView part : parts.items()) some = holds(part, stored) || some;
            return some;
        }
        if (const DocView part = condition.find("not"); !part.is_missing()) {
            return !holds(part, stored);
        }
        return leaf_holds(condition, stored);
    }
    static uint32_t root_of(const TestEvent& stored) { return Tens::root_of(stored.identity); }

private:
    bool all_hold(DocView parts, const TestEvent& stored) const {
        bool all = true;
        for (const DocView part : parts.items()) all = holds(part, stored) && all;
        return all;
    }
    bool leaf_holds(DocView leaf, const TestEvent& stored) const {
        const std::string json = model::to_json(leaf);
        const std::string traits = PretendedProfiles::traits_json(root_of(stored));
        if (!leaf.find("trait").is_missing()) {
            return of_properties(replaced(json, R"("trait")", R"("property")"), traits);
        }
        if (!leaf.find("identifier").is_missing()) return identifier_holds(leaf, stored);
        if (!leaf.find("did").is_missing()) return did_holds(leaf, stored);
        if (const DocView key = leaf.find("segment"); !key.is_missing()) {
            return PretendedProfiles::is_in(key.as_string(), root_of(stored));
        }
        const bool is_channel = !leaf.find("channel").is_missing();
        if (is_channel || !leaf.find("source").is_missing()) {
            const std::string key = is_channel ? channel_of(stored) : source_of(stored);
            return of_properties(R"({"property":"k","op":"in","value":)" +
                                     model::to_json(leaf.find(is_channel ? "channel" : "source")) +
                                     "}",
                                 key.empty() ? "{}" : R"({"k":")" + key + "\"}");
        }
        const auto predicate = Predicate::compile(leaf, "test").value();
        return predicate.matches(stored.event());
    }
    static bool of_properties(const std::string& leaf, const std::string& properties) {
        const std::string doc =
            model::doc_from_json(R"({"properties":)" + properties + "}").value();
        const std::string condition = model::doc_from_json(leaf).value();
        model::Event event;
        event.doc = doc;
        std::string payload;
        model::append_event(payload, event);
        return Predicate::compile(DocView(condition), "test")->matches(model::EventView(payload));
    }
    static bool identifier_holds(DocView leaf, const TestEvent& stored) {
        const std::string op(leaf.find("op").as_string());
        const bool is_negated = op == "ne" || op == "not_exists";
        const std::string value =
            PretendedProfiles().normalised("email", leaf.find("value").as_string()).value().value();
        bool some = false;
        for (const std::string& email : PretendedProfiles::emails(root_of(stored))) {
            some = some || op == "exists" || op == "not_exists" ||
                   (op == "starts_with" ? email.starts_with(value) : email == value);
        }
        return some != is_negated;
    }
    std::string source_of(const TestEvent& stored) const {
        return "s" + std::to_string(stored.event().source());
    }
    static std::string channel_of(const TestEvent& stored) {
        const DocView context = stored.event().doc().find("context");
        if (!context.find("channel").is_missing()) return "Radio";
        const std::string_view medium = context.at_path("campaign.medium").as_string();
        return medium.empty() ? "" : medium == "email" ? "email" : "paid-search";
    }
    bool did_holds(DocView did, const TestEvent& of) const {
        const Micros now = world_.clock.now();
        const bool is_recent = !did.find("within").is_missing();
        int64_t times = 0;
        for (const TestEvent& stored : world_.events) {
            const model::EventView event = stored.event();
            const bool is_named = did.find("did").as_string() == event.name();
            const bool is_in = !is_recent || event.time() >= now - 30 * kDay;
            if (root_of(stored) != root_of(of) || !is_named || !is_in) continue;
            const DocView where = did.find("where");
            times += where.is_missing() || holds(where, stored);
        }
        for (const model::DocField& bound : did.find("count").fields()) {
            const int64_t limit = bound.value.as_integer().value();
            return bound.key == "gte" ? times >= limit : times < limit;
        }
        return times >= 1;
    }

    const World& world_;
};

std::string random_leaf(SeededRandom& random) {
    static constexpr const char* kLeaves[] = {
        R"({"property":"amount","op":"gte","value":5})",
        R"({"property":"city","op":"matches","value":"^A.*a"})",
        R"({"trait":"plan","op":"eq","value":"pro"})",
        R"({"trait":"plan","op":"ne","value":"pro"})",
        R"({"trait":"plan","op":"in","value":["free",3]})",
        R"({"trait":"plan","op":"matches","value":"^pro\\b"})",
        R"({"trait":"plan","op":"not_exists"})",
        R"({"trait":"address.city","op":"eq","value":"Cluj"})",
        R"({"trait":"address","op":"exists"})",
        R"({"trait":"a.b","op":"lt","value":2})",
        R"({"trait":"tags[]","op":"eq","value":"t1"})",
        R"({"trait":"tags[]","op":"starts_with","value":"t","quantifier":"all"})",
        R"({"identifier":"email","op":"exists"})",
        R"({"identifier":"email","op":"not_exists"})",
        R"({"identifier":"email","op":"eq","value":"P3@X.ro"})",
        R"({"identifier":"email","op":"ne","value":"P3@X.ro"})",
        R"({"identifier":"email","op":"starts_with","value":"p4"})",
        R"({"source":["s1"]})",
        R"({"source":["s0","s2"]})",
        R"({"channel":["email","Radio"]})",
        R"({"channel":["paid-search"]})",
        R"({"segment":"by3"})",
        R"({"segment":"by7"})",
        R"({"did":"Order"})",
        R"({"did":"Order","count":{"gte":3}})",
        R"({"did":"Order","count":{"lt":2},"within":"30d"})",
        R"({"did":"View","within":"30d","where":{"property":"amount","op":"lt","value":4}})",
        R"({"did":"View","where":[{"source":["s1"]},{"channel":["email"]}]})"};
    return kLeaves[random.below(std::size(kLeaves))];
}

std::string random_condition(SeededRandom& random, int depth) {
    if (depth == 0 || random.chance(0.3)) return random_leaf(random);
    if (random.chance(0.25)) return R"({"not":)" + random_condition(random, depth - 1) + "}";
    std::string list = "[";
    for (uint64_t left = 1 + random.below(3); left > 0; --left) {
        list += (list.size() > 1 ? "," : "") + random_condition(random, depth - 1);
    }
    return random.chance(0.5) ? R"({"or":)" + list + "]}" : list + "]";
}

struct ConditionWorld {
    World world{0, 0};
    PretendedProfiles profiles;

    explicit ConditionWorld(uint64_t seed, size_t count) {
        SeededRandom random(seed);
        for (size_t i = 1; i <= count; ++i) {
            world.add(make_event(random, i), i == count / 3 || i == count / 2);
        }
        world.profiles = &profiles;
    }
    std::string answer(const std::string& rest) {
        const auto answer = world.run(
            R"({"kind":"trend","from":"2026-01-01","to":"2026-04-01","interval":"month",)" + rest +
            "}");
        return answer ? *answer : answer.error().message;
    }
};

int64_t total_of(DocView line) {
    return line.find("total").as_integer().value_or(-1);
}

TEST(PersonConditions, AgreeWithTheDefinitionOnRandomConditions) {
    for (uint64_t seed = 1; seed <= 4; ++seed) {
        ConditionWorld setting(seed, 500);
        const Definition definition(setting.world);
        SeededRandom random(100 + seed);
        for (int round = 0; round < 60; ++round) {
            const std::string where = random_condition(random, 2);
            const std::string packed = model::doc_from_json(where).value();
            int64_t events = 0;
            std::set<uint32_t> people;
            for (const TestEvent& stored : setting.world.events) {
                if (!definition.holds(DocView(packed), stored)) continue;
                ++events;
                people.insert(Definition::root_of(stored));
            }
            const std::string json =
                setting.answer(R"("where":)" + where + R"(,"series":[{},{"measure":"people"}])");
            const auto doc = model::doc_from_json(json);
            ASSERT_TRUE(doc) << where << json;
            std::vector<int64_t> totals;
            for (const DocView line : DocView(*doc).find("series").items()) {
                totals.push_back(total_of(line));
            }
            ASSERT_EQ(totals, (std::vector<int64_t>{events, static_cast<int64_t>(people.size())}))
                << where;
        }
    }
}

TEST(PersonConditions, BreaksDownByATraitOfThePerson) {
    ConditionWorld setting(9, 800);
    for (const std::string trait : {"plan", "address.city", "address", "a.b"}) {
        std::map<std::string, int64_t> expected;
        for (const TestEvent& stored : setting.world.events) {
            const std::string traits =
                model::doc_from_json(PretendedProfiles::traits_json(Definition::root_of(stored)))
                    .value();
            const DocView value = value_at(DocView(traits), trait);
            ++expected[value.is_missing() || value.is_null() ? "none"
                       : value.is_string()                   ? std::string(value.as_string())
                                                             : model::to_json(value)];
        }
        const std::string json =
            setting.answer(R"("breakdown":{"trait":")" + trait + R"("},"series":[{}])");
        const auto doc = model::doc_from_json(json);
        ASSERT_TRUE(doc) << json;
        std::map<std::string, int64_t> lines;
        for (const DocView line : DocView(*doc).find("series").items()) {
            const DocView value = line.find("breakdown");
            lines[value.is_null() ? "none" : std::string(value.as_string())] = total_of(line);
        }
        EXPECT_EQ(lines, expected) << trait;
    }
}

TEST(PersonConditions, ReadPeopleOnlyWhomTheRestLeavesInQuestion) {
    ConditionWorld setting(3, 400);
    setting.answer(R"("series":[{"where":[{"trait":"plan","op":"exists"},)"
                   R"({"property":"amount","op":"gt","value":100}]}])");
    EXPECT_EQ(setting.profiles.reads, 0u);
    setting.answer(R"("series":[{"where":{"trait":"plan","op":"exists"}}])");
    EXPECT_GT(setting.profiles.reads, 20u);
    EXPECT_LE(setting.profiles.reads, 26u * 3);  // Each by the one who gathers and by two walks.
}

TEST(PersonConditions, RefuseANamespaceThatDoesNotExist) {
    ConditionWorld setting(3, 10);
    EXPECT_EQ(setting.answer(R"("series":[{"where":{"identifier":"emial","op":"exists"}}])"),
              "query: no such namespace");
}

}  // namespace
}  // namespace throughline::query
