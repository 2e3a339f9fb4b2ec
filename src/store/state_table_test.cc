#include "store/state_table.h"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <thread>

#include "base/random.h"
#include "store/table_test_support.h"

namespace throughline::store {
namespace {

constexpr size_t kRoomy = size_t{1} << 30;

Key128 key_of(uint64_t number) {
    return {mix(number), number};
}

// A table with its cold family, and the steps of an engine around it.
struct World {
    explicit World(size_t budget = kRoomy) : table(cold, epochs, budget) {}

    void put(const Key128& key, std::string_view value) {
        ASSERT_TRUE(table.get(key).is_ok());
        table.put(key, value);
    }
    void erase(const Key128& key) {
        ASSERT_TRUE(table.get(key).is_ok());
        table.erase(key);
    }
    void publish() {
        epochs.publish(epochs.in_work());
        table.settle();
    }
    void checkpoint() {
        table.begin_checkpoint();
        const auto pin = epochs.pin();
        ASSERT_TRUE(cold.ingest(table, pin).is_ok());
        table.end_checkpoint();
    }
    std::string get(const Key128& key) {
        const auto value = table.get(key);
        EXPECT_TRUE(value.is_ok());
        return std::string(value->value_or("none"));
    }
    std::string read(const Key128& key, const Epochs::Pin& pin) {
        const auto value = table.read(key, pin);
        EXPECT_TRUE(value.is_ok());
        return value->value_or("none");
    }

