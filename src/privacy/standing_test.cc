#include "privacy/standing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "base/random.h"

namespace throughline::privacy {
namespace {

constexpr size_t kIdentities = 6;
const Names kMarketing{Subject::Purpose, "marketing", {"advertising"}};

// Who is one person with whom: the number of her group, by identity.
using Groups = std::vector<size_t>;

struct Noted {
    IdentityId identity = 0;
    Statement statement;
    Groups groups;  // As they were when it was taken.
};

// A seeded world in which people are merged, split, and say things, live or late.
class World {
public:
    explicit World(uint64_t seed) : random_(seed), books_(kIdentities) {
        groups_.resize(kIdentities);
        std::iota(groups_.begin(), groups_.end(), size_t{0});
    }

    void step() {
        const double what = random_.unit();
        if (what < 0.2) return merge(random_.below(kIdentities), random_.below(kIdentities));
        if (what < 0.35) return split(random_.below(kIdentities));
        say();
    }

    void merge(size_t a, size_t b) {
        const size_t from = groups_[b];
        for (size_t& group : groups_) group = group == from ? groups_[a] : group;
    }
    void split(size_t identity) { groups_[identity] = *std::ranges::max_element(groups_) + 1; }

    void say() {
        Statement statement;
        statement.position = ++position_;
        statement.at = static_cast<Micros>(random_.below(40));
        statement.is_given = random_.chance(0.6);
        statement.is_late = random_.chance(0.3);
        const double key = random_.unit();
        statement.key = key < 0.6 ? "marketing" : key < 0.8 ? "advertising" : "analytics";
        if (key > 0.95) statement.key = kEverything, statement.is_given = false;
        if (random_.chance(0.2)) statement.only = random_.chance(0.5) ? "sms" : "email";
        if (key < 0.95 && random_.chance(0.3)) statement.means = Means::Preference;
        const auto identity = static_cast<IdentityId>(random_.below(kIdentities));
        if (statement.is_given && !statement.is_late && !is_banner(statement)) {
            for (IdentityId other = 0; other < kIdentities; ++other) {
                if (other == identity || groups_[other] != groups_[identity]) continue;
                statement.speaks_for.push_back(other);
            }
        }
        std::vector<Statement> gone;
        if (books_[identity].take(statement, gone))
            noted_.push_back({identity, statement, groups_});
        for (const Statement& old : gone) {  // What a banner repeats says nothing.
            std::erase_if(noted_, [&](const Noted& noted) {
                return noted.statement.position == old.position;
            });
        }
    }
    static bool is_banner(const Statement& statement) {
        return statement.means == Means::Preference;
    }

    std::vector<Held> held(size_t group) const {
        std::vector<Held> held;
        for (size_t i = 0; i < kIdentities; ++i) {
            if (groups_[i] == group) held.push_back({static_cast<IdentityId>(i), &books_[i]});
        }
        return held;
    }

    // The definition, transcribed: from all that was ever said, and who was one person then. What a
    // banner is set to speaks for its browser, and is no answer to what was said expressly.
    Stand by_definition(size_t group, std::string_view channel, Micros at) const {
        const auto counts = [&](const Noted& noted) {
            const Statement& said = noted.statement;
            const bool about = said.key == "marketing" || said.key == "advertising" ||
                               (said.key == kEverything && !said.is_given);
            return groups_[noted.identity] == group && about && said.at <= at &&
                   (said.only.empty() || said.only == channel);
        };
        bool is_given = false;
        for (const Noted& noted : noted_) {
            if (!counts(noted)) continue;
            if (noted.statement.is_given) {
                is_given = true;
                continue;
            }
            const bool is_answered = std::ranges::any_of(noted_, [&](const Noted& later) {
                if (is_banner(later.statement) && !is_banner(noted.statement)) return false;
                const bool is_hers = later.identity == noted.identity ||
                                     (!later.statement.is_late && !is_banner(later.statement) &&
                                      later.groups[later.identity] == later.groups[noted.identity]);
                return counts(later) && later.statement.is_given && is_hers &&
                       later.statement.at > noted.statement.at;
            });
            if (!is_answered) return Stand::Withdrawn;
        }
        return is_given ? Stand::Given : Stand::Unsaid;
    }

