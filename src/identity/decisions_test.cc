// What people decide: merge, split, lift; and how it is told.
#include <gtest/gtest.h>

#include "base/random.h"
#include "identity/explain.h"
#include "identity/test_world.h"

namespace throughline::identity {
namespace {

using namespace model;

constexpr Micros kNoon = 1000 * kDay;
constexpr Author kMaria{"maria", "same household"};

class Decisions : public ::testing::Test {
protected:
    World world;
    const Namespaces spaces = Namespaces::built_in();

    /// Two people, each a user id with two devices: {1, 2, 3} and {4, 5, 6}.
    IdentityId ana = 0, ion = 0;
    void SetUp() override {
        for (const std::string name : {"ana", "ion"}) {
            const IdentityId user = world.see({{kUserId, name}, {kAnonymousId, name + 'a'}}, kNoon);
            world.see({{kUserId, name}, {kAnonymousId, name + 'b'}}, kNoon);
            (name == "ana" ? ana : ion) = user;
        }
    }

    Status merge(IdentityId a, IdentityId b) {
        const auto plan = world.graph.merge(world.next_moment(), a, b, kMaria, world.out);
        if (!plan.is_ok()) return plan.error();
        return Status::ok();
    }
    SplitPlan split(const Members& part) {
        auto plan = world.graph.split(world.next_moment(), part, kMaria, world.out);
        TL_ASSERT(plan.is_ok());
        return std::move(plan).value();
    }
    /// Every node without its cannot-links, as bytes.
    std::vector<std::string> membership() {
        std::vector<std::string> all;
        for (IdentityId id = 1; id < world.graph.next_identity(); ++id) {
            Node node = world.node(id);
            node.cannot.clear();
            node.flags &= static_cast<uint8_t>(~kNodeHasCannot);
            node.encode(all.emplace_back());
        }
        return all;
    }
    Explanation explained(IdentityId id) {
        world.publish();
        const auto pin = world.epochs.pin();
        auto explanation = explain(PinnedNodes(world.identities, world.decisions, pin), id);
        TL_ASSERT(explanation.is_ok());
        return std::move(explanation).value();
    }
};

TEST_F(Decisions, ASplitUndoesAMergeByteForByte) {
    const auto before = membership();
    ASSERT_TRUE(merge(ana, ion).is_ok());
    EXPECT_EQ(world.members(ana).size(), 6u);
    EXPECT_EQ(world.root(ion), ana);  // The loser's id resolves to the survivor.
    const SplitPlan plan = split({4, 5, 6});
    EXPECT_EQ(plan.profiles, (std::vector<Members>{{1, 2, 3}, {4, 5, 6}}));
    EXPECT_EQ(plan.removed, (std::vector<EdgeEnds>{{ana, ion}}));
    EXPECT_EQ(membership(), before);
    EXPECT_EQ(world.root(ion), ion);  // And gets its own id back.
}

TEST_F(Decisions, ADryRunTellsWhatTheDecisionThenDoes) {
    world.publish();
    const auto pin = world.epochs.pin();
    const PinnedNodes nodes(world.identities, world.decisions, pin);
    const auto planned = plan_merge(nodes, spaces, 2, 5);
    ASSERT_TRUE(planned.is_ok());
    EXPECT_EQ(planned->survivor, ana);
    EXPECT_EQ(planned->absorbed, ion);
    EXPECT_TRUE(planned->has_conflict);
    const auto taken = world.graph.merge(world.next_moment(), 2, 5, kMaria, world.out);
    ASSERT_TRUE(taken.is_ok());
    EXPECT_EQ(taken->profile, planned->profile);
    EXPECT_EQ(taken->profile, world.members(ana));
    // The reader still sees what it pinned.
    EXPECT_FALSE(plan_split(nodes, Members{2, 5}).is_ok());
}

TEST_F(Decisions, ACannotLinkHoldsUntilItIsLifted) {
    split({2});
    const DecisionId decision = world.position;
    const std::vector<Seen> both{{kUserId, "ana"}, {kAnonymousId, "anaa"}};
    world.see(both, kNoon + kMinute);
    ASSERT_EQ(world.count_facts(FactKind::Refused), 1u);
    EXPECT_EQ(world.out.facts[0].reason, Reason::CannotLink);
    // Nor through a third identifier.
    world.see({{kEmail, "x@y.ro"}, {kAnonymousId, "anaa"}}, kNoon + kMinute);
    world.see({{kUserId, "ana"}, {kEmail, "x@y.ro"}}, kNoon + kMinute);
    EXPECT_EQ(world.count_facts(FactKind::Refused), 1u);
    EXPECT_NE(world.root(2), world.root(ana));

    ASSERT_TRUE(world.graph.lift(world.next_moment(), decision, kMaria).is_ok());
    EXPECT_NE(world.root(2), world.root(ana));  // Nothing is taken afterwards,
    world.see(both, kNoon + 2 * kMinute);       // but the next observation links.
    EXPECT_EQ(world.root(2), world.root(ana));
    EXPECT_FALSE(world.graph.lift(world.next_moment(), decision, kMaria).is_ok());
    EXPECT_FALSE(world.graph.lift(world.next_moment(), 999, kMaria).is_ok());
}

TEST_F(Decisions, AMergeByHandLiftsTheSplitBetweenTheTwo) {
    split({2});
    const DecisionId decision = world.position;
    const auto plan = world.graph.merge(world.next_moment(), ana, 2, kMaria, world.out);
    ASSERT_TRUE(plan.is_ok());
    EXPECT_EQ(plan->lifts, std::vector<DecisionId>{decision});
    EXPECT_TRUE(world.node(2).cannot.empty());
}

TEST_F(Decisions, LinksMadeAfterAMergeStayOnTheirSide) {
    ASSERT_TRUE(merge(ana, ion).is_ok());
    world.see({{kUserId, "ion"}, {kAnonymousId, "ionc"}}, kNoon + kMinute);
    const IdentityId later = world.graph.next_identity() - 1;
    const SplitPlan plan = split({4, 5, 6, later});
    EXPECT_EQ(plan.profiles[1], (Members{4, 5, 6, later}));
}

TEST_F(Decisions, ThePartTakesAlongWhatHangsOnlyOnIt) {
    ASSERT_TRUE(merge(ana, ion).is_ok());
    world.publish();
    const auto pin = world.epochs.pin();
    const PinnedNodes nodes(world.identities, world.decisions, pin);
    EXPECT_EQ(*part_of(nodes, spaces, Members{ion}), (Members{4, 5, 6}));
    EXPECT_EQ(*part_of(nodes, spaces, Members{ana}), (Members{1, 2, 3}));
    EXPECT_EQ(*part_of(nodes, spaces, Members{5}), Members{5});
    EXPECT_FALSE(part_of(nodes, spaces, Members{}).is_ok());
    EXPECT_FALSE(part_of(nodes, spaces, Members{1, 2, 3, 4, 5, 6}).is_ok());
}

TEST_F(Decisions, WhatCannotBeDoneChangesNothing) {
    const auto before = membership();
    EXPECT_FALSE(merge(ana, 2).is_ok());
    EXPECT_FALSE(merge(ana, 77).is_ok());
    for (const Members& part : {Members{}, Members{1, 2, 3}, Members{1, 4}, Members{77}}) {
        EXPECT_FALSE(world.graph.split(world.next_moment(), part, kMaria, world.out).is_ok());
    }
    EXPECT_EQ(membership(), before);
    EXPECT_TRUE(world.out.facts.empty());
}

// Splits and merges alone, against the edges that are left: whatever was cut and joined before, the
// profiles are the components of the edges as taken without those a split took out.
TEST_F(Decisions, ProfilesAreAlwaysTheComponentsOfTheEdgesLeft) {
    SeededRandom random(3);
    for (int round = 0; round < 300; ++round) {
        const auto any = [&] { return static_cast<IdentityId>(1 + random.below(6)); };
        const auto whole = world.members(any());
        if (whole.size() > 1 && random.chance(0.5)) {
            const size_t size = 1 + random.below(whole.size() - 1);
            const auto plan =
                split(Members(whole.begin(), whole.begin() + static_cast<long>(size)));
            for (const Members& profile : plan.profiles) {
                EXPECT_EQ(world.members(profile.front()), profile);
                EXPECT_EQ(world.root(profile.back()), profile.front());
            }
        } else if (merge(any(), any()).is_ok()) {
            EXPECT_EQ(world.count_facts(FactKind::Joined), 1u);
        }
    }
}

TEST_F(Decisions, TheExplanationTellsLinksRefusalsAndDecisions) {
    ASSERT_TRUE(merge(ana, ion).is_ok());
    const Explanation together = explained(5);
    EXPECT_EQ(together.profile, ana);
    EXPECT_EQ(together.identities.size(), 6u);
    EXPECT_EQ(together.links.size(), 5u);
    EXPECT_EQ(together.links.back().evidence.kind, LinkKind::ByHand);
    ASSERT_EQ(together.decisions.size(), 1u);
    EXPECT_EQ(together.decisions[0].actor, "maria");

    split({4, 5, 6});
    world.see({{kUserId, "ion"}, {kAnonymousId, "anaa"}}, kNoon - kHour);
    const Explanation apart = explained(ion);
    EXPECT_EQ(apart.identities.size(), 3u);
    ASSERT_EQ(apart.refusals.size(), 1u);
    EXPECT_EQ(apart.refusals[0].other_profile, ana);
    EXPECT_EQ(sentence_key(apart.refusals[0].evidence.reason), "identity.refused.cannot_link");
    EXPECT_EQ(apart.decisions.size(), 1u);

    struct Names final : ExplanationNames {
        std::string profile_id(IdentityId root) const override {
            return "p" + std::to_string(root);
        }
        std::string source(SourceId source) const override { return std::to_string(source); }
    };
    std::string doc;
    DocWriter writer(doc);
    write_explanation(apart, spaces, Names(), writer);
    ASSERT_TRUE(is_doc(doc));
    const DocView view(doc);
    EXPECT_EQ(view.find("profile").as_string(), "p4");
    EXPECT_NE(to_json(view).find(R"("other_profile":"p1")"), std::string::npos);
}

TEST_F(Decisions, ErasureTakesTheReasonThatPeopleWrote) {
    ASSERT_TRUE(merge(ana, ion).is_ok());
    const DecisionId decision = world.position;
    ASSERT_TRUE(world.graph.forget(ana, world.out).is_ok());
    Decision kept;
    ASSERT_TRUE(read_decision(world.decisions, decision, kept).is_ok());
    EXPECT_EQ(kept.actor, "maria");
    EXPECT_TRUE(kept.reason.empty());
}

TEST(Node, ReadsBackWhatItWrote) {
    Node node;
    node.space = 3;
    node.flags = kNodeVerified;
    node.root = 9;
    node.first_seen = -5;
    node.verified_at = 12;
    node.verified_by = 4;
    node.edges = {
        {.other = 8, .kind = LinkKind::Alias, .flags = 3, .source = 2, .position = 77, .time = 5}};
    node.members = {9, 10};
    node.cannot = {{1000, 1}, {2000, 0}};
    node.refusals = {Refusal{.other = 11, .reason = Reason::Limit, .flags = 1, .count = 3}};
    node.refusals_dropped = 6;
    node.value = "ana@x.ro";
    std::string bytes;
    node.encode(bytes);
    Node read;
    read.decode(bytes);
    EXPECT_EQ(read, node);
    EXPECT_EQ(NodeView(bytes).value(), "ana@x.ro");
    EXPECT_TRUE(NodeView(bytes).has_edge_to(8));
    EXPECT_EQ(NodeView(bytes).member(1), 10u);

    Node lone;
    lone.value = std::string(36, 'u');
    lone.encode(bytes);
    EXPECT_EQ(bytes.size(), 88u);
}

}  // namespace
}  // namespace throughline::identity
