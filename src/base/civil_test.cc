// Civil time against the zone database itself: its compiled files (TZif, RFC 9636) are read here
// anew, and the rules are tried instant by instant.

#include "base/civil.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/random.h"

namespace throughline {
namespace {

struct FileZone {
    std::string name;
    std::vector<TimeZone::Stretch> stretches;  // One after the other, over all time.

    Micros offset_at(Micros at) const {
        const auto after = std::upper_bound(
            stretches.begin(), stretches.end(), at,
            [](Micros value, const TimeZone::Stretch& stretch) { return value < stretch.begin; });
        return std::prev(after)->offset;
    }
    // The rule as it is written: the first instant at which clocks show it or later.
    Micros instant_of(Micros local) const {
        for (const auto& stretch : stretches) {
            if (local - stretch.offset >= stretch.end) continue;
            return std::max(stretch.begin, local - stretch.offset);
        }
        return kCivilMax;
    }
};

// A big-endian number of `size` bytes.
int64_t number_at(const std::string& bytes, size_t at, size_t size) {
    int64_t value = static_cast<signed char>(bytes.at(at));
    for (size_t i = 1; i < size; ++i) value = value * 256 + static_cast<uint8_t>(bytes.at(at + i));
    return value;
}

constexpr size_t kHeader = 44;

// Where the second block of a file begins, whose times have 64 bits.
size_t second_block(const std::string& bytes) {
    const auto count = [&](size_t index) {
        return static_cast<size_t>(number_at(bytes, 20 + index * 4, 4));
    };
    return kHeader + count(3) * 5 + count(4) * 6 + count(5) + count(2) * 8 + count(1) + count(0);
}

FileZone read_zone(const std::string& name, const std::string& bytes) {
    FileZone zone{name, {}};
    const size_t block = second_block(bytes);
    const auto times = static_cast<size_t>(number_at(bytes, block + 32, 4));
    const size_t at = block + kHeader;
    const size_t kinds = at + times * 9;
    const auto offset_of = [&](size_t kind) {
        return number_at(bytes, kinds + kind * 6, 4) * kSecond;
    };
    zone.stretches.push_back({kCivilMin, kCivilMax, offset_of(0)});
    for (size_t i = 0; i < times; ++i) {
        const Micros begin = number_at(bytes, at + i * 8, 8) * kSecond;
        const auto kind = static_cast<uint8_t>(bytes.at(at + times * 8 + i));
        if (begin <= kCivilMin) {
            zone.stretches.back().offset = offset_of(kind);
            continue;
        }
        zone.stretches.back().end = begin;
        zone.stretches.push_back({begin, kCivilMax, offset_of(kind)});
    }
    return zone;
}

// Every zone of the database, aliases too.
std::vector<FileZone> every_zone() {
    std::vector<FileZone> zones;
    const std::filesystem::path root = "/usr/share/zoneinfo";
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
        const std::string name = entry.path().lexically_relative(root).string();
        if (!entry.is_regular_file() || name.starts_with("posix/") || name.starts_with("right/")) {
            continue;
        }
        std::ifstream file(entry.path(), std::ios::binary);
        const std::string bytes{std::istreambuf_iterator<char>(file), {}};
        if (bytes.starts_with("TZif") && TimeZone::find(name)) {
            zones.push_back(read_zone(name, bytes));
        }
    }
    return zones;
}

constexpr Micros kFrom = 631'152'000 * kSecond;  // 1990-01-01

TEST(TimeZone, KnowsEveryStretchOfEveryZoneSince1990) {
    const auto zones = every_zone();
    ASSERT_GT(zones.size(), 400u);
    for (const FileZone& file : zones) {
        const TimeZone zone = *TimeZone::find(file.name);
        for (const auto& stretch : file.stretches) {
            if (stretch.end <= kFrom) continue;
            for (const Micros at :
                 {stretch.begin, stretch.begin + 1, stretch.end - kSecond, stretch.end - 1}) {
                ASSERT_EQ(zone.stretch_at(at).offset, stretch.offset) << file.name << ' ' << at;
            }
        }
    }
}

TEST(TimeZone, FollowsTheRuleInEveryGapAndOverlapSince1990) {
    size_t gaps = 0;
    size_t overlaps = 0;
    for (const FileZone& file : every_zone()) {
        const TimeZone zone = *TimeZone::find(file.name);
        for (size_t i = 1; i < file.stretches.size(); ++i) {
            const Micros at = file.stretches[i].begin;
            if (at < kFrom) continue;
            const Micros before = at + file.stretches[i - 1].offset;
            const Micros after = at + file.stretches[i].offset;
            gaps += after > before;
            overlaps += after < before;
            const Micros last = std::max(before, after) + 2 * kHour;
            for (Micros local = std::min(before, after) - 2 * kHour; local <= last;
                 local += 5 * kMinute) {
                const Micros found = zone.instant_of(local);
                ASSERT_EQ(found, file.instant_of(local)) << file.name << ' ' << local;
                // In its own words: not shown before, and shown, or passed over, then.
                ASSERT_LT(found - 1 + file.offset_at(found - 1), local) << file.name;
                ASSERT_GE(found + file.offset_at(found), local) << file.name;
            }
        }
    }
    EXPECT_GT(gaps, 10'000u);
    EXPECT_GT(overlaps, 10'000u);
}

// Steps of a minute over the days around a change of clocks.
void walk_around(const FileZone& file, Micros change, SeededRandom& random) {
    const TimeZone zone = *TimeZone::find(file.name);
    const Micros first = change - 26 * kHour;
    const Micros last = change + 50 * kHour;
    const auto minute_of_day = [&] { return static_cast<Micros>(random.below(1440)) * kMinute; };
    const QuietHours hours{minute_of_day(), minute_of_day()};
    const Micros alarm = minute_of_day();
    const auto quiet_at = [&](Micros at) {
        const Micros local = at + file.offset_at(at);
        const Micros shown = local - floor_div(local, kDay) * kDay;
        return hours.from <= hours.to ? shown >= hours.from && shown < hours.to
                                      : shown >= hours.from || shown < hours.to;
    };
    // From the last to the first, what comes next is known by having been there.
    Micros loud = kNoTime;
    for (Micros at = last; at >= first; at -= kMinute) {
        const auto until = quiet_until(zone, hours, at);
        ASSERT_EQ(until.has_value(), quiet_at(at)) << file.name << ' ' << at;
        if (!until) loud = at;
        if (until && loud != kNoTime) {
            ASSERT_EQ(*until, loud) << file.name << ' ' << at;
        }
    }
    std::vector<Micros> alarms;
    for (int64_t day = floor_div(first, kDay) - 2; day < floor_div(last, kDay) + 4; ++day) {
        alarms.push_back(file.instant_of(day * kDay + alarm));
    }
    for (Micros at = first; at <= last; at += kMinute) {
        const auto next = std::upper_bound(alarms.begin(), alarms.end(), at);
        ASSERT_EQ(zone.next_time(at, alarm), *next) << file.name << ' ' << at;
    }
}

TEST(TimeZone, NextTimesAndQuietHoursAreThoseOfAWalkByMinutes) {
    SeededRandom random(20'260'329);
    for (const FileZone& file : every_zone()) {
        std::vector<Micros> changes;
        for (const auto& stretch : file.stretches) {
            if (stretch.begin >= kFrom) changes.push_back(stretch.begin);
        }
        if (changes.empty()) continue;
        for (int tries = 0; tries < 2; ++tries) {
            const Micros change = changes[random.below(changes.size())];
            // Offsets by the minute only: the walk steps by them.
            if (change % kMinute != 0) continue;
            ASSERT_NO_FATAL_FAILURE(walk_around(file, change, random));
        }
    }
}

Micros at(std::string_view text) {
    return *parse_instant(text);
}

TEST(TimeZone, NineInTheMorningIsNineOnTheDayClocksChange) {
    const TimeZone bucharest = *TimeZone::find("Europe/Bucharest");
    EXPECT_EQ(format_instant(bucharest.next_time(at("2026-03-28T10:00Z"), 9 * kHour)),
              "2026-03-29T06:00:00.000Z");
    EXPECT_EQ(format_instant(bucharest.next_time(at("2026-03-29T06:00Z"), 9 * kHour)),
              "2026-03-30T06:00:00.000Z");
    // 03:30 does not exist on 2026-03-29 and exists twice on 2026-10-25.
    const Micros half_past = 3 * kHour + 30 * kMinute;
    EXPECT_EQ(format_instant(bucharest.next_time(at("2026-03-28T22:00Z"), half_past)),
              "2026-03-29T01:00:00.000Z");
    EXPECT_EQ(format_instant(bucharest.next_time(at("2026-10-24T22:00Z"), half_past)),
              "2026-10-25T00:30:00.000Z");
    EXPECT_EQ(format_instant(bucharest.next_time(at("2026-10-25T00:30Z"), half_past)),
              "2026-10-26T01:30:00.000Z");
}

TEST(TimeZone, QuietEndsInTheMorningOfTheZone) {
    const TimeZone istanbul = *TimeZone::find("Europe/Istanbul");
    const QuietHours night{22 * kHour, 8 * kHour};
    EXPECT_EQ(quiet_until(istanbul, night, at("2026-01-10T19:00Z")), at("2026-01-11T05:00Z"));
    EXPECT_EQ(quiet_until(istanbul, night, at("2026-01-11T04:59:59Z")), at("2026-01-11T05:00Z"));
    EXPECT_EQ(quiet_until(istanbul, night, at("2026-01-11T05:00Z")), std::nullopt);
    EXPECT_EQ(quiet_until(istanbul, QuietHours{kHour, kHour}, at("2026-01-10T22:00Z")),
              std::nullopt);
}

TEST(TimeZone, NamesThatAreNoneAreRefused) {
    for (const char* name : {"", "Mars/Olympus", "europe/istanbul", "+03:00", "../etc/passwd"}) {
        EXPECT_FALSE(TimeZone::find(name)) << name;
    }
    EXPECT_EQ(TimeZone::find("UTC")->name(), "UTC");
    EXPECT_EQ(TimeZone::find("Europe/Istanbul")->name(), "Europe/Istanbul");
    EXPECT_EQ(TimeZone().instant_of(12), 12);
}

TEST(TimeZone, StandsStillAtTheEndsOfTheCalendar) {
    const TimeZone new_york = *TimeZone::find("America/New_York");
    for (const Micros far : {kNoTime + kDay * 400, kCivilMin, kCivilMax, Micros{1} << 62}) {
        EXPECT_EQ(new_york.local_of(far), far + new_york.stretch_at(far).offset);
        EXPECT_NEAR(static_cast<double>(new_york.instant_of(far)),
                    static_cast<double>(std::max(far, kCivilMin)), static_cast<double>(kDay));
    }
}

TEST(TimeOfDay, IsReadAsPeopleWriteIt) {
    EXPECT_EQ(parse_time_of_day("09:00"), 9 * kHour);
    EXPECT_EQ(parse_time_of_day("9:05"), 9 * kHour + 5 * kMinute);
    EXPECT_EQ(parse_time_of_day("23:59:59"), kDay - kSecond);
    for (const char* bad : {"", "9", "24:00", "12:60", "1:2", "12:00:", ":30", "12:00:60", "123:00",
                            "12:00:00:00", "-1:00", "12:0a"}) {
        EXPECT_FALSE(parse_time_of_day(bad)) << bad;
    }
}

}  // namespace
}  // namespace throughline
