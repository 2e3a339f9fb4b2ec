#include "ingest/clock_rule.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "model/json.h"

namespace throughline::ingest {
namespace {

constexpr Micros kReceived = 1'780'000'000 * kSecond;

// The definition of clock_rule.h, case by case, in the order it is written there.
EventTime by_definition(const ClockFacts& f) {
    const bool says_explicit = f.explicit_time != kNoTime;
    const bool says_original = f.original != kNoTime;
    EventTime out;
    out.original = says_original ? f.original : says_explicit ? f.explicit_time : kNoTime;
    if (!says_explicit && !says_original) {
        out.time = f.received;
    } else if (says_explicit && says_original) {
        out.time = f.explicit_time;
    } else if (f.sent == kNoTime || std::abs(f.received - f.sent) <= 60 * kSecond) {
        out.time = out.original;
    } else {
        out.time = f.received - (f.sent - out.original);
        out.corrected = true;
    }
    out.clamped = out.time > f.received;
    if (out.clamped) out.time = f.received;
    return out;
}

TEST(ClockRule, AgreesWithItsDefinition) {
    SeededRandom random(3);
    const Micros offsets[] = {0,           1,     30 * kSecond, kMinute - 1, kMinute,
                              kMinute + 1, kHour, kDay,         3650 * kDay};
    const auto near_receipt = [&] {
        if (random.chance(0.3)) return kNoTime;
        const Micros offset = offsets[random.below(std::size(offsets))];
        return kReceived + (random.chance(0.5) ? offset : -offset);
    };
    for (int i = 0; i < 100'000; ++i) {
        const ClockFacts facts{near_receipt(), near_receipt(), near_receipt(), kReceived};
        const EventTime found = decide_time(facts);
        const EventTime wanted = by_definition(facts);
        ASSERT_EQ(found.time, wanted.time);
        ASSERT_EQ(found.original, wanted.original);
        ASSERT_EQ(found.corrected, wanted.corrected);
        ASSERT_EQ(found.clamped, wanted.clamped);
        ASSERT_LE(found.time, kReceived);
    }
}

TEST(ClockRule, SlowRequestIsNotTakenForSkew) {
    // Sent 30 s before it arrived, by a right clock: the event stays where it was.
    const Micros clicked = kReceived - 40 * kSecond;
    EXPECT_EQ(decide_time({clicked, kNoTime, kReceived - 30 * kSecond, kReceived}).time, clicked);
}

TEST(ClockRule, EveryFormOfTimeIsRead) {
    const auto read = [](std::string_view json) -> std::string {
        const auto at = read_instant(model::DocView(*model::doc_from_json(json)));
        return at ? format_instant_exact(*at) : "none";
    };
    EXPECT_EQ(read("1780000000"), "2026-05-28T20:26:40Z");
    EXPECT_EQ(read("1780000000.25"), "2026-05-28T20:26:40.25Z");
    EXPECT_EQ(read("1780000000123"), "2026-05-28T20:26:40.123Z");
    EXPECT_EQ(read("1780000000123456"), "2026-05-28T20:26:40.123456Z");
    EXPECT_EQ(read("\"1780000000123\""), "2026-05-28T20:26:40.123Z");
    EXPECT_EQ(read("0"), "1970-01-01T00:00:00Z");
    EXPECT_EQ(read("-86400"), "1969-12-31T00:00:00Z");
    EXPECT_EQ(read("\"2026-05-28 20:26:40\""), "2026-05-28T20:26:40Z");
    EXPECT_EQ(read("\" 2026-05-28T20:26:40+03:00 \""), "2026-05-28T17:26:40Z");
    EXPECT_EQ(read("\"yesterday\""), "none");
    EXPECT_EQ(read("\"\""), "none");
    EXPECT_EQ(read("true"), "none");
    EXPECT_EQ(read("1e300"), "none");
    EXPECT_EQ(read("\"nan\""), "none");
}

}  // namespace
}  // namespace throughline::ingest
