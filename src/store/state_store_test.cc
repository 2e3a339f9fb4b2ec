#include "store/state_store.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "base/random.h"
#include "store/memory_files.h"
#include "store/ordered_table.h"
#include "store/rocks_env.h"
#include "store/state_table.h"

namespace throughline::store {
namespace {

namespace fs = std::filesystem;

Key128 key_of(uint64_t number) {
    return {mix(number), number};
}

class StateStoreTest : public testing::Test {
protected:
    void SetUp() override {
        fs::remove_all(root_);
        fs::create_directories(root_);
        open();
    }
    void TearDown() override {
        close();
        fs::remove_all(root_);
    }

    void open(uint64_t epoch = 0) {
        StateStore::Options options{.path = root_ / "state", .families = {"people", "words"}};
        auto opened = StateStore::open(options);
        ASSERT_TRUE(opened.is_ok()) << opened.error().message;
        store_ = std::move(opened).value();
        epochs_ = std::make_unique<Epochs>(epoch);
        people_ = std::make_unique<StateTable>(store_->family("people"), *epochs_, 1 << 20);
        words_ = std::make_unique<OrderedTable>(store_->family("words"));
    }
    void close() {
        people_.reset();
        words_.reset();
        store_.reset();
    }
    void publish() {
        epochs_->publish(epochs_->in_work());
        people_->settle();
    }
    Status checkpoint(std::string_view manifest) {
        people_->begin_checkpoint();
        words_->begin_checkpoint();
        const auto pin = epochs_->pin();
        const StateStore::Part parts[] = {{"people", people_.get()}, {"words", words_.get()}};
        const Status status = store_->checkpoint(manifest, parts, pin);
        if (status) {
            people_->end_checkpoint();
            words_->end_checkpoint();
        } else {
            people_->abort_checkpoint();
            words_->abort_checkpoint();
        }
        return status;
    }
    void put(uint64_t key, std::string_view value) {
        ASSERT_TRUE(people_->get(key_of(key)).is_ok());
        people_->put(key_of(key), value);
    }
    std::string get(uint64_t key) {
        const auto value = people_->get(key_of(key));
        return value ? std::string(value->value_or("none")) : std::string(value.error().message);
    }
    static void flip_bit(const fs::path& path, uint64_t bit) {
        std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
        file.seekg(static_cast<int64_t>(bit / 8));
        const char byte = static_cast<char>(file.get() ^ (1 << (bit % 8)));
        file.seekp(static_cast<int64_t>(bit / 8));
        file.put(byte);
    }
    bool directory_holds(std::string_view bytes) const {
        for (const auto& entry : fs::recursive_directory_iterator(root_)) {
            if (!entry.is_regular_file()) continue;
            std::ifstream file(entry.path(), std::ios::binary);
            const std::string text((std::istreambuf_iterator<char>(file)), {});
            if (text.find(bytes) != std::string::npos) return true;
        }
        return false;
    }
    std::vector<fs::path> row_files() const {
        std::vector<fs::path> files;
        for (const auto& entry : fs::directory_iterator(root_ / "state")) {
            if (entry.path().extension() == ".sst") files.push_back(entry.path());
        }
        return files;
    }

