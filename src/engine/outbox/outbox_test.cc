// The outbox in the fold, one promise after the other.
#include "engine/outbox/outbox.h"

#include <gtest/gtest.h>

#include "engine/outbox/test_outbox.h"

namespace throughline::engine {
namespace {

using identity::IdentityId;
using journey::SendReason;
using journey::SendState;
using testing::decision_record;
using testing::definition_record;
using testing::kHook;
using testing::kNews;
using testing::kReceipt;
using testing::kSms;
using World = testing::OutboxWorld;

// Identities are given in the order of identifiers: user u0 is 1, her address 2, u1 is 3 ...
constexpr IdentityId kAna = 1;
constexpr IdentityId kBen = 3;

TEST(Outbox, AMessageIsBegunSentAndTold) {
    World world;
    world.person("ana");
    const Key128 key = world.ask(kAna, kReceipt);
    EXPECT_EQ(world.state(key), "waiting");
    world.begin({key});
    EXPECT_EQ(world.state(key), "sending");
    EXPECT_EQ(world.message(key)->attempts.back().to, 2u);
    world.begin({key});
    EXPECT_EQ(world.message(key)->entry.attempts, 1);
    world.outcome(key, 1, "delivered");
    EXPECT_EQ(world.state(key), "sent");
    EXPECT_EQ(world.message(key)->context, "");
    EXPECT_EQ(world.message(key)->attempts.back().outcome.code, 250);
    EXPECT_EQ(world.rows_named("Message "), std::vector<std::string>{"Message Sent "});
}

TEST(Outbox, WhoeverMayNotBeWrittenToIsToldWhy) {
    World world;
    world.person("ana");
    world.send({.user = "ben"});
    const auto begun = [&](IdentityId owner, journey::StepIndex step,
                           const std::string& refuse = "") {
        const Key128 key = world.ask(owner, step);
        world.begin({key}, false, refuse);
        return world.state(key);
    };
    EXPECT_EQ(begun(kAna, kSms), "refused no_address");
    EXPECT_EQ(begun(kBen, kReceipt), "refused no_address");
    EXPECT_EQ(begun(kAna, kReceipt, "no_sender"), "refused no_sender");
    world.consent("ana", false);
    EXPECT_EQ(begun(kAna, kNews, "no_sender"), "refused consent_withdrawn");
    world.consent("ana", true);
    EXPECT_EQ(begun(kAna, kNews), "sending");
    const Key128 address =
        privacy::suppression_key(testing::kSecret, model::kEmail, "ana@example.org");
    world.record(decision_record(R"({"action":"suppress","actor":"a","space":2,"cause":"legal",
        "address":")" + hex_of_key(address) +
                                 "\"}"));
    EXPECT_EQ(begun(kAna, kReceipt), "refused suppressed");
    EXPECT_EQ(begun(kAna, kHook), "sending");
    EXPECT_EQ(world.rows_named("Message Refused").size(), 5u);
}

TEST(Outbox, AnAddressThatTheProviderSaysIsNotThereIsWrittenToNoMore) {
    World world;
    world.person("ana");
    world.person("ben");
    const auto refused = [&](IdentityId owner, const char* said) {
        const Key128 key = world.ask(owner, kReceipt);
        world.begin({key});
        world.outcome(key, 1, "refused", "address", "",
                      R"("code":550,"detail":")" + std::string(said) + "\"");
        return world.state(key);
    };
    EXPECT_EQ(refused(kBen, "5.7.1 blocked by policy"), "failed rejected");
    EXPECT_EQ(refused(kBen, "5.1.1 unknown"), "failed rejected");
    EXPECT_EQ(refused(kBen, "5.1.1 unknown"), "refused suppressed");
    EXPECT_EQ(refused(kAna, "5.7.1 blocked by policy"), "failed rejected");
    EXPECT_EQ(world.rows_named("Email Bounced").size(), 1u);
}

TEST(Outbox, ManyThatNobodyKnowsOfAreDecidedAtOnceAndNoOthers) {
    World world;
    world.person("ana");
    world.person("ben");
    const auto begun = [&](IdentityId owner) {
        const Key128 key = world.ask(owner, kReceipt);
        world.begin({key});
        return key;
    };
    const Key128 first = begun(kAna);
    const Key128 second = begun(kBen);
    const Key128 sent = begun(kAna);
    world.outcome(sent, 1, "delivered");
    world.recover();
    EXPECT_EQ(world.state(first), "uncertain");
    const Key128 waits = world.ask(kBen, kReceipt);
    world.decide_all({first, sent, waits, Key128{9, 9}, second}, "was_sent");
    EXPECT_EQ(world.state(first), "sent");
    EXPECT_EQ(world.state(second), "sent");
    EXPECT_EQ(world.state(waits), "waiting");
    EXPECT_EQ(world.rows_named("Message Sent").size(), 3u);
}

TEST(Outbox, QuietHoursAreThoseOfThePersonsZoneAndEnd) {
    World world;
    world.record(definition_record("settings", "messaging",
                                   R"({"quiet_hours":{"from":"21:00","to":"09:00"}})"));
    world.person("ana");
    world.send({.type = model::EventType::Identify,
                .user = "ana",
                .extra = R"({"traits":{"timezone":"Asia/Tokyo"}})"});
    const TimeZone tokyo = TimeZone::find("Asia/Tokyo").value();
    const auto is_quiet = [&](Micros at) {
        const Micros clock = tokyo.local_of(at) - tokyo.day_of(at) * kDay;
        return clock >= 21 * kHour || clock < 9 * kHour;
    };
    int quiet = 0;
    for (int i = 0; i < 100; ++i) {
        const Key128 key = world.ask(kAna, kNews);
        world.begin({key});
        const Message message = *world.message(key);
        ASSERT_EQ(message.entry.state == SendState::Waiting, is_quiet(world.now()));
        if (message.entry.state == SendState::Sending) {
            world.outcome(key, 1, "refused");
            continue;
        }
        ++quiet;
        EXPECT_EQ(message.waits_for, journey::reason_of(privacy::Refusal::QuietHours));
        EXPECT_FALSE(is_quiet(message.entry.due));
        EXPECT_TRUE(is_quiet(message.entry.due - 1));
        world.withdraw(kAna, {7, 7});
    }
    EXPECT_GT(quiet, 30);
}

TEST(Outbox, CapsCountThePersonAlsoAfterAMergeAndASplitGivesBack) {
    World world;
    world.person("ana");
    world.person("ben");
    const auto send_to = [&](IdentityId owner) {
        const Key128 key = world.ask(owner, kNews);
        world.begin({key});
        return key;
    };
    const Key128 first = send_to(kAna);
    world.outcome(first, 1, "delivered");
    EXPECT_EQ(world.state(send_to(kBen)), "sending");
    world.record(decision_record(R"({"action":"merge","actor":"a","a":1,"b":3})"));
    EXPECT_EQ(world.state(send_to(kAna)), "refused capped");
    world.record(decision_record(R"({"action":"split","actor":"a","identities":[3,4]})"));
    const Key128 other = send_to(kAna);
    EXPECT_EQ(world.state(other), "sending");
    // A retry does not count against itself, and what was not taken does not count at all.
    world.outcome(other, 1, "retryable", "connect");
    EXPECT_EQ(world.state(other), "waiting");
    const Key128 third = send_to(kAna);
    EXPECT_EQ(world.state(third), "sending");
    world.begin({other});
    EXPECT_EQ(world.state(other), "refused capped");
    world.outcome(third, 1, "uncertain");
    EXPECT_EQ(world.state(send_to(kAna)), "refused capped");
    world.decide(third, "give_up");
    EXPECT_EQ(world.state(send_to(kAna)), "refused capped") << "it may have been sent";
}

TEST(Outbox, WhatNobodyKnowsIsListedAndDecided) {
    World world;
    world.person("ana");
    const Key128 mail = world.ask(kAna, kReceipt);
    const Key128 hook = world.ask(kAna, kHook);
    world.begin({mail});
    world.begin({hook}, true);
    world.recover();
    EXPECT_EQ(world.state(mail), "uncertain");
    EXPECT_EQ(world.state(hook), "waiting");
    const auto uncertain =
        list_messages(world.view(), {.state = SendState::Uncertain}, "", 10).value().messages;
    ASSERT_EQ(uncertain.size(), 1u);
    EXPECT_EQ(uncertain[0].entry.key, mail);
    // Another provider has not seen its key.
    for (int i = 0; i < 20; ++i) world.send({.user = "ana"});
    world.begin({hook}, true, "", 2);
    EXPECT_EQ(world.state(hook), "uncertain");
    world.decide(mail, "again");
    world.begin({mail});
    EXPECT_EQ(world.message(mail)->entry.attempts, 2);
    world.decide(hook, "was_sent");
    EXPECT_EQ(world.state(hook), "sent");
    world.decide(hook, "again");
    EXPECT_EQ(world.state(hook), "sent");
}

TEST(Outbox, AfterARestoreWhatIsDueMayHaveBeenSentByTheOther) {
    World world;
    world.person("ana");
    const Key128 due = world.ask(kAna, kReceipt);
    const Key128 retried = world.ask(kAna, kReceipt);
    world.begin({retried});
    world.outcome(retried, 1, "retryable", "connect");
    const Micros later = world.message(retried)->entry.due;
    const bool is_later = later > world.now() + 20 * kMinute;
    world.doubt({due, retried});
    EXPECT_EQ(world.state(due), "uncertain");
    EXPECT_EQ(world.state(retried), is_later ? "waiting" : "uncertain");
    world.decide(due, "was_sent");
    EXPECT_EQ(world.state(due), "sent");
}

TEST(Outbox, WhatMayHaveBeenSentByTheOtherCounts) {
    World world;
    world.person("ana");
    const std::vector<Key128> doubted{world.ask(kAna, kNews), world.ask(kAna, kNews)};
    world.doubt(doubted);
    const Key128 third = world.ask(kAna, kNews);
    world.begin({third});
    EXPECT_EQ(world.state(third), "refused capped");
    world.decide(doubted[0], "again");  // Surely it was not.
    const Key128 fourth = world.ask(kAna, kNews);
    world.begin({fourth});
    EXPECT_EQ(world.state(fourth), "sending");
    world.decide(doubted[1], "was_sent");
    const Key128 fifth = world.ask(kAna, kNews);
    world.begin({fifth});
    EXPECT_EQ(world.state(fifth), "refused capped");
}

TEST(Outbox, OfOneIdentityNotMoreAreOpenThanItsBookHolds) {
    World world;
    world.person("ana");
    std::vector<Key128> keys;
    for (size_t i = 0; i < kOpenMessagesMax; ++i) keys.push_back(world.ask(kAna, kReceipt));
    const Key128 more = world.ask(kAna, kReceipt);
    EXPECT_EQ(world.state(more), "refused too_many");
    EXPECT_EQ(world.rows_named("Message "), std::vector<std::string>{"Message Refused too_many"});
    world.begin({keys[0]});
    world.outcome(keys[0], 1, "delivered");
    EXPECT_EQ(world.state(world.ask(kAna, kReceipt)), "waiting");
}

TEST(Outbox, AWithdrawnRunAndAnUnfitMessageSendNothing) {
    World world;
    world.person("ana");
    const Key128 left = world.ask(kAna, kReceipt, kNoTime, {1, 1});
    const Key128 other = world.ask(kAna, kReceipt, kNoTime, {2, 2});
    world.withdraw(kAna, {1, 1});
    EXPECT_EQ(world.state(left), "refused withdrawn");
    world.begin({left, other});
    EXPECT_EQ(world.state(left), "refused withdrawn");
    world.outcome(other, 1, "refused", "compose", "no_template");
    EXPECT_EQ(world.state(other), "refused no_template");
    const Key128 late = world.ask(kAna, kReceipt, world.now() + 1);
    world.begin({late});
    EXPECT_EQ(world.state(late), "expired");
}

TEST(Outbox, OfAnErasedPersonNothingIsLeft) {
    World world;
    world.person("ana");
    world.person("ben");
    const Key128 sent = world.ask(kAna, kReceipt);
    const Key128 out = world.ask(kAna, kReceipt);
    const Key128 bens = world.ask(kBen, kReceipt);
    world.begin({sent, out});
    world.outcome(sent, 1, "delivered");
    world.record(decision_record(R"({"action":"erase","actor":"a","identity":1})"));
    EXPECT_EQ(world.state(sent), "gone");
    world.outcome(out, 1, "delivered");
    EXPECT_EQ(world.state(out), "gone");
    EXPECT_EQ(world.state(bens), "waiting");
    EXPECT_EQ(list_messages(world.view(), {}, "", 10)->messages.size(), 1u);
    EXPECT_FALSE(world.partition().tables->sendings.get(identity::identity_key(kAna)).value());
}

TEST(Outbox, ListsNewestFirstByPersonReasonAndPage) {
    World world;
    world.person("ana");
    world.person("ben");
    std::vector<Key128> keys;
    for (int i = 0; i < 25; ++i) {
        keys.push_back(world.ask(i % 2 == 0 ? kAna : kBen, i % 5 == 0 ? kSms : kReceipt));
        world.begin({keys.back()});
    }
    const auto page_by_page = [&](const MessageFilter& filter, size_t limit) {
        std::vector<Key128> found;
        std::string cursor;
        do {
            const MessagePage page = list_messages(world.view(), filter, cursor, limit).value();
            for (const Message& one : page.messages) found.push_back(one.entry.key);
            cursor = page.next;
        } while (!cursor.empty());
        return found;
    };
    auto expected = keys;
    std::ranges::reverse(expected);
    EXPECT_EQ(page_by_page({}, 4), expected);
    EXPECT_EQ(page_by_page({.reason = SendReason::NoAddress}, 2).size(), 5u);
    EXPECT_EQ(page_by_page({.owners = {1, 2}}, 3).size(), 13u);
    EXPECT_EQ(page_by_page({.owners = {3, 4}, .state = SendState::Sending}, 3).size(), 10u);
    EXPECT_EQ(page_by_page({.journey = "other"}, 3).size(), 0u);
    EXPECT_FALSE(list_messages(world.view(), {}, "nonsense", 3));
    const auto totals = count_messages(*world.partition().tables).value();
    ASSERT_EQ(totals.size(), 2u);
    EXPECT_EQ(totals[0].counts.of(SendState::Sending), 20u);
    EXPECT_EQ(totals[1].counts.of(SendState::Refused), 5u);
}

TEST(Outbox, MessagesAndBooksSurviveTheirBytesAndDamageIsFound) {
    World world;
    world.person("ana");
    const Key128 key = world.ask(kAna, kNews);
    world.begin({key});
    world.outcome(key, 1, "delivered");
    world.ask(kAna, kHook);
    const std::string bytes = world.message(key)->encode();
    EXPECT_EQ(Message::decode(bytes).value(), *world.message(key));
    const std::string book(
        *world.partition().tables->sendings.get(identity::identity_key(kAna)).value());
    EXPECT_EQ(SendBook::decode(book)->encode(), book);
    EXPECT_EQ(SendBook::decode(book)->open.size(), 1u);
    EXPECT_EQ(SendBook::decode(book)->sent.size(), 1u);
    for (size_t size = 1; size < bytes.size(); ++size) {
        EXPECT_FALSE(Message::decode(bytes.substr(0, size)));
    }
    for (size_t size = 1; size < book.size(); ++size) {
        EXPECT_FALSE(SendBook::decode(book.substr(0, size)));
    }
}

}  // namespace
}  // namespace throughline::engine
