// Conditions of journeys that ask for items, against a look at every item there is.
#include "engine/items/seen_items.h"

#include <gtest/gtest.h>

#include <functional>

#include "engine/items/item_rows.h"
#include "engine/items/test_items.h"

namespace throughline::engine {
namespace {

using catalog::Item;
using model::DocView;
using testing::catalog_record;
using testing::decision_record;
using testing::event_payload;
using testing::item_record;
using testing::journey_decision;
using testing::journey_record;
using testing::Partition;

std::string stock_record(const std::string& id, uint64_t quantity) {
    return decision_record(R"({"action":"item","actor":"t","catalog":"stock","id":")" + id +
                           R"(","fields":{"sku":"s","store":"cluj","quantity":)" +
                           std::to_string(quantity) + "}}");
}

/// Goes through its journey at once, and is counted as one who entered.
std::string asking_journey(const std::string& key, const std::string& trigger,
                           const std::string& condition) {
    return journey_record(key, R"({"key":")" + key + R"(","trigger":{)" + trigger + R"(,"if":)" +
                                   condition +
                                   R"(},"steps":[{"id":"x","type":"goal","goal":"x"}]})");
}

std::string ask(const std::string& user, const std::string& properties, size_t i) {
    return event_payload({.user = user,
                          .name = "Ask",
                          .message_id = "ask" + std::to_string(i),
                          .extra = R"({"properties":)" + properties + "}",
                          .time = static_cast<Micros>(i) * kSecond});
}

uint64_t entered(Partition& partition, uint32_t journey) {
    const auto row = partition.tables->run_counts.get(run_count_key(journey, 1));
    return row.value() ? VersionCounts::decode(**row)->entered : 0;
}

// --- the slow definition

struct Seen {
    std::vector<Item> hers;
    std::optional<Item> named;  // That the event names, whosever it is.
    bool is_named_hers = false;
    std::optional<Item> stock;
};

bool has_state(const Item& item, std::initializer_list<std::string_view> states) {
    return std::ranges::find(states, DocView(item.fields).find("state").as_string()) !=
           states.end();
}

struct Asked {
    const char* condition;
    std::function<bool(const Seen&)> holds;
};

const std::vector<Asked>& all_asked() {
    static const auto count = [](const Seen& seen, const auto& is_wanted) {
        return std::ranges::count_if(seen.hers, is_wanted);
    };
    static const auto is_ready = [](const Item& item) { return has_state(item, {"ready"}); };
    static const std::vector<Asked> kAll = {
        {R"({"item":"order"})", [](const Seen& seen) { return !seen.hers.empty(); }},
        {R"({"item":"order","where":{"property":"state","op":"eq","value":"ready"}})",
         [](const Seen& seen) { return count(seen, is_ready) > 0; }},
        {R"({"item":"order","where":[{"property":"state","op":"eq","value":"ready"}],
             "count":{"eq":0}})",
         [](const Seen& seen) { return count(seen, is_ready) == 0; }},
        {R"({"item":"order","where":{"or":[{"property":"state","op":"in",
             "value":["placed","picking"]},{"property":"note","op":"exists"}]},
             "count":{"gt":1,"lte":3}})",
         [](const Seen& seen) {
             const auto fitting = count(seen, [](const Item& item) {
                 return has_state(item, {"placed", "picking"}) ||
                        !DocView(item.fields).find("note").is_missing();
             });
             return fitting == 2 || fitting == 3;
         }},
        {R"({"item":"order","id":{"property":"item"}})",
         [](const Seen& seen) { return seen.is_named_hers; }},
        {R"({"and":[{"trait":"nothing","op":"not_exists"},{"not":{"item":"order",
             "id":{"property":"item"},"where":{"property":"state","op":"ne","value":"placed"}}}]})",
         [](const Seen& seen) {
             return !seen.is_named_hers || has_state(*seen.named, {"placed"});
         }},
        {R"({"item":"stock","id":{"property":"stock"},
             "where":{"property":"quantity","op":"gt","value":2}})",
         [](const Seen& seen) {
             return seen.stock &&
                    DocView(seen.stock->fields).find("quantity").as_integer().value() > 2;
         }},
    };
    return kAll;
}

/// Looks at every identity and every item.
class SlowLook {
public:
    explicit SlowLook(Partition& partition) : tables_(*partition.tables) {
        next_ = partition.fold->state().next_identity;
    }