    MapFamily cold;
    Epochs epochs;
    StateTable table;
};

TEST(StateTable, TheFoldSeesItsPendingVersionAndReadersDoNot) {
    World world;
    const auto before = world.epochs.pin();
    world.put(key_of(1), "a");
    EXPECT_EQ(world.get(key_of(1)), "a");
    EXPECT_EQ(world.read(key_of(1), before), "none");
    world.publish();
    EXPECT_EQ(world.read(key_of(1), before), "none");
    EXPECT_EQ(world.read(key_of(1), world.epochs.pin()), "a");
}

TEST(StateTable, EachPinSeesTheNewestVersionAtOrBelowIt) {
    World world;
    std::vector<Epochs::Pin> pins;
    for (int i = 0; i < 5; ++i) {
        pins.push_back(world.epochs.pin());
        world.put(key_of(1), std::to_string(i));
        world.put(key_of(1), std::to_string(i) + "b");
        world.publish();
    }
    world.erase(key_of(1));
    world.publish();
    EXPECT_EQ(world.read(key_of(1), pins[0]), "none");
    for (size_t i = 1; i < 5; ++i) {
        EXPECT_EQ(world.read(key_of(1), pins[i]), std::to_string(i - 1) + "b");
    }
    EXPECT_EQ(world.read(key_of(1), world.epochs.pin()), "none");
}

TEST(StateTable, AValueMayBeWrittenFromAViewOfItsOwnPendingVersion) {
    World world;
    world.put(key_of(1), std::string(300, 'x'));
    const auto view = world.table.get(key_of(1));
    world.table.put(key_of(1), view->value().substr(1));
    EXPECT_EQ(world.get(key_of(1)), std::string(299, 'x'));
}

TEST(StateTable, AKeyKnownToBeAbsentCostsNoSecondColdRead) {
    World world;
    const std::vector<Key128> keys{key_of(1), key_of(2), key_of(1)};
    ASSERT_TRUE(world.table.prefetch(keys).is_ok());
    EXPECT_EQ(world.cold.reads, 2u);
    EXPECT_EQ(world.get(key_of(1)), "none");
    world.put(key_of(2), "new");
    EXPECT_EQ(world.cold.reads, 2u);
}

TEST(StateTable, AKeyThatWasNeverWrittenIsAddedWithoutAColdRead) {
    World world;
    const auto before = world.epochs.pin();
    world.table.add_absent(key_of(1));
    EXPECT_EQ(world.get(key_of(1)), "none");
    world.table.put(key_of(1), "a");
    world.publish();
    EXPECT_EQ(world.cold.reads, 0u);
    EXPECT_EQ(world.read(key_of(1), world.epochs.pin()), "a");
    EXPECT_EQ(world.read(key_of(1), before), "none");
    world.table.add_absent(key_of(1));  // Of a key that is there it says nothing.
    EXPECT_EQ(world.get(key_of(1)), "a");
}

TEST(StateTable, WritingAgainInOneEpochKeepsWhatOlderPinsSee) {
    World world;
    world.put(key_of(1), "first value");
    world.publish();
    const auto pin = world.epochs.pin();
    const size_t dirty = world.table.dirty_bytes();
    world.put(key_of(1), "other value");
    const size_t memory = world.table.memory_bytes();
    world.put(key_of(1), "third one");  // Fits where the pending version stands.
    EXPECT_EQ(world.table.memory_bytes(), memory);
    EXPECT_EQ(world.get(key_of(1)), "third one");
    EXPECT_EQ(world.read(key_of(1), pin), "first value");
    EXPECT_EQ(world.table.dirty_bytes() + 2, dirty);
    world.publish();
    EXPECT_EQ(world.read(key_of(1), world.epochs.pin()), "third one");
}

TEST(StateTable, AFailedColdReadIsAnErrorAndNotAnAbsence) {
    World world;
    world.cold.fails = true;
    EXPECT_EQ(world.table.get(key_of(1)).error().code, Code::Corrupt);
    EXPECT_EQ(world.table.prefetch(std::vector<Key128>{key_of(1)}).error().code, Code::Corrupt);
    EXPECT_EQ(world.table.read(key_of(1), world.epochs.pin()).error().code, Code::Corrupt);
    world.cold.fails = false;
    EXPECT_EQ(world.get(key_of(1)), "none");
}

TEST(StateTable, OldVersionsAreFreedWhenNoPinNeedsThem) {
    World world;
    const std::string value(1000, 'v');
    world.put(key_of(1), value);
    world.publish();
    const size_t one = world.table.memory_bytes();
    {
        const auto pin = world.epochs.pin();
        for (int i = 0; i < 100; ++i) {
            world.put(key_of(1), value);
            world.publish();
        }
        // The pinned one, the published one, and at most one more on its way out.
        EXPECT_LE(world.table.memory_bytes(), one + 3000);
        EXPECT_EQ(world.read(key_of(1), pin), value);
    }
    world.publish();
    world.put(key_of(1), value);
    EXPECT_LE(world.table.memory_bytes(), one + 1100);
}

TEST(StateTable, ACheckpointTakesTheStateOfItsEpochWhileTheFoldWritesOn) {
    World world;
    for (uint64_t i = 0; i < 100; ++i) world.put(key_of(i), "old");
    world.publish();
    world.table.begin_checkpoint();
    const auto pin = world.epochs.pin();
    for (uint64_t i = 50; i < 150; ++i) world.put(key_of(i), "new");
    world.publish();
    ASSERT_TRUE(world.cold.ingest(world.table, pin).is_ok());
    world.table.end_checkpoint();
    EXPECT_EQ(world.cold.rows().size(), 100u);
    for (const auto& [key, value] : world.cold.rows()) EXPECT_EQ(value, "old");
    EXPECT_GT(world.table.dirty_bytes(), 100 * 3u);
    world.checkpoint();
    EXPECT_EQ(world.cold.rows().size(), 150u);
    EXPECT_EQ(world.cold.rows().at(std::string(view(row_key(key_of(120))))), "new");
    EXPECT_EQ(world.table.dirty_bytes(), 0u);
}

TEST(StateTable, AnAbortedCheckpointLeavesItsRowsToTheNext) {
    World world;
    world.put(key_of(1), "a");
    world.put(key_of(2), "b");
    world.publish();
    world.table.begin_checkpoint();
    world.put(key_of(1), "a2");
    world.table.abort_checkpoint();
    world.put(key_of(2), "b2");
    world.publish();
    world.checkpoint();
    EXPECT_EQ(world.cold.rows().size(), 2u);
    EXPECT_EQ(world.cold.rows().at(std::string(view(row_key(key_of(1))))), "a2");
    EXPECT_EQ(world.cold.rows().at(std::string(view(row_key(key_of(2))))), "b2");
}

TEST(StateTable, CleanKeysLeaveMemoryAndDirtyOnesStay) {
    constexpr size_t kBudget = 300'000;
    World world(kBudget);
    const std::string value(300, 'v');
    for (uint64_t i = 0; i < 500; ++i) world.put(key_of(i), value);
    world.publish();
    world.checkpoint();
    for (uint64_t i = 500; i < 700; ++i) world.put(key_of(i), value);
    for (int i = 0; i < 20; ++i) world.publish();
    for (uint64_t i = 1000; i < 4000; ++i) {
        ASSERT_EQ(world.get(key_of(i % 500)), value);
        if (i % 50 == 0) world.publish();
    }
    for (int i = 0; i < 20; ++i) world.publish();
    EXPECT_LE(world.table.memory_bytes(), kBudget);
    const size_t reads = world.cold.reads;
    for (uint64_t i = 500; i < 700; ++i) EXPECT_EQ(world.get(key_of(i)), value);
    EXPECT_EQ(world.cold.reads, reads);
    EXPECT_GT(reads, 1000u);  // The budget does not hold all 500.
}

TEST(StateTable, AnIdentifierCostsAbout64Bytes) {
    World world;
    const size_t before = world.table.memory_bytes();
    constexpr size_t kKeys = 300'000;
    for (uint64_t i = 0; i < kKeys; ++i) world.put(key_of(i), "12345678");
    world.publish();
    world.checkpoint();
    EXPECT_LE(world.table.memory_bytes() - before, kKeys * 68);  // Just after its index has grown.
    EXPECT_GE(world.table.memory_bytes() - before, kKeys * 56);
}

// The definition: each key's whole history.
class Model {
public:
    void put(uint64_t key, uint64_t epoch, std::optional<std::string> value) {
        histories_[key][epoch] = std::move(value);
    }
    std::string at(uint64_t key, uint64_t epoch) const {
        const auto history = histories_.find(key);
        if (history == histories_.end()) return "none";
        auto version = history->second.upper_bound(epoch);
        if (version == history->second.begin()) return "none";
        return (--version)->second.value_or("none");
    }

private:
    std::map<uint64_t, std::map<uint64_t, std::optional<std::string>>> histories_;
};

struct RandomRun {
    explicit RandomRun(uint64_t seed) : random(seed), world(100'000 + random.below(200'000)) {}

