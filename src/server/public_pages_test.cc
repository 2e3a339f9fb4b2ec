// What people reach from a message: the page to unsubscribe at, links that lead on, the pixel.
#include "server/public_pages.h"

#include <gtest/gtest.h>

#include "engine/consents.h"
#include "engine/link_settings.h"
#include "server/consent_routes.h"
#include "server/profile_routes.h"
#include "server/purpose_routes.h"
#include "server/test_api.h"

namespace throughline::server {
namespace {

using channel::Link;
using channel::LinkKind;
using testing::TestApi;

constexpr Key128 kMessage{0x11, 0x22};
constexpr std::string_view kForm = "Content-Type: application/x-www-form-urlencoded";
constexpr std::string_view kTarget = "https://shop.example/cart?a=1&b=2";

class PublicPagesTest : public ::testing::Test {
protected:
    PublicPagesTest()
        : clock_(1'773'000'000LL * kSecond),
          api_({add_consent_routes, add_purpose_routes, add_profile_routes}, clock_),
          pages_(api_.app()) {
        api_.call("PUT /api/purposes/marketing", R"({"name":"Offers & more"})");
        api_.call("PUT /api/topics/news",
                  R"({"name":"<b>News</b>","purpose":"marketing","default":"subscribed"})");
        send("ana", R"({"email":"ana@example.org","locale":"ro-RO"})");
    }
    void send(const std::string& user, const std::string& traits) {
        clock_.advance(kSecond);
        api_.send({.type = model::EventType::Identify,
                   .user = user,
                   .message_id = "m" + std::to_string(++sent_),
                   .extra = R"({"traits":)" + traits + "}"});
    }
    std::string path(LinkKind kind, std::string topic = "news") {
        const engine::View view = api_.engine().view();
        const auto person =
            engine::find_identity(view, *engine::PersonRef::parse(view, "user_id:ana"));
        const Link link{.kind = kind,
                        .key = kMessage,
                        .origin = {.person = *person,
                                   .purpose = "marketing",
                                   .topic = std::move(topic),
                                   .journey = kind == LinkKind::Unsubscribe ? "" : "cart",
                                   .step = kind == LinkKind::Unsubscribe ? "" : "reminder"},
                        .target = std::string(kind == LinkKind::Click ? kTarget : "")};
        const std::string secret = engine::link_secret(api_.engine().secret());
        return "/" + std::string(1, static_cast<char>(kind)) + "/" +
               channel::make_token(secret, link) + (kind == LinkKind::Open ? ".gif" : "");
    }
    // `head` is `GET /u/…`, with further lines after `\r\n`.
    net::HttpResponse visit(const std::string& head, std::string_view body = {}) {
        clock_.advance(kSecond);
        const size_t line_end = std::min(head.find("\r\n"), head.size());
        const std::string text = head.substr(0, line_end) + " HTTP/1.1\r\nHost: test" +
                                 head.substr(line_end) + "\r\n\r\n";
        net::HttpRequest request;
        net::Framing framing;
        EXPECT_FALSE(net::HeadParser({}).parse(text, request, framing)) << head;
        request.body = body;
        const auto link = pages_.link_of(request);
        return link ? pages_.answer(request, *link) : pages_.answer_stranger(request);
    }
    net::HttpResponse post(const std::string& path, std::string_view body) {
        return visit("POST " + path + "\r\n" + std::string(kForm), body);
    }
    // What stands for her: `topics.news.state` and the like.
    std::string stands(const std::string& what) {
        return api_.call("GET /api/profiles/user_id:ana").text(what);
    }
    std::vector<std::string> events() {
        std::vector<std::string> told;
        send("bo", "{}");  // Nobody waits for a click: what is answered next comes behind it.
        const auto listed = api_.call("GET /api/profiles/user_id:ana/events");
        for (const auto event : listed.json().find("items").items()) {
            told.push_back(model::to_json(event));
        }
        return told;
    }
    size_t count_of(std::string_view name) {
        size_t count = 0;
        for (const std::string& event : events()) count += event.find(name) != event.npos;
        return count;
    }

    engine::testing::SharedClock clock_;
    TestApi api_;
    PublicPages pages_;
    int sent_ = 0;
};

TEST_F(PublicPagesTest, LookingAtThePageChangesNothing) {
    const std::string link = path(LinkKind::Unsubscribe);
    const auto page = visit("GET " + link);
    EXPECT_EQ(page.status, 200);
    EXPECT_NE(page.body.find("lang=\"ro\""), page.body.npos);  // As she speaks.
    EXPECT_NE(page.body.find("Nu mai doresc „&lt;b&gt;News&lt;/b&gt;”"), page.body.npos)
        << page.body;
    EXPECT_NE(page.body.find("Offers &amp; more"), page.body.npos);
    EXPECT_EQ(page.body.find("ana"), page.body.npos);   // It tells nobody who she is.
    EXPECT_EQ(page.body.find("http"), page.body.npos);  // And loads nothing.
    EXPECT_EQ(visit("HEAD " + link).status, 200);
    EXPECT_EQ(visit("POST " + link).status, 200);  // Nobody pressed a button.
    EXPECT_EQ(stands("topics.news.state"), "");
}

TEST_F(PublicPagesTest, OneClickOfAMailProgramUnsubscribesAtOnce) {
    const std::string link = path(LinkKind::Unsubscribe);
    const auto done = post(link, "List-Unsubscribe=One-Click");
    EXPECT_EQ(done.status, 200);
    EXPECT_EQ(stands("topics.news.state"), "unsubscribed");
    EXPECT_EQ(stands("topics.news.evidence"), "message " + channel::key_text(kMessage));
    EXPECT_EQ(stands("topics.news.channel"), "email");
    EXPECT_EQ(stands("topics.news.actor"), "");
    EXPECT_EQ(stands("consents.marketing.state"), "");
    // Twice is once.
    const auto position = api_.engine().last_position();
    EXPECT_EQ(post(link, "List-Unsubscribe=One-Click").status, 200);
    EXPECT_EQ(api_.engine().last_position(), position);
}

TEST_F(PublicPagesTest, AMessageOfNoTopicTakesBackItsPurpose) {
    post(path(LinkKind::Unsubscribe, ""), "List-Unsubscribe=One-Click");
    EXPECT_EQ(stands("consents.marketing.state"), "withdrawn");
}

TEST_F(PublicPagesTest, WhatWasAMistakeCanBeUndoneForAnHour) {
    const auto done = post(path(LinkKind::Unsubscribe), "action=topic");
    const size_t at = done.body.find("action=\"") + 8;
    const std::string undo = "/u/" + done.body.substr(at, done.body.find('"', at) - at);
    EXPECT_EQ(visit("GET " + undo).status, 404);  // Also this is done by a button only.
    EXPECT_EQ(stands("topics.news.state"), "unsubscribed");
    EXPECT_EQ(post(undo, "action=undo").status, 200);
    EXPECT_EQ(stands("topics.news.state"), "subscribed");
    post(path(LinkKind::Unsubscribe), "action=topic");
    clock_.advance(2 * kHour);
    EXPECT_EQ(post(undo, "action=undo").status, 404);
    EXPECT_EQ(stands("topics.news.state"), "unsubscribed");
}

TEST_F(PublicPagesTest, NothingIsGivenByAnUndoThatWasNotGivenBefore) {
    const auto done = post(path(LinkKind::Unsubscribe), "action=purpose");
    EXPECT_EQ(stands("consents.marketing.state"), "withdrawn");
    EXPECT_EQ(done.body.find("<form"), done.body.npos);
}

TEST_F(PublicPagesTest, AClickLeadsOnAndIsAnEventOfThePerson) {
    const std::string link = path(LinkKind::Click);
    const auto response = visit("GET " + link + "\r\nUser-Agent: Mail/1");
    EXPECT_EQ(response.status, 302);
    EXPECT_EQ(response.header("Location"), kTarget);
    visit("GET " + link);  // Within a minute: the same click.
    for (const char* ahead : {"Sec-Purpose: prefetch;prerender", "X-Moz: prefetch",
                              "X-Purpose: preview", "Purpose: prefetch"}) {
        clock_.advance(kMinute);
        EXPECT_EQ(visit("GET " + link + "\r\n" + ahead).status, 302);
    }
    EXPECT_EQ(visit("HEAD " + link).header("Location"), kTarget);
    EXPECT_EQ(count_of("Email Link Clicked"), 1u);
    clock_.advance(kMinute);
    visit("GET " + link);
    EXPECT_EQ(count_of("Email Link Clicked"), 2u);
    const std::string event = events().front();
    for (const char* part :
         {R"("journey":"cart")", R"("step":"reminder")", R"("url":"https://shop.example/cart)",
          R"("message":"00000000000000110000000000000022")", R"("source":"throughline")",
          R"("live":true)"}) {
        EXPECT_NE(event.find(part), event.npos) << part << " in " << event;
    }
}

TEST_F(PublicPagesTest, AnOpenIsAnEventAndAlwaysAPicture) {
    EXPECT_EQ(visit("GET " + path(LinkKind::Open)).content_type, "image/gif");
    EXPECT_EQ(count_of("Email Opened"), 1u);
    EXPECT_EQ(visit("GET /o/forged.gif").content_type, "image/gif");
    EXPECT_EQ(count_of("Email Opened"), 1u);
}

TEST_F(PublicPagesTest, WhatWeDidNotSignDoesNothing) {
    const auto position = api_.engine().last_position();
    const std::string click = path(LinkKind::Click).substr(3);
    const std::string stop = path(LinkKind::Unsubscribe).substr(3);
    std::string changed = click;
    changed[changed.size() / 2] = changed[changed.size() / 2] == 'A' ? 'B' : 'A';
    for (const std::string& link :
         {"/u/" + click, "/c/" + stop, "/o/" + click, "/c/" + changed, std::string("/c/"),
          std::string("/u/preview"), "/u/" + std::string(5'000, 'A'), "/c/" + click + "x/../"}) {
        EXPECT_EQ(visit("GET " + link).header("Location"), std::nullopt) << link;
        post(link, "List-Unsubscribe=One-Click");
    }
    EXPECT_EQ(visit("DELETE " + path(LinkKind::Click)).status, 405);
    EXPECT_EQ(api_.engine().last_position(), position);
}

TEST_F(PublicPagesTest, OfSomebodyWhoWasErasedNothingIsTold) {
    const std::string link = path(LinkKind::Unsubscribe);
    const std::string click = path(LinkKind::Click);
    ASSERT_LT(api_.call("DELETE /api/profiles/user_id:ana", R"({"reason":"asked"})").status, 300);
    EXPECT_EQ(visit("GET " + link).status, 404);
    EXPECT_EQ(post(link, "List-Unsubscribe=One-Click").status, 404);
    const auto position = api_.engine().last_position();
    EXPECT_EQ(visit("GET " + click).status, 302);
    EXPECT_EQ(api_.engine().last_position(), position);
}

}  // namespace
}  // namespace throughline::server
