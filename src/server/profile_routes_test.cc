// Finding people, reading them, their timelines, pins and erasure, as the API answers.
#include "server/profile_routes.h"

#include <set>

#include "server/test_people.h"

namespace throughline::server {
namespace {

using testing::Answer;
using testing::PeopleTest;

class Profiles : public PeopleTest {
protected:
    void send_elif() {
        send({.type = model::EventType::Identify,
              .user = "u1",
              .anonymous = "a-77",
              .email = "elif@example.com",
              .extra = R"({"context":{"channel":"organic_search"},"channel":"browser"})",
              .time = kNow - 2 * kDay});
        send({.type = model::EventType::Identify,
              .user = "u1",
              .extra = R"({"traits":{"name":"Elif Yılmaz","plan":"pro"}})",
              .time = kNow - kDay,
              .source = 2});
        send({.anonymous = "a-77", .name = "Order Completed", .time = kNow - kHour});
    }

    /// A user whose number ingest has read.
    void send_phone(const std::string& user, const std::string& phone) {
        const std::string doc = *model::doc_from_json(R"({"userId":")" + user + "\"}");
        model::Event event{.type = model::EventType::Identify,
                           .source = 1,
                           .time = kNow,
                           .message_key = keyed_hash(engine->secret(), phone),
                           .doc = doc};
        for (const auto& [space, value] :
             {std::pair(model::kUserId, user), std::pair(model::kPhone, phone)}) {
            event.identifiers.push_back(
                {space, 0, model::identifier_key(engine->secret(), space, value), value});
        }
        std::string payload;
        model::append_event(payload, event);
        submit({payload});
    }
};

TEST_F(Profiles, AreAnsweredAsTheDocumentSays) {
    send_elif();
    const Answer elif = get("/api/profiles/user_id:u1");
    expect_fits(elif, "Profile");
    EXPECT_EQ(elif.at("name"), "Elif Yılmaz");
    EXPECT_EQ(elif.at("known"), "true");
    EXPECT_EQ(elif.at("event_count"), "3");
    EXPECT_EQ(elif.at("traits.plan.value"), "pro");
    EXPECT_EQ(elif.at("traits.plan.source"), "crm");
    EXPECT_EQ(elif.at("traits.plan.rule"), "latest");
    EXPECT_EQ(elif.at("merged_from"), "missing");
    EXPECT_EQ(elif.at("first_seen"), format_instant(kNow - 2 * kDay));
    EXPECT_EQ(elif.at("last_seen"), format_instant(kNow - kHour));
    // Strongest first.
    EXPECT_EQ(elif.at("identifiers.0.namespace"), "user_id");
    EXPECT_EQ(elif.at("identifiers.1.value"), "elif@example.com");
    EXPECT_EQ(elif.at("identifiers.2.namespace"), "anonymous_id");
    EXPECT_EQ(elif.at("identifiers.0.source"), "web");
}

// An identifier's last time is that of its own events or of those that carried it.
TEST_F(Profiles, AnIdentifierIsLastSeenExactly) {
    send_elif();
    const Answer elif = get("/api/profiles/user_id:u1");
    EXPECT_EQ(elif.at("identifiers.0.last_seen"), format_instant(kNow - kDay));
    EXPECT_EQ(elif.at("identifiers.1.last_seen"), format_instant(kNow - 2 * kDay));
    EXPECT_EQ(elif.at("identifiers.2.last_seen"), format_instant(kNow - kHour));
    // Within the step to which nodes keep it.
    send({.user = "u1", .anonymous = "a-77", .time = kNow - kHour + kMinute});
    const Answer later = get("/api/profiles/user_id:u1");
    EXPECT_EQ(later.at("identifiers.2.last_seen"), format_instant(kNow - kHour + kMinute));
}

TEST_F(Profiles, AreFoundByAnyReference) {
    send_elif();
    send({.user = "a:b/c d%", .email = "x+y@example.com"});
    const std::string id = get("/api/profiles/user_id:u1").at("id");
    EXPECT_TRUE(id.starts_with("p_"));
    for (const std::string& ref :
         {id, std::string("email:elif%40example.com"), std::string("email%3Aelif@example.com"),
          std::string("email:ELIF@example.com"), std::string("anonymous_id:a-77")}) {
        EXPECT_EQ(get("/api/profiles/" + ref).at("id"), id) << ref;
    }
    // Split at the first colon; what is escaped is part of the value.
    const Answer odd = get("/api/profiles/user_id%3Aa%3Ab%2Fc%20d%25");
    expect_fits(odd, "Profile");
    EXPECT_EQ(odd.at("identifiers.0.value"), "a:b/c d%");
    EXPECT_EQ(get("/api/profiles/email:x+y@example.com").at("id"), odd.at("id"));
}

// Callers say numbers as they are dialled at home.
TEST_F(Profiles, ANationalPhoneNumberFindsWhoHasItInACountryThatASourceNames) {
    send_phone("u-ro", "+40722123456");
    send_phone("u-tr", "+905321234567");
    for (const auto& [key, region] : {std::pair{"web", "RO"}, std::pair{"crm", "TR"}}) {
        ASSERT_TRUE(define(*app, "test", "sources", key,
                           *model::doc_from_json(R"({"region":")" + std::string(region) + "\"}")));
    }
    const std::string ro = get("/api/profiles/user_id:u-ro").at("id");
    const std::string tr = get("/api/profiles/user_id:u-tr").at("id");
    EXPECT_EQ(get("/api/profiles/phone:0722%20123%20456").at("id"), ro);
    EXPECT_EQ(get("/api/profiles/phone:+40722123456").at("id"), ro);
    EXPECT_EQ(get("/api/profiles/phone:0532%20123%2045%2067").at("id"), tr);
    const Answer found = post("/api/profiles/lookup", R"({"identifiers":["phone:0722123456"]})");
    EXPECT_EQ(found.at("items.0.profile.id"), ro);
    const Answer searched = get("/api/profiles?q=0722%20123%20456");
    ASSERT_EQ(searched.size("items"), 1u);
    EXPECT_EQ(searched.at("items.0.id"), ro);
    EXPECT_EQ(searched.at("items.0.matched.value"), "+40722123456");
    expect_error(get("/api/profiles/phone:0733%20123%20456"), 404, "nobody has this reference");
}

