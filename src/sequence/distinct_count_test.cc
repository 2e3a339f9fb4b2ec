#include "sequence/distinct_count.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "base/hash.h"
#include "base/random.h"

namespace throughline::sequence {
namespace {

DistinctCount count_of(uint64_t from, uint64_t to) {
    DistinctCount count;
    for (uint64_t i = from; i < to; ++i) count.add(mix(i + 1));
    return count;
}

std::string bytes_of(const DistinctCount& count) {
    std::string bytes;
    ByteWriter out(bytes);
    count.append_to(out);
    return bytes;
}

TEST(DistinctCount, IsExactAsLongAsAllAreKept) {
    SeededRandom random(1);
    for (uint64_t values = 0; values <= 600; ++values) {
        DistinctCount count = count_of(0, values);
        for (int again = 0; again < 50 && values > 0; ++again) {
            count.add(mix(random.below(values) + 1));
        }
        EXPECT_EQ(count.answer().is_exact, values <= DistinctCount::kKept) << values;
        if (count.answer().is_exact) {
            EXPECT_EQ(count.answer().count, values);
        }
    }
}

// The standard error of an estimate is 1 / sqrt(254), 6.3 %; five of them are not met by chance.
TEST(DistinctCount, EstimatesMoreWithinItsError) {
    double squares = 0;
    int estimates = 0;
    for (uint64_t values = 1000; values <= 4'000'000; values *= 4) {
        for (uint64_t world = 0; world < 5; ++world) {
            const auto answer = count_of(world << 40, (world << 40) + values).answer();
            const double error =
                static_cast<double>(answer.count) / static_cast<double>(values) - 1;
            EXPECT_FALSE(answer.is_exact);
            EXPECT_LT(std::abs(error), 0.32) << values;
            squares += error * error;
            ++estimates;
        }
    }
    EXPECT_LT(std::sqrt(squares / estimates), 0.09);
}

TEST(DistinctCount, PartsMergeIntoTheCountOfTheWholeInAnyOrder) {
    SeededRandom random(2);
    for (int world = 0; world < 200; ++world) {
        const uint64_t values = random.below(world < 100 ? 400 : 5'000);
        const std::string whole = bytes_of(count_of(0, values));
        std::vector<DistinctCount> parts(1 + random.below(5));
        for (uint64_t i = 0; i < values; ++i) {
            for (uint64_t times = 1 + random.below(2); times > 0; --times) {
                parts[random.below(parts.size())].add(mix(i + 1));
            }
        }
        DistinctCount merged;
        while (!parts.empty()) {
            const auto which = static_cast<int64_t>(random.below(parts.size()));
            const std::string bytes = bytes_of(parts[static_cast<size_t>(which)]);
            ByteReader in(bytes);
            merged.merge(*DistinctCount::read(in));
            parts.erase(parts.begin() + which);
        }
        ASSERT_EQ(bytes_of(merged), whole) << values;
    }
}

TEST(DistinctCount, RefusesBytesThatNoneMade) {
    const std::string good = bytes_of(count_of(0, 300));
    for (size_t size = 0; size < good.size(); ++size) {
        ByteReader in(std::string_view(good).substr(0, size));
        EXPECT_FALSE(DistinctCount::read(in)) << size;
    }
    for (const std::string& bad : {std::string("\x02\x00\x05\x00", 4),  // Not rising.
                                   std::string("\x01\x01\x05", 3),      // More, but few kept.
                                   std::string("\x01\x02\x05", 3)}) {   // No such flag.
        ByteReader in(bad);
        EXPECT_FALSE(DistinctCount::read(in));
    }
}

}  // namespace
}  // namespace throughline::sequence
