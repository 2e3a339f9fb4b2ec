#include "profile/leaf.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"
#include "model/json.h"
#include "profile/session_spans.h"

namespace throughline::profile {
namespace {

// The definition: sort the times and count the silences.
std::vector<Span> spans_by_definition(std::vector<Micros> times) {
    std::ranges::sort(times);
    std::vector<Span> spans;
    for (const Micros at : times) {
        if (spans.empty() || at - spans.back().end >= kSessionGap) {
            spans.push_back({at, at});
        } else {
            spans.back().end = at;
        }
    }
    return spans;
}

TEST(SessionSpans, EqualTheDefinitionInAnyOrderAndAnyPartition) {
    SeededRandom random(11);
    for (int round = 0; round < 3000; ++round) {
        std::vector<Micros> times(1 + random.below(12));
        for (Micros& at : times) at = static_cast<Micros>(random.below(40)) * 10 * kMinute;
        std::vector<Span> one;
        std::vector<Span> other;
        for (const Micros at : times) add_time(random.chance(0.5) ? one : other, at);
        add_spans(one, other);
        ASSERT_EQ(one, spans_by_definition(times));
    }
}

TEST(SessionSpans, ASilenceOfExactlyThirtyMinutesEndsASession) {
    std::vector<Span> spans;
    add_time(spans, 0);
    add_time(spans, kSessionGap);
    EXPECT_EQ(spans.size(), 2u);
    add_time(spans, kSessionGap - 1);
    EXPECT_EQ(spans.size(), 1u);
}

struct Said {
    model::EventType type = model::EventType::Track;
    std::string json = "{}";
    Micros at = 0;
    model::Position position = 0;
    model::SourceId source = 1;
    std::vector<IdentityId> companions;
    Key128 account;
};

std::string payload_of(const Said& said) {
    const auto doc = model::doc_from_json(said.json);
    model::Event event;
    event.type = said.type;
    event.source = said.source;
    event.time = said.at;
    event.doc = *doc;
    std::string payload;
    model::append_event(payload, event);
    return payload;
}

LeafNews fold(std::string& bytes, const Said& said) {
    const std::string payload = payload_of(said);
    auto news = fold_event(
        bytes, {model::EventView(payload), said.position, said.companions, said.account});
    EXPECT_TRUE(news) << news.error().message;
    return *news;
}

TEST(Leaf, CountsAndRemembersWhenAndWithWhom) {
    std::string bytes;
    fold(bytes, {.at = 5 * kMinute, .position = 1, .companions = {7}});
    fold(bytes, {.at = 6 * kMinute, .position = 2, .companions = {7}});
    fold(bytes,
         {.type = model::EventType::Page, .at = 2 * kHour, .position = 3, .companions = {8}});
    const auto leaf = Leaf::decode(bytes);
    ASSERT_TRUE(leaf);
    EXPECT_EQ(leaf->event_count, 3u);
    EXPECT_EQ(leaf->by_type[0], 2u);
    EXPECT_EQ(leaf->by_type[2], 1u);
    EXPECT_EQ(leaf->first_seen, 5 * kMinute);
    EXPECT_EQ(leaf->last_seen, 2 * kHour);
    EXPECT_EQ(leaf->spans.size(), 2u);
    ASSERT_EQ(leaf->companions.size(), 2u);
    EXPECT_EQ(leaf->companions[0].count, 2u);
    EXPECT_EQ(leaf->companions[0].last_seen, 6 * kMinute);
}

// The quick way over the head and the slow way through decode and encode give the same bytes.
TEST(Leaf, PatchingInPlaceEqualsDecodingAndEncoding) {
    SeededRandom random(4);
    std::string quick;
    Leaf slow;
    for (model::Position position = 1; position < 4000; ++position) {
        const Said said{.at = static_cast<Micros>(position * kMinute + random.below(40) * kMinute),
                        .position = position,
                        .companions = {static_cast<IdentityId>(random.below(4))}};
        fold(quick, said);
        ++slow.event_count;
        ++slow.by_type[0];
        slow.first_seen = slow.event_count == 1 ? said.at : std::min(slow.first_seen, said.at);
        slow.last_seen = std::max(slow.last_seen, said.at);
        add_time(slow.spans, said.at);
        if (trim_spans(slow.spans)) slow.flags |= kLeafSpansOverflowed;
        const auto known =
            std::ranges::find(slow.companions, said.companions[0], &Companion::identity);
        if (known == slow.companions.end()) {
            slow.companions.push_back({said.companions[0], 1, said.at});
        } else {
            ++known->count;
            known->last_seen = std::max(known->last_seen, said.at);
        }
        ASSERT_EQ(quick, slow.encode()) << position;
    }
}

TEST(Leaf, AMembershipBeginsWithItsEarliestEventInAnyOrder) {
    const auto group = [](Micros at) {
        return Said{.type = model::EventType::Group,
                    .json = R"({"groupId":"acme"})",
                    .at = at,
                    .account = {7, 8}};
    };
    std::string bytes;
    for (const Micros at : {5 * kHour, 3 * kHour, 9 * kHour}) fold(bytes, group(at));
    const auto leaf = Leaf::decode(bytes);
    ASSERT_TRUE(leaf && leaf->memberships.size() == 1);
    EXPECT_EQ(leaf->memberships[0].first_seen, 3 * kHour);
    EXPECT_EQ(leaf->memberships[0].last_seen, 9 * kHour);

    // Version 1 wrote `first seen` nowhere: it is not known, and no later event can make it known.
    std::string old = bytes;
    old[0] = 1;
    old.erase(old.size() - (8 + 8 + 1 + 4), 8);  // Before last seen and the group id.
    const auto before = Leaf::decode(old);
    ASSERT_TRUE(before) << before.error().message;
    EXPECT_EQ(before->memberships[0].first_seen, kNoTime);
    EXPECT_EQ(before->memberships[0].last_seen, 9 * kHour);
    EXPECT_EQ(before->memberships[0].group_id, "acme");
    fold(old, group(2 * kHour));
    EXPECT_EQ(Leaf::decode(old)->memberships[0].first_seen, kNoTime);
}

// Room for 65,535 memberships would be 4 MB, and 20,000 times that half a minute.
TEST(Leaf, ACountThatTheBytesCannotHoldCostsNothing) {
    std::string head(56, '\0');
    head[0] = 2;
    head[4] = head[5] = static_cast<char>(0xff);
    const Micros begin = system_clock().monotonic();
    for (int i = 0; i < 20'000; ++i) ASSERT_FALSE(Leaf::decode(head));
    EXPECT_LT(system_clock().monotonic() - begin, 5 * kSecond);
}

TEST(Leaf, KeepsLatestEarliestAndLongestHoweverMuchIsSaid) {
    SeededRandom random(9);
    for (int round = 0; round < 200; ++round) {
        std::string bytes;
        Micros latest = kNoTime;
        std::string latest_value, earliest_value, longest_value;
        Micros earliest = INT64_MAX;
        for (model::Position position = 1; position < 60; ++position) {
            const auto at = static_cast<Micros>(random.next() % 1'000'000);
            const std::string value(1 + random.below(40),
                                    static_cast<char>('a' + random.below(26)));
            fold(bytes, {.type = model::EventType::Identify,
                         .json = R"({"traits":{"plan":")" + value + "\"}}",
                         .at = at,
                         .position = position});
            if (at > latest) latest = at, latest_value = value;
            if (at < earliest) earliest = at, earliest_value = value;
            if (value.size() > longest_value.size()) longest_value = value;
        }
        const auto leaf = Leaf::decode(bytes);
        ASSERT_TRUE(leaf);
        ASSERT_EQ(leaf->traits.size(), 1u);
        EXPECT_LE(leaf->traits[0].values.size(), kValuesMax);
        const auto holds = [&](const std::string& text) {
            return std::ranges::any_of(leaf->traits[0].values, [&](const TraitValue& value) {
                return model::DocView(value.doc).as_string() == text;
            });
        };
        EXPECT_TRUE(holds(latest_value) && holds(earliest_value));
        EXPECT_TRUE(std::ranges::any_of(leaf->traits[0].values, [&](const TraitValue& value) {
            return model::DocView(value.doc).as_string().size() == longest_value.size();
        }));
    }
}

TEST(Leaf, DamagedBytesAreRefusedOrReadable) {
    std::string whole;
    fold(whole, {.type = model::EventType::Identify,
                 .json = R"({"traits":{"email":"ana@example.org","age":31,"tags":["a","b"]}})",
                 .at = 10,
                 .position = 1,
                 .companions = {3, 4}});
    fold(whole, {.type = model::EventType::Group,
                 .json = R"({"groupId":"acme"})",
                 .at = 20,
                 .position = 2,
                 .account = {7, 8}});
    SeededRandom random(2);
    for (int i = 0; i < 50'000; ++i) {
        std::string bytes = whole;
        bytes[random.below(bytes.size())] = static_cast<char>(random.next());
        bytes.resize(1 + random.below(bytes.size()));
        const auto leaf = Leaf::decode(bytes);
        if (!leaf) continue;
        EXPECT_EQ(Leaf::decode(leaf->encode())->event_count, leaf->event_count);
    }
}

}  // namespace
}  // namespace throughline::profile
