#include "engine/consents.h"

#include <gtest/gtest.h>

#include "engine/engine.h"
#include "engine/test_world.h"

namespace throughline::engine {
namespace {

using privacy::Stand;
using testing::event_payload;
using testing::EventSpec;
using testing::SharedClock;
using testing::TemporaryDirectory;

constexpr Micros kNow = 1'760'000'000LL * kSecond;
const privacy::Names kMarketing{privacy::Subject::Purpose, "marketing", {"ads"}};

// An installation in a directory of its own, which can be stopped or dropped and opened again.
class ConsentsTest : public ::testing::Test {
protected:
    ConsentsTest() : clock_(kNow) { open(); }

    void open() {
        auto opened = Engine::open(
            store::posix_files(), clock_,
            {.directory = directory_.path(), .memory_bytes = 64 << 20, .log_file_bytes = 1 << 20});
        ASSERT_TRUE(opened) << opened.error().message;
        engine_ = std::move(*opened);
    }
    Outcome send(EventSpec spec) {
        if (spec.time == 0) spec.time = clock_.now();
        spec.message_id = "m" + std::to_string(++sent_);
        spec.flags |= privacy::kEventConsent;
        clock_.advance(kSecond);
        return engine_->submit_and_wait(event_payload(spec, engine_->secret()));
    }
    Outcome say(const std::string& user, const std::string& anonymous, bool gives,
                uint8_t flags = 0) {
        return send({.user = user,
                     .anonymous = anonymous,
                     .name = gives ? "Consent Given" : "Consent Withdrawn",
                     .extra = R"({"properties":{"purpose":"marketing","evidence":"form"}})",
                     .flags = flags});
    }
    Outcome banner(const std::string& user, const std::string& anonymous, bool gives) {
        return send(
            {.user = user,
             .anonymous = anonymous,
             .extra = std::string(R"({"context":{"consent":{"categoryPreferences":{"ads":)") +
                      (gives ? "true}}}}" : "false}}}}")});
    }
    Outcome decide(const std::string& json) {
        clock_.advance(kSecond);
        return engine_->submit_and_wait(
            model::make_record(model::RecordKind::Decision, *model::doc_from_json(json)));
    }
    Person person(const std::string& ref) {
        const View view = engine_->view();
        return load_person(view, *PersonRef::parse(view, ref)).value();
    }
    privacy::Standing stands(const std::string& ref) {
        const View view = engine_->view();
        books_ = load_books(view, load_person(view, *PersonRef::parse(view, ref)).value()).value();
        return privacy::standing(books_.held(), kMarketing, "", clock_.now());
    }
    size_t listed(const StatementFilter& filter = {}) {
        return list_statements(engine_->view(), filter, "", 500)->statements.size();
    }

