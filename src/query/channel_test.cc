#include "query/channel.h"

#include <gtest/gtest.h>

#include <set>

#include "model/json.h"

namespace throughline::query {
namespace {

using model::DocView;

std::string sender_name(model::SourceId id) {
    return id == 7 ? "till" : "web";
}

Arrival arrive(const Channels& channels, const std::string& touch_json) {
    const std::string key = model::doc_from_json(touch_json).value();
    return channels.decide(key, sender_name);
}

std::string channel_of(const Channels& channels, const std::string& touch_json) {
    const Arrival arrival = arrive(channels, touch_json);
    return arrival.unlisted.empty() ? channels.all()[arrival.channel].key : "? " + arrival.unlisted;
}

std::string error_of(std::string_view key, const std::string& definition) {
    const std::string doc = model::doc_from_json(definition).value();
    const auto channel = Channel::from_doc(key, DocView(doc));
    return channel ? "" : channel.error().message;
}

/// Own definitions with the documents they borrow.
struct Own {
    std::vector<std::string> docs;
    std::vector<OwnChannel> list;

    explicit Own(const std::vector<std::pair<std::string, std::string>>& definitions) {
        for (const auto& [key, json] : definitions) {
            docs.push_back(model::doc_from_json(json).value());
        }
        for (size_t i = 0; i < docs.size(); ++i) {
            list.push_back({definitions[i].first, DocView(docs[i])});
        }
    }
};

// One line for each of GA4's groups, and what the difference between neighbours is.
TEST(Channels, FollowTheDefaultGroupsOfGa4) {
    const Channels channels;
    const std::pair<const char*, const char*> kCases[] = {
        {R"({"source":"google","medium":"cpc","campaign":"cross-network sale"})", "cross-network"},
        {R"({"source":"amazon","medium":"cpc"})", "paid-shopping"},
        {R"({"source":"google","medium":"cpc","campaign":"eu Shopping"})", "paid-shopping"},
        {R"({"source":"google","medium":"cpc"})", "paid-search"},
        {R"({"source":"google","medium":"cpm"})", "paid-search"},
        {R"({"source":"www.google.ro","medium":"ppc"})", "paid-search"},
        {R"({"click":["gclid"]})", "paid-search"},
        {R"({"click":["msclkid"]})", "paid-search"},
        {R"({"source":"fb","medium":"paid_social"})", "paid-social"},
        {R"({"click":["ttclid"]})", "paid-social"},
        {R"({"source":"youtube","medium":"cpv"})", "paid-video"},
        {R"({"source":"youtube","medium":"cpc"})", "paid-video"},
        {R"({"source":"publisher","medium":"cpm"})", "display"},
        {R"({"source":"publisher","medium":"banner"})", "display"},
        {R"({"click":["dclid"]})", "display"},
        {R"({"source":"publisher","medium":"cpa"})", "paid-other"},
        {R"({"source":"publisher","medium":"retargeting"})", "paid-other"},
        {R"({"source":"etsy"})", "organic-shopping"},
        {R"({"referrer":"ebay.co.uk"})", "organic-shopping"},
        {R"({"referrer":"l.instagram.com"})", "organic-social"},
        {R"({"click":["fbclid"]})", "organic-social"},
        {R"({"source":"club","medium":"social network"})", "organic-social"},
        {R"({"referrer":"youtube.com"})", "organic-video"},
        {R"({"referrer":"duckduckgo.com"})", "organic-search"},
        {R"({"source":"club","medium":"organic"})", "organic-search"},
        {R"({"referrer":"mail.google.com"})", "email"},
        {R"({"source":"crm","medium":"e-mail"})", "email"},
        {R"({"referrer":"blog.example.net"})", "referral"},
        {R"({"source":"partner","medium":"link"})", "referral"},
        {R"({"source":"partner","medium":"affiliate"})", "affiliates"},
        {R"({"click":["awc"]})", "affiliates"},
        {R"({"source":"spotify","medium":"audio"})", "audio"},
        {R"({"source":"crm","medium":"sms"})", "sms"},
        {R"({"source":"app","medium":"web-push"})", "mobile-push"},
        {R"({"sender":7})", "in-store"},
        {R"({"source":"qr","medium":"flyer"})", "post"},
        {R"({"source":"somebody"})", "other"},
        {R"({"sender":1})", "direct"},
    };
    for (const auto& [touch, expected] : kCases) {
        EXPECT_EQ(channel_of(channels, touch), expected) << touch;
    }
    EXPECT_EQ(channels.all()[channels.decide("", sender_name).channel].key, "direct");
}

TEST(Channels, EveryDefaultOneIsValidHasItsOwnNameAndSaysMediaAndPlace) {
    std::set<std::string> names;
    const Channels channels;
    for (const Channel& channel : channels.all()) {
        EXPECT_TRUE(names.insert(channel.name).second) << channel.name;
        EXPECT_EQ(channel.media.empty(), channel.key == "other") << channel.key;
        EXPECT_EQ(channel.place.empty(), channel.key == "other") << channel.key;
    }
    EXPECT_EQ(names.size(), Channels::shipped().size());
}

TEST(Channels, TellCampaignsFromWhatPassesBy) {
    const Channels channels;
    using Kind = Arrival::Kind;
    EXPECT_EQ(arrive(channels, R"({"source":"a"})").kind, Kind::Campaign);
    EXPECT_EQ(arrive(channels, R"({"click":["fbclid"]})").kind, Kind::Campaign);
    EXPECT_EQ(arrive(channels, R"({"channel":"Radio"})").kind, Kind::Campaign);
    EXPECT_EQ(arrive(channels, R"({"referrer":"blog.example.net"})").kind, Kind::Passing);
    EXPECT_EQ(arrive(channels, R"({"sender":7})").kind, Kind::Passing);
    EXPECT_EQ(arrive(channels, R"({"sender":1})").kind, Kind::None);
}

TEST(Channels, ANamedChannelIsFoundByKeyOrNameAndElseShownAsItIs) {
    const Channels channels;
    EXPECT_EQ(channel_of(channels, R"({"channel":"paid-search"})"), "paid-search");
    EXPECT_EQ(channel_of(channels, R"({"channel":"PAID SEARCH"})"), "paid-search");
    EXPECT_EQ(channel_of(channels, R"({"channel":"Facebook","medium":"email"})"), "? Facebook");
}

TEST(Channels, AnOwnDefinitionStandsBeforeTheDefaultOfItsKey) {
    const Own own({{"email", R"({"name":"Letters","media":"owned","place":"digital","order":5,
                        "rules":[{"property":"source","op":"eq","value":"CRM"}]})"},
                   {"fairs", R"({"name":"Fairs","media":"owned","place":"physical","rules":[
                        {"property":"event","op":"in","value":["Fair Visited"]}]})"}});
    const Channels channels(own.list, {"Pay.example"});
    EXPECT_EQ(channels.all().size(), Channels::shipped().size() + 1);
    EXPECT_EQ(channel_of(channels, R"({"source":"crm","medium":"cpc"})"), "email");
    EXPECT_EQ(channel_of(channels, R"({"medium":"email"})"), "other");
    EXPECT_EQ(channel_of(channels, R"({"event":"fair visited"})"), "fairs");
    EXPECT_EQ(channels.needs().events, std::vector<std::string>{"fair visited"});
    EXPECT_EQ(arrive(channels, R"({"referrer":"secure.pay.example"})").kind, Arrival::Kind::None);
    EXPECT_EQ(channel_of(channels, R"({"referrer":"repay.example"})"), "referral");
}

TEST(Channels, RefuseWhatTheyDoNotUnderstandAndNameTheField) {
    const std::string good = R"("name":"A","media":"paid","place":"digital")";
    const auto with = [&](const std::string& more) { return "{" + good + "," + more + "}"; };
    EXPECT_EQ(error_of("a", "{" + good + "}"), "");
    EXPECT_EQ(error_of("a", "[]"), "channel: must be an object");
    EXPECT_EQ(error_of("a", R"({"media":"paid"})"), "channel: name: need text of 1 to 100 bytes");
    EXPECT_EQ(error_of("a", R"({"name":"A","media":"free"})"),
              "channel: media: must be one of paid owned earned partner");
    EXPECT_EQ(error_of("a", R"({"name":"A","media":"paid"})"),
              "channel: place: must be one of digital physical");
    EXPECT_EQ(error_of("a", with(R"("can_send":1)")), "channel: can_send: must be true or false");
    EXPECT_EQ(error_of("a", with(R"("order":-1)")),
              "channel: order: need a whole number from 0 to 1000000");
    EXPECT_EQ(error_of("a", with(R"("key":"b")")), "channel: key: not that of the address");
    EXPECT_EQ(error_of("a", with(R"("rulez":[])")),
              "channel: rulez: need key, name, media, place, can_send, order or rules");
    EXPECT_EQ(error_of("a", with(R"("rules":[{"property":"utm_source","op":"eq","value":"x"}])"))
                  .substr(0, 48),
              "channel: rules[0].property: must be one of sourc");
    EXPECT_EQ(error_of("a", with(R"("rules":[[{"property":"event","op":"ne","value":"x"}]])")),
              "channel: rules[0][0].op: an event must be named: eq or in");
    EXPECT_EQ(error_of("a", with(R"("rules":[{"property":"source","op":"is","value":"x"}])"))
                  .substr(0, 35),
              "channel: rules[0].op: must be one o");
    EXPECT_EQ(error_of("direct", with(R"("rules":[[]])")),
              "channel: rules: direct has none, it is where no touch is");
}

}  // namespace
}  // namespace throughline::query
