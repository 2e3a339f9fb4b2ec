#include "query/session.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "query/attribution_oracle.h"

namespace throughline::query {
namespace {

using Kind = Arrival::Kind;
using oracle::Found;
using oracle::Row;

std::vector<Found> sessions_of(const std::vector<Row>& rows) {
    std::vector<Found> sessions;
    SessionWalk walk;
    for (size_t i = 0; i < rows.size(); ++i) {
        const auto step = walk.next(rows[i].at, rows[i].mark);
        if (step == SessionWalk::Step::Begins) sessions.push_back({i, {}});
        const bool brings = step != SessionWalk::Step::Continues;
        if (brings && rows[i].mark.kind != Kind::None) sessions.back().touch = i;
    }
    return sessions;
}

TEST(Session, BeginsAfterHalfAnHourOfSilence) {
    EXPECT_EQ(sessions_of({{0, {}}, {30 * kMinute - 1, {}}}).size(), 1u);
    EXPECT_EQ(sessions_of({{0, {}}, {30 * kMinute, {}}}).size(), 2u);
    EXPECT_EQ(sessions_of({{0, {}}, {20 * kMinute, {}}, {40 * kMinute, {}}}).size(), 1u);
}

TEST(Session, BeginsWithANewCampaignButNotWithTheSameOne) {
    const TouchMark spring{Kind::Campaign, 1};
    const TouchMark autumn{Kind::Campaign, 2};
    const TouchMark blog{Kind::Passing, 0};
    EXPECT_EQ(sessions_of({{0, spring}, {1, {}}, {2, spring}}).size(), 1u);
    EXPECT_EQ(sessions_of({{0, spring}, {1, autumn}, {2, spring}}).size(), 3u);
    EXPECT_EQ(sessions_of({{0, {}}, {10 * kMinute, spring}}).size(), 2u);
    EXPECT_EQ(sessions_of({{0, blog}, {1, spring}}).size(), 2u);
    EXPECT_EQ(sessions_of({{0, spring}, {1, blog}}), (std::vector<Found>{{0, 0}}));
}

TEST(Session, TakesTheFirstTouchThatComesAfterItsBeginning) {
    const TouchMark spring{Kind::Campaign, 1};
    const TouchMark blog{Kind::Passing, 0};
    EXPECT_EQ(sessions_of({{0, {}}, {kMinute, spring}}), (std::vector<Found>{{0, 1}}));
    EXPECT_EQ(sessions_of({{0, {}}, {20 * kMinute, blog}}), (std::vector<Found>{{0, 1}}));
    EXPECT_EQ(sessions_of({{0, {}}, {1, {}}}), (std::vector<Found>{{0, {}}}));
}

TEST(Session, AgreesWithItsDefinitionOnEveryShortSequence) {
    constexpr Micros kGaps[] = {0, kMinute, 30 * kMinute - 1, 30 * kMinute};
    constexpr TouchMark kMarks[] = {
        {}, {Kind::Passing, 0}, {Kind::Campaign, 1}, {Kind::Campaign, 2}};
    for (int code = 0; code < 16 * 16 * 16 * 16 * 4; ++code) {  // Four rows of 16, one of 4.
        std::vector<Row> rows;
        Micros at = 0;
        for (int rest = code; rows.size() < 5; rest /= 16) {
            rows.push_back({at, kMarks[rest % 4]});
            at += kGaps[rest / 4 % 4];
        }
        ASSERT_EQ(sessions_of(rows), oracle::sessions_by_definition(rows)) << code;
    }
}

TEST(Session, AgreesWithItsDefinitionOnLongRandomSequences) {
    SeededRandom random(5);
    for (int round = 0; round < 20'000; ++round) {
        std::vector<Row> rows(1 + random.below(30));
        Micros at = 0;
        for (Row& row : rows) {
            at += static_cast<Micros>(random.below(40)) * kMinute;
            const uint64_t kind = random.below(5);
            if (kind == 1) row.mark = {Kind::Passing, 0};
            if (kind == 2) row.mark = {Kind::Campaign, static_cast<uint32_t>(random.below(3))};
            row.at = at;
        }
        ASSERT_EQ(sessions_of(rows), oracle::sessions_by_definition(rows)) << round;
    }
}

}  // namespace
}  // namespace throughline::query
