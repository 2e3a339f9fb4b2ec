// The definition of README.md, transcribed with plain sets and lists, against the graph: every
// short sequence of events over a small alphabet, then seeded worlds with late events, devices
// that change hands, merges, splits, lifts and erasures.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "base/random.h"
#include "identity/test_world.h"

namespace throughline::identity {
namespace {

using Pair = std::pair<IdentityId, IdentityId>;

Pair ordered(IdentityId a, IdentityId b) {
    return {std::min(a, b), std::max(a, b)};
}

class Definition {
public:
    struct Identity {
        model::NamespaceId space = 0;
        std::string value;
        Micros first = 0;
        Micros last = 0;
        bool is_generic = false;
        bool is_erased = false;
    };
    struct Value {
        bool is_generic = false;
        std::vector<Slice> slices;
    };
    struct Link {
        IdentityId strong = 0;  // 0: by hand.
        IdentityId weak = 0;
        bool by_person = false;
    };
    struct Refused {
        Reason reason = Reason::None;
        uint32_t count = 0;
        bool by_person = false;
    };
    struct Cut {
        std::set<IdentityId> left, right;
        bool is_lifted = false;
    };

    explicit Definition(const model::Namespaces& spaces) : spaces_(spaces) {}

    std::vector<Identity> identities{Identity{}};  // By id; 0 is nobody.
    std::map<Pair, Link> links;
    std::map<Pair, Refused> refused;  // (strong, weak)
    std::map<DecisionId, Cut> cuts;

    IdentityId see(const std::vector<Seen>& seen, Micros time, AliasPolicy policy) {
        IdentityId owner = 0;
        const model::Namespace* owner_space = nullptr;
        for (const Seen& id : seen) {
            if ((id.flags & (model::kIdentifierPrevious | model::kIdentifierPreviousUser)) != 0) {
                continue;
            }
            if (names_nobody(id)) continue;
            IdentityId identity = observe(id, time);
            if (owner == 0) {
                owner = identity;
                owner_space = spaces_.find(id.space);
            } else {
                identity = link(owner, *owner_space, identity, id, time, {});
            }
            touch(identity, time);
        }
        if (owner != 0) {
            see_alias(owner, *owner_space, seen, time, policy);
        } else {
            owner = observe(seen.front(), time);
            touch(owner, time);
        }
        return owner;
    }

    std::set<IdentityId> profile(IdentityId of) const {
        std::set<IdentityId> reached{of};
        std::vector<IdentityId> open{of};
        while (!open.empty()) {
            const IdentityId at = open.back();
            open.pop_back();
            for (const auto& [ends, link] : links) {
                if (ends.first != at && ends.second != at) continue;
                const IdentityId other = ends.first == at ? ends.second : ends.first;
                if (reached.insert(other).second) open.push_back(other);
            }
        }
        return reached;
    }

    bool merge(DecisionId, IdentityId a, IdentityId b) {
        const auto of_a = profile(a), of_b = profile(b);
        for (const IdentityId id : {a, b}) {
            if (identities[id].is_erased || identities[id].is_generic) return false;
        }
        if (of_a.contains(b)) return false;
        for (auto& [id, cut] : cuts) {
            if (!cut.is_lifted && stands_between(cut, of_a, of_b)) cut.is_lifted = true;
        }
        links[ordered(a, b)] = Link{};
        return true;
    }

    bool split(DecisionId decision, const std::set<IdentityId>& part) {
        const auto whole = profile(*part.begin());
        if (identities[*part.begin()].is_erased || part.size() >= whole.size()) return false;
        if (!std::ranges::includes(whole, part)) return false;
        std::erase_if(links, [&](const auto& entry) {
            return whole.contains(entry.first.first) &&
                   part.contains(entry.first.first) != part.contains(entry.first.second);
        });
        Cut cut;
        cut.left = part;
        std::ranges::set_difference(whole, part, std::inserter(cut.right, cut.right.end()));
        cuts[decision] = cut;
        return true;
    }

    bool lift(DecisionId decision) {
        const auto cut = cuts.find(decision);
        if (cut == cuts.end() || cut->second.is_lifted) return false;
        return cut->second.is_lifted = true;
    }

