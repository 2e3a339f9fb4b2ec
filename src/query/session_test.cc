#include "query/session.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "base/random.h"

namespace throughline::query {
namespace {

using Kind = Arrival::Kind;

struct Row {
    Micros at = 0;
    TouchMark mark;
};

/// A session: its first row, and the row that gave it its touch.
struct Found {
    size_t first = 0;
    std::optional<size_t> touch;
    bool operator==(const Found&) const = default;
};

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

/// The definition: each session is looked for from its first row on.
std::vector<Found> by_definition(const std::vector<Row>& rows) {
    std::vector<Found> sessions;
    size_t first = 0;
    while (first < rows.size()) {
        Found session{first, {}};
        std::optional<uint32_t> campaign;
        size_t row = first;
        for (; row < rows.size(); ++row) {
            const TouchMark mark = rows[row].mark;
            const bool has_campaign = mark.kind == Kind::Campaign;
            if (row > first) {
                if (rows[row].at - rows[row - 1].at >= 30 * kMinute) break;
                const bool is_young = rows[row].at - rows[first].at <= kMinute && !session.touch;
                if (has_campaign && campaign != mark.campaign && !is_young) break;
            }
            if (mark.kind != Kind::None && !session.touch) session.touch = row;
            if (has_campaign) campaign = mark.campaign;
        }
        sessions.push_back(session);
        first = row;
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
        ASSERT_EQ(sessions_of(rows), by_definition(rows)) << code;
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
        ASSERT_EQ(sessions_of(rows), by_definition(rows)) << round;
    }
}

}  // namespace
}  // namespace throughline::query
