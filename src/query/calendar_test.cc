#include "query/calendar.h"

#include <gtest/gtest.h>

namespace throughline::query {
namespace {

Micros at(std::string_view text) {
    return *parse_instant(text);
}

std::vector<std::string> starts(const char* zone, const char* from, const char* to,
                                Interval interval) {
    std::vector<std::string> texts;
    const Zone found = Zone::find(zone).value();
    const auto found_starts = found.intervals(at(from), at(to), interval).value();
    for (const Micros start : found_starts) texts.push_back(format_instant(start));
    return texts;
}

using Texts = std::vector<std::string>;

TEST(Calendar, FollowsDaylightSavingInBucharest) {
    // Clocks go forward on 2026-03-29 and back on 2026-10-25.
    EXPECT_EQ(starts("Europe/Bucharest", "2026-03-28T12:00Z", "2026-03-30T12:00Z", Interval::Day),
              (Texts{"2026-03-27T22:00:00.000Z", "2026-03-28T22:00:00.000Z",
                     "2026-03-29T21:00:00.000Z"}));
    EXPECT_EQ(
        starts("Europe/Bucharest", "2026-10-24T21:00Z", "2026-10-25T22:00Z", Interval::Hour).size(),
        25u);
    EXPECT_EQ(
        starts("Europe/Bucharest", "2026-03-28T22:00Z", "2026-03-29T21:00Z", Interval::Hour).size(),
        23u);
}

TEST(Calendar, KnowsThatIstanbulKeptSummerTimeIn2016) {
    EXPECT_EQ(starts("Europe/Istanbul", "2016-10-29T22:00Z", "2016-11-01T00:00Z", Interval::Day),
              (Texts{"2016-10-29T21:00:00.000Z", "2016-10-30T21:00:00.000Z",
                     "2016-10-31T21:00:00.000Z"}));
    EXPECT_EQ(starts("Europe/Istanbul", "2015-11-07T22:00Z", "2015-11-09T12:00Z", Interval::Day),
              (Texts{"2015-11-07T21:00:00.000Z", "2015-11-08T22:00:00.000Z"}));
}

TEST(Calendar, BeginsWeeksOnMondayAndMonthsOnTheFirst) {
    EXPECT_EQ(starts("America/New_York", "2026-03-04T12:00Z", "2026-03-17T12:00Z", Interval::Week),
              (Texts{"2026-03-02T05:00:00.000Z", "2026-03-09T04:00:00.000Z",
                     "2026-03-16T04:00:00.000Z"}));
    EXPECT_EQ(starts("UTC", "2025-12-31T23:59Z", "2026-03-01T00:00Z", Interval::Month),
              (Texts{"2025-12-01T00:00:00.000Z", "2026-01-01T00:00:00.000Z",
                     "2026-02-01T00:00:00.000Z"}));
}

TEST(Calendar, StepsOverAMidnightThatAZoneSkips) {
    // Beirut went from 23:59:59 to 01:00 on 2022-03-27.
    const Zone beirut = Zone::find("Asia/Beirut").value();
    const Micros start = beirut.day_start(days_from_civil(2022, 3, 27));
    EXPECT_EQ(format_instant(start), "2022-03-26T22:00:00.000Z");
    EXPECT_EQ(beirut.day_of(start), days_from_civil(2022, 3, 27));
    EXPECT_EQ(beirut.day_of(start - 1), days_from_civil(2022, 3, 26));
}

TEST(Calendar, CoversTheRangeWithoutGapsInEveryZone) {
    for (const char* name : {"Europe/Istanbul", "Europe/Bucharest", "America/New_York",
                             "Australia/Lord_Howe", "Asia/Kathmandu", "Asia/Beirut", "UTC"}) {
        const Zone zone = Zone::find(name).value();
        for (const Interval interval :
             {Interval::Hour, Interval::Day, Interval::Week, Interval::Month}) {
            const Micros from = at("2022-01-05T10:20Z");
            const Micros to = from + 400 * kDay;
            const auto found = zone.intervals(from, to, interval).value();
            ASSERT_LE(found.front(), from);
            for (size_t i = 0; i < found.size(); ++i) {
                ASSERT_EQ(zone.interval_start(found[i], interval), found[i]) << name;
                const Micros next = zone.next_interval(found[i], interval);
                ASSERT_GT(next, found[i]);
                ASSERT_EQ(zone.interval_start(next - 1, interval), found[i]) << name;
                ASSERT_EQ(next, i + 1 < found.size() ? found[i + 1] : next);
            }
            ASSERT_GE(zone.next_interval(found.back(), interval), to);
        }
    }
}

TEST(Calendar, ReadsDatesInTheZoneInstantsAndDurations) {
    const Zone zone = Zone::find("Europe/Istanbul").value();
    const Micros now = at("2026-03-31T12:00:00Z");
    EXPECT_EQ(*zone.parse_time("2026-01-01", now), at("2025-12-31T21:00Z"));
    EXPECT_EQ(*zone.parse_time("2026-01-01T00:00:00Z", now), at("2026-01-01T00:00Z"));
    EXPECT_EQ(*zone.parse_time("-30d", now), now - 30 * kDay);
    EXPECT_EQ(*zone.parse_time("-2w", now), now - 14 * kDay);
    EXPECT_EQ(*zone.parse_time("-90m", now), now - 90 * kMinute);
    EXPECT_EQ(*zone.parse_time("-1mo", now), at("2026-02-28T12:00Z"));  // There is no 31st.
    EXPECT_EQ(*zone.parse_time("-15mo", now), at("2024-12-31T12:00Z"));
    for (const char* bad : {"", "-", "-30", "-30x", "--3d", "yesterday", "2026-02-30", "-9999999d",
                            "-99999999999999999999d", "30d"}) {
        EXPECT_FALSE(zone.parse_time(bad, now).is_ok()) << bad;
    }
    EXPECT_FALSE(Zone::find("Europe/Atlantis").is_ok());
    EXPECT_FALSE(Zone::find("../../etc/passwd").is_ok());
}

TEST(Calendar, RefusesTooManyIntervals) {
    const Zone zone = Zone::find("UTC").value();
    EXPECT_FALSE(zone.intervals(0, 10 * 366 * kDay, Interval::Hour).is_ok());
    EXPECT_TRUE(zone.intervals(0, 10'000 * kHour, Interval::Hour).is_ok());
}

// Offsets of whole minutes only: a minute never begins twice, also where an hour does.
TEST(Calendar, MinutesFollowEachOtherThroughEveryChangeOfTheClock) {
    const Zone zone = *Zone::find("Europe/Bucharest");
    const Micros from = *parse_instant("2025-10-26T00:30:00Z");
    const auto starts = zone.intervals(from + kSecond, from + kHour, Interval::Minute);
    ASSERT_TRUE(starts);
    ASSERT_EQ(starts->size(), 60u);
    for (size_t i = 0; i < starts->size(); ++i) {
        EXPECT_EQ((*starts)[i], from + static_cast<Micros>(i) * kMinute);
    }
    EXPECT_FALSE(zone.intervals(from, from + 7 * kDay, Interval::Minute)) << "more than 10,000";
}

}  // namespace
}  // namespace throughline::query