    bool forget(IdentityId of) {
        if (identities[of].is_erased) return false;
        const auto whole = profile(of);
        std::erase_if(links, [&](const auto& entry) { return whole.contains(entry.first.first); });
        for (const IdentityId id : whole) {
            const auto key = std::pair(identities[id].space, identities[id].value);
            identities[id] = Identity{};
            identities[id].is_erased = true;
            const auto value = values_.find(key);
            if (value != values_.end() &&
                std::ranges::all_of(value->second.slices, [this](const Slice& slice) {
                    return identities[slice.identity].is_erased;
                })) {
                values_.erase(value);
            }
            std::erase_if(refused, [id](const auto& entry) {
                return entry.first.first == id || entry.first.second == id;
            });
            for (auto& [decision, cut] : cuts) {
                cut.left.erase(id);
                cut.right.erase(id);
            }
        }
        return true;
    }

private:
    static bool stands_between(const Cut& cut, const std::set<IdentityId>& a,
                               const std::set<IdentityId>& b) {
        const auto meets = [](const std::set<IdentityId>& x, const std::set<IdentityId>& y) {
            return std::ranges::any_of(x, [&y](IdentityId id) { return y.contains(id); });
        };
        return (meets(a, cut.left) && meets(b, cut.right)) ||
               (meets(a, cut.right) && meets(b, cut.left));
    }

    bool names_nobody(const Seen& id) {
        if ((id.flags & model::kIdentifierGeneric) != 0) return true;
        const auto value = values_.find({id.space, id.value});
        return value != values_.end() && value->second.is_generic;
    }

    IdentityId create(const Seen& id, Micros time, bool is_generic) {
        identities.push_back({id.space, id.value, time, time, is_generic, false});
        return static_cast<IdentityId>(identities.size() - 1);
    }

    size_t slice_at(const Value& value, Micros time) const {
        size_t index = 0;
        for (size_t i = 0; i < value.slices.size(); ++i) {
            if (value.slices[i].from <= time) index = i;
        }
        return index;
    }

    IdentityId observe(const Seen& id, Micros time) {
        const bool is_generic = (id.flags & model::kIdentifierGeneric) != 0;
        const auto [at, is_new] = values_.try_emplace({id.space, id.value});
        Value& value = at->second;
        if (is_new) {
            value.is_generic = is_generic;
            value.slices.push_back({create(id, time, is_generic), kNoTime});
        }
        Slice& slice = value.slices[slice_at(value, time)];
        if (identities[slice.identity].is_erased) {
            slice.identity = create(id, time, value.is_generic);
        }
        Identity& identity = identities[slice.identity];
        identity.first = std::min(identity.first, time);
        return slice.identity;
    }

    void touch(IdentityId id, Micros time) {
        if (time - identities[id].last >= kHour) identities[id].last = time;
    }

    Reason objection(IdentityId a, IdentityId b, Micros time, bool ignore_immutables) const {
        const auto of_a = profile(a), of_b = profile(b);
        if (of_a.size() + of_b.size() > kMembersMax) return Reason::Capped;
        for (const auto& [id, cut] : cuts) {
            if (!cut.is_lifted && stands_between(cut, of_a, of_b)) return Reason::CannotLink;
        }
        Reason reason = Reason::None;
        for (const model::Namespace& space : spaces_.all()) {
            const auto values = [&](const std::set<IdentityId>& ids, Micros window) {
                std::set<std::string> found;
                for (const IdentityId id : ids) {
                    const Identity& identity = identities[id];
                    if (identity.space != space.id) continue;
                    if (window == 0 || std::abs(identity.first - time) < window) {
                        found.insert(identity.value);
                    }
                }
                return found;
            };
            const auto exceeds = [&](Micros window, size_t limit) {
                const auto x = values(of_a, window), y = values(of_b, window);
                std::set<std::string> both = x;
                both.insert(y.begin(), y.end());
                return both.size() > limit && both.size() > std::max(x.size(), y.size());
            };
            if (space.immutable && ignore_immutables) continue;
            if (space.immutable && exceeds(0, 1)) return Reason::ImmutableConflict;
            if (exceeds(space.window, static_cast<size_t>(space.limit))) reason = Reason::Limit;
        }
        return reason;
    }

    struct AliasLink {
        bool is_alias = false;
        bool may_join_users = false;
    };

