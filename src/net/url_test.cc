#include "net/url.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace throughline::net {
namespace {

TEST(PercentDecode, KeepsWhatIsNoEscape) {
    EXPECT_EQ(percent_decode("a%2Fb%20c", PlusSign::Literal), "a/b c");
    EXPECT_EQ(percent_decode("a+b", PlusSign::Literal), "a+b");
    EXPECT_EQ(percent_decode("a+b", PlusSign::Space), "a b");
    EXPECT_EQ(percent_decode("100%", PlusSign::Literal), "100%");
    EXPECT_EQ(percent_decode("%4", PlusSign::Literal), "%4");
    EXPECT_EQ(percent_decode("%zz%41", PlusSign::Literal), "%zzA");
    EXPECT_EQ(percent_decode("%%41", PlusSign::Literal), "%A");
}

TEST(PercentDecode, TakesBackWhatEncodingWrote) {
    SeededRandom random(7);
    for (int round = 0; round < 500; ++round) {
        std::string text;
        for (uint64_t i = random.below(40); i > 0; --i) {
            text.push_back(static_cast<char>(random.below(256)));
        }
        std::string encoded;
        append_percent_encoded(encoded, text);
        EXPECT_EQ(percent_decode(encoded, PlusSign::Space), text);
    }
}

TEST(ParseQuery, KeepsOrderAndDuplicates) {
    const auto params = parse_query("a=1&b=x%20y&&a=2&flag&=v&c=1=2");
    ASSERT_EQ(params.size(), 6u);
    EXPECT_EQ(params[1].value, "x y");
    EXPECT_EQ(params[2].name, "a");
    EXPECT_EQ(params[2].value, "2");
    EXPECT_EQ(params[3].name, "flag");
    EXPECT_EQ(params[3].value, "");
    EXPECT_EQ(params[4].name, "");
    EXPECT_EQ(params[5].value, "1=2");
}

TEST(ParsePath, DecodesAfterSplitting) {
    using Segments = std::vector<std::string>;
    EXPECT_EQ(parse_path("/v1/people/a%2Fb"), (Segments{"v1", "people", "a/b"}));
    EXPECT_EQ(parse_path("/v1/track/"), (Segments{"v1", "track"}));
    EXPECT_EQ(parse_path("/"), Segments{});
    EXPECT_EQ(parse_path("/a//b"), (Segments{"a", "", "b"}));
    EXPECT_EQ(parse_path("/../x"), (Segments{"..", "x"}));
}

TEST(ParseUrl, TakesHttpUrlsApart) {
    const auto url = parse_url("https://shop.example:8443/api?x=1#top");
    ASSERT_TRUE(url);
    EXPECT_TRUE(url.value().is_tls);
    EXPECT_EQ(url.value().host, "shop.example");
    EXPECT_EQ(url.value().port, 8443);
    EXPECT_EQ(url.value().target, "/api?x=1");
    EXPECT_EQ(parse_url("http://[::1]:80").value().host, "::1");
    EXPECT_EQ(parse_url("http://a").value().target, "/");
    EXPECT_EQ(parse_url("http://a?q").value().target, "/?q");
    EXPECT_EQ(parse_url("https://a").value().port, 443);
}

TEST(ParseUrl, RefusesWhatItCannotMean) {
    for (const char* bad : {"", "a.example", "ftp://a", "http://", "http://:80", "http://a:0",
                            "http://a:65536", "http://a:8x", "http://me@a", "http://[::1",
                            "http://a b", "http://a/\r\nHost: b", "http://[::1]x"}) {
        EXPECT_FALSE(parse_url(bad)) << bad;
    }
}

}  // namespace
}  // namespace throughline::net