    Seen see(const std::string& user, const std::string& order, const std::string& stock) {
        const uint32_t root = root_of_user(user);
        Seen seen;
        for (int i = 0; i < 30; ++i) {
            const auto item = find("order", "o" + std::to_string(i));
            if (!item) continue;
            const bool is_hers = item->person() != 0 && root_of(item->person()) == root;
            if (is_hers) seen.hers.push_back(*item);
            if (item->id != order) continue;
            seen.named = item;
            seen.is_named_hers = is_hers;
        }
        seen.stock = find("stock", stock);
        return seen;
    }

private:
    std::optional<std::string> node(uint32_t id) {
        const auto bytes = tables_.identities.get(identity::identity_key(id));
        return *bytes ? std::optional<std::string>(**bytes) : std::nullopt;
    }
    uint32_t root_of(uint32_t id) {
        const auto bytes = node(id);
        return bytes ? identity::NodeView(*bytes).root() : 0;
    }
    uint32_t root_of_user(const std::string& user) {
        for (uint32_t id = 1; id < next_; ++id) {
            const auto bytes = node(id);
            if (!bytes) continue;
            const identity::NodeView view(*bytes);
            const bool is_it = view.space() == model::kUserId && view.value() == user &&
                               !view.has(identity::kNodeErased);
            if (is_it) return view.root();
        }
        ADD_FAILURE() << "nobody is " << user;
        return 0;
    }
    std::optional<Item> find(std::string_view catalog, const std::string& id) {
        const auto bytes = tables_.items.get(item_key(testing::kSecret, catalog, id));
        if (!*bytes) return {};
        return *Item::decode(**bytes);
    }

    Tables& tables_;
    uint32_t next_ = 0;
};

/// People who order, are merged, split and erased; one at a time asks.
class AskingWorld {
public:
    explicit AskingWorld(uint64_t seed) : random_(seed), stream_(seed) {
        fold(catalog_record("order"));
        fold(catalog_record("stock"));
        for (size_t i = 0; i < all_asked().size(); ++i) {
            const std::string key = "j" + std::to_string(i);
            fold(asking_journey(key, R"("event":"Ask")", all_asked()[i].condition));
            fold(journey_decision(key, R"("publish")"));
        }
    }

    void step() {
        const std::string a = std::to_string(1 + random_.below(80));
        const std::string b = std::to_string(1 + random_.below(80));
        if (random_.chance(0.4)) {
            const auto now = static_cast<Micros>(records_.size()) * kSecond;
            fold(testing::random_item_record(random_, now));
        } else if (random_.chance(0.1)) {
            fold(stock_record("k" + std::to_string(random_.below(4)), random_.below(6)));
        } else if (random_.chance(0.05)) {
            fold(decision_record(R"({"action":"merge","a":)" + a + R"(,"b":)" + b +
                                 R"(,"actor":"t","reason":"r"})"));
        } else if (random_.chance(0.05)) {
            fold(decision_record(R"({"action":"split","identities":[)" + a +
                                 R"(],"actor":"t","reason":"r"})"));
        } else if (random_.chance(0.02)) {
            fold(decision_record(R"({"action":"erase","identity":)" + a + R"(,"actor":"t"})"));
        } else {
            fold(stream_.next());
        }
    }

    void ask_one(std::vector<std::pair<size_t, size_t>>& answers) {
        const std::string user = "u" + std::to_string(random_.below(40));
        const std::string order = "o" + std::to_string(random_.below(32));
        const std::string stock = "k" + std::to_string(random_.below(5));
        std::vector<uint64_t> before;
        for (uint32_t i = 0; i < all_asked().size(); ++i) {
            before.push_back(entered(partition_, i + 1));
        }
        fold(ask(user, R"({"item":")" + order + R"(","stock":")" + stock + "\"}", records_.size()));
        const Seen seen = SlowLook(partition_).see(user, order, stock);
        for (uint32_t i = 0; i < all_asked().size(); ++i) {
            const bool holds = entered(partition_, i + 1) > before[i];
            ASSERT_EQ(holds, all_asked()[i].holds(seen))
                << "record " << records_.size() << ": " << all_asked()[i].condition;
            ++(holds ? answers[i].first : answers[i].second);
        }
    }

private:
    void fold(const std::string& record) {
        records_.push_back(record);
        partition_.apply(records_, records_.size() - 1, 1);
    }

    Partition partition_{1};
    std::vector<std::string> records_;
    SeededRandom random_;
    testing::RecordStream stream_;
};