    IdentityId link(IdentityId strong, const model::Namespace& strong_space, IdentityId weak,
                    const Seen& id, Micros time, AliasLink alias) {
        if (strong == weak || links.contains(ordered(strong, weak))) return weak;
        Reason reason = profile(strong).contains(weak)
                            ? Reason::None
                            : objection(strong, weak, time, alias.may_join_users);
        Value& value = values_.at({id.space, id.value});
        const size_t index = slice_at(value, time);
        const bool is_open = index + 1 == value.slices.size() && time > value.slices[index].from &&
                             time >= identities[weak].last;
        if (reason == Reason::ImmutableConflict && spaces_.find(id.space)->switching &&
            !alias.is_alias && is_open) {
            value.is_generic = value.slices.size() > kSwitchesMax;
            weak = create(id, time, value.is_generic);
            value.slices.push_back({weak, time});
            if (value.is_generic) return weak;
            reason = objection(strong, weak, time, false);
        }
        if (reason == Reason::None) {
            links[ordered(strong, weak)] = {strong, weak, strong_space.person};
            refused.erase({strong, weak});
            refused.erase({weak, strong});
        } else {
            Refused& entry = refused[{strong, weak}];
            entry = {reason, entry.count + 1, strong_space.person};
        }
        if (strong_space.person && persons_seen_with(weak) > kPersonsMax) {
            make_generic(weak, value);
        }
        return weak;
    }

    size_t persons_seen_with(IdentityId weak) const {
        size_t persons = 0;
        for (const auto& [ends, link] : links) {
            persons += link.strong != 0 && link.weak == weak && link.by_person ? 1 : 0;
        }
        for (const auto& [ends, entry] : refused) {
            persons += ends.second == weak && entry.by_person ? 1 : 0;
        }
        return persons;
    }

    void make_generic(IdentityId id, Value& value) {
        value.is_generic = true;
        identities[id].is_generic = true;
        std::erase_if(links, [&](const auto& entry) {
            const Link& link = entry.second;
            if (link.strong == 0 || (link.strong != id && link.weak != id)) return false;
            refused[{link.strong, link.weak}] = {Reason::Generic, 1, link.by_person};
            return true;
        });
    }

    void see_alias(IdentityId owner, const model::Namespace& owner_space,
                   const std::vector<Seen>& seen, Micros time, AliasPolicy policy) {
        const AliasLink alias{true, policy == AliasPolicy::JoinUsers};
        bool is_user = false;
        for (const auto flag : {model::kIdentifierPreviousUser, model::kIdentifierPrevious}) {
            for (const Seen& id : seen) {
                if ((id.flags & flag) == 0 || is_user || names_nobody(id)) continue;
                const bool as_user = flag == model::kIdentifierPreviousUser;
                if (as_user && !values_.contains({id.space, id.value})) continue;
                const IdentityId previous = observe(id, time);
                link(owner, owner_space, previous, id, time, alias);
                touch(previous, time);
                is_user = as_user;
            }
        }
    }

    const model::Namespaces& spaces_;
    std::map<std::pair<model::NamespaceId, std::string>, Value> values_;
};

/// Namespaces with limits low enough for small worlds to meet them.
model::Namespaces tight_namespaces() {
    const auto doc = model::doc_from_json(
        R"({"namespaces":{"email":{"limit":2,"window":"weekly"},"device_id":{"limit":3},)"
        R"("anonymous_id":{"limit":4,"window":"monthly"},"card":{"priority":4,"immutable":true}}})");
    TL_ASSERT(doc.is_ok());
    auto spaces = model::Namespaces::from_settings(model::DocView(*doc));
    TL_ASSERT(spaces.is_ok());
    return std::move(spaces).value();
}

/// Many small worlds in one set of tables: each has its own values and its own range of ids.
class Twins {
public:
    explicit Twins(const model::Namespaces& spaces) : spaces_(spaces), world_(spaces) {}

    void start_world() {
        base_ = world_.graph.next_identity() - 1;
        prefix_ = std::to_string(base_) + ":";
        definition_.emplace(spaces_);
        splits_.clear();
    }

    void see(std::vector<Seen> seen, Micros time, AliasPolicy policy) {
        const IdentityId expected = definition_->see(seen, time, policy);
        for (Seen& id : seen) id.value = prefix_ + id.value;
        const IdentityId got = world_.see(seen, time, policy);
        ASSERT_EQ(got - base_, expected) << "the row belongs to another identity";
        ASSERT_EQ(world_.out.root - base_, *definition_->profile(expected).begin());
    }

    void merge(IdentityId a, IdentityId b) {
        const auto result =
            world_.graph.merge(world_.next_moment(), base_ + a, base_ + b, {}, world_.out);
        ASSERT_EQ(result.is_ok(), definition_->merge(world_.position, a, b));
    }
    void split(const std::set<IdentityId>& part) {
        std::vector<IdentityId> ids;
        for (const IdentityId id : part) ids.push_back(base_ + id);
        const auto result = world_.graph.split(world_.next_moment(), ids, {}, world_.out);
        ASSERT_EQ(result.is_ok(), definition_->split(world_.position, part));
        if (result.is_ok()) splits_.push_back(world_.position);
    }
    void lift(DecisionId id) {
        const Status status = world_.graph.lift(world_.next_moment(), id, {});
        ASSERT_EQ(status.is_ok(), definition_->lift(id));
    }
    void forget(IdentityId id) {
        const Status status = world_.graph.forget(base_ + id, world_.out);
        ASSERT_EQ(status.is_ok(), definition_->forget(id));
    }