TEST_F(Profiles, WhoIsNotThereIsSaidToBeNotThere) {
    send_elif();
    expect_error(get("/api/profiles/user_id:nobody"), 404, "nobody has this reference");
    expect_error(get("/api/profiles/nothing"), 400, "need p_… or namespace:value");
    expect_error(get("/api/profiles/p_xyz"), 400, "not a profile id");
    expect_error(get("/api/profiles/shoe_size:42"), 400, "unknown namespace");
    for (const char* route : {"events", "explain"}) {
        expect_error(get(std::string("/api/profiles/user_id:nobody/") + route), 404, "nobody");
    }
    expect_error(ask("DELETE", "/api/profiles/user_id:nobody"), 404, "nobody");
    expect_error(get("/api/accounts/acme"), 404, "no such account");
}

TEST_F(Profiles, LookUpKeepsTheOrderAndSaysWhoIsMissing) {
    send_elif();
    const Answer found = post("/api/profiles/lookup",
                              R"({"identifiers":[{"namespace":"email","value":"elif@example.com"},)"
                              R"("user_id:a:b",{"namespace":"user_id","value":"u1"}]})");
    expect_fits(found, "LookupAnswer");
    EXPECT_EQ(found.size("items"), 3u);
    EXPECT_EQ(found.at("items.0.profile.id"), found.at("items.2.profile.id"));
    EXPECT_EQ(found.at("items.1.profile"), "null");
    EXPECT_EQ(found.at("items.1.identifier.value"), "a:b");
    expect_error(post("/api/profiles/lookup", R"({"identifiers":[]})"), 400, "identifiers");
    expect_error(post("/api/profiles/lookup", R"({"identifiers":["shoe_size:42"]})"), 400,
                 "known namespace");
    expect_error(post("/api/profiles/lookup", R"({"identifiers":["p_xyz"]})"), 400, "lookup");
}