    const Groups& groups() const { return groups_; }
    SeededRandom& random() { return random_; }

private:
    SeededRandom random_;
    Groups groups_;
    std::vector<Book> books_;
    std::vector<Noted> noted_;
    model::Position position_ = 0;
};

TEST(Standing, AgreesWithTheDefinitionInSeededWorlds) {
    std::array<size_t, 3> met{};
    for (uint64_t seed = 1; seed <= 10'000; ++seed) {
        World world(seed);
        for (int i = 0; i < 25; ++i) world.step();
        for (const std::string_view channel : {"", "sms", "email", "push"}) {
            for (const size_t group : world.groups()) {
                const auto at = static_cast<Micros>(world.random().below(45));
                const Stand stand = standing(world.held(group), kMarketing, channel, at).stand;
                ASSERT_EQ(stand, world.by_definition(group, channel, at)) << "seed " << seed;
                ++met[static_cast<size_t>(stand)];
            }
        }
    }
    for (const size_t count : met) EXPECT_GT(count, 10'000u);
}

TEST(Standing, TheOrderOfIdentitiesAndOfMergesDoesNotShow) {
    for (uint64_t seed = 1; seed <= 500; ++seed) {
        World world(seed);
        for (int i = 0; i < 20; ++i) world.say();
        World other = world;
        for (size_t i = 1; i < kIdentities; ++i) world.merge(0, i);
        for (size_t i = kIdentities - 1; i > 0; --i) other.merge(i, i - 1);
        std::vector<Held> here = world.held(world.groups()[0]);
        std::vector<Held> there = other.held(other.groups()[0]);
        std::ranges::reverse(there);
        ASSERT_EQ(here.size(), there.size());
        const Standing a = standing(here, kMarketing, "", 100);
        const Standing b = standing(there, kMarketing, "", 100);
        EXPECT_EQ(a.stand, b.stand);
        EXPECT_EQ(a.identity, b.identity);
        EXPECT_EQ(a.is_conflict, b.is_conflict);
    }
}

TEST(Standing, ASplitGivesEachSideBackWhatItHad) {
    for (uint64_t seed = 1; seed <= 500; ++seed) {
        World world(seed);
        for (int i = 0; i < 20; ++i) world.say();
        std::vector<Stand> before;
        for (const size_t group : world.groups()) {
            before.push_back(standing(world.held(group), kMarketing, "sms", 100).stand);
        }
        for (size_t i = 1; i < kIdentities; ++i) world.merge(0, i);
        for (size_t i = 0; i < kIdentities; ++i) world.split(i);
        for (size_t i = 0; i < kIdentities; ++i) {
            EXPECT_EQ(standing(world.held(world.groups()[i]), kMarketing, "sms", 100).stand,
                      before[i]);
        }
    }
}

TEST(Standing, AMergeNeverAllowsWhatOneSideHadWithdrawn) {
    size_t met = 0;
    for (uint64_t seed = 1; seed <= 2'000; ++seed) {
        World world(seed);
        for (int i = 0; i < 15; ++i) world.say();
        const bool was_withdrawn = std::ranges::any_of(world.groups(), [&](size_t group) {
            return standing(world.held(group), kMarketing, "", 100).stand == Stand::Withdrawn;
        });
        if (!was_withdrawn) continue;
        ++met;
        for (size_t i = 1; i < kIdentities; ++i) world.merge(0, i);
        const auto merged = standing(world.held(world.groups()[0]), kMarketing, "", 100);
        EXPECT_EQ(merged.stand, Stand::Withdrawn);
    }
    EXPECT_GT(met, 100u);
}

// One person with two identities: what the browser said, what the account said.
struct Two {
    Book browser;
    Book account;
    std::vector<Statement> gone;

    void say(Book& book, bool given, Micros at, std::vector<IdentityId> speaks_for = {}) {
        Statement statement;
        statement.key = "marketing";
        statement.is_given = given;
        statement.at = at;
        statement.speaks_for = std::move(speaks_for);
        book.take(statement, gone);
    }
    Standing ask() const {
        const std::vector<Held> held = {{1, &browser}, {2, &account}};
        return standing(held, kMarketing, "", 100);
    }
};

TEST(Standing, WithdrawnOnAnySideStandsUntilGivenAnewAfterTheMerge) {
    Two two;
    two.say(two.browser, false, 10);
    two.say(two.account, true, 20);  // Later, but by somebody else as far as was known.
    Standing found = two.ask();
    EXPECT_EQ(found.stand, Stand::Withdrawn);
    EXPECT_EQ(found.identity, 1u);
    EXPECT_TRUE(found.is_conflict);
    two.say(two.account, true, 30, {1});  // As one person.
    found = two.ask();
    EXPECT_EQ(found.stand, Stand::Given);
    EXPECT_EQ(found.by->at, 30);
    EXPECT_FALSE(found.is_conflict);
    two.say(two.browser, false, 40);
    EXPECT_EQ(two.ask().stand, Stand::Withdrawn);
}

TEST(Standing, OfOneInstantTheWithdrawalStands) {
    Two two;
    two.say(two.browser, true, 10);
    two.say(two.browser, false, 10);
    EXPECT_EQ(two.ask().stand, Stand::Withdrawn);
}

}  // namespace
}  // namespace throughline::privacy