    void write() {
        const uint64_t key = random.below(kKeys);
        const uint64_t epoch = world.epochs.in_work();
        if (random.chance(0.2)) {
            world.erase(key_of(key));
            model.put(key, epoch, std::nullopt);
        } else {
            const std::string value(random.below(400), static_cast<char>('a' + random.below(26)));
            world.put(key_of(key), value);
            model.put(key, epoch, value);
        }
    }
    void checkpoint_step() {
        if (!checkpoint_pin) {
            world.table.begin_checkpoint();
            checkpoint_pin.emplace(world.epochs.pin());
        } else if (random.chance(0.2)) {
            world.table.abort_checkpoint();
            checkpoint_pin.reset();
        } else {
            ASSERT_TRUE(world.cold.ingest(world.table, *checkpoint_pin).is_ok());
            world.table.end_checkpoint();
            checkpoint_pin.reset();
        }
    }
    void step() {
        const uint64_t dice = random.below(100);
        if (dice < 60) return write();
        if (dice < 75) {
            const uint64_t key = random.below(kKeys);
            ASSERT_EQ(world.get(key_of(key)), model.at(key, world.epochs.in_work()));
        } else if (dice < 85 && !pins.empty()) {
            const auto& pin = pins[random.below(pins.size())];
            const uint64_t key = random.below(kKeys);
            ASSERT_EQ(world.read(key_of(key), pin), model.at(key, pin.epoch()));
        } else if (dice < 92) {
            world.publish();
            if (random.chance(0.1)) checkpoint_step();
        } else if (dice < 96) {
            pins.push_back(world.epochs.pin());
            if (pins.size() > 6) pins.pop_front();
        } else {
            std::vector<Key128> keys;
            for (int i = 0; i < 20; ++i) keys.push_back(key_of(random.below(kKeys)));
            ASSERT_TRUE(world.table.prefetch(keys).is_ok());
        }
    }