TEST_F(Profiles, SearchSaysWhatItMet) {
    send_elif();
    const Answer by_name = get("/api/profiles?q=elif%20yil");
    expect_fits(by_name, "ProfileSummaryList");
    ASSERT_EQ(by_name.size("items"), 1u);
    EXPECT_EQ(by_name.at("items.0.matched.field"), "email");
    EXPECT_EQ(by_name.at("next"), "null");
    const Answer by_last_name = get("/api/profiles?q=y%C4%B1lm");
    EXPECT_EQ(by_last_name.at("items.0.matched.field"), "name");
    EXPECT_EQ(by_last_name.at("items.0.matched.value"), "Elif Yılmaz");
    EXPECT_EQ(get("/api/profiles?q=a-77").at("items.0.matched.value"), "a-77");
    EXPECT_EQ(get("/api/profiles?q=nobody").size("items"), 0u);
    EXPECT_EQ(get("/api/profiles").at("items.0.matched"), "null");
}

TEST_F(Profiles, SearchGivesEachPersonOncePageByPage) {
    std::vector<engine::testing::EventSpec> specs;
    for (int i = 0; i < 23; ++i) {
        const std::string user = "user" + std::to_string(i);
        specs.push_back({.user = user, .email = user + "@example.com"});
    }
    send_all(specs);
    for (const std::string query : {"", "q=user&", "q=%20&"}) {
        std::set<std::string> seen;
        std::string cursor;
        size_t pages = 0;
        do {
            const Answer page = get("/api/profiles?" + query + "limit=5&cursor=" + cursor);
            expect_fits(page, "ProfileSummaryList");
            ASSERT_LE(page.size("items"), 5u);
            for (size_t i = 0; i < page.size("items"); ++i) {
                EXPECT_TRUE(seen.insert(page.at("items." + std::to_string(i) + ".id")).second);
            }
            cursor = page.at("next");
            ASSERT_LT(++pages, 20u);
        } while (cursor != "null");
        EXPECT_EQ(seen.size(), 23u) << query;
        EXPECT_EQ(pages, 5u) << query;
    }
    expect_error(get("/api/profiles?cursor=rubbish"), 400, "cursor");
    expect_error(get("/api/profiles?q=user&cursor=rubbish"), 400, "cursor");
    expect_error(get("/api/profiles?limit=501"), 400, "limit");
}

class Timelines : public Profiles {
protected:
    /// Positions of the events of all pages, in their order.
    std::vector<std::string> walk(const std::string& query) {
        std::vector<std::string> positions;
        std::string cursor;
        do {
            const Answer page =
                get("/api/profiles/user_id:u1/events?" + query + "&cursor=" + cursor);
            expect_fits(page, "EventList");
            for (size_t i = 0; i < page.size("items"); ++i) {
                positions.push_back(page.at("items." + std::to_string(i) + ".position"));
            }
            cursor = page.at("next");
        } while (cursor != "null" && positions.size() < 1000);
        return positions;
    }
};

TEST_F(Timelines, Of250EventsComeWholeInPagesNewestFirst) {
    std::vector<std::string> expected, orders, by_crm;
    std::vector<engine::testing::EventSpec> specs;
    const model::Position first = engine->view().state.next_position;
    for (size_t i = 0; i < 250; ++i) {
        const Micros time = kNow - kDay + static_cast<Micros>(i) * kSecond;
        specs.push_back({.user = "u1",
                         .name = i % 7 == 0 ? "Order Completed" : "Page Viewed",
                         .time = time,
                         .source = static_cast<model::SourceId>(i % 5 == 0 ? 2 : 1)});
        specs.push_back({.user = "u2", .time = time});
        const std::string position = model::format_position(first + 2 * i);
        expected.insert(expected.begin(), position);
        if (i % 7 == 0) orders.insert(orders.begin(), position);
        if (i % 5 == 0) by_crm.insert(by_crm.begin(), position);
    }
    send_all(specs);
    EXPECT_EQ(walk("limit=50"), expected);
    EXPECT_EQ(walk("limit=7"), expected);
    EXPECT_EQ(walk("limit=500"), expected);
    EXPECT_EQ(walk("limit=5&name=Order%20Completed"), orders);
    EXPECT_EQ(walk("limit=500&name=Order+Completed"), orders);
    EXPECT_EQ(walk("limit=10&source=crm"), by_crm);
    EXPECT_TRUE(walk("limit=10&source=nobody").empty());
    ASSERT_TRUE(engine->checkpoint());  // The same from files.
    EXPECT_EQ(walk("limit=50"), expected);
    EXPECT_EQ(walk("limit=3&name=Order%20Completed"), orders);
    expect_error(get("/api/profiles/user_id:u1/events?cursor=rubbish"), 400, "cursor");
    expect_error(get("/api/profiles/user_id:u1/events?cursor=rubbish&source=web"), 400, "cursor");
}

