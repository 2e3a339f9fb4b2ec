// The rules of the graph, one by one.
#include "identity/graph.h"

#include <gtest/gtest.h>

#include "identity/test_world.h"

namespace throughline::identity {
namespace {

using namespace model;

constexpr Micros kNoon = 1000 * kDay;

TEST(Graph, ARowBelongsToItsStrongestIdentifierAndTheOthersAreLinked) {
    World world;
    const IdentityId visitor = world.see({{kAnonymousId, "a1"}}, kNoon);
    EXPECT_EQ(world.out.root_before, 0u);
    const IdentityId ana = world.see({{kUserId, "ana"}, {kAnonymousId, "a1"}}, kNoon + kMinute);
    EXPECT_NE(ana, visitor);
    EXPECT_EQ(world.out.root, visitor);  // The oldest identity names the profile.
    EXPECT_EQ(world.members(ana), (Members{visitor, ana}));
    EXPECT_EQ(world.count_facts(FactKind::Joined), 1u);
    EXPECT_EQ(world.out.roots.back(), (RootChange{ana, visitor}));
}

TEST(Graph, WhatIsKnownWritesNothing) {
    World world;
    const std::vector<Seen> seen{{kUserId, "ana"}, {kEmail, "ana@shop.ro"}, {kAnonymousId, "a1"}};
    world.see(seen, kNoon);
    world.publish();
    const size_t dirty = world.identities.dirty_bytes() + world.identifiers.dirty_bytes();
    world.see(seen, kNoon + kMinute);
    EXPECT_EQ(world.identities.dirty_bytes() + world.identifiers.dirty_bytes(), dirty);
    EXPECT_TRUE(world.out.facts.empty());
    EXPECT_TRUE(world.out.roots.empty());
    world.see(seen, kNoon + kLastSeenStep);
    EXPECT_EQ(world.node(world.out.identity).last_seen, kNoon + kLastSeenStep);
}

TEST(Graph, TwoUserIdsNeverJoinThroughAnEmail) {
    World world;
    const IdentityId ana = world.see({{kUserId, "ana"}, {kEmail, "home@x.ro"}}, kNoon);
    const IdentityId ion = world.see({{kUserId, "ion"}, {kEmail, "home@x.ro"}}, kNoon + 1);
    EXPECT_NE(world.root(ana), world.root(ion));
    ASSERT_EQ(world.count_facts(FactKind::Refused), 1u);
    EXPECT_EQ(world.out.facts.back().reason, Reason::ImmutableConflict);
    // Both ends remember it.
    EXPECT_EQ(world.node(ion).refusals.size(), 1u);
    EXPECT_EQ(world.node(world.out.facts.back().b).refusals.size(), 1u);
}

TEST(Graph, ADeviceChangesHandsAndLateEventsGoToWhoHeldIt) {
    World world;
    const IdentityId ana = world.see({{kUserId, "ana"}, {kAnonymousId, "tablet"}}, kNoon);
    const IdentityId ion = world.see({{kUserId, "ion"}, {kAnonymousId, "tablet"}}, kNoon + kHour);
    EXPECT_EQ(world.count_facts(FactKind::Switched), 1u);
    EXPECT_NE(world.root(ana), world.root(ion));

    const IdentityId now = world.see({{kAnonymousId, "tablet"}}, kNoon + kHour + 1);
    EXPECT_EQ(world.root(now), world.root(ion));
    const IdentityId late = world.see({{kAnonymousId, "tablet"}}, kNoon + kMinute);
    EXPECT_EQ(world.root(late), world.root(ana));
}

TEST(Graph, ALateConflictMakesNoSlice) {
    World world;
    const IdentityId ana = world.see({{kUserId, "ana"}, {kAnonymousId, "tablet"}}, kNoon);
    const IdentityId ion = world.see({{kUserId, "ion"}, {kAnonymousId, "tablet"}}, kNoon - kHour);
    EXPECT_EQ(world.count_facts(FactKind::Switched), 0u);
    EXPECT_EQ(world.count_facts(FactKind::Refused), 1u);
    EXPECT_NE(world.root(ana), world.root(ion));
    EXPECT_EQ(world.see({{kAnonymousId, "tablet"}}, kNoon + 1), world.members(ana)[1]);
}

TEST(Graph, ADeviceThatKeepsChangingHandsIsNobodys) {
    World world;
    for (size_t i = 0; i <= kSwitchesMax; ++i) {
        const auto at = kNoon + static_cast<Micros>(i) * kHour;
        world.see({{kUserId, "u" + std::to_string(i)}, {kAnonymousId, "kiosk"}}, at);
        ASSERT_EQ(world.count_facts(FactKind::LearnedGeneric), 0u);
    }
    const auto last = kNoon + 30 * kHour;
    const IdentityId user = world.see({{kUserId, "one more"}, {kAnonymousId, "kiosk"}}, last);
    EXPECT_EQ(world.count_facts(FactKind::LearnedGeneric), 1u);
    EXPECT_EQ(world.members(user), Members{user});
    const IdentityId kiosk = world.see({{kAnonymousId, "kiosk"}}, last + 1);
    EXPECT_EQ(world.members(kiosk), Members{kiosk});
    // Earlier hours stay with the people who stood there then.
    const IdentityId then = world.see({{kAnonymousId, "kiosk"}}, kNoon + kHour + kMinute);
    EXPECT_EQ(world.members(then).size(), 2u);
}

TEST(Graph, AnEmailOfManyPeopleIsLearnedToBeGenericAndItsLinksAreWithdrawn) {
    World world;
    const IdentityId first = world.see({{kUserId, "u0"}, {kEmail, "info@shop.ro"}}, kNoon);
    const IdentityId email = world.members(first)[1];
    for (size_t i = 1; i <= kPersonsMax; ++i) {
        EXPECT_EQ(world.members(first).size(), 2u);
        world.see({{kUserId, "u" + std::to_string(i)}, {kEmail, "info@shop.ro"}}, kNoon);
    }
    EXPECT_EQ(world.count_facts(FactKind::LearnedGeneric), 1u);
    EXPECT_EQ(world.count_facts(FactKind::Parted), 1u);
    EXPECT_EQ(world.members(first), Members{first});
    EXPECT_EQ(world.members(email), Members{email});
    ASSERT_EQ(world.node(first).refusals.size(), 1u);
    EXPECT_EQ(world.node(first).refusals[0].reason, Reason::Generic);
}

TEST(Graph, AGenericValueLinksNobodyButKeepsItsRows) {
    World world;
    const Seen null_id{kAnonymousId, "null", kIdentifierGeneric};
    const IdentityId ana = world.see({{kUserId, "ana"}, null_id}, kNoon);
    const IdentityId ion = world.see({{kUserId, "ion"}, null_id}, kNoon);
    EXPECT_NE(world.root(ana), world.root(ion));
    const IdentityId nobody = world.see({null_id}, kNoon);
    EXPECT_TRUE(world.node(nobody).has(kNodeGeneric));
    EXPECT_EQ(world.see({null_id}, kNoon + 1), nobody);
}

TEST(Graph, LimitsCountValuesFirstSeenWithinTheWindow) {
    World world;
    const Seen user{kUserId, "ana"};
    for (int i = 0; i < 5; ++i) {
        world.see({user, {kEmail, std::to_string(i) + "@x.ro"}}, kNoon + i * kDay);
        EXPECT_EQ(world.count_facts(FactKind::Joined), 1u);
    }
    world.see({user, {kEmail, "sixth@x.ro"}}, kNoon + 5 * kDay);
    ASSERT_EQ(world.count_facts(FactKind::Refused), 1u);
    EXPECT_EQ(world.out.facts.back().reason, Reason::Limit);
    world.see({user, {kEmail, "later@x.ro"}}, kNoon + 366 * kDay);
    EXPECT_EQ(world.count_facts(FactKind::Joined), 1u);
}

TEST(Graph, AFullProfileStopsLinkingAndIsMarked) {
    const auto doc = doc_from_json(R"({"namespaces":{"cookie":{"limit":1000,"window":"weekly"},)"
                                   R"("cookie_b":{"limit":1000,"window":"weekly"}}})");
    auto spaces = Namespaces::from_settings(DocView(*doc));
    World world(*spaces);
    const Seen user{kUserId, "bot"};
    const IdentityId bot = world.see({user}, kNoon);
    for (size_t i = 1; i < kMembersMax; ++i) {
        const auto space = static_cast<NamespaceId>(kNamespaceFirstCustom + i % 2);
        world.see({user, {space, std::to_string(i)}}, kNoon + static_cast<Micros>(i));
    }
    EXPECT_EQ(world.members(bot).size(), kMembersMax);
    world.see({user, {kNamespaceFirstCustom, "one more"}}, kNoon + kDay);
    EXPECT_EQ(world.count_facts(FactKind::Capped), 1u);
    EXPECT_TRUE(world.node(bot).has(kNodeCapped));
    EXPECT_EQ(world.members(bot).size(), kMembersMax);
}

TEST(Graph, AliasJoinsAnAnonymousIdAndRefusesAKnownUser) {
    World world;
    const auto alias = [](const std::string& user, const std::string& previous) {
        return std::vector<Seen>{{kUserId, user},
                                 {kUserId, previous, kIdentifierPreviousUser},
                                 {kAnonymousId, previous, kIdentifierPrevious}};
    };
    const IdentityId visitor = world.see({{kAnonymousId, "a1"}}, kNoon);
    const IdentityId ana = world.see(alias("ana", "a1"), kNoon);
    EXPECT_EQ(world.root(ana), world.root(visitor));
    EXPECT_EQ(world.node(ana).edges[0].kind, LinkKind::Alias);

    const IdentityId ion = world.see({{kUserId, "ion"}}, kNoon);
    world.see(alias("ana", "ion"), kNoon);
    EXPECT_EQ(world.count_facts(FactKind::Refused), 1u);
    EXPECT_NE(world.root(ana), world.root(ion));
    world.see(alias("ana", "ion"), kNoon, AliasPolicy::JoinUsers);
    EXPECT_EQ(world.root(ana), world.root(ion));
}

TEST(Graph, AVerifiedIdentifierSaysWhenAndByWhom) {
    World world;
    world.see({{kEmail, "ana@x.ro"}}, kNoon);
    const IdentityId email =
        world.see({{kEmail, "ana@x.ro", kIdentifierVerified}}, kNoon + kMinute);
    EXPECT_EQ(world.node(email).verified_at, kNoon + kMinute);
    EXPECT_EQ(world.node(email).verified_by, 7);
}

TEST(Graph, ForgettingFreesIdentifiersButNotTheOtherSlicesOfADevice) {
    World world;
    const IdentityId ana = world.see({{kUserId, "ana"}, {kAnonymousId, "tablet"}}, kNoon);
    const IdentityId ion = world.see({{kUserId, "ion"}, {kAnonymousId, "tablet"}}, kNoon + kHour);
    const Members of_ana = world.members(ana);
    ASSERT_TRUE(world.graph.forget(world.root(ana), world.out).is_ok());
    EXPECT_EQ(world.out.roots.size(), 2u);
    for (const IdentityId id : of_ana) {
        EXPECT_TRUE(world.node(id).has(kNodeErased));
        EXPECT_TRUE(world.node(id).value.empty());
    }
    const auto user_key = identifier_key(kTestSecret, kUserId, "ana");
    EXPECT_FALSE(world.identifiers.get(user_key)->has_value());
    EXPECT_EQ(world.root(world.see({{kAnonymousId, "tablet"}}, kNoon + 2 * kHour)),
              world.root(ion));
    const IdentityId again = world.see({{kUserId, "ana"}}, kNoon + 3 * kHour);
    EXPECT_GT(again, ana);  // Ids are never used again.
    EXPECT_FALSE(world.graph.forget(ana, world.out).is_ok());
}

TEST(Graph, AFailedReadIsAnErrorAndWritesNothing) {
    World world;
    world.cold_identifiers.fails = true;
    const std::string bytes = event_of({{kUserId, "ana"}}, kNoon);
    const Status status = world.graph.resolve(world.next_moment(), EventView(bytes),
                                              AliasPolicy::KeepUsersApart, world.out);
    EXPECT_FALSE(status.is_ok());
}

TEST(Graph, PrefetchingNamesEveryKeyThatResolvingReads) {
    World world;
    const IdentityId ana = world.see({{kUserId, "ana"}, {kEmail, "ana@x.ro"}}, kNoon);
    const IdentityId visitor = world.see({{kAnonymousId, "a1"}}, kNoon);
    const std::string bytes = event_of({{kUserId, "ana"}, {kAnonymousId, "a1"}}, kNoon);
    const EventView event(bytes);
    std::vector<Key128> keys;
    IdentityGraph::identifier_keys(event, keys);
    EXPECT_EQ(keys.size(), 2u);
    keys.clear();
    ASSERT_TRUE(world.graph.identity_keys(event, keys).is_ok());
    EXPECT_EQ(keys, (std::vector<Key128>{identity_key(ana), identity_key(visitor)}));
    keys.clear();
    ASSERT_TRUE(world.graph.root_keys(event, keys).is_ok());
    EXPECT_EQ(keys, (std::vector<Key128>{identity_key(ana), identity_key(visitor)}));
    std::vector<Key128> members;
    ASSERT_TRUE(world.graph.member_keys(keys, members).is_ok());
    EXPECT_EQ(members.size(), 2u);  // Ana's two; the visitor is alone.
}

}  // namespace
}  // namespace throughline::identity
