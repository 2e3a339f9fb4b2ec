#include "sequence/history_file.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/bytes.h"
#include "base/hash.h"

#include "sequence/find_rows.h"
#include "sequence/run_writer.h"
#include "sequence/test_events.h"
#include "store/memory_files.h"

namespace throughline::sequence {
namespace {

TEST(FileName, ReadsOnlyWhatItWrites) {
    for (const FileName name : {FileName{2026 * 12, 1, 0}, FileName{12, 99'999'999, 9999},
                                FileName{9999 * 12 + 11, 123'456'789'012, 12'345}}) {
        EXPECT_EQ(parse_file_name(format_file_name(name)), name);
    }
    EXPECT_EQ(format_file_name({2026 * 12, 12, 3}), "2026-01.r00000012.p0003.history");
    for (const char* text : {"", "2026-13.r00000001.p0000.history", "2026-01.r1.p0000.history",
                             "2026-01.r00000001.p0000.history2", "../2026", "2026-01.r",
                             "2026-01.r00000001.p0000.histor"}) {
        EXPECT_FALSE(parse_file_name(text)) << text;
    }
}

TEST(Month, HoldsEveryInstantBetweenItsStarts) {
    SeededRandom random(5);
    for (int i = 0; i < 10'000; ++i) {
        const Micros at = static_cast<Micros>(random.next() >> 10) - (Micros{1} << 53);
        const int64_t month = month_of(at);
        if (month == 12 || month == 9999 * 12 + 11) continue;  // Hold all that lies beyond.
        ASSERT_LE(month_start(month), at);
        ASSERT_GT(month_start(month + 1), at);
    }
    EXPECT_EQ(month_of(std::numeric_limits<Micros>::min() + 1), 12);
    EXPECT_EQ(month_of(std::numeric_limits<Micros>::max()), 9999 * 12 + 11);
}

/// One small file with several frames, as bytes.
struct SmallFile {
    store::MemoryFiles disk;
    std::string name;
    std::string bytes;
    std::vector<TestEvent> events;  // In file order.

    explicit SmallFile(int rows) {
        SeededRandom random(42);
        TestWorld world;
        world.to = month_start(month_of(world.from) + 1);
        for (int i = 0; i < rows; ++i) {
            events.push_back(make_test_event(random, static_cast<uint64_t>(i), world));
        }
        std::sort(events.begin(), events.end(), [](const TestEvent& a, const TestEvent& b) {
            return std::pair(home_of(a.identity), a.key()) <
                   std::pair(home_of(b.identity), b.key());
        });
        EXPECT_TRUE(store::make_directories(disk, "h"));
        RunWriter writer(disk, {"h", month_of(world.from), 1, 1 << 30});
        for (const TestEvent& event : events) {
            EXPECT_TRUE(writer.add(home_of(event.identity), row_of(event), *event.payload));
        }
        name = writer.finish().value().front();
        bytes = store::read_file(disk, "h/" + name).value();
    }

    // Every third identity has an older one.
    static uint32_t home_of(uint32_t identity) {
        return identity % 3 == 0 ? identity - 2 : identity;
    }

