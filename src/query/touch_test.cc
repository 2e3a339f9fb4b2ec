#include "query/touch.h"

#include <gtest/gtest.h>

#include "model/json.h"
#include "query/site_list.h"

namespace throughline::query {
namespace {

std::string payload_of(const std::string& json, std::string_view name = "Product Viewed",
                       model::SourceId source = 4) {
    const std::string doc = model::doc_from_json(json).value();
    std::string payload;
    model::append_event(
        payload,
        {.source = source, .message_key = {}, .identifiers = {}, .name = name, .doc = doc});
    return payload;
}

/// The key as JSON; empty for no touch.
std::string touch_of(const std::string& json, std::string_view name = "Product Viewed",
                     TouchNeeds needs = {}) {
    const std::string payload = payload_of(json, name);
    std::string key;
    TouchReader(std::move(needs)).append_key(model::EventView(payload), key);
    return key.empty() ? key : model::to_json(model::DocView(key));
}

std::string on_page(std::string_view url, std::string_view referrer = "") {
    return R"({"context":{"page":{"url":")" + std::string(url) + R"(","referrer":")" +
           std::string(referrer) + R"("}}})";
}

TEST(Touch, IsTheCampaignThatTheSdkSends) {
    EXPECT_EQ(touch_of(R"({"context":{"campaign":{"name":"Spring Sale","source":"Google",
                           "medium":"CPC","content":"blue","term":"shoes"}}})"),
              R"({"source":"google","medium":"cpc","campaign":"Spring Sale","content":"blue",)"
              R"("term":"shoes"})");
    EXPECT_EQ(touch_of(R"({"context":{"campaign":{"name":2026}}})"), R"({"campaign":"2026"})");
    EXPECT_EQ(touch_of(R"({"context":{"campaign":{"name":"  ","source":""}}})"), "");
    EXPECT_EQ(touch_of(R"({"context":{"campaign":"spring"}})"), "");
}

TEST(Touch, IsReadFromTheAddressWhereTheSdkDoesNotSendIt) {
    EXPECT_EQ(touch_of(on_page("https://shop.example/a?utm_source=News&utm_medium=email"
                               "&utm_campaign=Black+Friday%20%C3%A7&x=1#utm_term=no")),
              R"({"source":"news","medium":"email","campaign":"Black Friday ç"})");
    EXPECT_EQ(touch_of(R"({"properties":{"search":"?UTM_Source=a&utm_source=b"}})"),
              R"({"source":"a"})");
    // What the SDK sends stands alone: the two are never mixed.
    EXPECT_EQ(touch_of(R"({"context":{"campaign":{"source":"x"},
                           "page":{"search":"?utm_medium=email"}}})"),
              R"({"source":"x"})");
    EXPECT_EQ(touch_of(on_page("https://shop.example/?utm_source=%FF%FE")), "");
}

TEST(Touch, KeepsTheNamesOfClickIdsAndNeverTheirValues) {
    EXPECT_EQ(touch_of(on_page("https://shop.example/?msclkid=77&gclid=EAIaIQ&gclid=2")),
              R"({"click":["gclid","msclkid"]})");
    EXPECT_EQ(touch_of(on_page("https://shop.example/?gclid=")), "");
    EXPECT_EQ(touch_of(on_page("https://shop.example/?ScCid=1")), R"({"click":["sccid"]})");
}

TEST(Touch, IsTheHostOfAReferrerThatIsNotOurs) {
    EXPECT_EQ(touch_of(on_page("https://shop.example/", "https://www.google.com/search?q=x")),
              R"({"referrer":"google.com"})");
    EXPECT_EQ(touch_of(on_page("https://shop.example/", "https://checkout.shop.example/pay")), "");
    EXPECT_EQ(touch_of(on_page("https://a.firma.com.tr/", "https://b.firma.com.tr/")), "");
    EXPECT_EQ(touch_of(on_page("https://firma.com.tr/", "https://other.com.tr/")),
              R"({"referrer":"other.com.tr"})");
    EXPECT_EQ(touch_of(R"({"context":{"referrer":{"url":"https://News.example/"}}})"),
              R"({"referrer":"news.example"})");
    EXPECT_EQ(touch_of(on_page("https://shop.example/?utm_source=x", "https://google.com/")),
              R"({"source":"x"})");
}

TEST(Touch, NamesItsChannelInTheContextOrInEventsThatARuleNames) {
    EXPECT_EQ(touch_of(R"({"context":{"channel":"Call centre"}})"), R"({"channel":"Call centre"})");
    const std::string visit = R"({"properties":{"channel":"Store"}})";
    EXPECT_EQ(touch_of(visit, "Store Visited"), "");
    EXPECT_EQ(touch_of(visit, "Store Visited", {.events = {"store visited"}}),
              R"({"channel":"Store","event":"Store Visited"})");
    EXPECT_EQ(touch_of("{}", "Product Viewed", {.sender = true}), R"({"sender":4})");
    EXPECT_EQ(touch_of(R"({"properties":{"campaign":{"source":"Network"}}})", "Install Attributed"),
              R"({"source":"network"})");
}

TEST(Touch, CutsLongTextsAtACharacter) {
    const std::string key =
        touch_of(R"({"context":{"channel":")" + std::string(199, 'a') + "çç" + R"("}})");
    EXPECT_EQ(key, R"({"channel":")" + std::string(199, 'a') + R"("})");
}

TEST(SiteList, KnowsSitesByWordHostAndNationalDomain) {
    EXPECT_EQ(site_kind("google"), "search");
    EXPECT_EQ(site_kind("google.com.tr"), "search");
    EXPECT_EQ(site_kind("news.google.co.uk"), "search");
    EXPECT_EQ(site_kind("mail.google.com"), "email");
    EXPECT_EQ(site_kind("m.facebook.com"), "social");
    EXPECT_EQ(site_kind("t.co"), "social");
    EXPECT_EQ(site_kind("x"), "social");
    EXPECT_EQ(site_kind("x.org"), "");
    EXPECT_EQ(site_kind("google.evil.com"), "");
    EXPECT_EQ(site_kind("notgoogle.com"), "");
    EXPECT_EQ(site_kind(""), "");
}

TEST(SiteList, FindsTheRegisteredPartOfAHost) {
    EXPECT_EQ(registered_domain("a.b.example.co.uk"), "example.co.uk");
    EXPECT_EQ(registered_domain("example.co.uk"), "example.co.uk");
    EXPECT_EQ(registered_domain("co.uk"), "co.uk");
    EXPECT_EQ(registered_domain("www.abc.ro"), "abc.ro");
    EXPECT_EQ(registered_domain("a.example.com"), "example.com");
    EXPECT_EQ(registered_domain("localhost"), "localhost");
    EXPECT_EQ(registered_domain("10.0.0.1"), "10.0.0.1");
    EXPECT_EQ(registered_domain(""), "");
    EXPECT_EQ(host_of("https://u:p@www.Example.com:8080/x?y"), "Example.com");
    EXPECT_EQ(host_of("example.com/x"), "");
    EXPECT_EQ(host_of("android-app://com.google.android.gm/"), "com.google.android.gm");
}

}  // namespace
}  // namespace throughline::query
