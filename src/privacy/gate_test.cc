#include "privacy/gate.h"

#include <gtest/gtest.h>

#include "model/json.h"

namespace throughline::privacy {
namespace {

constexpr Micros kNoon = 1'760'011'200 * kSecond;  // 2025-10-09 12:00 UTC, 15:00 in Istanbul.

template <typename T>
Result<T> read(std::string_view key, std::string_view json) {
    const std::string doc = model::doc_from_json(json).value();
    return T::from_doc(key, model::DocView(doc));
}

Result<Messaging> messaging(std::string_view json) {
    const std::string doc = model::doc_from_json(json).value();
    return Messaging::from_doc(model::DocView(doc));
}

// One person with one identity, and the rules of the README's shop.
class GateTest : public ::testing::Test {
protected:
    GateTest() {
        for (const auto& [key, json] : std::initializer_list<std::pair<const char*, const char*>>{
                 {"marketing", R"({"expires_after":"24mo","categories":["ads"]})"},
                 {"orders", R"({"basis":"contract","capped":false,"quiet":false})"},
                 {"surveys", R"({"basis":"legitimate_interest"})"}}) {
            rules_.purposes.emplace(key, read<Purpose>(key, json).value());
        }
        for (const auto& [key, json] : std::initializer_list<std::pair<const char*, const char*>>{
                 {"news", R"({"purpose":"marketing","caps":[{"messages":1,"within":"7d"}]})"},
                 {"sale", R"({"purpose":"marketing","default":"subscribed"})"}}) {
            rules_.topics.emplace(key, read<Topic>(key, json).value());
        }
        rules_.messaging = messaging(R"({"caps":[{"messages":2,"within":"1d"}],
            "quiet_hours":{"from":"21:00","to":"09:00"}})")
                               .value();
        facts_.zone = TimeZone::find("Europe/Istanbul").value();
    }

    void say(Subject subject, std::string key, bool gives, Micros at, std::string only = {}) {
        Statement statement;
        statement.subject = subject;
        statement.key = std::move(key);
        statement.only = std::move(only);
        statement.is_given = gives;
        statement.at = at;
        std::vector<Statement> gone;
        book_.take(statement, gone);
    }
    Verdict ask(std::string_view purpose, std::string_view topic, Micros at,
                std::string_view channel = "email") {
        const Held held{1, &book_};
        facts_.held = {&held, 1};
        return decide(rules_, facts_,
                      {.purpose = purpose, .topic = topic, .channel = channel, .at = at});
    }
    std::string why(std::string_view purpose, std::string_view topic = {}, Micros at = kNoon,
                    std::string_view channel = "email") {
        return std::string(refusal_name(ask(purpose, topic, at, channel).refusal));
    }