    static Row row_of(const TestEvent& stored) {
        const model::EventView event = stored.event();
        return {.identity = stored.identity,
                .name = static_cast<uint32_t>(event.name().size()),  // All of different sizes.
                .time = event.time(),
                .position = stored.position,
                .tie = event.tie(),
                .source = event.source(),
                .type = event.type(),
                .flags = event.flags()};
    }
};

TEST(HistoryFile, GivesBackEveryRowAndPayload) {
    SmallFile small(20'000);
    const auto file = HistoryFile::from_bytes(small.bytes, small.name).value();
    const Status verified = file->verify();
    ASSERT_TRUE(verified) << verified.error().message;
    ASSERT_EQ(file->rows(), small.events.size());
    EXPECT_GE(file->blocks().size(), 2u);
    size_t next = 0;
    for (size_t number = 0; number < file->blocks().size(); ++number) {
        Block block(*file, number);
        const RowColumns rows = block.row_columns().value();
        for (uint32_t i = 0; i < rows.size(); ++i, ++next) {
            ASSERT_EQ(block.row(rows, i).value(), SmallFile::row_of(small.events[next]));
            ASSERT_EQ(block.payload(i).value(), *small.events[next].payload);
        }
    }
}

TEST(HistoryFile, ReadsPayloadsInAnyOrder) {
    SmallFile small(9'000);
    const auto file = HistoryFile::from_bytes(small.bytes, small.name).value();
    Block block(*file, 0);
    SeededRandom random(3);
    for (int i = 0; i < 300; ++i) {
        const auto row = static_cast<uint32_t>(random.below(block.rows()));
        ASSERT_EQ(block.payload(row).value(), *small.events[row].payload) << row;
    }
}

/// Reads all that a file holds, as far as it lets itself be read without an error.
bool matches_or_fails(const HistoryFile& file, const std::vector<TestEvent>& events) {
    size_t next = 0;
    for (size_t number = 0; number < file.blocks().size(); ++number) {
        Block block(file, number);
        const auto rows = block.row_columns();
        for (uint32_t i = 0; i < file.blocks()[number].rows; ++i, ++next) {
            if (rows) {
                const auto row = block.row(*rows, i);
                if (row && *row != SmallFile::row_of(events[next])) return false;
            }
            const auto payload = block.payload(i);
            if (payload && *payload != *events[next].payload) return false;
        }
    }
    return true;
}

TEST(HistoryFile, FindsEveryFlippedBitAndNeverServesIt) {
    SmallFile small(60);
    ASSERT_TRUE(HistoryFile::from_bytes(small.bytes, small.name).value()->verify());
    for (size_t byte = 0; byte < small.bytes.size(); ++byte) {
        std::string damaged = small.bytes;
        damaged[byte] = static_cast<char>(damaged[byte] ^ (1 << (byte % 8)));
        const auto file = HistoryFile::from_bytes(damaged, small.name);
        if (!file) {
            ASSERT_EQ(file.error().code, Code::Corrupt);
            continue;
        }
        const Status status = (*file)->verify();
        ASSERT_FALSE(status.is_ok()) << "byte " << byte;
        ASSERT_EQ(status.error().code, Code::Corrupt);
        ASSERT_TRUE(matches_or_fails(**file, small.events)) << "byte " << byte;
    }
}

// Version 3 was the same without statistics.
TEST(HistoryFile, ReadsAFileOfTheVersionBeforeWithoutStatistics) {
    SmallFile small(500);
    const FileName name = *parse_file_name(small.name);
    const Footer footer = read_footer(name, small.bytes).value();
    std::string statistics;
    ByteWriter(statistics).string(footer.statistics);
    ByteReader trailer(std::string_view(small.bytes).substr(small.bytes.size() - kTrailerBytes));
    const size_t size = trailer.fixed<uint64_t>();
    const size_t start = small.bytes.size() - kTrailerBytes - size;
    std::string older = encode_header(name, 3) + small.bytes.substr(kHeaderBytes);
    older.resize(start + size - statistics.size());
    const uint64_t sum =
        checksum(std::string_view(older).substr(start), checksum_seed(name, start));
    ByteWriter out(older);
    out.fixed(static_cast<uint64_t>(size - statistics.size()));
    out.fixed(sum);
    out.raw("TLHISTND");

    const auto file = HistoryFile::from_bytes(older, small.name).value();
    EXPECT_TRUE(file->verify());
    EXPECT_FALSE(file->statistics().value());
    EXPECT_TRUE(matches_or_fails(*file, small.events));
    // Its bytes are no file of this version, nor those of one a file of that.
    for (const auto& [version, bytes] : {std::pair(4u, older), std::pair(3u, small.bytes)}) {
        const std::string other = encode_header(name, version) + bytes.substr(kHeaderBytes);
        EXPECT_FALSE(HistoryFile::from_bytes(other, small.name).is_ok()) << version;
    }
}

TEST(HistoryFile, RefusesAFileCutShortOrUnderAnotherName) {
    SmallFile small(40);
    for (size_t size = 0; size < small.bytes.size(); size += 7) {
        const auto cut = std::string_view(small.bytes).substr(0, size);
        ASSERT_FALSE(HistoryFile::from_bytes(cut, small.name).is_ok()) << size;
    }
    const auto renamed = HistoryFile::from_bytes(small.bytes, "2026-02.r00000001.p0000.history");
    ASSERT_FALSE(renamed.is_ok());
    EXPECT_EQ(renamed.error().code, Code::Corrupt);
}

TEST(HistoryFile, FindsTheRowsOfIdentitiesUnderWhateverHome) {
    SmallFile small(20'000);
    const auto file = HistoryFile::from_bytes(small.bytes, small.name).value();
    for (uint32_t identity = 0; identity < 45; ++identity) {
        const uint32_t wanted[] = {identity, identity + 1};
        const auto expected =
            std::count_if(small.events.begin(), small.events.end(), [&](const TestEvent& event) {
                return event.identity == identity || event.identity == identity + 1;
            });
        int64_t rows = 0;
        ASSERT_TRUE(for_keys_of(*file, wanted, [&](const RowKey&, size_t, uint32_t) {
            ++rows;
            return true;
        }));
        EXPECT_EQ(rows, expected) << identity;
    }
}

}  // namespace
}  // namespace throughline::sequence
