#include "sequence/tail.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>

#include "base/random.h"

namespace throughline::sequence {
namespace {

Row row_at(uint64_t position, uint32_t identity) {
    return {.identity = identity,
            .name = static_cast<uint32_t>(position * 7),
            .time = static_cast<Micros>(position * 3),
            .position = position,
            .tie = static_cast<uint32_t>(position % 5),
            .source = static_cast<model::SourceId>(position % 9),
            .type = model::EventType::Page,
            .flags = static_cast<uint8_t>(position % 4)};
}

TEST(Tail, ShowsRowsOnlyOncePublished) {
    Tail tail;
    const auto text = std::make_shared<const std::string>("payload");
    tail.hold(text);
    tail.append(row_at(1, 5), *text);
    EXPECT_EQ(tail.snapshot().size(), 0u);
    tail.publish();
    const TailSnapshot before = tail.snapshot();
    tail.append(row_at(2, 5), *text);
    tail.publish();

    ASSERT_EQ(before.size(), 1u);
    EXPECT_EQ(before.row(0), row_at(1, 5));
    EXPECT_EQ(before.payload(0), "payload");
    int seen = 0;
    before.for_each_of(5, [&](uint64_t) { ++seen; });
    EXPECT_EQ(seen, 1);
    EXPECT_EQ(tail.snapshot().size(), 2u);
}

TEST(Tail, KeepsPayloadsAliveAsLongAsASnapshotHoldsThem) {
    Tail tail;
    auto text = std::make_shared<const std::string>(5000, 'p');
    const std::weak_ptr<const std::string> watch = text;
    tail.hold(text);
    for (uint64_t i = 0; i < kTailChunkRows; ++i) tail.append(row_at(i, 1), *text);
    tail.publish();
    tail.hold(nullptr);
    text.reset();
    {
        const TailSnapshot pinned = tail.snapshot();
        tail.drop_before(kTailChunkRows);
        EXPECT_EQ(tail.snapshot().size(), 0u);
        EXPECT_FALSE(watch.expired());
        EXPECT_EQ(pinned.payload(17).size(), 5000u);
    }
    const auto next = std::make_shared<const std::string>("next");
    tail.hold(next);
    tail.append(row_at(kTailChunkRows, 1), *next);  // The writer lets go of the full chunk.
    tail.free_dropped();
    EXPECT_TRUE(watch.expired());
}

TEST(Tail, AClosedChunkGoesWithItsLastRowHoweverFewItHas) {
    Tail tail;
    const uint64_t empty = tail.bytes();
    auto text = std::make_shared<const std::string>(100'000, 'p');
    const std::weak_ptr<const std::string> watch = text;
    tail.hold(text);
    for (uint64_t i = 0; i < 10; ++i) tail.append(row_at(i, 1), *text);
    tail.publish();
    tail.hold(nullptr);
    text.reset();
    EXPECT_GT(tail.bytes(), empty + 1'000'000);
    tail.close_chunk();
    tail.close_chunk();  // Nothing came in between.

    const auto next = std::make_shared<const std::string>("next");
    tail.hold(next);
    tail.append(row_at(10, 1), *next);
    tail.publish();
    const TailSnapshot both = tail.snapshot();
    std::vector<uint64_t> seen;
    both.for_each_of(1, [&](uint64_t row) { seen.push_back(row); });
    EXPECT_EQ(seen, (std::vector<uint64_t>{10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0}));
    EXPECT_EQ(both.row(9), row_at(9, 1));
    EXPECT_EQ(both.row_at(both.place_of(10)), row_at(10, 1));
    EXPECT_EQ(both.payload_at(both.place_of(10)), "next");

    tail.drop_before(10);
    EXPECT_LT(tail.bytes(), 1'000'000u);
    EXPECT_FALSE(watch.expired()) << "a snapshot holds it";
    EXPECT_EQ(tail.snapshot().row(10), row_at(10, 1));
    tail.free_dropped();
    EXPECT_FALSE(watch.expired()) << "still";
    EXPECT_EQ(both.payload(3).size(), 100'000u);
    tail.close_chunk();
    tail.drop_before(11);
    EXPECT_EQ(tail.bytes(), empty);
}

TEST(Tail, FreesWhatWasDroppedOnceNoSnapshotHoldsIt) {
    Tail tail;
    auto text = std::make_shared<const std::string>(100'000, 'p');
    const std::weak_ptr<const std::string> watch = text;
    tail.hold(text);
    tail.append(row_at(0, 1), *text);
    tail.publish();
    tail.hold(nullptr);
    text.reset();
    tail.close_chunk();
    {
        const TailSnapshot pinned = tail.snapshot();
        tail.drop_before(1);
        tail.free_dropped();
        EXPECT_EQ(pinned.payload(0).size(), 100'000u);
    }
    tail.free_dropped();
    EXPECT_TRUE(watch.expired());
}

TEST(Tail, FindsEachIdentitysRowsOverManyChunksAndDrops) {
    SeededRandom random(7);
    Tail tail;
    const auto text = std::make_shared<const std::string>("x");
    tail.hold(text);
    std::vector<std::vector<uint64_t>> rows_of(50);
    const uint64_t total = 3 * kTailChunkRows + 1000;
    for (uint64_t i = 0; i < total; ++i) {
        const auto identity = static_cast<uint32_t>(random.below(50));
        tail.append(row_at(i, identity), *text);
        rows_of[identity].push_back(i);
        if (i == 70'000 || i == 70'001) {
            tail.publish();
            tail.close_chunk();
        }
    }
    tail.publish();
    for (const uint64_t dropped : {uint64_t{0}, uint64_t{1}, uint64_t{kTailChunkRows},
                                   uint64_t{kTailChunkRows + 500}, total - 1, total}) {
        tail.drop_before(dropped);
        const TailSnapshot snapshot = tail.snapshot();
        ASSERT_EQ(snapshot.size(), total - dropped);
        for (uint32_t identity = 0; identity < 50; ++identity) {
            std::vector<uint64_t> expected;
            for (const uint64_t row : rows_of[identity]) {
                if (row >= dropped) expected.insert(expected.begin(), row);
            }
            std::vector<uint64_t> seen;
            snapshot.for_each_of(identity, [&](uint64_t row) { seen.push_back(row); });
            ASSERT_EQ(seen, expected) << "identity " << identity << " dropped " << dropped;
        }
    }
    EXPECT_EQ(tail.snapshot().size(), 0u);
}

TEST(Tail, LetsManyReadersWorkWhileOneThreadAppends) {
    Tail tail;
    constexpr uint64_t kRows = 200'000;
    std::atomic<bool> done{false};
    const auto read = [&](uint64_t seed) {
        SeededRandom random(seed);
        while (!done.load()) {
            const TailSnapshot snapshot = tail.snapshot();
            const auto identity = static_cast<uint32_t>(random.below(100));
            uint64_t last = snapshot.end();
            snapshot.for_each_of(identity, [&](uint64_t number) {
                ASSERT_LT(number, last);
                last = number;
                const Row row = snapshot.row(number);
                ASSERT_EQ(row.identity, identity);
                ASSERT_EQ(snapshot.payload(number), std::to_string(row.position));
            });
            uint64_t scanned = 0;
            snapshot.for_each_chunk([&](uint64_t, const TailColumns& rows) {
                scanned += rows.time.size();
                return true;
            });
            ASSERT_EQ(scanned, snapshot.size());
        }
    };
    std::vector<std::thread> readers;
    for (uint64_t seed = 1; seed <= 2; ++seed) readers.emplace_back(read, seed);

    SeededRandom random(3);
    for (uint64_t i = 0; i < kRows; ++i) {
        const auto text = std::make_shared<const std::string>(std::to_string(i));
        tail.hold(text);
        tail.append(row_at(i, static_cast<uint32_t>(random.below(100))), *text);
        if (i % 100 == 99) tail.publish();
        if (i % 50'000 == 49'999) tail.drop_before(i - 20'000);
    }
    tail.publish();
    done = true;
    for (auto& reader : readers) reader.join();
    EXPECT_EQ(tail.snapshot().end(), kRows);
}

}  // namespace
}  // namespace throughline::sequence