    TemporaryDirectory directory_;
    SharedClock clock_;
    std::unique_ptr<Engine> engine_;
    PersonBooks books_;
    int sent_ = 0;
};

TEST_F(ConsentsTest, WhatWasSaidStandsAlsoAfterACrashAndACleanStop) {
    say("ana", "", true);
    EXPECT_EQ(stands("user_id:ana").stand, Stand::Given);
    EXPECT_EQ(stands("user_id:ana").by->evidence, "form");
    engine_.reset();  // Stops.
    open();
    EXPECT_EQ(stands("user_id:ana").stand, Stand::Given);
    say("ana", "", false);
    EXPECT_EQ(stands("user_id:ana").stand, Stand::Withdrawn);
    engine_.reset();
    open();
    EXPECT_EQ(stands("user_id:ana").stand, Stand::Withdrawn);
    EXPECT_EQ(listed(), 2u);
}

TEST_F(ConsentsTest, AMergeTakesTheMostRestrictiveUntilGivenAnewAndASplitGivesBack) {
    say("", "phone", false);
    say("ana", "", true);
    EXPECT_EQ(stands("anonymous_id:phone").stand, Stand::Withdrawn);
    EXPECT_EQ(stands("user_id:ana").stand, Stand::Given);
    send({.user = "ana", .anonymous = "phone", .name = "Signed In"});  // One person from here.
    EXPECT_EQ(stands("user_id:ana").stand, Stand::Withdrawn);
    EXPECT_TRUE(stands("user_id:ana").is_conflict);

    say("ana", "", true, model::kEventHistory);  // Of a file: speaks for the account only.
    EXPECT_EQ(stands("user_id:ana").stand, Stand::Withdrawn);
    say("ana", "", true);
    EXPECT_EQ(stands("user_id:ana").stand, Stand::Given);

    const Person ana = person("user_id:ana");
    const IdentityId phone = ana.identities[0].id;
    decide(R"({"action":"split","actor":"t","reason":"r","identities":[)" + std::to_string(phone) +
           "]}");
    EXPECT_EQ(stands("anonymous_id:phone").stand, Stand::Withdrawn);
    EXPECT_EQ(stands("user_id:ana").stand, Stand::Given);
}

TEST_F(ConsentsTest, ABannerUndoesNoWithdrawalThoughNoBrowserIsNamed) {
    say("ana", "", true);
    say("ana", "", false);
    banner("ana", "", true);  // Sent along by the shop's server, for the first time.
    EXPECT_EQ(stands("user_id:ana").stand, Stand::Withdrawn);
    EXPECT_TRUE(stands("user_id:ana").is_conflict);
    say("ana", "", true);
    EXPECT_EQ(stands("user_id:ana").stand, Stand::Given);
    banner("ana", "", false);
    EXPECT_EQ(stands("user_id:ana").stand, Stand::Withdrawn);
    banner("ana", "", true);  // What a banner took it gives back.
    EXPECT_EQ(stands("user_id:ana").stand, Stand::Given);
}

TEST_F(ConsentsTest, ABannerSpeaksForItsBrowserOnly) {
    banner("ana", "one", true);
    EXPECT_EQ(stands("user_id:ana").stand, Stand::Given);
    say("ana", "", false);
    banner("ana", "one", true);  // The cookie has not changed: nobody gave anything.
    EXPECT_EQ(stands("user_id:ana").stand, Stand::Withdrawn);
    banner("ana", "two", true);  // Nor does another browser lift it.
    EXPECT_EQ(stands("user_id:ana").stand, Stand::Withdrawn);
    EXPECT_EQ(listed(), 3u);
    say("ana", "", true);
    EXPECT_EQ(stands("user_id:ana").stand, Stand::Given);
    banner("ana", "two", false);  // But any browser withdraws.
    EXPECT_EQ(stands("user_id:ana").stand, Stand::Withdrawn);
}

TEST_F(ConsentsTest, ADecisionSpeaksForThePersonAndIsAudited) {
    say("", "phone", false);
    send({.user = "ana", .anonymous = "phone", .name = "Signed In"});
    const std::string identity = std::to_string(person("user_id:ana").identities[1].id);
    const std::string said =
        R"(,"statements":[{"subject":"purpose","key":"marketing","given":true,"at":)";
    const std::string head =
        R"({"action":"consent","actor":"token:till","subject":"p_1","reason":"called","identity":)";
    decide(head + identity + said + std::to_string(clock_.now() - 2 * kDay) + "}]}");
    EXPECT_EQ(stands("user_id:ana").stand, Stand::Withdrawn) << "older than a day: history";
    const Outcome done = decide(head + identity + said + std::to_string(clock_.now()) + "}]}");
    ASSERT_TRUE(done.refused.empty());
    EXPECT_EQ(stands("user_id:ana").stand, Stand::Given);
    EXPECT_EQ(stands("user_id:ana").by->actor, "token:till");
    const auto audit = engine_->view().tables.audit.get(ordered_key(done.position));
    ASSERT_TRUE(audit && *audit);
    EXPECT_EQ(model::DocView(**audit).find("reason").as_string(), "called");
    EXPECT_EQ(decide(head + "77" + said + "1}]}").refused.size(), 1u);
}

TEST_F(ConsentsTest, ErasureTakesTheConsentsAndLeavesTheSuppressions) {
    const Key128 key = privacy::suppression_key(engine_->secret(), model::kEmail, "a@example.org");
    const std::string address = R"("address":")" + hex_of_key(key) + "\"";
    decide(R"({"action":"suppress","actor":"t","space":2,"cause":"complaint",)" + address + "}");
    say("ana", "", true);
    say("bob", "", true);
    decide(R"({"action":"erase","actor":"t","identity":)" +
           std::to_string(person("user_id:ana").root) + "}");
    EXPECT_EQ(listed(), 1u);
    ASSERT_TRUE(engine_->run_erasure());
    engine_.reset();
    open();
    EXPECT_EQ(listed(), 1u);
    EXPECT_EQ(stands("user_id:bob").stand, Stand::Given);
    ASSERT_EQ(find_suppression(engine_->view(), key)->reasons.size(), 1u);
    clock_.advance(kMinute);
    say("ana", "", false);  // Somebody new, who has given nothing.
    EXPECT_EQ(books_.books.size(), 1u);
    EXPECT_EQ(stands("user_id:ana").stand, Stand::Withdrawn);
}

TEST_F(ConsentsTest, WhoIsErasedAndHadRefusedIsNotWrittenToWhenSheComesBack) {
    const auto reasons = [&](const std::string& address) {
        const View view = engine_->view();
        const Key128 key = privacy::suppression_key(view.secret, model::kEmail, address);
        return find_suppression(view, key)->reasons.size();
    };
    for (const std::string who : {"ana", "bea", "cem"}) {
        send({.type = model::EventType::Identify, .user = who, .email = who + "@example.org"});
    }
    say("ana", "", false);
    say("bea", "", false);
    say("bea", "", true);      // Given anew.
    banner("cem", "", false);  // A browser's, which knows no address.
    for (const std::string who : {"ana", "bea", "cem"}) {
        EXPECT_EQ(reasons(who + "@example.org"), 0u);
        decide(R"({"action":"erase","actor":"t","identity":)" +
               std::to_string(person("user_id:" + who).root) + "}");
    }
    EXPECT_EQ(reasons("ana@example.org"), 1u);
    EXPECT_EQ(reasons("bea@example.org"), 0u);
    EXPECT_EQ(reasons("cem@example.org"), 0u);
}

TEST_F(ConsentsTest, SuppressionsAreListedFoundAndRemovedByReason) {
    const auto record = [&](const char* action, const std::string& who, const char* cause) {
        const Key128 key = privacy::suppression_key(engine_->secret(), model::kEmail, who);
        return decide(std::string(R"({"action":")") + action +
                      R"(","actor":"t","space":2,"cause":")" + cause + R"(","address":")" +
                      hex_of_key(key) + "\"}");
    };
    for (int i = 0; i < 7; ++i) record("suppress", std::to_string(i) + "@example.org", "complaint");
    record("suppress", "3@example.org", "deceased");
    record("suppress", "3@example.org", "deceased");  // No news.

    const View view = engine_->view();
    std::string cursor;
    std::vector<size_t> pages;
    do {
        const auto page = list_suppressions(view, {}, cursor, 3);
        ASSERT_TRUE(page);
        pages.push_back(page->suppressions.size());
        cursor = page->next;
    } while (!cursor.empty());
    EXPECT_EQ(pages, (std::vector<size_t>{3, 3, 2}));
    const auto deceased = list_suppressions(view, privacy::SuppressionReason::Deceased, "", 9);
    ASSERT_EQ(deceased->suppressions.size(), 1u);

    const Key128 third = deceased->suppressions[0].key;
    EXPECT_EQ(find_suppression(view, third)->reasons.size(), 2u);
    EXPECT_TRUE(record("unsuppress", "3@example.org", "complaint").refused.empty());
    EXPECT_EQ(record("unsuppress", "3@example.org", "complaint").refused.size(), 1u);
    EXPECT_EQ(find_suppression(engine_->view(), third)->reasons.size(), 1u);
    EXPECT_TRUE(record("unsuppress", "3@example.org", "").refused.empty());
    EXPECT_EQ(find_suppression(engine_->view(), third)->reasons.size(), 0u);
    EXPECT_FALSE(list_suppressions(view, {}, "no cursor", 3));
}

TEST_F(ConsentsTest, ListsFilterAndPageNewestFirst) {
    for (int i = 0; i < 5; ++i) say("u" + std::to_string(i), "", i % 2 == 0);
    banner("u0", "b", true);
    const View view = engine_->view();
    EXPECT_EQ(listed({.subject = {}, .key = "marketing", .is_given = true}), 3u);
    EXPECT_EQ(listed({.subject = privacy::Subject::Topic, .key = {}, .is_given = {}}), 0u);
    EXPECT_EQ(listed({.subject = {}, .key = "ads", .is_given = {}}), 1u);
    const auto first = list_statements(view, {}, "", 4);
    ASSERT_EQ(first->statements.size(), 4u);
    EXPECT_EQ(first->statements[0].statement.key, "ads");
    const auto second = list_statements(view, {}, first->next, 4);
    EXPECT_EQ(second->statements.size(), 2u);
    EXPECT_EQ(second->next, "");
}

TEST(Keys, ReadBackFromHexadecimal) {
    const Key128 key{0x0123456789abcdefULL, 0xfedcba9876543210ULL};
    EXPECT_EQ(hex_of_key(key), "0123456789abcdeffedcba9876543210");
    EXPECT_EQ(key_of_hex(hex_of_key(key)), key);
    EXPECT_FALSE(key_of_hex("0123"));
    EXPECT_FALSE(key_of_hex("g123456789abcdeffedcba9876543210"));
}

}  // namespace
}  // namespace throughline::engine
