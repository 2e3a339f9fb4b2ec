#include "channel/link.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace throughline::channel {
namespace {

constexpr std::string_view kBase = "https://news.shop.example/";
constexpr std::string_view kSecret = "a secret of the installation";
constexpr Key128 kKey{0x0123456789abcdef, 0xfedcba9876543210};

const Origin kOrigin{.person = 7,
                     .purpose = "marketing",
                     .topic = "offers",
                     .journey = "abandoned-cart",
                     .step = "reminder"};

Links links() {
    return Links::make(std::string(kBase), std::string(kSecret)).value();
}

std::string token(const std::string& link) {
    EXPECT_TRUE(link.starts_with(kBase));
    const std::string text = link.substr(kBase.size() + 2);
    return text.substr(0, text.find('.'));
}

Result<Link> read(std::string_view token) {
    return read_token(kSecret, token);
}

TEST(Links, ComeBackAsTheyWereMade) {
    const std::string target = "https://shop.example/cart?id=7&utm_source=e-mail#top";
    EXPECT_EQ(read(token(links().click(kKey, kOrigin, target).value())).value(),
              (Link{LinkKind::Click, kKey, kOrigin, target}));
    EXPECT_EQ(read(token(links().open(kKey, kOrigin))).value(),
              (Link{LinkKind::Open, kKey, kOrigin, ""}));
    const Origin about{.person = 7, .purpose = "marketing", .topic = "offers"};
    EXPECT_EQ(read(token(links().unsubscribe(kKey, kOrigin))).value(),
              (Link{LinkKind::Unsubscribe, kKey, about, ""}));
}

TEST(Links, OfUnsubscribingAreShortAndFitForAPath) {
    const std::string text = token(links().unsubscribe(kKey, kOrigin));
    EXPECT_EQ(text.size(), 75u);
    EXPECT_EQ(text.find_first_of("+/=?&"), text.npos);
}

TEST(Links, ThatWereChangedInOneBitAreNotOurs) {
    const std::string text = token(links().click(kKey, kOrigin, "https://shop.example/").value());
    for (size_t at = 0; at < text.size(); ++at) {
        for (const char c : std::string_view("AQgw5-_z")) {
            std::string changed = text;
            changed[at] = c;
            // The last character holds bits that mean nothing.
            if (changed == text || at + 1 == text.size()) continue;
            EXPECT_FALSE(read(changed)) << changed;
        }
    }
    EXPECT_FALSE(read(text.substr(0, text.size() - 4)));
    EXPECT_FALSE(read(text + "AAAA"));
    EXPECT_FALSE(read_token("the secret of somebody else", text));
}

TEST(Links, OfOneKindAreNotTakenForAnother) {
    // The first character and half of the second are the kind.
    const std::string open = token(links().open(kKey, kOrigin));
    const std::string unsubscribe = token(links().unsubscribe(kKey, kOrigin));
    EXPECT_FALSE(read(unsubscribe.substr(0, 2) + open.substr(2)));
}

TEST(Links, LeadToTheWebOnly) {
    for (const char* target :
         {"javascript:alert(1)", "//evil.example", "/cart", "ftp://a.example/", "https://",
          "https://user:pass@shop.example/", "https://shop.example/a b",
          "https://shop.example/\r\nSet-Cookie: a=b", "data:text/html,hi", ""}) {
        EXPECT_EQ(links().click(kKey, kOrigin, target).error().code, Code::InvalidArgument)
            << target;
    }
    EXPECT_FALSE(
        links().click(kKey, kOrigin, "https://a.example/" + std::string(kLinkTargetMax, 'x')));
    const std::string longest = "https://a.example/" + std::string(kLinkTargetMax - 18, 'x');
    EXPECT_EQ(read(token(links().click(kKey, kOrigin, longest).value()))->target, longest);
}

TEST(Links, NeedABaseThatLeadsToUsAndASecret) {
    const std::string secret(16, 's');
    for (const char* base : {"", "news.shop.example/", "https://news.shop.example/l",
                             "https://news.shop.example/?t=", "https://news.shop.example/\n/"}) {
        EXPECT_FALSE(Links::make(base, secret)) << base;
    }
    EXPECT_FALSE(Links::make("https://a.example/" + std::string(200, 'x') + "/", secret));
    EXPECT_FALSE(Links::make(std::string(kBase), "short"));
}

TEST(Links, AreNotFoundByChance) {
    SeededRandom random(1);
    for (int i = 0; i < 20'000; ++i) {
        std::string text;
        const uint64_t size = random.below(90);
        for (uint64_t at = 0; at < size; ++at) {
            text += "ABCDEFGHabcdefgh0123456789-_"[random.below(28)];
        }
        EXPECT_FALSE(read(text));
    }
}

TEST(OneClick, IsAFormOrMultipart) {
    constexpr std::string_view kForm = "application/x-www-form-urlencoded";
    EXPECT_TRUE(is_one_click(kForm, "List-Unsubscribe=One-Click"));
    EXPECT_TRUE(is_one_click("Application/X-WWW-Form-Urlencoded; charset=utf-8",
                             "a=b&List-Unsubscribe=One-Click"));
    EXPECT_FALSE(is_one_click(kForm, "List-Unsubscribe=Two-Clicks"));
    EXPECT_FALSE(is_one_click(kForm, ""));
    EXPECT_FALSE(is_one_click("text/plain", "List-Unsubscribe=One-Click"));

    const std::string parts =
        "--x1\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\nvalue\r\n"
        "--x1\r\ncontent-disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n"
        "--x1--\r\n";
    EXPECT_TRUE(is_one_click("multipart/form-data; boundary=x1", parts));
    EXPECT_TRUE(is_one_click("multipart/form-data; boundary=\"x1\"", parts));
    EXPECT_FALSE(is_one_click("multipart/form-data; boundary=x2", parts));
    EXPECT_FALSE(is_one_click("multipart/form-data", parts));
}

}  // namespace
}  // namespace throughline::channel