TEST_F(Timelines, AnEventIsShownWithAllItsTimesAndItsBody) {
    send_elif();
    const Answer page = get("/api/profiles/user_id:u1/events");
    expect_fits(page, "EventList");
    ASSERT_EQ(page.size("items"), 3u);
    EXPECT_EQ(page.at("items.0.name"), "Order Completed");
    EXPECT_EQ(page.at("items.0.at"), format_instant(kNow - kHour));
    EXPECT_EQ(page.at("items.0.live"), "true");
    EXPECT_EQ(page.at("items.1.source"), "crm");
    EXPECT_EQ(page.at("items.2.type"), "identify");
    EXPECT_EQ(page.at("items.2.channel"), "organic_search");
    EXPECT_EQ(page.at("items.2.transport"), "browser");
    EXPECT_EQ(page.size("items.2.identifiers"), 3u);
    EXPECT_EQ(page.at("items.2.body.traits.email"), "elif@example.com");
}

TEST_F(Profiles, APinnedValueStandsUntilItIsLifted) {
    send_elif();
    const std::string pin = "/api/profiles/email:elif@example.com/pin";
    const Answer pinned =
        post(pin, R"({"trait":"plan","value":"vip","reason":"agreed on the phone"})");
    expect_fits(pinned, "Profile");
    EXPECT_EQ(pinned.at("traits.plan.value"), "vip");
    EXPECT_EQ(pinned.at("traits.plan.rule"), "pinned");
    EXPECT_EQ(pinned.at("traits.plan.others.0.value"), "pro");
    send({.type = model::EventType::Identify,
          .user = "u1",
          .extra = R"({"traits":{"plan":"free"}})",
          .time = kNow});
    EXPECT_EQ(get("/api/profiles/user_id:u1").at("traits.plan.value"), "vip");
    const Answer lifted = post(pin, R"({"trait":"plan","value":null,"reason":"it ended"})");
    EXPECT_EQ(lifted.at("traits.plan.value"), "free");
    expect_error(post(pin, R"({"trait":"plan","value":null,"reason":"again"})"), 422, "not pinned");
    expect_error(post(pin, R"({"trait":"plan","value":"x"})"), 400, "reason");
    expect_error(post(pin, R"({"value":"x","reason":"r"})"), 400, "trait");
    expect_error(post(pin, R"({"trait":"plan","reason":"r"})"), 400, "value");
}

// Two people with a pin each are merged: the newer pin stands, and the next one replaces both.
TEST_F(Profiles, AMergedPersonHasOnePin) {
    for (const std::string user : {"u1", "u2"}) {
        send({.type = model::EventType::Identify,
              .user = user,
              .extra = R"({"traits":{"plan":"free"}})"});
        expect_fits(post("/api/profiles/user_id:" + user + "/pin",
                         R"({"trait":"plan","value":")" + user + R"(","reason":"r"})"),
                    "Profile");
    }
    expect_fits(post("/api/profiles/user_id:u1/merge", R"({"with":"user_id:u2","reason":"r"})"),
                "IdentityChange");
    EXPECT_EQ(get("/api/profiles/user_id:u1").at("traits.plan.value"), "u2");
    const std::string pin = "/api/profiles/user_id:u1/pin";
    const Answer set = post(pin, R"({"trait":"plan","value":"both","reason":"r"})");
    EXPECT_EQ(set.at("traits.plan.value"), "both");
    const Answer lifted = post(pin, R"({"trait":"plan","value":null,"reason":"r"})");
    EXPECT_EQ(lifted.at("traits.plan.rule"), "latest");
    EXPECT_EQ(lifted.at("traits.plan.value"), "free");
}