    /// Everything that the definition knows, as the stored nodes have it.
    void compare() {
        const auto count = static_cast<IdentityId>(definition_->identities.size() - 1);
        ASSERT_EQ(world_.graph.next_identity() - 1 - base_, count);
        std::map<Pair, Definition::Refused> refused;
        std::set<Pair> edges;
        for (IdentityId id = 1; id <= count; ++id) {
            const Node node = world_.node(base_ + id);
            const auto& expected = definition_->identities[id];
            ASSERT_EQ(node.has(kNodeErased), expected.is_erased);
            if (expected.is_erased) continue;
            ASSERT_EQ(node.value, prefix_ + expected.value);
            ASSERT_EQ(node.first_seen, expected.first);
            ASSERT_EQ(node.last_seen, expected.last);
            ASSERT_EQ(node.has(kNodeGeneric), expected.is_generic);
            const auto profile = definition_->profile(id);
            ASSERT_EQ(node.root - base_, *profile.begin()) << "identity " << id;
            Members members;
            for (const IdentityId member : profile) members.push_back(base_ + member);
            ASSERT_EQ(world_.members(base_ + id), members);
            for (const Edge& edge : node.edges) edges.insert(ordered(id, edge.other - base_));
            for (const Refusal& refusal : node.refusals) {
                if ((refusal.flags & kLinkWeak) == 0) continue;
                refused[{refusal.other - base_, id}] = {refusal.reason, refusal.count, false};
            }
        }
        std::set<Pair> expected_edges;
        for (const auto& [ends, link] : definition_->links) expected_edges.insert(ends);
        ASSERT_EQ(edges, expected_edges);
        std::erase_if(refused, [&](const auto& entry) {  // Those of the erased name nobody.
            return definition_->identities[entry.first.first].is_erased;
        });
        ASSERT_EQ(refused.size(), definition_->refused.size());
        for (const auto& [ends, expected] : definition_->refused) {
            ASSERT_TRUE(refused.contains(ends));
            ASSERT_EQ(refused[ends].reason, expected.reason);
            ASSERT_EQ(refused[ends].count, expected.count);
        }
    }

