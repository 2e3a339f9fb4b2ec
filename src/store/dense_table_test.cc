#include "store/dense_table.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/random.h"
#include "store/memory_files.h"

namespace throughline::store {
namespace {

std::vector<uint32_t> values_of(const Dense32::Snapshot& snapshot) {
    std::vector<uint32_t> values;
    for (size_t i = 0; i < snapshot.spans(); ++i) {
        const auto span = snapshot.span_of(i);
        values.insert(values.end(), span.begin(), span.end());
    }
    return values;
}

TEST(Dense32, SnapshotsAgreeWithAVectorForEver) {
    for (uint64_t seed = 1; seed <= 10; ++seed) {
        SeededRandom random(seed);
        Dense32 table;
        std::vector<uint32_t> model;
        std::vector<uint32_t> published;
        std::vector<std::pair<Dense32::Snapshot, std::vector<uint32_t>>> kept;
        for (int step = 0; step < 3000; ++step) {
            const bool is_new = model.empty() || random.chance(0.3);
            const size_t id = is_new ? model.size() + random.below(40) : random.below(model.size());
            const auto value = static_cast<uint32_t>(random.next());
            if (id >= model.size()) model.resize(id + 1);
            model[id] = value;
            table.set(id, value);
            ASSERT_EQ(table.get(id), value);
            if (random.chance(0.05)) {
                table.publish();
                published = model;
            }
            if (random.chance(0.01)) kept.emplace_back(table.snapshot(), published);
        }
        for (const auto& [snapshot, expected] : kept) ASSERT_EQ(values_of(snapshot), expected);
        EXPECT_EQ(table.size(), model.size());
    }
}

TEST(Dense32, ASavedTableLoadsAndADamagedOneIsRefused) {
    MemoryFiles files;
    ASSERT_TRUE(make_directories(files, "/roots").is_ok());
    for (const size_t size : {size_t{0}, size_t{1}, size_t{4096}, size_t{10'001}}) {
        Dense32 table;
        for (size_t id = 0; id < size; ++id) table.set(id, static_cast<uint32_t>(id * 7));
        table.publish();
        ASSERT_TRUE(Dense32::save(files, "/roots/1", table.snapshot()).is_ok());
        MemoryFiles disk = files.cut(size);
        Dense32 loaded;
        loaded.set(3, 3);
        ASSERT_TRUE(loaded.load(disk, "/roots/1").is_ok());
        EXPECT_EQ(values_of(loaded.snapshot()), values_of(table.snapshot()));
        loaded.set(size, 5);
        EXPECT_EQ(loaded.snapshot().size(), size);
        loaded.publish();
        EXPECT_EQ(loaded.snapshot()[size], 5u);

        const uint64_t bits = disk.stat("/roots/1")->size * 8;
        SeededRandom random(size);
        for (int round = 0; round < 50; ++round) {
            const uint64_t bit = random.below(bits);
            disk.flip_bit("/roots/1", bit);
            EXPECT_EQ(loaded.load(disk, "/roots/1").error().code, Code::Corrupt);
            disk.flip_bit("/roots/1", bit);
        }
        EXPECT_EQ(loaded.size(), size + 1);
    }
}

// Each publish sets two far ids and the last one to one number.
TEST(Dense32, ReadersSeeOnePublishAtATime) {
    Dense32 table;
    std::atomic<bool> is_done{false};
    std::thread reader([&] {
        while (!is_done) {
            const auto snapshot = table.snapshot();
            if (snapshot.size() == 0) continue;
            ASSERT_EQ(snapshot[0], snapshot[9000]);
            ASSERT_EQ(snapshot[0], snapshot[snapshot.size() - 1]);
        }
    });
    for (uint32_t i = 1; i <= 5000; ++i) {
        table.set(0, i);
        table.set(9000, i);
        table.set(9000 + i, i);
        table.publish();
        if (i % 50 == 0) std::this_thread::yield();
    }
    is_done = true;
    reader.join();
}

}  // namespace
}  // namespace throughline::store
