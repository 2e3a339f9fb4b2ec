#include "query/predicate.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "model/json.h"

namespace throughline::query {
namespace {

using model::DocView;

std::string make_payload(std::string_view json, model::EventType type = model::EventType::Track) {
    const std::string doc = model::doc_from_json(json).value();
    model::Event event;
    event.type = type;
    event.doc = doc;
    std::string payload;
    model::append_event(payload, event);
    return payload;
}

bool holds(std::string_view condition, std::string_view event,
           model::EventType type = model::EventType::Track) {
    const std::string packed = model::doc_from_json(condition).value();
    const auto predicate = Predicate::compile(DocView(packed), "query: where");
    EXPECT_TRUE(predicate.is_ok()) << condition;
    const std::string payload = make_payload(event, type);
    return predicate->matches(model::EventView(payload));
}

std::string refusal(std::string_view condition) {
    const std::string packed = model::doc_from_json(condition).value();
    const auto predicate = Predicate::compile(DocView(packed), "query: where");
    return predicate ? "accepted" : predicate.error().message;
}

constexpr std::string_view kOrder =
    R"({"properties":{"amount":12.50,"plan":"pro","tags":["a","b",3],"paid":true,"none":null,
        "a.b":"dotted","ship":{"city":"İzmir"}},"context":{"page":{"path":"/x"}}})";

TEST(Predicate, ComparesNumbersByValueAndTextAsBytes) {
    EXPECT_TRUE(holds(R"({"property":"amount","op":"eq","value":12.5})", kOrder));
    EXPECT_TRUE(holds(R"({"property":"amount","op":"gte","value":12.500})", kOrder));
    EXPECT_FALSE(holds(R"({"property":"amount","op":"gt","value":12.5})", kOrder));
    EXPECT_TRUE(holds(R"({"property":"amount","op":"lt","value":12.500000000000001})", kOrder));
    EXPECT_TRUE(holds(R"({"property":"amount","op":"lte","value":1e300})", kOrder));
    EXPECT_TRUE(holds(R"({"property":"plan","op":"gt","value":"premium"})", kOrder));
    EXPECT_FALSE(holds(R"({"property":"amount","op":"eq","value":"12.5"})", kOrder));
    EXPECT_FALSE(holds(R"({"property":"plan","op":"lt","value":5})", kOrder));
    EXPECT_TRUE(holds(R"({"property":"paid","op":"eq","value":true})", kOrder));
}

TEST(Predicate, NegatesExactly) {
    for (const char* property : {"amount", "plan", "tags", "none", "missing"}) {
        const std::string p = R"({"property":")" + std::string(property) + R"(",)";
        for (const auto& [yes, no] :
             {std::pair(R"("op":"eq","value":"pro"})", R"("op":"ne","value":"pro"})"),
              std::pair(R"("op":"in","value":["x",12.5]})", R"("op":"not_in","value":["x",12.5]})"),
              std::pair(R"("op":"exists"})", R"("op":"not_exists"})")}) {
            EXPECT_NE(holds(p + yes, kOrder), holds(p + no, kOrder)) << p << yes;
        }
    }
    EXPECT_FALSE(holds(R"({"property":"none","op":"exists"})", kOrder));
    EXPECT_TRUE(holds(R"({"property":"missing","op":"ne","value":1})", kOrder));
}

TEST(Predicate, LooksIntoTextListsPathsAndTheWholeEvent) {
    EXPECT_TRUE(holds(R"({"property":"plan","op":"contains","value":"r"})", kOrder));
    EXPECT_TRUE(holds(R"({"property":"tags","op":"contains","value":3})", kOrder));
    EXPECT_FALSE(holds(R"({"property":"tags","op":"contains","value":"3"})", kOrder));
    EXPECT_TRUE(holds(R"({"property":"plan","op":"starts_with","value":"pr"})", kOrder));
    EXPECT_TRUE(holds(R"({"property":"a.b","op":"eq","value":"dotted"})", kOrder));
    EXPECT_TRUE(holds(R"({"property":"ship.city","op":"eq","value":"İzmir"})", kOrder));
    EXPECT_TRUE(holds(R"({"property":"$.context.page.path","op":"eq","value":"/x"})", kOrder));
    EXPECT_TRUE(holds(R"({"property":"plan","op":"eq","value":"a"})", R"({"traits":{"plan":"a"}})",
                      model::EventType::Identify));
}

TEST(Predicate, CombinesEveryTruthOfTwo) {
    constexpr std::string_view kTrue = R"({"property":"x","op":"exists"})";
    constexpr std::string_view kFalse = R"({"property":"y","op":"exists"})";
    const std::string_view event = R"({"properties":{"x":1}})";
    for (int bits = 0; bits < 4; ++bits) {
        const bool a = (bits & 1) != 0;
        const bool b = (bits & 2) != 0;
        const std::string list =
            "[" + std::string(a ? kTrue : kFalse) + "," + std::string(b ? kTrue : kFalse) + "]";
        EXPECT_EQ(holds(list, event), a && b);
        EXPECT_EQ(holds(R"({"and":)" + list + "}", event), a && b);
        EXPECT_EQ(holds(R"({"or":)" + list + "}", event), a || b);
        EXPECT_EQ(holds(R"({"not":{"or":)" + list + "}}", event), !(a || b));
    }
    EXPECT_TRUE(holds("[]", event));
    EXPECT_FALSE(holds(R"({"or":[]})", event));
}

constexpr const char* kComparisons[] = {R"("op":"eq","value":2)",
                                        R"("op":"ne","value":2)",
                                        R"("op":"in","value":[1,"x"])",
                                        R"("op":"not_in","value":[1,"x"])",
                                        R"("op":"lt","value":2)",
                                        R"("op":"gte","value":2)",
                                        R"("op":"starts_with","value":"x")",
                                        R"("op":"contains","value":"x")",
                                        R"("op":"exists")",
                                        R"("op":"not_exists")"};