    IdentityId count() const { return static_cast<IdentityId>(definition_->identities.size() - 1); }
    const Definition& definition() const { return *definition_; }
    const std::vector<DecisionId>& splits() const { return splits_; }
    World& world() { return world_; }

private:
    model::Namespaces spaces_;
    World world_;
    IdentityId base_ = 0;
    std::string prefix_;
    std::optional<Definition> definition_;
    std::vector<DecisionId> splits_;
};

TEST(GraphOracle, AgreesWithTheDefinitionOnEveryShortSequence) {
    using namespace model;
    const std::vector<std::vector<Seen>> alphabet = {
        {{kUserId, "u"}},
        {{kAnonymousId, "d"}},
        {{kUserId, "u"}, {kAnonymousId, "d"}},
        {{kUserId, "v"}, {kAnonymousId, "d"}},
        {{kUserId, "u"}, {kEmail, "e"}},
        {{kUserId, "v"}, {kEmail, "e"}},
        {{kEmail, "e"}, {kAnonymousId, "d"}},
        {{kUserId, "v"}, {kEmail, "e"}, {kAnonymousId, "d"}},
    };
    Twins twins(tight_namespaces());
    constexpr size_t kLength = 5;
    size_t worlds = 1;
    for (size_t i = 0; i < kLength; ++i) worlds *= alphabet.size();
    for (size_t code = 0; code < worlds; ++code) {
        twins.start_world();
        size_t rest = code;
        for (size_t i = 0; i < kLength; ++i, rest /= alphabet.size()) {
            const auto time = static_cast<Micros>(i + 1) * kDay;
            twins.see(alphabet[rest % alphabet.size()], time, AliasPolicy::KeepUsersApart);
            ASSERT_FALSE(HasFatalFailure()) << "sequence " << code << " event " << i;
        }
        twins.compare();
        ASSERT_FALSE(HasFatalFailure()) << "sequence " << code;
        if (code % 1000 == 0) twins.world().publish();
    }
}

Seen random_identifier(SeededRandom& random, model::NamespaceId space, uint64_t values) {
    Seen seen{space, std::string(1, static_cast<char>('a' + random.below(values))), 0};
    if (random.chance(0.02)) seen.flags = model::kIdentifierGeneric;
    if (random.chance(0.05)) seen.flags |= model::kIdentifierVerified;
    return seen;
}

std::vector<Seen> random_event(SeededRandom& random) {
    using namespace model;
    std::vector<Seen> seen;
    if (random.chance(0.4)) seen.push_back(random_identifier(random, kUserId, 4));
    if (random.chance(0.1)) seen.push_back(random_identifier(random, kNamespaceFirstCustom, 3));
    if (random.chance(0.3)) seen.push_back(random_identifier(random, kEmail, 5));
    if (random.chance(0.1)) seen.push_back(random_identifier(random, kEmail, 5));
    if (random.chance(0.3)) seen.push_back(random_identifier(random, kDeviceId, 6));
    if (random.chance(0.5)) seen.push_back(random_identifier(random, kAnonymousId, 8));
    if (seen.empty()) seen.push_back(random_identifier(random, kAnonymousId, 8));
    if (random.chance(0.05) && seen[0].space == kUserId) {
        const std::string value(1, static_cast<char>('a' + random.below(8)));
        seen.push_back({kUserId, value, kIdentifierPreviousUser});
        seen.push_back({kAnonymousId, value, kIdentifierPrevious});
    }
    return seen;
}

void random_decision(SeededRandom& random, Twins& twins) {
    const auto any = [&] { return static_cast<IdentityId>(1 + random.below(twins.count())); };
    const uint64_t kind = random.below(8);
    if (kind < 3) {
        twins.merge(any(), any());
    } else if (kind < 6) {
        std::set<IdentityId> part;
        for (const IdentityId id : twins.definition().profile(any())) {
            if (random.chance(0.4)) part.insert(id);
        }
        if (!part.empty()) twins.split(part);
    } else if (kind == 6 && !twins.splits().empty()) {
        twins.lift(twins.splits()[random.below(twins.splits().size())]);
    } else if (random.chance(0.3)) {
        twins.forget(any());
    }
}

TEST(GraphOracle, AgreesWithTheDefinitionInSeededWorlds) {
    Twins twins(tight_namespaces());
    for (uint64_t seed = 0; seed < 4000; ++seed) {
        SeededRandom random(seed);
        twins.start_world();
        Micros now = 1000 * kDay;
        for (int step = 0; step < 40; ++step) {
            now += static_cast<Micros>(random.below(4 * kHour));
            const bool is_late = random.chance(0.15);
            const Micros time = is_late ? now - static_cast<Micros>(random.below(20 * kDay)) : now;
            const auto policy =
                random.chance(0.2) ? AliasPolicy::JoinUsers : AliasPolicy::KeepUsersApart;
            twins.see(random_event(random), time, policy);
            ASSERT_FALSE(HasFatalFailure()) << "seed " << seed << " step " << step;
            if (random.chance(0.12)) random_decision(random, twins);
            ASSERT_FALSE(HasFatalFailure()) << "decision, seed " << seed << " step " << step;
            if (random.chance(0.02)) now += 10 * kDay;
        }
        twins.compare();
        ASSERT_FALSE(HasFatalFailure()) << "seed " << seed;
        if (seed % 50 == 0) twins.world().publish();
    }
}

TEST(GraphOracle, AgreesWithTheDefinitionWhenValuesAreLearnedToBeGeneric) {
    using namespace model;
    Twins twins(tight_namespaces());
    for (uint64_t seed = 0; seed < 200; ++seed) {
        SeededRandom random(seed);
        twins.start_world();
        Micros now = 1000 * kDay;
        for (int step = 0; step < 120; ++step) {
            now += static_cast<Micros>(random.below(kDay));
            std::vector<Seen> seen;
            if (random.chance(0.8))
                seen.push_back({kUserId, "u" + std::to_string(random.below(40))});
            if (random.chance(0.5)) seen.push_back({kEmail, "info"});
            if (random.chance(0.5)) seen.push_back({kAnonymousId, "kiosk"});
            if (seen.empty()) continue;
            const bool is_late = random.chance(0.3);
            twins.see(seen, is_late ? now - kHour : now, AliasPolicy::KeepUsersApart);
            ASSERT_FALSE(HasFatalFailure()) << "seed " << seed << " step " << step;
        }
        twins.compare();
        ASSERT_FALSE(HasFatalFailure()) << "seed " << seed;
    }
}

}  // namespace
}  // namespace throughline::identity
