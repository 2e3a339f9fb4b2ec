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

std::string refusal(const std::string& condition, Leaves leaves = Leaves::All) {
    const std::string packed = model::doc_from_json(condition).value();
    const auto predicate = Predicate::compile(DocView(packed), "query: where", leaves);
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

TEST(Predicate, MatchesRegularExpressionsAnywhereInATextAndInElements) {
    EXPECT_TRUE(holds(R"({"property":"plan","op":"matches","value":"r"})", kOrder));
    EXPECT_TRUE(holds(R"({"property":"plan","op":"matches","value":"^p.o$"})", kOrder));
    EXPECT_FALSE(holds(R"({"property":"plan","op":"matches","value":"^r"})", kOrder));
    EXPECT_TRUE(holds(R"({"property":"plan","op":"matches","value":"(?i)PRO"})", kOrder));
    EXPECT_TRUE(holds(R"({"property":"ship.city","op":"matches","value":"^\\pL{5}$"})", kOrder));
    EXPECT_FALSE(holds(R"({"property":"amount","op":"matches","value":"12"})", kOrder));
    EXPECT_FALSE(holds(R"({"property":"missing","op":"matches","value":""})", kOrder));
    EXPECT_TRUE(holds(R"({"property":"tags[]","op":"matches","value":"^[bc]$"})", kOrder));
    EXPECT_FALSE(holds(
        R"({"property":"tags[]","op":"matches","value":"^[bc]$","quantifier":"all"})", kOrder));
    EXPECT_TRUE(holds(R"({"not":{"property":"plan","op":"matches","value":"^r"}})", kOrder));
}

// An engine that goes back would need 2^60 steps.
TEST(Predicate, MatchesInTimeThatGrowsWithTheTextOnly) {
    const std::string text(60'000, 'a');
    const std::string event = R"({"properties":{"x":")" + text + R"("}})";
    EXPECT_TRUE(holds(R"({"property":"x","op":"matches","value":"^(a+)+$"})", event));
    EXPECT_FALSE(holds(R"({"property":"x","op":"matches","value":"^(a|aa)+b$"})", event));
}

TEST(Predicate, RefusesWhatItDoesNotKnowByName) {
    EXPECT_EQ(refusal(R"({"property":"a","op":"matches","value":"x("})"),
              "query: where.value: no regular expression: missing ): x(");
    EXPECT_EQ(refusal(R"({"property":"a","op":"matches","value":"(x)\\1"})"),
              "query: where.value: no regular expression: invalid escape sequence: \\1");
    EXPECT_EQ(refusal(R"({"property":"a","op":"matches","value":"((a{900}){30}b){30}"})"),
              "query: where.value: no regular expression: invalid repetition size: {30}");
    EXPECT_EQ(
        refusal(R"({"property":"a","op":"matches","value":")" + std::string(1001, 'a') + "\"}"),
        "query: where.value: longer than 1000 bytes");
    EXPECT_EQ(refusal(R"({"property":"a","op":"matches","value":3})"),
              "query: where.value: must be a text");
    EXPECT_EQ(refusal(R"({"property":"a","op":"like","value":3})"),
              "query: where.op: must be one of eq ne lt lte gt gte in not_in contains starts_with "
              "matches exists not_exists");
    EXPECT_EQ(refusal(R"([{"trait":"plan","op":"eq","value":1,"at_event":true}])"),
              "query: where[0].at_event: not offered: traits are as of now");
    EXPECT_EQ(refusal(R"({"segment":7})"), "query: where.segment: must be the key of a segment");
    EXPECT_EQ(refusal(R"({"segment":"vip","op":"eq"})"),
              "query: where.op: not known here, or not supported yet");
    EXPECT_EQ(refusal(R"({"did":""})"), "query: where.did: must be the name of an event, or *");
    EXPECT_EQ(refusal(R"({"or":[{"did":"X","where":[{"trait":"a","op":"exists"}]}]})"),
              "query: where.or[0].where[0].trait: what is asked of the person goes beside did, not "
              "into it");
    for (const char* count : {"3", "{}", R"({"ne":1})", R"({"lt":0})", R"({"gte":5,"lt":5})",
                              R"({"gte":-1})", R"({"gte":1.5})"}) {
        EXPECT_EQ(refusal(R"({"did":"X","count":)" + std::string(count) + "}"),
                  "query: where.count: must be a range of whole numbers, such as {\"gte\":3} or "
                  "{\"eq\":0}")
            << count;
    }
    EXPECT_EQ(
        refusal(R"({"did":"X","within":"soon"})"),
        "query: where.within: need a whole number with s, m, h, d, w or mo, such as 7d, up to "
        "10 years");
    EXPECT_EQ(refusal(R"({"source":"web","channel":"email"})"),
              "query: where.channel: stands beside source: make them two conditions");
    EXPECT_EQ(refusal(R"({"source":7})"),
              "query: where.source: must be a key, a list of keys, or true with op and value");
    EXPECT_EQ(refusal(R"({"trait":"","op":"exists"})"),
              "query: where.trait: must be the name of a trait");
    EXPECT_EQ(refusal(R"({"identifier":"","op":"exists"})"),
              "query: where.identifier: must be the key of a namespace, such as email");
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
              "query: where.at_event: not known here, or not supported yet");
    EXPECT_EQ(
        refusal(R"({"and":[],"or":[]})"),
        "query: where: must be one of property, source, channel, trait, identifier, segment, did, "
        "item, and, or, not");
    EXPECT_EQ(refusal("3"), "query: where: must be a condition or a list");
}

TEST(Predicate, AsksForItemsInConditionsOfRunsOnly) {
    const auto asked = [](const std::string& leaf) { return refusal(leaf, Leaves::OfRuns); };
    EXPECT_EQ(asked(R"({"item":"order","where":{"property":"lines[].sku","op":"eq","value":"a"},
                        "count":{"gte":1000}})"),
              "accepted");
    EXPECT_EQ(asked(R"({"item":"stock","id":{"property":"$.properties.sku"}})"), "accepted");
    EXPECT_EQ(asked(R"({"item":7})"),
              "query: where.item: must be the key of a type of items, such as order");
    EXPECT_EQ(asked(R"({"item":"order","within":"1d"})"),
              "query: where.within: not known here, or not supported yet");
    EXPECT_EQ(asked(R"({"item":"order","id":"A1"})"),
              R"(query: where.id: must name a property: {"property":"sku"})");
    EXPECT_EQ(asked(R"({"item":"order","id":{"trait":"x"}})"),
              "query: where.id.trait: not known here, or not supported yet");
    EXPECT_EQ(asked(R"({"item":"order","id":{"property":"p[].id"}})"),
              "query: where.id.property: a path into a list has many values; name one");
    EXPECT_EQ(asked(R"({"item":"order","id":{"property":"x"},"count":{"eq":0}})"),
              "query: where.count: goes without id: one item is there, or is not");
    EXPECT_EQ(asked(R"({"item":"order","count":{"gte":1001}})"),
              "query: where.count: asks for more than 1000 items");
    EXPECT_EQ(asked(R"({"item":"order","where":{"did":"X"}})"),
              "query: where.where.did: only property goes here: a field of the item");
    EXPECT_EQ(asked(R"({"item":"order","where":{"property":"$.state","op":"exists"}})"),
              "query: where.where.property: an item has fields only: name one, without $.");
    std::string many = R"([{"item":"a"})";
    for (int i = 0; i < 32; ++i) many += R"(,{"item":"a"})";
    EXPECT_EQ(asked(many + "]"),
              "query: where[32].item: stands more than 32 times in one condition");
    for (const Leaves other : {Leaves::All, Leaves::OfEvents, Leaves::OfRecords}) {
        EXPECT_EQ(refusal(R"({"item":"order"})", other),
                  "query: where.item: only the if of a journey asks for items");
    }
    EXPECT_EQ(refusal(R"({"item":"order"})", Leaves::Properties),
              "query: where.item: only property goes here");
}

TEST(Criterion, ComparesANumberAsADocumentThatHoldsIt) {
    SeededRandom random(11);
    const auto number = [&] {
        const auto units = static_cast<int64_t>(random.below(2'000)) - 1'000;
        return model::Decimal{units, static_cast<uint8_t>(random.below(4))};
    };
    const auto doc_of = [](model::Decimal value) {
        std::string doc;
        model::DocWriter(doc).decimal(value);
        return doc;
    };
    for (int round = 0; round < 20'000; ++round) {
        const std::string operand = doc_of(number());
        const model::Decimal value = number();
        for (const char* op : {"lt", "lte", "gt", "gte"}) {
            const auto criterion = Criterion::make(op, DocView(operand), "f", "f").value();
            const auto holds = criterion.holds_for_number(value);
            ASSERT_TRUE(holds);
            ASSERT_EQ(*holds, criterion.holds(DocView(doc_of(value)))) << op << " " << round;
        }
        const auto equal = Criterion::make("eq", DocView(operand), "f", "f").value();
        ASSERT_FALSE(equal.holds_for_number(value));
    }
}

}  // namespace
}  // namespace throughline::query
