#include "query/row_set.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace throughline::query {
namespace {

TEST(NameSet, FindsWhatIsFoundNameByName) {
    SeededRandom random(21);
    for (const size_t known : {1u, 2u, 15u, 16u, 17u, 100u, 128u, 129u, 255u, 256u, 257u, 5'000u}) {
        for (int i = 0; i < 200; ++i) {
            std::vector<uint8_t> has(known);
            for (uint8_t& one : has) one = random.below(1 + i % 7) == 0 ? 1 : 0;
            const NameSet set(has);
            std::vector<uint16_t> names(i % 2 == 0 ? kWordRows : random.below(kWordRows));
            for (uint16_t& name : names) name = static_cast<uint16_t>(random.below(known));
            const uint64_t found = set.find(names);
            ASSERT_EQ(found, set.find_plainly(names)) << known;
            for (size_t at = 0; at < kWordRows; ++at) {
                const bool is_in = at < names.size() && has[names[at]] != 0;
                ASSERT_EQ((found >> at & 1) != 0, is_in) << known << " names, row " << at;
            }
        }
    }
}

TEST(RowSet, CountsWhatWasPutInAndTakenOut) {
    SeededRandom random(22);
    for (int i = 0; i < 500; ++i) {
        const auto rows = static_cast<uint32_t>(1 + random.below(300));
        RowSet set;
        set.resize(rows);
        set.fill(0, rows, false);
        set.fill(rows, (rows / kWordRows + 1) * kWordRows, false);
        std::vector<bool> plain(rows);
        for (int step = 0; step < 8; ++step) {
            const auto begin = static_cast<uint32_t>(random.below(rows));
            const auto end = begin + static_cast<uint32_t>(random.below(rows - begin + 1));
            const bool is_in = step % 2 == 0;
            set.fill(begin, end, is_in);
            std::fill(plain.begin() + begin, plain.begin() + end, is_in);
            set.erase(begin);
            plain[begin] = false;
            ASSERT_EQ(set.count(begin, end),
                      std::count(plain.begin() + begin, plain.begin() + end, true));
        }
        set.count_from(0);
        for (uint32_t row = 0; row <= rows; ++row) {
            ASSERT_EQ(set.before(row), std::count(plain.begin(), plain.begin() + row, true)) << row;
        }
    }
}

}  // namespace
}  // namespace throughline::query
