#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/json_text.h"
#include "base/random.h"
#include "base/result.h"
#include "base/time.h"

namespace throughline {
namespace {

TEST(Time, ReadsTheFormsThatClientsWrite) {
    const auto day = days_from_civil(2026, 1, 31) * kDay;
    EXPECT_EQ(parse_instant("2026-01-31"), day);
    EXPECT_EQ(parse_instant("2026-01-31T09:15:00Z"), day + 9 * kHour + 15 * kMinute);
    EXPECT_EQ(parse_instant("2026-01-31 09:15"), day + 9 * kHour + 15 * kMinute);
    EXPECT_EQ(parse_instant("2026-01-31T09:15:00.5+03:00"),
              day + 6 * kHour + 15 * kMinute + kSecond / 2);
    EXPECT_EQ(parse_instant("2026-01-31T09:15:00,123456789-0130"),
              day + 10 * kHour + 45 * kMinute + 123456);
}

TEST(Time, RefusesWhatIsNoInstant) {
    for (std::string_view text :
         {"", "2017", "2023-02-29", "2023-13-01", "2023-01-01T24:00:00Z", "2023-01-01T10",
          "2023-01-01T10:00:00+", "2023-01-01T10:00:00 x", "yesterday", "2023-01-01T10:00:00.Z"}) {
        EXPECT_FALSE(parse_instant(text)) << text;
    }
}

TEST(Time, EveryDayOfEightCenturiesSurvivesTheRoundTrip) {
    for (int64_t day = days_from_civil(1700, 1, 1); day < days_from_civil(2500, 1, 1); ++day) {
        const CivilDate date = civil_from_days(day);
        ASSERT_TRUE(is_date(date.year, date.month, date.day));
        ASSERT_EQ(days_from_civil(date.year, date.month, date.day), day);
    }
}

TEST(Time, FormatsAndReadsBack) {
    SeededRandom random(1);
    for (int i = 0; i < 10'000; ++i) {
        const auto at = static_cast<Micros>(random.below(4'000'000'000ULL * kSecond)) - kDay * 9000;
        ASSERT_EQ(parse_instant(format_instant_exact(at)), at);
        ASSERT_EQ(parse_instant(format_instant(at)), floor_div(at, 1000) * 1000);
    }
}

// The form of most clients has a way of its own; with an offset for the Z it goes the general one.
TEST(Time, TheUsualFormReadsAsTheGeneralOneDoes) {
    SeededRandom random(2);
    for (int i = 0; i < 200'000; ++i) {
        std::string text =
            format_instant(static_cast<Micros>(random.below(4'000'000'000ULL * kSecond)));
        for (uint64_t edits = random.below(3); edits > 0; --edits) {
            text[random.below(text.size() - 1)] = "0123456789:.-T+"[random.below(15)];
        }
        const std::string general = text.substr(0, text.size() - 1) + "+00:00";
        ASSERT_EQ(parse_instant(text), parse_instant(general)) << text;
    }
}

TEST(Bytes, ReadBackAsWritten) {
    std::string bytes;
    ByteWriter out(bytes);
    out.varint(300);
    out.signed_varint(-5);
    out.string("line");
    out.fixed<uint32_t>(7);
    ByteReader in(bytes);
    EXPECT_EQ(in.varint(), 300u);
    EXPECT_EQ(in.signed_varint(), -5);
    EXPECT_EQ(in.string(), "line");
    EXPECT_EQ(in.fixed<uint32_t>(), 7u);
    EXPECT_TRUE(in.ok() && in.at_end());
}

TEST(Bytes, AShortReadIsSeenAndNeverPassesTheEnd) {
    ByteReader in(std::string_view("\x05wo", 3));
    EXPECT_EQ(in.string(), "");
    EXPECT_FALSE(in.ok());
    EXPECT_EQ(in.varint(), 0u);
    ByteReader endless("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff");
    EXPECT_EQ(endless.varint(), 0u);
    EXPECT_FALSE(endless.ok());
}

TEST(Json, EscapesAndReplacesWhatIsNotUtf8) {
    std::string out;
    append_json_string(out, "a\"\\\n\x01\xc3\xa9\xff\xed\xa0\x80");
    EXPECT_EQ(out,
              "\"a\\\"\\\\\\n\\u0001\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

TEST(Json, NumbersAreShortAndExact) {
    std::string out;
    append_json_number(out, 0.1);
    out += ' ';
    append_json_number(out, 1e300 * 1e300);
    EXPECT_EQ(out, "0.1 null");
}

TEST(Hash, DependsOnKeyAndBytes) {
    const SecretKey one{1};
    const SecretKey two{2};
    EXPECT_EQ(keyed_hash(one, "x"), keyed_hash(one, "x"));
    EXPECT_NE(keyed_hash(one, "x"), keyed_hash(two, "x"));
    EXPECT_NE(keyed_hash(one, "x"), keyed_hash(one, "y"));
    EXPECT_NE(checksum("x", 1), checksum("x", 2));
}

Result<int> half(int number) {
    if (number % 2) return Error::invalid("half: number: odd");
    return number / 2;
}
Result<int> quarter(int number) {
    TL_TRY_ASSIGN(int first, half(number));
    return half(first);
}

TEST(Result, CarriesTheFirstErrorUp) {
    EXPECT_EQ(*quarter(8), 2);
    EXPECT_EQ(quarter(6).error().message, "half: number: odd");
}

}  // namespace
}  // namespace throughline
