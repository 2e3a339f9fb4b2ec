#include "privacy/suppression.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"
#include "privacy/cap.h"

namespace throughline::privacy {
namespace {

constexpr SecretKey kSecret{1, 2, 3};

Suppression because(SuppressionReason reason, Micros at) {
    return {.reason = reason, .at = at, .position = 5, .actor = "token:admin"};
}

TEST(Suppression, AReasonKeepsItsFirstTimeAndGoesAlone) {
    SuppressedAddress address{.space = model::kEmail, .reasons = {}};
    EXPECT_TRUE(address.add(because(SuppressionReason::Complaint, 9)));
    EXPECT_TRUE(address.add(because(SuppressionReason::Unsubscribe, 10)));
    EXPECT_FALSE(address.add(because(SuppressionReason::Complaint, 11)));
    ASSERT_EQ(address.reasons.size(), 2u);
    EXPECT_EQ(address.reasons[1].at, 9);
    const auto read = SuppressedAddress::decode(address.encode());
    ASSERT_TRUE(read);
    EXPECT_EQ(read->reasons, address.reasons);
    EXPECT_EQ(read->space, model::kEmail);
    EXPECT_EQ(address.remove(SuppressionReason::Complaint).size(), 1u);
    EXPECT_EQ(address.reasons.size(), 1u);
    EXPECT_EQ(address.remove(std::nullopt).size(), 1u);
    EXPECT_TRUE(address.reasons.empty());
}

TEST(Suppression, DamagedBytesAreRefused) {
    SuppressedAddress address{.space = model::kEmail, .reasons = {}};
    address.add(because(SuppressionReason::Legal, 9));
    const std::string bytes = address.encode();
    for (size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_FALSE(SuppressedAddress::decode(bytes.substr(0, size)));
    }
    EXPECT_FALSE(SuppressedAddress::decode(bytes + "x"));
}

TEST(Suppression, HasKeysOfItsOwn) {
    const Key128 key = suppression_key(kSecret, model::kEmail, "ana@example.org");
    EXPECT_NE(key, suppression_key(kSecret, model::kUserId, "ana@example.org"));
    EXPECT_NE(key, suppression_key({9}, model::kEmail, "ana@example.org"));
    EXPECT_NE(key, model::identifier_key(kSecret, model::kEmail, "ana@example.org"));
    EXPECT_EQ(key, suppression_key(kSecret, model::kEmail, "ana@example.org"));
}

TEST(Suppression, NamesReadBack) {
    for (const SuppressionReason reason : kSuppressionReasons) {
        EXPECT_EQ(reason_named(reason_name(reason)), reason);
    }
    EXPECT_FALSE(reason_named("bored"));
}

// The definition: one more may be sent at t if fewer than n were sent in (t - within, t].
bool may_send(const Cap& cap, const std::vector<Micros>& sent, Micros at) {
    const auto counting =
        std::ranges::count_if(sent, [&](Micros one) { return one + cap.within > at; });
    return static_cast<uint32_t>(counting) < cap.messages;
}

TEST(Cap, TheNextInstantIsTheFirstAtWhichTheDefinitionAllowsIt) {
    SeededRandom random(3);
    for (int round = 0; round < 20'000; ++round) {
        const Cap cap{static_cast<uint32_t>(1 + random.below(4)),
                      static_cast<Micros>(1 + random.below(9))};
        std::vector<Micros> sent;
        for (uint64_t left = random.below(7); left > 0; --left) {
            sent.push_back(static_cast<Micros>(random.below(20)));
        }
        std::ranges::sort(sent);
        const Micros at = sent.empty() ? 0 : sent.back();
        Micros slow = at;
        while (!may_send(cap, sent, slow)) ++slow;
        ASSERT_EQ(next_by_cap(cap, sent, at), slow);
    }
}

TEST(Cap, HoldsWhoeverSendsAtTheInstantItNames) {
    const std::vector<Cap> caps = {{2, kDay}, {3, 7 * kDay}};
    std::vector<Micros> sent;
    for (Micros at = 0; sent.size() < 200;) {
        at = next_by_caps(caps, sent, at);
        sent.push_back(at);
    }
    for (const Cap& cap : caps) {
        for (size_t i = cap.messages; i < sent.size(); ++i) {
            EXPECT_GE(sent[i] - sent[i - cap.messages], cap.within);
        }
    }
}

}  // namespace
}  // namespace throughline::privacy