TEST_F(Profiles, ErasureHidesAtOnceAndSaysWhenItIsComplete) {
    send_elif();
    send({.user = "stays"});
    const std::string id = get("/api/profiles/user_id:u1").at("id");
    const Answer erased = ask("DELETE", "/api/profiles/email:elif@example.com");
    expect_fits(erased, "Erasure", 202);
    EXPECT_EQ(erased.at("profile"), id);
    EXPECT_EQ(erased.at("hidden_at"), format_instant(kNow));
    EXPECT_EQ(erased.at("complete_by"), format_instant(kNow + kDay));
    EXPECT_EQ(erased.at("backups_by"), format_instant(kNow + 7 * kDay));
    for (const std::string& ref : {id, std::string("user_id:u1"), std::string("anonymous_id:a-77"),
                                   std::string("email:elif@example.com")}) {
        expect_error(get("/api/profiles/" + ref), 404, "nobody");
        expect_error(get("/api/profiles/" + ref + "/events"), 404, "nobody");
        expect_error(ask("DELETE", "/api/profiles/" + ref), 404, "nobody");
    }
    EXPECT_EQ(get("/api/profiles?q=elif").size("items"), 0u);
    EXPECT_EQ(get("/api/profiles").size("items"), 1u);
    EXPECT_EQ(get("/api/profiles/user_id:stays").at("event_count"), "1");
}

TEST_F(Profiles, NeedTheScopeThatTheDocumentNames) {
    const auto scope_of = [&](net::Method method, std::string_view path) {
        const RouteMatch match = router.match(method, path);
        return match.route == nullptr ? "none" : scope_name(match.route->scope);
    };
    EXPECT_EQ(scope_of(net::Method::Get, "/api/profiles/x"), "read");
    EXPECT_EQ(scope_of(net::Method::Post, "/api/profiles/lookup"), "read");
    EXPECT_EQ(scope_of(net::Method::Delete, "/api/profiles/x"), "erase");
    EXPECT_EQ(scope_of(net::Method::Get, "/api/profiles/x/export"), "read");
    for (const char* change : {"split", "merge", "lift", "pin"}) {
        EXPECT_EQ(scope_of(net::Method::Post, std::string("/api/profiles/x/") + change), "write");
    }
}

TEST_F(Profiles, BelongToAccounts) {
    for (const std::string user : {"u1", "u2", "u3"}) {
        send({.type = model::EventType::Group,
              .user = user,
              .extra = R"({"groupId":"acme inc","traits":{"name":"Acme","tier":"gold"}})"});
    }
    send({.type = model::EventType::Group,
          .anonymous = "a3",
          .extra = R"({"groupId":"acme inc","traits":{"tier":"platinum"}})",
          .time = kNow,
          .source = 2});
    Answer account = get("/api/accounts/acme%20inc");
    expect_fits(account, "Account");
    EXPECT_EQ(account.at("key"), "acme inc");
    EXPECT_EQ(account.at("name"), "Acme");
    EXPECT_EQ(account.at("member_count"), "4");
    EXPECT_EQ(account.at("traits.tier.value"), "platinum");
    EXPECT_EQ(account.at("traits.tier.others.0.value"), "gold");
    EXPECT_EQ(account.at("last_seen"), format_instant(kNow));
    // One person is one member, and the erased are none.
    send({.user = "u3", .anonymous = "a3"});
    EXPECT_EQ(get("/api/accounts/acme%20inc").at("member_count"), "3");
    ask("DELETE", "/api/profiles/user_id:u1");
    EXPECT_EQ(get("/api/accounts/acme%20inc").at("member_count"), "2");

    const Answer member = get("/api/profiles/user_id:u2");
    expect_fits(member, "Profile");
    EXPECT_EQ(member.at("accounts.0.key"), "acme inc");
    EXPECT_EQ(member.at("accounts.0.name"), "Acme");
    EXPECT_EQ(member.at("accounts.0.since"), member.at("first_seen"));
    // A merge makes the member one since the first of her identities was.
    EXPECT_NE(get("/api/profiles/user_id:u3").at("accounts.0.since"), format_instant(kNow));
    EXPECT_EQ(member.at("accounts.0.traits.tier"), "platinum");
}

}  // namespace
}  // namespace throughline::server
