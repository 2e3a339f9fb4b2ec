#include "segment/segment.h"

#include <gtest/gtest.h>

#include "segment/test_person.h"

namespace throughline::segment {
namespace {

using testing::compile;
using testing::TestPerson;

std::string refusal(std::string_view conditions) {
    const auto segment = compile(conditions);
    return segment ? "accepted" : segment.error().message;
}

constexpr std::string_view kRegulars =
    R"([{"did":"Order Completed","count":{"gte":3},"within":"90d"},
        {"trait":"plan","op":"eq","value":"pro"}])";

TEST(Segment, TheExampleOfTheReadmeHolds) {
    const Segment regulars = compile(kRegulars).value();
    ASSERT_EQ(regulars.deeds().size(), 1u);
    EXPECT_EQ(regulars.deeds()[0].kept, 3u);

    TestPerson ana;
    ana.set_traits(R"({"plan":"pro"})");
    ana.set_times(0, {10 * kDay, 40 * kDay, 60 * kDay});
    EXPECT_TRUE(regulars.holds(ana, 60 * kDay));
    EXPECT_EQ(regulars.next_change(ana, 60 * kDay),
              100 * kDay + 1);  // Day 10 is then too long ago.
    EXPECT_TRUE(regulars.holds(ana, 100 * kDay));
    EXPECT_FALSE(regulars.holds(ana, 100 * kDay + 1));
    EXPECT_EQ(regulars.next_change(ana, 100 * kDay + 1), std::nullopt);
}

TEST(Segment, TimeBringsSomebodyInWhoHasNotDoneSomethingForLong) {
    const Segment quiet = compile(R"({"did":"*","count":{"eq":0},"within":"30d"})").value();
    EXPECT_EQ(quiet.deeds()[0].kept, 1u);
    TestPerson ana;
    ana.set_times(0, {5 * kDay});
    EXPECT_FALSE(quiet.holds(ana, 6 * kDay));
    EXPECT_EQ(quiet.next_change(ana, 6 * kDay), 35 * kDay + 1);
    EXPECT_TRUE(quiet.holds(ana, 35 * kDay + 1));
    EXPECT_TRUE(quiet.holds_for_strangers());
}

TEST(Segment, AChangeOfOnePartThatChangesNothingIsNoChange) {
    const Segment either =
        compile(R"({"or":[{"did":"A","within":"1d"},{"did":"B","within":"9d"}]})").value();
    TestPerson ana;
    ana.set_times(0, {0});
    ana.set_times(1, {0});
    EXPECT_EQ(either.next_change(ana, 0), 9 * kDay + 1);
}

TEST(Segment, EqualDeedsAreCountedOnceAndKeepWhatTheMostDemandingAsks) {
    const Segment some =
        compile(R"([{"did":"A","count":{"gte":2}},{"did":"A","count":{"lte":5},"within":"7d"},
                    {"did":"A","where":{"property":"x","op":"exists"}}])")
            .value();
    ASSERT_EQ(some.deeds().size(), 2u);
    EXPECT_EQ(some.deeds()[0].kept, 6u);
    EXPECT_EQ(some.deeds()[1].kept, 1u);
}

TEST(Segment, IdentifiersAreComparedAsTheyAreKept) {
    const Segment known =
        compile(R"({"identifier":"email","op":"eq","value":" Ana@Example.COM"})").value();
    TestPerson ana;
    ana.set_identifiers(R"({"email":["ana@example.com"]})");
    EXPECT_TRUE(known.holds(ana, 0));
    EXPECT_EQ(known.wants().namespaces, std::vector<std::string>{"email"});
}

TEST(Segment, TheProfileIsReadOnlyWhereDeedsLeaveItOpen) {
    const Segment regulars = compile(kRegulars).value();
    TestPerson ana;
    EXPECT_FALSE(regulars.holds(ana, 0));
    EXPECT_EQ(ana.profiles_read, 0);
}

TEST(Segment, EventsMatchByNameTypePropertiesAndSource) {
    const Segment big = compile(R"({"did":"Order Completed","where":[
        {"property":"amount","op":"gte","value":100},{"source":"shop"}]})")
                            .value();
    const auto matches = [&](std::string_view json, std::string_view source,
                             model::EventType type = model::EventType::Track) {
        const std::string doc = model::doc_from_json(json).value();
        std::string payload;
        model::append_event(payload, {.type = type,
                                      .message_key = {},
                                      .identifiers = {},
                                      .name = "Order Completed",
                                      .doc = doc});
        std::string key;
        model::DocWriter(key).string(source);
        return big.deeds()[0].matches(model::EventView(payload), model::DocView(key));
    };
    EXPECT_TRUE(matches(R"({"properties":{"amount":100}})", "shop"));
    EXPECT_FALSE(matches(R"({"properties":{"amount":99.5}})", "shop"));
    EXPECT_FALSE(matches(R"({"properties":{"amount":100}})", "web"));
    EXPECT_FALSE(matches(R"({"properties":{"amount":100}})", "shop", model::EventType::Page));
}

TEST(Segment, ErrorsNameTheField) {
    EXPECT_EQ(refusal(R"([{"did":"A"},{"property":"x","op":"exists"}])"),
              "segment: conditions[1].property: is of one event: goes into the where of a did");
    EXPECT_EQ(refusal(R"({"not":{"item":"order"}})"),
              "segment: conditions.not.item: only the if of a journey asks for items; who is in a "
              "segment does not move with them");
    EXPECT_EQ(refusal(R"({"did":"A","count":{"gte":101}})"),
              "segment: conditions.count: asks for more than 100 times");
    EXPECT_EQ(refusal(R"({"did":"A","count":{"gte":1,"lte":101}})"),
              "segment: conditions.count: asks for more than 100 times");
    EXPECT_EQ(refusal(R"({"did":"A","where":{"channel":"email"}})"),
              "segment: conditions.where.channel: not offered here: rules decide it, and they may "
              "change");
    EXPECT_EQ(refusal(R"({"did":"A","where":{"trait":"plan","op":"exists"}})"),
              "segment: conditions.where.trait: what is asked of the person goes beside did, not "
              "into it");
    EXPECT_EQ(refusal(R"({"not":{"identifier":"shoe","op":"exists"}})"),
              "segment: conditions: identifier: there is no namespace shoe");
    EXPECT_EQ(refusal(R"({"did":"A","within":"11 years"})").substr(0, 28),
              "segment: conditions.within: ");
    std::string many = "[";
    for (int i = 0; i < 33; ++i)
        many += (i ? "," : "") + (R"({"did":"e)" + std::to_string(i)) + "\"}";
    EXPECT_EQ(refusal(many + "]"),
              "segment: conditions: did asks for more than 32 different things");
    EXPECT_EQ(refusal(R"({"did":"A","count":{"lte":100}})"), "accepted");
}

}  // namespace
}  // namespace throughline::segment
