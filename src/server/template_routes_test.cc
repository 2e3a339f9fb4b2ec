// Templates over the management API: checked when saved, looked at as somebody.
#include "server/template_routes.h"

#include <gtest/gtest.h>

#include "server/settings_routes.h"
#include "server/test_api.h"

namespace throughline::server {
namespace {

constexpr std::string_view kCart = R"({"name":"Cart","channel":"email",
    "subject":"{{ person.traits.firstName }}, {{ event.properties.title }}",
    "html":"<p>{{ person.traits.firstName }} {{ person.traits.city }}</p>",
    "locales":{"ro":{"subject":"Salut {{ person.traits.firstName }}","html":"<p>x</p>"}},
    "required":["event.properties.title"]})";

class TemplateRoutes : public ::testing::Test {
protected:
    TemplateRoutes() : api_({add_template_routes, add_settings_routes}) {
        api_.send({.type = model::EventType::Identify,
                   .user = "ana",
                   .message_id = "m1",
                   .extra = R"({"traits":{"firstName":"A & B","locale":"ro_RO"}})"});
    }
    testing::TestApi api_;
};

TEST_F(TemplateRoutes, KeepWhatWasSavedWithItsVersion) {
    const auto made = api_.call("PUT /api/templates/cart", kCart);
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(made.text("locales.ro.html"), "<p>x</p>");
    EXPECT_EQ(made.text("channel"), "email");
    EXPECT_EQ("\"" + std::to_string(made.number("version")) + "\"", made.etag);
    EXPECT_EQ(api_.call("GET /api/templates/cart").doc, made.doc);
    EXPECT_EQ(api_.call("GET /api/templates").count("items"), 1u);
    const auto again = api_.call("PUT /api/templates/cart\r\nIf-Match: " + made.etag, kCart);
    EXPECT_EQ(again.status, 200);
    EXPECT_GT(again.number("version"), made.number("version"));
    EXPECT_EQ(api_.call("PUT /api/templates/cart\r\nIf-Match: " + made.etag, kCart).status, 412);
    EXPECT_EQ(api_.call("DELETE /api/templates/cart").status, 204);
    EXPECT_EQ(api_.call("GET /api/templates/cart").status, 404);
}

TEST_F(TemplateRoutes, AreChangedByWhoMaySend) {
    EXPECT_EQ(api_.scope_of(net::Method::Get, "/api/templates/cart"), "read");
    EXPECT_EQ(api_.scope_of(net::Method::Put, "/api/templates/cart"), "send");
    EXPECT_EQ(api_.scope_of(net::Method::Delete, "/api/templates/cart"), "send");
}

TEST_F(TemplateRoutes, TellEveryProblemAtOnceWithItsPlace) {
    const auto answer = api_.call(
        "PUT /api/templates/cart",
        R"({"name":"x","channel":"email","subject":"{{ a | upcas }}","html":"\n{% if a %}",
            "locales":{"ro":{"subject":"s","html":"{{ x"}}})");
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.text("error.code"), "invalid_argument");
    EXPECT_EQ(answer.text("error.field"), "subject");
    EXPECT_EQ(answer.text("error.message"),
              "template: subject: line 1, column 8: no filter upcas; did you mean upcase");
    ASSERT_EQ(answer.count("error.problems"), 3u) << answer.body;
    EXPECT_EQ(answer.item("error.problems", 1).find("path").as_string(), "html");
    EXPECT_EQ(answer.item("error.problems", 1).find("line").as_integer(), 2);
    EXPECT_EQ(answer.item("error.problems", 2).find("path").as_string(), "locales.ro.html");
    EXPECT_EQ(
        api_.call("PUT /api/templates/cart", R"({"channel":"sms","text":"x"})").text("error.field"),
        "name");
}

TEST_F(TemplateRoutes, ShowAMessageAsSomebodyWouldGetIt) {
    ASSERT_EQ(api_.call("PUT /api/templates/cart", kCart).status, 201);
    const auto shown = api_.call("POST /api/templates/cart/preview",
                                 R"({"person":"user_id:ana","locale":"en",
                                     "context":{"event":"Product Added",
                                                "properties":{"title":"Shirt"}}})");
    ASSERT_EQ(shown.status, 200) << shown.body;
    EXPECT_EQ(shown.text("subject"), "A & B, Shirt");
    EXPECT_EQ(shown.text("html"), "<p>A &amp; B </p>");
    EXPECT_EQ(shown.text("locale"), "en");
    EXPECT_GT(shown.number("steps"), 0);
    EXPECT_TRUE(shown.json().find("held_back").is_null());
    ASSERT_EQ(shown.count("missing"), 1u);
    EXPECT_EQ(shown.item("missing", 0).find("value").as_string(), "person.traits.city");
    EXPECT_EQ(shown.item("missing", 0).find("part").as_string(), "html");

    const auto hers = api_.call("POST /api/templates/cart/preview", R"({"person":"user_id:ana"})");
    EXPECT_EQ(hers.text("locale"), "ro");
    EXPECT_EQ(hers.text("held_back"), "missing_value: event.properties.title");
    EXPECT_EQ(
        api_.call("POST /api/templates/cart/preview", R"({"person":"user_id:nobody"})").status,
        404);
    EXPECT_EQ(api_.call("POST /api/templates/none/preview", "{}").status, 404);
}

TEST_F(TemplateRoutes, ShowADraftThatIsNotSaved) {
    EXPECT_EQ(api_.call("PUT /api/settings/links", R"({"base_url":"https://n.example"})").status,
              200);
    const auto shown = api_.call("POST /api/templates/new/preview",
                                 R"({"draft":{"channel":"webhook",
                     "body":"{\"a\":{{ event.properties.n }},\"u\":{{ links.unsubscribe }}}"},
            "context":{"properties":{"n":1.50}}})");
    ASSERT_EQ(shown.status, 200) << shown.body;
    EXPECT_EQ(shown.text("body"), R"({"a":1.5,"u":"https://n.example/u/preview"})");
    const auto broken = api_.call("POST /api/templates/new/preview",
                                  R"({"draft":{"channel":"webhook","body":"{"}})");
    EXPECT_TRUE(broken.text("held_back").starts_with("failed: body: ")) << broken.body;
    EXPECT_EQ(
        api_.call("POST /api/templates/new/preview", R"({"draft":{"channel":"sms","text":"{{"}})")
            .count("error.problems"),
        1u);
    EXPECT_EQ(api_.call("GET /api/templates").count("items"), 0u);
}

TEST_F(TemplateRoutes, CheckADraftThatIsNotSaved) {
    const auto wrong =
        api_.call("POST /api/templates/new/check",
                  R"({"draft":{"channel":"email","subject":"{{","text":"{% if %}"}})");
    ASSERT_EQ(wrong.status, 200) << wrong.body;
    EXPECT_EQ(wrong.count("problems"), 2u) << wrong.body;
    const auto right = api_.call("POST /api/templates/new/check",
                                 R"({"draft":{"channel":"sms","text":"Hi {{ person.name }}"}})");
    EXPECT_EQ(right.body, R"({"problems":[]})");
    EXPECT_EQ(api_.call("POST /api/templates/new/check", "{}").status, 400);
    EXPECT_EQ(api_.call("GET /api/templates").count("items"), 0u);
}

TEST_F(TemplateRoutes, SettingsOfLinksAreChecked) {
    for (const char* body : {R"({"base_url":"ftp://a"})", R"({"clicks":1})", R"({"click":true})"}) {
        EXPECT_EQ(api_.call("PUT /api/settings/links", body).status, 400) << body;
    }
}

}  // namespace
}  // namespace throughline::server
