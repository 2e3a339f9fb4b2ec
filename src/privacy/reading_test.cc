#include "privacy/reading.h"

#include <gtest/gtest.h>

#include "model/json.h"

namespace throughline::privacy {
namespace {

std::vector<Statement> read(std::string_view name, std::string_view json, uint8_t flags = 0) {
    const std::string doc = model::doc_from_json(json).value();
    std::string payload;
    model::append_event(payload, {.type = model::EventType::Track,
                                  .flags = flags,
                                  .source = 4,
                                  .time = 77,
                                  .message_key = {},
                                  .identifiers = {},
                                  .name = name,
                                  .doc = doc});
    return statements_of(model::EventView(payload));
}

// `+marketing@sms -analytics ...`: what was said, short.
std::string brief(const std::vector<Statement>& statements) {
    std::string text;
    for (const Statement& one : statements) {
        text += text.empty() ? "" : " ";
        text += one.is_given ? "+" : "-";
        if (one.subject == Subject::Topic) text += "topic:";
        text += one.key;
        if (!one.only.empty()) text += "@" + one.only;
    }
    return text;
}

TEST(Reading, TakesWhatAnEventSaysWithItsProof) {
    const auto found = read("Consent Given", R"({"properties":{"purpose":"marketing",
        "basis":"consent","notice_version":"2026-01","channel":"store","evidence":"form 17",
        "actor":"till 4"}})");
    ASSERT_EQ(found.size(), 1u);
    EXPECT_TRUE(found[0].is_given);
    EXPECT_EQ(found[0].key, "marketing");
    EXPECT_EQ(found[0].basis, Basis::Consent);
    EXPECT_EQ(found[0].notice, "2026-01");
    EXPECT_EQ(found[0].channel, "store");
    EXPECT_EQ(found[0].evidence, "form 17");
    EXPECT_EQ(found[0].actor, "till 4");
    EXPECT_EQ(found[0].at, 77);
    EXPECT_EQ(found[0].source, 4);
    EXPECT_FALSE(found[0].is_late);
    EXPECT_TRUE(
        read("Consent Given", R"({"properties":{"purpose":"marketing"}})", model::kEventHistory)[0]
            .is_late);
}

TEST(Reading, ListsAndChannelsMultiply) {
    EXPECT_EQ(brief(read("Consent Withdrawn",
                         R"({"properties":{"purposes":["a","b"],"only":["sms","email"]}})")),
              "-a@sms -a@email -b@sms -b@email");
    EXPECT_EQ(brief(read("Topic Subscribed", R"({"properties":{"topics":["news"]}})")),
              "+topic:news");
    EXPECT_EQ(brief(read("Topic Unsubscribed", R"({"properties":{"topic":"news","only":"sms"}})")),
              "-topic:news@sms");
}

TEST(Reading, WhatNamesNothingWithdrawsEverythingAndGivesNothing) {
    EXPECT_EQ(brief(read("Consent Withdrawn", "{}")), "-*");
    EXPECT_EQ(brief(read("Topic Unsubscribed", R"({"properties":{"topic":{}}})")), "-topic:*");
    EXPECT_EQ(brief(read("Consent Given", "{}")), "");
    EXPECT_EQ(brief(read("Consent Given", R"({"properties":{"purpose":"*"}})")), "");
    EXPECT_EQ(brief(read("Consent Given", R"({"properties":{"purpose":"a","only":{"x":1}}})")), "");
    EXPECT_EQ(brief(read("Consent Withdrawn", R"({"properties":{"purpose":"a","only":[]}})")),
              "-a");
}

TEST(Reading, TakesThePreferencesOfABannerFromAnyEvent) {
    const auto found = read("Page Viewed", R"({"context":{"consent":{"categoryPreferences":
        {"advertising":true,"analytics":false,"other":"yes"}}}})");
    EXPECT_EQ(brief(found), "+advertising -analytics -other");
    EXPECT_EQ(found[0].means, Means::Preference);
    EXPECT_EQ(brief(read("Page Viewed", R"({"context":{"consent":{}}})")), "");
    EXPECT_EQ(brief(read("Page Viewed", R"({"context":{"consent":true}})")), "");
}

TEST(Reading, MarksTheEventsThatSaySomething) {
    const auto says = [](std::string_view name, std::string_view consent) {
        const std::string doc = model::doc_from_json(consent).value();
        return says_something(model::EventType::Track, name, model::DocView(doc));
    };
    EXPECT_TRUE(says("Topic Unsubscribed", "{}"));
    EXPECT_TRUE(says("Page Viewed", R"({"categoryPreferences":{}})"));
    EXPECT_FALSE(says("Page Viewed", "{}"));
    EXPECT_FALSE(says_something(model::EventType::Page, "Consent Given", {}));
}

TEST(Reading, ADecisionReadsBack) {
    Statement statement;
    statement.subject = Subject::Topic;
    statement.key = "news";
    statement.only = "sms";
    statement.is_given = true;
    statement.basis = Basis::Consent;
    statement.at = 12;
    statement.notice = "v2";
    statement.channel = "phone";
    statement.evidence = "call 9";
    std::string doc;
    model::DocWriter out(doc);
    write_statement(out, statement);
    const auto found = read_statement(model::DocView(doc));
    ASSERT_TRUE(found);
    statement.means = Means::Decision;
    EXPECT_EQ(*found, statement);
    EXPECT_FALSE(read_statement(model::DocView(model::doc_from_json("{}").value())));
}

}  // namespace
}  // namespace throughline::privacy