TEST(SeenItems, JourneysTellWhatALookAtEveryItemTells) {
    std::vector<std::pair<size_t, size_t>> answers(all_asked().size());
    for (const uint64_t seed : {1, 2}) {
        AskingWorld world(seed);
        for (int i = 0; i < 1'500; ++i) {
            world.step();
            world.ask_one(answers);
            if (::testing::Test::HasFatalFailure()) return;
        }
    }
    for (const auto& [yes, no] : answers) {
        EXPECT_GT(yes, 20u);
        EXPECT_GT(no, 20u);
    }
}

// --- moments

struct AskedMoments : ::testing::Test {
    Partition partition{1};
    std::vector<std::string> records;

    AskedMoments() { fold(catalog_record("order")); }
    void fold(const std::string& record) {
        records.push_back(record);
        partition.apply(records, records.size() - 1, 1);
    }
    void publish(const std::string& key, const std::string& journey) {
        fold(journey);
        fold(journey_decision(key, R"("publish")"));
    }
    void item(const std::string& id, const std::string& state) {
        fold(item_record(id, R"("customer_id":"ana","state":")" + state + "\""));
    }
};

TEST_F(AskedMoments, TheRecordThatMovesAnItemIsSeen) {
    publish("second", asking_journey("second", R"("item":"order","state":"ready")",
                                     R"({"item":"order","where":{"property":"state","op":"eq",
                              "value":"ready"},"count":{"gte":2}})"));
    item("A1", "ready");
    item("A2", "placed");
    EXPECT_EQ(entered(partition, 1), 0u);
    item("A2", "ready");
    EXPECT_EQ(entered(partition, 1), 1u);
}

// The item that started the run, as it is when the wait ends.
TEST_F(AskedMoments, ABranchAsksForTheItemOfItsStartWhenTheRunComesToIt) {
    publish("later", journey_record("later", R"({"key":"later",
        "trigger":{"item":"order","state":"ready"},"steps":[
        {"id":"wait","type":"wait","for":"5s"},
        {"id":"look","type":"branch","paths":[{"next":"there",
            "if":{"item":"order","id":{"property":"item"},
                  "where":{"property":"state","op":"eq","value":"ready"}}}],"else":"end"},
        {"id":"there","type":"goal","goal":"there"}]})"));
    item("A1", "ready");
    item("A2", "ready");
    item("A2", "handed_over");
    for (int i = 0; i < 10; ++i) fold(model::make_record(model::RecordKind::Tick, {}));
    const auto row = partition.tables->run_counts.get(run_count_key(1, 1));
    const auto counts = VersionCounts::decode(**row);
    EXPECT_EQ(counts->entered, 2u);
    EXPECT_EQ(counts->on_their_way(), 0u);
    EXPECT_EQ(counts->reached.at(1), 2u);
    EXPECT_EQ(counts->reached.at(2), 1u);
}

TEST_F(AskedMoments, AThousandItemsAreLookedAt) {
    publish("many",
            asking_journey("many", R"("event":"Ask")", R"({"item":"order","count":{"gte":1000}})"));
    publish("all",
            asking_journey("all", R"("event":"Ask")", R"({"item":"order","count":{"lte":1000}})"));
    for (int i = 0; i < 999; ++i) {
        records.push_back(
            item_record("o" + std::to_string(i), R"("customer_id":"ana","state":"placed")"));
    }
    partition.apply(records, records.size() - 999, 999);
    fold(ask("ana", "{}", records.size()));
    EXPECT_EQ(entered(partition, 1), 0u);
    for (int i = 0; i < 5; ++i) item("x" + std::to_string(i), "placed");
    fold(ask("ana", "{}", records.size()));
    EXPECT_EQ(entered(partition, 1), 1u);
    EXPECT_EQ(entered(partition, 2), 2u);
}

TEST_F(AskedMoments, ATypeThatIsNotThereKeepsAVersionFromBeingPublished) {
    records.push_back(asking_journey("lost", R"("event":"Ask")", R"({"item":"ordr"})"));
    records.push_back(journey_decision("lost", R"("publish")"));
    Epoch epoch;
    for (size_t i = records.size() - 2; i < records.size(); ++i) {
        epoch.batches.push_back({single_record(records[i], {}), i, partition.stamp_of(i), {}});
    }
    ASSERT_TRUE(partition.fold->apply(epoch));
    const auto& refused = epoch.batches[1].outcome.refused;
    ASSERT_EQ(refused.size(), 1u);
    EXPECT_EQ(refused[0].message, "if: item: no type of items is called ordr");
}

}  // namespace
}  // namespace throughline::engine
