#include "model/event.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "model/json.h"

namespace throughline::model {
namespace {

std::string sample() {
    const auto doc = doc_from_json(R"({"type":"track","event":"Order Completed","userId":"u1"})");
    Event event{.type = EventType::Track,
                .flags = kEventHistory,
                .source = 7,
                .tie = 3,
                .time = 1000,
                .original = 900,
                .sent = 950,
                .received = 1050,
                .message_key = {1, 2},
                .identifiers = {{kUserId, kIdentifierVerified, {3, 4}, "u1"},
                                {kAnonymousId, 0, {5, 6}, "anon-1"}},
                .name = "Order Completed",
                .message_id = "m-1",
                .doc = *doc};
    std::string payload;
    append_event(payload, event);
    return payload;
}

TEST(Event, ReadsBackFieldByField) {
    const std::string payload = sample();
    ASSERT_TRUE(is_event(payload));
    const EventView view(payload);
    EXPECT_EQ(view.type(), EventType::Track);
    EXPECT_TRUE(view.is_history());
    EXPECT_EQ(view.source(), 7);
    EXPECT_EQ(view.tie(), 3u);
    EXPECT_EQ(view.time(), 1000);
    EXPECT_EQ(view.original(), 900);
    EXPECT_EQ(view.sent(), 950);
    EXPECT_EQ(view.received(), 1050);
    EXPECT_EQ(view.message_key(), (Key128{1, 2}));
    ASSERT_EQ(view.identifier_count(), 2u);
    EXPECT_EQ(view.identifier(0).value, "u1");
    EXPECT_EQ(view.identifier(0).flags, kIdentifierVerified);
    EXPECT_EQ(view.identifier(1).value, "anon-1");
    EXPECT_EQ(view.identifier(1).key, (Key128{5, 6}));
    EXPECT_EQ(view.name(), "Order Completed");
    EXPECT_EQ(view.message_id(), "m-1");
    EXPECT_EQ(view.doc().find("userId").as_string(), "u1");
}

TEST(Event, DamagedPayloadsAreRefusedOrReadable) {
    const std::string whole = sample();
    SeededRandom random(5);
    for (int i = 0; i < 100'000; ++i) {
        std::string payload = whole;
        payload[random.below(payload.size())] = static_cast<char>(random.next());
        payload.resize(1 + random.below(payload.size()));
        if (!is_event(payload)) continue;
        const EventView view(payload);
        for (size_t k = 0; k < view.identifier_count(); ++k) view.identifier(k);
        EXPECT_LE(view.name().size() + view.message_id().size(), payload.size());
    }
}

TEST(Namespaces, SettingsChangeBuiltInOnesAndAddOwn) {
    const auto doc = doc_from_json(
        R"({"namespaces":{"email":{"limit":2,"window":"ever"},"member_no":{"person":true,"priority":4}}})");
    const auto spaces = Namespaces::from_settings(DocView(*doc));
    ASSERT_TRUE(spaces);
    EXPECT_EQ(spaces->find("email")->limit, 2);
    EXPECT_EQ(spaces->find("email")->window, 0);
    EXPECT_EQ(spaces->find("member_no")->id, kNamespaceFirstCustom);
    EXPECT_TRUE(spaces->find("member_no")->person);
    const auto bad = doc_from_json(R"({"namespaces":{"email":{"limit":0}}})");
    EXPECT_EQ(Namespaces::from_settings(DocView(*bad)).error().message,
              "identity: namespaces.email.limit: need a whole number from 1 to 1000");
}

}  // namespace
}  // namespace throughline::model
