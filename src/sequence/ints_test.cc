#include "sequence/ints.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace throughline::sequence {
namespace {

/// What a file does: the column, and bytes behind it.
struct Stored {
    std::string bytes;
    size_t size = 0;

    explicit Stored(const std::vector<int64_t>& values) {
        encode_ints(values, bytes);
        size = bytes.size();
        bytes.append(kIntsSlack, '\xff');
    }
    std::string_view column() const { return std::string_view(bytes).substr(0, size); }
};

void expect_same(const std::vector<int64_t>& values) {
    const Stored stored(values);
    const auto count = static_cast<uint32_t>(values.size());
    const auto view = IntView::parse(stored.column(), count);
    ASSERT_TRUE(view);
    std::vector<int64_t> decoded;
    view->decode(decoded);
    ASSERT_EQ(decoded, values);
    for (uint32_t row = 0; row < count; ++row) ASSERT_EQ(view->at(row), values[row]) << row;
    for (uint32_t row = count; row-- > 0;) ASSERT_EQ(view->at(row), values[row]) << row;
    const uint32_t from = count / 3;
    view->decode(from, count, decoded);
    ASSERT_TRUE(std::equal(decoded.begin(), decoded.end(), values.begin() + from));
}

TEST(Ints, GivesBackValuesOfEveryWidthAndUnit) {
    SeededRandom random(11);
    for (unsigned bits = 0; bits <= 64; ++bits) {
        for (const uint64_t unit : {1u, 1'000u, 1'000'000u}) {
            std::vector<int64_t> values;
            const auto base = static_cast<int64_t>(random.next()) >> (random.below(2) * 20);
            for (int i = 0; i < 100; ++i) {
                const uint64_t offset = bits == 0 ? 0 : random.next() >> (64 - bits);
                values.push_back(static_cast<int64_t>(static_cast<uint64_t>(base) + offset * unit));
            }
            ASSERT_NO_FATAL_FAILURE(expect_same(values)) << bits << " bits of " << unit;
        }
    }
    expect_same({INT64_MIN, INT64_MAX, 0, -1});
    expect_same({INT64_MIN});
}

TEST(Ints, KeepsRunsInLessThanABitAValue) {
    SeededRandom random(12);
    std::vector<int64_t> values;
    while (values.size() < 8'000) {
        const auto value = static_cast<int64_t>(random.below(500)) - 250;
        values.insert(values.end(), 1 + random.below(100), value);
    }
    ASSERT_NO_FATAL_FAILURE(expect_same(values));
    EXPECT_LT(Stored(values).size * 8, values.size());
}

TEST(Ints, CountsMillisecondsNotMicroseconds) {
    std::vector<int64_t> values;
    for (int64_t i = 0; i < 1'000; ++i)
        values.push_back(1'700'000'000'000'000 + i * 7'919 % 1'000 * 1'000);
    EXPECT_LT(Stored(values).size, 1'000 * 10 / 8 + 20);
}

TEST(Ints, RefusesBytesThatNoEncoderMade) {
    SeededRandom random(13);
    std::vector<int64_t> values(300, 5);
    for (size_t i = 0; i < 150; ++i) values[i] = static_cast<int64_t>(i / 50);
    const Stored stored(values);
    for (size_t size = 0; size < stored.size; ++size) {
        EXPECT_FALSE(IntView::parse(stored.column().substr(0, size), 300)) << size;
    }
    for (int i = 0; i < 20'000; ++i) {
        std::string bytes(stored.bytes);
        for (int flips = 0; flips < 3; ++flips) {
            bytes[random.below(stored.size)] = static_cast<char>(random.next());
        }
        const auto view = IntView::parse(std::string_view(bytes).substr(0, stored.size), 300);
        if (!view) continue;
        for (uint32_t row = 0; row < 300; ++row) static_cast<void>(view->at(row));
    }
}

}  // namespace
}  // namespace throughline::sequence