constexpr const char* kElements[] = {"{}",         R"({"v":null})", R"({"v":1})",
                                     R"({"v":2})", R"({"v":"xy"})", "7"};

bool element_holds(const std::string& comparison, const std::string& element) {
    return holds(R"({"property":"e.v",)" + comparison + "}",
                 R"({"properties":{"e":)" + element + "}}");
}

std::string list_of(const std::vector<std::string>& elements) {
    std::string list = "[";
    for (const std::string& element : elements) list += (list.size() > 1 ? "," : "") + element;
    return list + "]";
}

TEST(Predicate, AsksElementsOfListsAsTheDefinitionSaysOnEveryShortList) {
    constexpr size_t kKinds = std::size(kElements);
    for (const std::string comparison : kComparisons) {
        bool holds_of[kKinds];
        for (size_t i = 0; i < kKinds; ++i) holds_of[i] = element_holds(comparison, kElements[i]);
        for (size_t length = 0; length <= 3; ++length) {
            for (size_t code = 0; code < 216; ++code) {
                std::vector<std::string> elements;
                size_t true_ones = 0;
                size_t rest = code;
                for (; elements.size() < length; rest /= kKinds) {
                    elements.emplace_back(kElements[rest % kKinds]);
                    true_ones += holds_of[rest % kKinds];
                }
                if (rest > 0) break;  // Seen already.
                const std::string event = R"({"properties":{"list":)" + list_of(elements) + "}}";
                const std::string leaf = R"({"property":"list[].v",)" + comparison;
                ASSERT_EQ(holds(leaf + "}", event), true_ones > 0) << leaf << event;
                ASSERT_EQ(holds(leaf + R"(,"quantifier":"any"})", event), true_ones > 0);
                ASSERT_EQ(holds(leaf + R"(,"quantifier":"all"})", event),
                          length > 0 && true_ones == length)
                    << leaf << event;
            }
        }
    }
}

TEST(Predicate, AsksListsInListsAndElementsThemselves) {
    SeededRandom random(3);
    for (int round = 0; round < 3000; ++round) {
        const std::string comparison = kComparisons[random.below(std::size(kComparisons))];
        std::vector<std::string> outer;
        bool any = false;
        bool all = true;
        for (uint64_t left = random.below(4); left > 0; --left) {
            std::vector<std::string> inner;
            bool some = false;
            bool each = true;
            for (uint64_t more = random.below(4); more > 0; --more) {
                inner.emplace_back(kElements[random.below(std::size(kElements))]);
                const bool one = element_holds(comparison, inner.back());
                some |= one;
                each &= one;
            }
            any |= some;
            all &= each && !inner.empty();
            outer.push_back(R"({"in":{"lines":)" + list_of(inner) + "}}");
        }
        const std::string event = R"({"properties":{"list":)" + list_of(outer) + "}}";
        const std::string leaf = R"({"property":"list[].in.lines[].v",)" + comparison;
        ASSERT_EQ(holds(leaf + "}", event), any) << leaf << event;
        ASSERT_EQ(holds(leaf + R"(,"quantifier":"all"})", event), all && !outer.empty())
            << leaf << event;
    }
    EXPECT_TRUE(holds(R"({"property":"tags[]","op":"eq","value":"b"})", kOrder));
    EXPECT_FALSE(holds(R"({"property":"tags[]","op":"eq","value":"c"})", kOrder));
    EXPECT_FALSE(holds(R"({"property":"plan[]","op":"exists"})", kOrder));  // No list.
    EXPECT_TRUE(holds(R"({"property":"$.properties.tags[]","op":"gte","value":3})", kOrder));
}

TEST(Predicate, RefusesWhatItDoesNotKnowByName) {
    EXPECT_EQ(refusal(R"({"property":"a","op":"matches","value":"x"})"),
              "query: where.op: matches is not supported yet");
    EXPECT_EQ(refusal(R"([{"trait":"plan","op":"eq","value":1}])"),
              "query: where[0].trait: not supported yet in a trend, only property is");
    EXPECT_EQ(refusal(R"({"or":[{"did":"X"}]})"),
              "query: where.or[0].did: not supported yet in a trend, only property is");
    EXPECT_EQ(refusal(R"({"property":"p[].sku","op":"eq","value":1,"quantifier":"most"})"),
              "query: where.quantifier: must be any or all");
    EXPECT_EQ(refusal(R"({"property":"p","op":"eq","value":1,"quantifier":"any"})"),
              "query: where.quantifier: goes with a path such as products[].sku");
    EXPECT_EQ(refusal(R"({"property":"p[]sku","op":"eq","value":1})"),
              "query: where.property: need a dot after []");
    EXPECT_EQ(refusal(R"({"property":"[].sku","op":"eq","value":1})"),
              "query: where.property: must be the name of a property");
    EXPECT_EQ(refusal(R"({"property":"p","op":"eq"})"),
              "query: where.value: missing; to ask for absence use not_exists");
    EXPECT_EQ(refusal(R"({"property":"p","op":"in","value":3})"),
              "query: where.value: must be a list");
    EXPECT_EQ(refusal(R"({"property":"p","op":"eq","value":1,"at_event":true})"),
              "query: where.at_event: not supported yet");
    EXPECT_EQ(refusal(R"({"and":[],"or":[]})"),
              "query: where: must be one of property, and, or, not");
    EXPECT_EQ(refusal("3"), "query: where: must be a condition or a list");
}

}  // namespace
}  // namespace throughline::query