    const fs::path root_ =
        fs::temp_directory_path() / ("throughline_state_store_" + std::to_string(getpid()));
    std::unique_ptr<StateStore> store_;
    std::unique_ptr<Epochs> epochs_;
    std::unique_ptr<StateTable> people_;
    std::unique_ptr<OrderedTable> words_;
};

TEST_F(StateStoreTest, AfterReopenTheStateIsThatOfTheLastCheckpoint) {
    EXPECT_FALSE(store_->manifest()->has_value());
    put(1, "a");
    put(2, "b");
    words_->put("word", "1");
    publish();
    ASSERT_TRUE(checkpoint("first").is_ok());
    put(1, "lost");
    words_->put("word", "lost");
    publish();
    close();
    open(1);
    EXPECT_EQ(**store_->manifest(), "first");
    EXPECT_EQ(get(1), "a");
    EXPECT_EQ(get(2), "b");
    EXPECT_EQ(get(3), "none");
    EXPECT_EQ(**words_->get("word"), "1");
}

TEST_F(StateStoreTest, AFailedCheckpointLeavesTheOneBefore) {
    put(1, "a");
    publish();
    ASSERT_TRUE(checkpoint("first").is_ok());
    put(1, "b");
    publish();
    fs::remove_all(root_ / "state" / "ingest");
    std::ofstream(root_ / "state" / "ingest") << "in the way";
    ASSERT_FALSE(checkpoint("second").is_ok());
    EXPECT_EQ(**store_->manifest(), "first");
    fs::remove(root_ / "state" / "ingest");
    fs::create_directory(root_ / "state" / "ingest");
    ASSERT_TRUE(checkpoint("third").is_ok());
    close();
    open(2);
    EXPECT_EQ(**store_->manifest(), "third");
    EXPECT_EQ(get(1), "b");
}

TEST_F(StateStoreTest, ManyCheckpointsAgreeWithAMap) {
    SeededRandom random(3);
    std::map<uint64_t, std::string> model;
    std::map<std::string, std::string> words;
    for (int round = 0; round < 30; ++round) {
        for (int i = 0; i < 300; ++i) {
            const uint64_t key = random.below(500);
            const std::string word = "w" + std::to_string(random.below(200));
            if (random.chance(0.2)) {
                ASSERT_TRUE(people_->get(key_of(key)).is_ok());
                people_->erase(key_of(key));
                model.erase(key);
                words_->erase(word);
                words.erase(word);
            } else {
                const std::string value(random.below(300), static_cast<char>('a' + round % 26));
                put(key, value);
                model[key] = value;
                words_->put(word, value);
                words[word] = value;
            }
        }
        publish();
        ASSERT_TRUE(checkpoint(std::to_string(round)).is_ok());
        if (round % 7 == 6) {
            close();
            open(static_cast<uint64_t>(round) + 1);
        }
        if (round == 20) {
            ASSERT_TRUE(store_->compact_all().is_ok());
        }
        std::vector<Key128> all;
        for (uint64_t key = 0; key < 500; ++key) all.push_back(key_of(key));
        ASSERT_TRUE(people_->prefetch(all).is_ok());
        for (uint64_t key = 0; key < 500; ++key) {
            ASSERT_EQ(get(key), model.count(key) ? model[key] : "none");
        }
        const auto scanned = words_->scan(KeyRange::prefix("w"), 1000);
        ASSERT_EQ(*scanned, (std::vector<OrderedTable::Row>(words.begin(), words.end())));
        const auto last = words_->scan(KeyRange::prefix("w"), 3, ScanOrder::Descending);
        for (size_t i = 0; i < 3 && i < words.size(); ++i) {
            ASSERT_EQ(last->at(i).first, std::prev(words.end(), static_cast<int>(i) + 1)->first);
        }
    }
    EXPECT_TRUE(store_->verify().is_ok());
    EXPECT_GT(store_->stats().disk_bytes, 0u);
}

TEST_F(StateStoreTest, ABackupIsACompleteStore) {
    put(1, "a");
    publish();
    ASSERT_TRUE(checkpoint("first").is_ok());
    ASSERT_TRUE(store_->backup_to(root_ / "backup").is_ok());
    put(1, "b");
    publish();
    ASSERT_TRUE(checkpoint("second").is_ok());
    close();
    fs::remove_all(root_ / "state");
    fs::rename(root_ / "backup", root_ / "state");
    open(1);
    EXPECT_EQ(**store_->manifest(), "first");
    EXPECT_EQ(get(1), "a");
    EXPECT_TRUE(store_->verify().is_ok());
}

TEST_F(StateStoreTest, AFlippedBitIsFoundAndNeverServedAsAValue) {
    for (uint64_t key = 0; key < 2000; ++key) put(key, "value of " + std::to_string(key));
    publish();
    ASSERT_TRUE(checkpoint("first").is_ok());
    ASSERT_TRUE(store_->compact_all().is_ok());
    close();
    fs::path largest;
    for (const auto& file : row_files()) {
        if (largest.empty() || fs::file_size(file) > fs::file_size(largest)) largest = file;
    }
    const auto size = static_cast<int64_t>(fs::file_size(largest));
    SeededRandom random(5);
    size_t refused = 0;
    for (int round = 0; round < 40; ++round) {
        const auto at = static_cast<int64_t>(random.below(static_cast<uint64_t>(size)));
        const auto flip = [&] {
            flip_bit(largest, static_cast<uint64_t>(at) * 8 + static_cast<uint64_t>(at) % 8);
        };
        flip();
        auto opened = StateStore::open({.path = root_ / "state", .families = {"people", "words"}});
        if (opened) {
            EXPECT_FALSE((*opened)->verify().is_ok()) << "offset " << at << " of " << size;
            for (uint64_t key = 0; key < 2000; ++key) {
                const auto value = (*opened)->family("people").read(view(row_key(key_of(key))));
                if (!value) {
                    ++refused;
                    EXPECT_EQ(value.error().code, Code::Corrupt);
                    continue;
                }
                ASSERT_EQ(value->value_or("none"), "value of " + std::to_string(key));
            }
            opened->reset();
        }
        flip();
    }
    EXPECT_GT(refused, 0u);
    open(1);
    EXPECT_TRUE(store_->verify().is_ok());
}

// What was checked when the file was opened (its index, its filter) is damaged afterwards.
TEST_F(StateStoreTest, AFlippedBitUnderARunningStoreIsNeverServed) {
    std::map<std::string, std::string> rows;
    for (uint64_t key = 0; key < 2000; ++key) {
        const std::string value = "value of " + std::to_string(key);
        put(key, value);
        rows.emplace(view(row_key(key_of(key))), value);
    }
    publish();
    ASSERT_TRUE(checkpoint("first").is_ok());
    ASSERT_TRUE(store_->compact_all().is_ok());
    close();
    const auto cold = StateStore::open(
        {.path = root_ / "state", .families = {"people", "words"}, .cache_bytes = 1});
    ASSERT_TRUE(cold.is_ok());
    const ColdFamily& people = (*cold)->family("people");
    size_t refused = 0;
    // Whether a reading of all rows gives them all, or says that it cannot.
    const auto reads_true = [&] {
        for (const auto& [key, value] : rows) {
            const auto read = people.read(key);
            refused += !read;
            if (read && read->value_or("none") != value) return false;
        }
        size_t found = 0;
        const Status scanned = people.scan({}, ScanOrder::Ascending, [&](auto key, auto value) {
            const auto row = rows.find(std::string(key));
            found += row != rows.end() && row->second == value;
            return true;
        });
        return !scanned || found == rows.size();
    };
    ASSERT_TRUE(reads_true());
    for (const fs::path& file : row_files()) {
        const uint64_t size = fs::file_size(file);
        constexpr uint64_t kIndexBytes = 6000;  // And more: the last of the file.
        for (uint64_t at = 0; at < size; at += at + kIndexBytes < size ? 997 : 61) {
            flip_bit(file, at * 8 + at % 8);
            ASSERT_TRUE(reads_true()) << file << " offset " << at << " of " << size;
            flip_bit(file, at * 8 + at % 8);
        }
    }
    EXPECT_GT(refused, 0u);
}

TEST_F(StateStoreTest, AFlippedBitInTheListOfFilesIsRefusedOrHarmless) {
    put(1, "a");
    publish();
    ASSERT_TRUE(checkpoint("first").is_ok());
    put(1, "b");
    publish();
    ASSERT_TRUE(checkpoint("second").is_ok());
    close();
    fs::rename(root_ / "state", root_ / "kept");
    SeededRandom random(11);
    size_t refused = 0;
    for (int round = 0; round < 60; ++round) {
        fs::remove_all(root_ / "state");
        fs::copy(root_ / "kept", root_ / "state", fs::copy_options::recursive);
        for (const auto& entry : fs::directory_iterator(root_ / "state")) {
            if (entry.path().filename().string().rfind("MANIFEST", 0) != 0) continue;
            const auto at = static_cast<int64_t>(random.below(entry.file_size()));
            std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
            file.seekg(at);
            const char byte = static_cast<char>(file.get() ^ (1 << random.below(8)));
            file.seekp(at);
            file.put(byte);
        }
        const auto opened =
            StateStore::open({.path = root_ / "state", .families = {"people", "words"}});
        if (!opened) {
            ++refused;
            continue;
        }
        EXPECT_EQ((*opened)->manifest()->value_or("none"), "second") << "round " << round;
    }
    EXPECT_GT(refused, 0u);
}

TEST_F(StateStoreTest, AfterCompactionNoByteOfAnErasedRowIsLeft) {
    for (uint64_t key = 0; key < 100; ++key) put(key, "kept " + std::to_string(key));
    put(100, "secret-value-of-hers");
    words_->put("secret-word-of-hers", "1");
    words_->put("zebra", "1");
    publish();
    ASSERT_TRUE(checkpoint("first").is_ok());
    EXPECT_TRUE(directory_holds("secret-word-of-hers"));
    EXPECT_TRUE(directory_holds("secret-value-of-hers"));
    people_->erase(key_of(100));
    words_->erase("secret-word-of-hers");
    publish();
    ASSERT_TRUE(checkpoint("second").is_ok());
    EXPECT_TRUE(directory_holds("secret-word-of-hers"));
    ASSERT_TRUE(store_->compact_all().is_ok());
    EXPECT_FALSE(directory_holds("secret-word-of-hers"));
    EXPECT_FALSE(directory_holds("secret-value-of-hers"));
    EXPECT_EQ(get(7), "kept 7");
    EXPECT_EQ(**store_->manifest(), "second");
}

// One table in several files of one level, as checkpoints of rising keys leave it.
void write_three_files(rocksdb::Env& env) {
    auto cold = StateStore::open({.path = "/s", .families = {"words"}, .env = &env});
    ASSERT_TRUE(cold.is_ok());
    Epochs epochs;
    OrderedTable words((*cold)->family("words"));
    for (int key = 10; key < 16; key += 2) {
        words.put(std::to_string(key), std::string(100, 'a'));
        words.put(std::to_string(key + 1), std::string(100, 'b'));
        words.begin_checkpoint();
        const auto pin = epochs.pin();
        const StateStore::Part part{"words", &words};
        ASSERT_TRUE((*cold)->checkpoint("m", std::span(&part, 1), pin).is_ok());
        words.end_checkpoint();
    }
}

// Every row, or an error: of a file further on, and of what RocksDB itself passes over.
TEST(StateStoreDamage, AFlippedBitNeverMakesAScanShorter) {
    MemoryFiles disk(WriteOrder::Journaled);
    ASSERT_TRUE(make_directories(disk, "/s").is_ok());
    const auto env = make_rocks_env(disk);
    ASSERT_NO_FATAL_FAILURE(write_three_files(*env));
    const auto names = disk.list("/s");
    size_t refused = 0;
    for (const std::string& name : *names) {
        if (!name.ends_with(".sst")) continue;
        const std::string path = join_path("/s", name);
        const uint64_t bytes = disk.stat(path)->size;
        for (uint64_t byte = 0; byte < bytes; byte += 17) {
            disk.flip_bit(path, byte * 8 + 1);
            const auto cold =
                StateStore::open({.path = "/s", .families = {"words"}, .env = env.get()});
            for (const auto order : {ScanOrder::Ascending, ScanOrder::Descending}) {
                if (!cold) break;
                const auto rows = OrderedTable((*cold)->family("words")).scan({}, 100, order);
                ASSERT_TRUE(!rows || rows->size() == 6) << path << " byte " << byte;
                refused += !rows;
            }
            disk.flip_bit(path, byte * 8 + 1);
        }
    }
    EXPECT_GT(refused, 10u);
}

// Merging files removes them: what it passed over would be gone.
TEST(StateStoreDamage, AFlippedBitIsNeverMergedAway) {
    MemoryFiles original(WriteOrder::Journaled);
    ASSERT_TRUE(make_directories(original, "/s").is_ok());
    ASSERT_NO_FATAL_FAILURE(write_three_files(*make_rocks_env(original)));
    ASSERT_TRUE(original.sync_directory("/s"));
    const auto names = original.list("/s");
    size_t refused = 0;
    for (const std::string& name : *names) {
        if (!name.ends_with(".sst")) continue;
        const std::string path = join_path("/s", name);
        const uint64_t bytes = original.stat(path)->size;
        for (uint64_t byte = 0; byte < bytes; byte += 101) {
            MemoryFiles disk = original.cut(1);
            const auto env = make_rocks_env(disk);
            disk.flip_bit(path, byte * 8 + 1);
            const auto cold =
                StateStore::open({.path = "/s", .families = {"words"}, .env = env.get()});
            if (!cold) continue;
            if (!(*cold)->compact_all()) {
                ++refused;
                continue;
            }
            const auto rows = OrderedTable((*cold)->family("words")).scan({}, 100);
            ASSERT_TRUE(!rows || rows->size() == 6) << path << " byte " << byte;
        }
    }
    EXPECT_GT(refused, 10u);
}

}  // namespace
}  // namespace throughline::store