    Rules rules_;
    Facts facts_;
    Book book_;
};

TEST_F(GateTest, FailsClosed) {
    EXPECT_EQ(why("marketing"), "no_consent");
    EXPECT_EQ(why("unheard_of"), "unknown_purpose");
    EXPECT_EQ(why("marketing", "unheard_of"), "unknown_topic");
    EXPECT_EQ(why("surveys", "news"), "topic_of_other_purpose");
    rules_ = {};
    EXPECT_EQ(why("orders"), "unknown_purpose");
}

TEST_F(GateTest, TheBasisDecidesWhatMustBeSaid) {
    EXPECT_EQ(why("orders"), "none");
    EXPECT_EQ(why("surveys"), "none");
    say(Subject::Purpose, std::string(kEverything), false, kNoon - kHour);
    EXPECT_EQ(why("orders"), "none");
    EXPECT_EQ(why("surveys"), "consent_withdrawn");
    EXPECT_EQ(why("marketing"), "consent_withdrawn");
}

TEST_F(GateTest, ConsentIsOfItsTimeAndAges) {
    say(Subject::Purpose, "ads", true, kNoon);  // A banner's word for marketing.
    EXPECT_EQ(why("marketing", "", kNoon - 1), "no_consent");
    EXPECT_EQ(why("marketing"), "none");
    EXPECT_EQ(ask("marketing", "", kNoon).by->key, "ads");
    EXPECT_EQ(why("marketing", "", kNoon + 720 * kDay - 1), "none");
    EXPECT_EQ(why("marketing", "", kNoon + 720 * kDay), "consent_expired");
}

TEST_F(GateTest, AChannelCanBeRefusedAlone) {
    say(Subject::Purpose, "marketing", true, kNoon - 2 * kDay);
    say(Subject::Purpose, "marketing", false, kNoon - kDay, "sms");
    EXPECT_EQ(why("marketing", "", kNoon, "sms"), "consent_withdrawn");
    EXPECT_EQ(why("marketing", "", kNoon, "email"), "none");
}

TEST_F(GateTest, TopicsAreOptInOrOptOut) {
    say(Subject::Purpose, "marketing", true, kNoon - kDay);
    EXPECT_EQ(why("marketing", "news"), "not_subscribed");
    EXPECT_EQ(why("marketing", "sale"), "none");
    say(Subject::Topic, "news", true, kNoon - kHour);
    say(Subject::Topic, "sale", false, kNoon - kHour);
    EXPECT_EQ(why("marketing", "news"), "none");
    EXPECT_EQ(why("marketing", "sale"), "unsubscribed");
}

TEST_F(GateTest, ASuppressedAddressIsNotWrittenToButForWhatCannotBeRefused) {
    say(Subject::Purpose, "marketing", true, kNoon - kDay);
    for (const SuppressionReason reason : kSuppressionReasons) {
        const Suppression one{.reason = reason, .actor = {}};
        facts_.suppressed = {&one, 1};
        EXPECT_EQ(why("marketing"), "suppressed");
        EXPECT_EQ(ask("marketing", "", kNoon).suppression, reason);
        const bool may_be_told =
            reason == SuppressionReason::Unsubscribe || reason == SuppressionReason::Complaint;
        EXPECT_EQ(why("orders"), may_be_told ? "none" : "suppressed");
        facts_.suppressed = {};
    }
}

TEST_F(GateTest, CapsSayWhenToAskAgain) {
    say(Subject::Purpose, "marketing", true, kNoon - kDay);
    say(Subject::Topic, "news", true, kNoon - kDay);
    const std::vector<Micros> sent = {kNoon - 5 * kHour, kNoon - 2 * kHour};
    facts_.sent = sent;
    EXPECT_EQ(why("marketing"), "capped");
    EXPECT_EQ(ask("marketing", "", kNoon).next, kNoon + 19 * kHour);
    EXPECT_EQ(why("orders"), "none");
    facts_.sent = std::span(sent).first(1);
    facts_.sent_on_topic = std::span(sent).first(1);
    EXPECT_EQ(why("marketing"), "none");
    EXPECT_EQ(ask("marketing", "news", kNoon).next, kNoon - 5 * kHour + 7 * kDay);
}

TEST_F(GateTest, QuietHoursFollowTheClockOfThePerson) {
    say(Subject::Purpose, "marketing", true, kNoon - kDay);
    const Micros evening = kNoon + 6 * kHour;  // 21:00 in Istanbul.
    EXPECT_EQ(why("marketing", "", evening - 1), "none");
    EXPECT_EQ(why("marketing", "", evening), "quiet_hours");
    EXPECT_EQ(ask("marketing", "", evening).next, evening + 12 * kHour);
    EXPECT_EQ(why("marketing", "", evening + 12 * kHour), "none");
    EXPECT_EQ(why("orders", "", evening), "none");
    facts_.zone = TimeZone();
    EXPECT_EQ(why("marketing", "", evening), "none");
}

// 2026-03-29 in Bucharest 03:00 to 04:00 does not exist, on 2026-10-25 it exists twice.
TEST_F(GateTest, QuietHoursEndInstantsThatExist) {
    say(Subject::Purpose, "marketing", true, 0);
    rules_.purposes["marketing"].expires_after = 0;
    rules_.messaging = messaging(R"({"quiet_hours":{"from":"01:00","to":"03:30"}})").value();
    facts_.zone = TimeZone::find("Europe/Bucharest").value();
    const Micros gap = *parse_instant("2026-03-29T01:00:00Z");
    EXPECT_EQ(ask("marketing", "", gap - kHour).next, gap);  // The first instant after the gap.
    const Micros overlap = *parse_instant("2026-10-25T00:30:00Z");  // The first 03:30.
    EXPECT_EQ(ask("marketing", "", overlap - 2 * kHour).next, overlap);
    // The hour comes again and is quiet again.
    EXPECT_EQ(why("marketing", "", overlap), "none");
    EXPECT_EQ(ask("marketing", "", overlap + 30 * kMinute).next, overlap + kHour);
}

TEST(Rules, RefuseWhatTheyCannotRead) {
    const auto refuses = [](const auto& result) { return result ? "" : result.error().message; };
    EXPECT_EQ(refuses(read<Purpose>("p", R"({"basis":"whim"})")).substr(0, 15), "purpose: basis:");
    EXPECT_NE(refuses(read<Purpose>("p", R"({"categories":"ads"})")), "");
    EXPECT_NE(refuses(read<Purpose>("p", R"({"categories":["*"]})")), "");
    EXPECT_NE(refuses(read<Purpose>("p", R"({"expires_after":"soon"})")), "");
    EXPECT_NE(refuses(read<Purpose>("p", R"({"expires_after":"0d"})")), "");
    EXPECT_NE(refuses(read<Purpose>("p", R"({"capped":"no"})")), "");
    EXPECT_EQ(refuses(read<Topic>("t", "{}")), "topic: purpose: need the key of a purpose");
    EXPECT_NE(refuses(read<Topic>("t", R"({"purpose":"p","default":"maybe"})")), "");
    for (const char* caps : {R"({})", R"([{"messages":0,"within":"1d"}])", R"([{"messages":1}])",
                             R"([{"messages":1,"within":"999999999999999999mo"}])",
                             R"([{"messages":1,"within":"1d","x":1}])"}) {
        EXPECT_NE(refuses(messaging(std::string(R"({"caps":)") + caps + "}")), "") << caps;
    }
    EXPECT_NE(refuses(messaging(R"({"quiet_hours":{"from":"24:00","to":"09:00"}})")), "");
    EXPECT_NE(refuses(messaging(R"({"quiet":true})")), "");
    const auto read_back = messaging(R"({"caps":[{"messages":3,"within":"1w"}]})");
    ASSERT_TRUE(read_back);
    EXPECT_EQ(read_back->caps, (std::vector<Cap>{{3, 7 * kDay}}));
}

}  // namespace
}  // namespace throughline::privacy