    static constexpr uint64_t kKeys = 400;
    SeededRandom random;
    World world;
    Model model;
    std::deque<Epochs::Pin> pins;
    std::optional<Epochs::Pin> checkpoint_pin;
};

TEST(StateTable, AgreesWithTheDefinitionOnRandomRuns) {
    for (uint64_t seed = 1; seed <= 20; ++seed) {
        RandomRun run(seed);
        for (int i = 0; i < 10'000; ++i) {
            ASSERT_NO_FATAL_FAILURE(run.step()) << "seed=" << seed << " step=" << i;
        }
    }
}

// Every epoch writes one number to both keys of a pair; whoever reads a pair under one pin must
// find the two equal, whatever is evicted, loaded and checkpointed meanwhile.
TEST(StateTable, ReadersUnderOnePinSeePairsEqualWhileEverythingMoves) {
    constexpr uint64_t kPairs = 300;
    World world(100'000);
    std::atomic<bool> is_done{false};
    std::atomic<size_t> compared{0};
    std::vector<std::thread> readers;
    for (uint64_t reader = 0; reader < 2; ++reader) {
        readers.emplace_back([&, reader] {
            SeededRandom random(reader);
            while (!is_done) {
                const uint64_t pair = random.below(kPairs);
                const auto pin = world.epochs.pin();
                const auto left = world.table.read(key_of(2 * pair), pin);
                const auto right = world.table.read(key_of(2 * pair + 1), pin);
                ASSERT_EQ(*left, *right);
                ++compared;
            }
        });
    }
    std::atomic<int> sealed{0};  // 0: none; 1: begun, the checkpointer's turn.
    std::optional<Epochs::Pin> pin;
    std::thread checkpointer([&] {
        while (!is_done) {
            if (sealed.load() == 0) {
                std::this_thread::yield();
                continue;
            }
            ASSERT_TRUE(world.cold.ingest(world.table, *pin).is_ok());
            world.table.end_checkpoint();
            pin.reset();
            sealed.store(0);
        }
    });
    std::vector<Key128> every_key;
    for (uint64_t key = 0; key < 2 * kPairs; ++key) every_key.push_back(key_of(key));
    SeededRandom random(7);
    for (int epoch = 1; epoch <= 3000 || compared < 1000; ++epoch) {
        const auto shard = [&](uint64_t odd, uint64_t seed) {
            SeededRandom own(seed);
            for (int i = 0; i < 8; ++i) {
                const Key128 key = key_of(2 * own.below(kPairs) + odd);
                ASSERT_TRUE(world.table.get(key).is_ok());
                world.table.put(key, std::string(200, 'x') + std::to_string(epoch));
            }
        };
        const uint64_t seed = random.next();
        if (epoch % 10 == 0) {  // Two shard threads write different keys, the same pairs.
            ASSERT_TRUE(world.table.prefetch(every_key).is_ok());
            std::thread other([&] { shard(1, seed); });
            shard(0, seed);
            other.join();
        } else {
            shard(0, seed);
            shard(1, seed);
        }
        world.publish();
        if (epoch % 5 == 0 && sealed.load() == 0) {
            world.table.begin_checkpoint();
            pin.emplace(world.epochs.pin());
            sealed.store(1);
        }
    }
    is_done = true;
    for (auto& reader : readers) reader.join();
    checkpointer.join();
    if (sealed.load() == 1) world.table.abort_checkpoint();
    EXPECT_GT(world.cold.reads, 1000u);
}

TEST(Epochs, AVersionIsNeededExactlyWhileAPinLiesInItsSpan) {
    Epochs epochs(10);
    std::optional<Epochs::Pin> pin(epochs.pin());
    epochs.publish(11);
    epochs.publish(15);
    EXPECT_TRUE(epochs.is_needed(10, 11));
    EXPECT_TRUE(epochs.is_needed(3, 15));
    EXPECT_FALSE(epochs.is_needed(11, 15));
    EXPECT_FALSE(epochs.is_needed(3, 10));
    EXPECT_TRUE(epochs.is_needed(15, 16));  // The published one always is.
    pin.reset();
    epochs.publish(16);
    EXPECT_FALSE(epochs.is_needed(10, 11));
}

}  // namespace
}  // namespace throughline::store
