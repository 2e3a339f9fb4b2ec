// Sources, tokens, settings, audit: what is written through the API is what is read.
#include "server/audit_routes.h"
#include "server/settings_routes.h"
#include "server/source_routes.h"
#include "server/test_api.h"
#include "server/test_schema.h"
#include "server/token_routes.h"

namespace throughline::server {
namespace {

using testing::Answer;
using testing::TestApi;

constexpr std::string_view kShop =
    R"({"name":"Web shop","settings":{"keep_ip":false,"late_after_hours":48,"phone_region":"TR",)"
    R"("party":"second","purpose":null,"trust":70,"allow_alias_of_user_ids":true,)"
    R"("webhook_mapping":"till-line"}})";

class DefinitionRoutes : public ::testing::Test {
protected:
    TestApi api{{add_source_routes, add_token_routes, add_settings_routes, add_audit_routes}};
};

TEST_F(DefinitionRoutes, ASourceIsReadAsItWasWritten) {
    const Answer made = api.call("PUT /api/sources/web", kShop);
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_FALSE(made.etag.empty());
    const Answer read = api.call("GET /api/sources/web");
    EXPECT_EQ(read.etag, made.etag);
    EXPECT_EQ(read.text("settings.phone_region"), "TR");
    EXPECT_EQ(read.text("settings.party"), "second");
    EXPECT_TRUE(read.json().at_path("settings.purpose").is_null());
    EXPECT_EQ(read.number("settings.trust"), 70);
    EXPECT_EQ(read.number("settings.late_after_hours"), 48);
    EXPECT_TRUE(read.json().at_path("settings.allow_alias_of_user_ids").as_bool());
    EXPECT_EQ(read.text("settings.webhook_mapping"), "till-line");
    EXPECT_EQ(read.number("settings.event_bytes_max"), 32768);
    EXPECT_EQ(read.text("health.state"), "never");
    EXPECT_EQ(read.text("updated_by"), "admin");
    const model::Source* source = api.engine().settings()->source("web");
    ASSERT_NE(source, nullptr);
    EXPECT_TRUE(source->may_alias_users);
    EXPECT_EQ(api.engine().settings()->source_of_write_key(source->write_keys[0].key), source);
    EXPECT_EQ(api.call("PUT /api/sources/web", kShop).status, 200);
    EXPECT_EQ(api.call("GET /api/sources?limit=1").count("items"), 1u);
}

TEST_F(DefinitionRoutes, WhatSettingsOfASourceLeaveOutStays) {
    const Answer made = api.call("PUT /api/sources/mail", R"({"name":"Mail"})");
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(made.text("settings.party"), "first");
    EXPECT_EQ(made.number("settings.late_after_hours"), 24);
    ASSERT_EQ(api.call("PUT /api/sources/web", kShop).status, 201);
    const Answer changed =
        api.call("PUT /api/sources/web", R"({"name":"Web","settings":{"phone_region":null}})");
    ASSERT_EQ(changed.status, 200) << changed.body;
    EXPECT_TRUE(changed.json().at_path("settings.phone_region").is_null());
    EXPECT_EQ(changed.text("settings.party"), "second");
    EXPECT_EQ(changed.number("settings.trust"), 70);
    EXPECT_EQ(changed.text("settings.webhook_mapping"), "till-line");
}

TEST_F(DefinitionRoutes, ASourceMayTakeLargerEvents) {
    const auto with = [](std::string_view bytes) {
        std::string body(kShop);
        body.insert(body.find(R"("keep_ip")"), R"("event_bytes_max":)" + std::string(bytes) + ",");
        return body;
    };
    ASSERT_EQ(api.call("PUT /api/sources/web", with("200000")).status, 201);
    EXPECT_EQ(api.engine().settings()->source("web")->event_bytes_max, 200'000u);
    // Who does not speak of it leaves it as it is.
    EXPECT_EQ(api.call("PUT /api/sources/web", kShop).number("settings.event_bytes_max"), 200'000);
    const Answer refused = api.call("PUT /api/sources/web", with("1048577"));
    EXPECT_EQ(refused.status, 400);
    EXPECT_EQ(refused.text("error.field"), "settings.event_bytes_max");
}

TEST_F(DefinitionRoutes, ASourceIsSwitchedOffAndOnAgain) {
    const Answer made = api.call("PUT /api/sources/web", kShop);
    EXPECT_TRUE(made.json().at_path("settings.enabled").as_bool());
    const auto with = [](std::string_view enabled) {
        std::string body(kShop);
        body.insert(body.find(R"("keep_ip")"), R"("enabled":)" + std::string(enabled) + ",");
        return body;
    };
    EXPECT_EQ(api.call("PUT /api/sources/web", with("false")).status, 200);
    EXPECT_FALSE(api.engine().settings()->source("web")->enabled);
    // Who does not speak of it leaves it as it is.
    const Answer renamed = api.call("PUT /api/sources/web", kShop);
    EXPECT_FALSE(renamed.json().at_path("settings.enabled").as_bool(true));
    EXPECT_EQ(api.call("PUT /api/sources/web", with("1")).status, 400);
    EXPECT_EQ(api.call("PUT /api/sources/web", with("true")).status, 200);
    EXPECT_TRUE(api.engine().settings()->source("web")->enabled);
}

TEST_F(DefinitionRoutes, WhenAKeyWasLastUsedIsToldToTheMinute) {
    const Answer made = api.call("PUT /api/sources/web", kShop);
    EXPECT_TRUE(made.item("write_keys", 0).find("last_used_at").is_null());
    const std::string key(made.item("write_keys", 0).find("key").as_string());
    const auto at = parse_instant("2026-03-02T09:15:04.120Z");
    api.app().last_use->note(key, *at);
    api.app().last_use->note("token:ci", *at);
    api.call("PUT /api/tokens/ci", R"({"name":"CI","scopes":["read"]})");
    const auto check = [&] {
        const Answer source = api.call("GET /api/sources/web");
        EXPECT_EQ(source.item("write_keys", 0).find("last_used_at").as_string(),
                  "2026-03-02T09:15:00.000Z");
        EXPECT_EQ(api.call("GET /api/tokens/ci").text("last_used_at"), "2026-03-02T09:15:00.000Z");
    };
    check();
    const engine::testing::TemporaryDirectory directory;
    const auto settings = api.engine().settings();
    ASSERT_TRUE(api.app().last_use->save(directory.path(), *settings));
    const auto text = store::read_file(store::posix_files(), directory.path() + "/last_use");
    ASSERT_TRUE(text);
    EXPECT_EQ(text->find(key), std::string::npos) << "the file holds names, not keys";
    // After a restart.
    api.app().last_use = std::make_shared<LastUse>();
    EXPECT_TRUE(api.call("GET /api/tokens/ci").json().find("last_used_at").is_null());
    api.app().last_use->load(directory.path(), *settings);
    check();
}

TEST_F(DefinitionRoutes, BadSettingsAreRefusedBeforeAnythingIsLogged) {
    const auto position = api.engine().query_view().state.next_position;
    const Answer region = api.call(
        "PUT /api/sources/web",
        R"({"name":"x","settings":{"keep_ip":false,"late_after_hours":24,"phone_region":"turkey",)"
        R"("party":"first","purpose":null,"trust":50,"allow_alias_of_user_ids":false,)"
        R"("webhook_mapping":null}})");
    EXPECT_EQ(region.status, 400);
    EXPECT_EQ(region.text("error.field"), "settings.phone_region");
    EXPECT_EQ(api.call("PUT /api/sources/Web!", kShop).status, 400);
    EXPECT_EQ(api.call("PUT /api/sources/web", R"({"name":""})").status, 400);
    EXPECT_EQ(api.call("PUT /api/sources/%2e%2e", kShop).status, 400);
    EXPECT_EQ(api.call("PUT /api/sources/web", R"({"name":"x","settings":{"trust":101}})").status,
              400);
    EXPECT_EQ(api.call("PUT /api/settings/identity",
                       R"({"namespaces":{"card":{"normaliser":"no such"}}})")
                  .status,
              400);
    EXPECT_EQ(api.call("PUT /api/settings/installation", R"({"timezone":"Mars/Base"})").status,
              400);
    EXPECT_EQ(api.call("PUT /api/settings/other", "{}").status, 404);
    EXPECT_EQ(api.engine().query_view().state.next_position, position);
}

TEST_F(DefinitionRoutes, PreconditionsHoldOrNothingIsWritten) {
    const Answer made = api.call("PUT /api/sources/web\r\nIf-None-Match: *", kShop);
    ASSERT_EQ(made.status, 201);
    EXPECT_EQ(api.call("PUT /api/sources/web\r\nIf-None-Match: *", kShop).status, 412);
    EXPECT_EQ(api.call("PUT /api/sources/other\r\nIf-Match: *", kShop).status, 412);
    const Answer changed = api.call("PUT /api/sources/web\r\nIf-Match: " + made.etag, kShop);
    EXPECT_EQ(changed.status, 200);
    EXPECT_NE(changed.etag, made.etag);
    const Answer stale = api.call("PUT /api/sources/web\r\nIf-Match: " + made.etag, kShop);
    EXPECT_EQ(stale.status, 412);
    EXPECT_EQ(stale.text("error.message"), "source: changed meanwhile by admin");
    EXPECT_EQ(api.call("DELETE /api/sources/web\r\nIf-Match: " + made.etag).status, 412);
    EXPECT_EQ(api.call("DELETE /api/sources/web\r\nIf-Match: " + changed.etag).status, 204);
    EXPECT_EQ(api.call("GET /api/sources/web").status, 404);
    EXPECT_EQ(api.call("DELETE /api/sources/web").status, 404);
}

TEST_F(DefinitionRoutes, AWriteKeyIsChangedOverWithoutAGap) {
    api.call("PUT /api/sources/web", kShop);
    const Answer two = api.call("POST /api/sources/web/keys");
    ASSERT_EQ(two.status, 201) << two.body;
    ASSERT_EQ(two.count("write_keys"), 2u);
    EXPECT_EQ(two.item("write_keys", 1).find("id").as_string(), "k_2");
    EXPECT_EQ(api.call("POST /api/sources/web/keys").status, 422);
    EXPECT_EQ(api.call("DELETE /api/sources/web/keys/k_9").status, 404);
    const Answer one = api.call("DELETE /api/sources/web/keys/k_1");
    ASSERT_EQ(one.status, 200);
    EXPECT_EQ(one.count("write_keys"), 1u);
    EXPECT_EQ(api.call("DELETE /api/sources/web/keys/k_2").status, 422);
    // A number is never given twice while its neighbour lives.
    const Answer again = api.call("POST /api/sources/web/keys");
    EXPECT_EQ(again.item("write_keys", 1).find("id").as_string(), "k_3");
    // What the form does not show stays as it is.
    EXPECT_EQ(api.call("PUT /api/sources/web", kShop).count("write_keys"), 2u);
}

TEST_F(DefinitionRoutes, ATokensSecretIsShownOnceAndNeverAgain) {
    const Answer made =
        api.call("PUT /api/tokens/ci", R"({"name":"CI","scopes":["read","write","read"]})");
    ASSERT_EQ(made.status, 201) << made.body;
    const std::string secret = made.text("secret");
    ASSERT_GT(secret.size(), 30u);
    EXPECT_EQ(made.count("scopes"), 2u);
    EXPECT_EQ(token_of_secret(secret, *api.engine().settings(), api.app().clock.now()), "ci");
    const Answer changed = api.call("PUT /api/tokens/ci", R"({"name":"CI 2","scopes":["read"]})");
    EXPECT_EQ(changed.status, 200);
    for (const Answer& answer : {changed, api.call("GET /api/tokens/ci"),
                                 api.call("GET /api/tokens"), api.call("GET /api/audit")}) {
        EXPECT_EQ(answer.body.find(secret), std::string::npos);
        EXPECT_EQ(answer.body.find(Auth::hash_of(secret)), std::string::npos);
        EXPECT_EQ(answer.body.find("secret"), std::string::npos);
    }
    EXPECT_EQ(token_of_secret(secret, *api.engine().settings(), api.app().clock.now()), "ci");
    EXPECT_EQ(api.call("DELETE /api/tokens/ci").status, 204);
    EXPECT_FALSE(token_of_secret(secret, *api.engine().settings(), api.app().clock.now()));
}

TEST_F(DefinitionRoutes, TheLastAdministratorStays) {
    ASSERT_EQ(api.call("PUT /api/tokens/root", R"({"name":"Root","scopes":["admin"]})").status,
              201);
    EXPECT_EQ(api.call("DELETE /api/tokens/root").status, 422);
    EXPECT_EQ(api.call("PUT /api/tokens/root", R"({"name":"Root","scopes":["read"]})").status, 422);
    ASSERT_EQ(api.call("PUT /api/tokens/next", R"({"name":"Next","scopes":["admin"]})").status,
              201);
    EXPECT_EQ(api.call("DELETE /api/tokens/root").status, 204);
    EXPECT_EQ(api.call("PUT /api/tokens/bad", R"({"name":"x","scopes":["root"]})").status, 400);
    EXPECT_EQ(api.call("PUT /api/tokens/bad",
                       R"({"name":"x","scopes":["read"],"expires_at":"2001-01-01T00:00:00Z"})")
                  .status,
              400);
}

TEST_F(DefinitionRoutes, TheAuditTellsWhoChangedWhat) {
    api.call("PUT /api/sources/web", kShop);
    api.call("PUT /api/tokens/ci", R"({"name":"CI","scopes":["read"]})");
    api.call("DELETE /api/sources/web");
    const Answer all = api.call("GET /api/audit");
    ASSERT_EQ(all.count("items"), 3u);
    EXPECT_EQ(all.item("items", 0).find("action").as_string(), "source.delete");
    EXPECT_EQ(all.item("items", 0).find("target").as_string(), "sources/web");
    EXPECT_EQ(all.item("items", 0).find("actor").as_string(), "admin");
    EXPECT_EQ(all.item("items", 2).find("action").as_string(), "source.create");
    EXPECT_EQ(api.call("GET /api/audit?action=token.").count("items"), 1u);
    EXPECT_EQ(api.call("GET /api/audit?actor=nobody").count("items"), 0u);
    const Answer first = api.call("GET /api/audit?limit=2");
    EXPECT_EQ(first.count("items"), 2u);
    const Answer second = api.call("GET /api/audit?limit=2&cursor=" + first.text("next"));
    ASSERT_EQ(second.count("items"), 1u);
    EXPECT_TRUE(second.json().find("next").is_null());
    EXPECT_EQ(second.item("items", 0).find("id").as_string(),
              all.item("items", 2).find("id").as_string());
}

TEST_F(DefinitionRoutes, SettingsTakeEffectAtOnce) {
    EXPECT_EQ(api.call("GET /api/settings/identity").body, "{}");
    ASSERT_EQ(api.call("PUT /api/settings/installation",
                       R"({"name":"Shop","timezone":"Europe/Istanbul","public_url":null})")
                  .status,
              200);
    EXPECT_EQ(api.engine().settings()->timezone(), "Europe/Istanbul");
    const Answer identity =
        api.call("PUT /api/settings/identity", R"({"namespaces":{"member_no":{"person":true}}})");
    ASSERT_EQ(identity.status, 200) << identity.body;
    EXPECT_NE(api.engine().settings()->namespaces().find("member_no"), nullptr);
    EXPECT_EQ(api.call("PUT /api/settings/identity\r\nIf-Match: \"0\"", "{}").status, 412);
    EXPECT_EQ(api.call("PUT /api/settings/survivorship", R"({"trust":["nowhere"]})").status, 400);
}

TEST_F(DefinitionRoutes, EveryAnswerIsWhatTheApiDocumentSays) {
    const testing::Schemas schemas;
    const auto check = [&](std::string_view schema, const Answer& answer) {
        EXPECT_EQ(schemas.mismatch(schema, answer.json()), "") << answer.body;
    };
    check("Source", api.call("PUT /api/sources/web", kShop));
    check("Token", api.call("PUT /api/tokens/ci", R"({"name":"CI","scopes":["read"]})"));
    check("Token", api.call("GET /api/tokens/ci"));
    check("TokenList", api.call("GET /api/tokens"));
    check("AuditEntryList", api.call("GET /api/audit"));
    check("InstallationSettings", api.call("PUT /api/settings/installation",
                                           R"({"name":"Shop","timezone":"Europe/Istanbul"})"));
    check("IdentitySettings",
          api.call("PUT /api/settings/identity",
                   R"({"namespaces":{"member_no":{"person":true,"window":"annually"}}})"));
    check("SurvivorshipSettings", api.call("PUT /api/settings/survivorship",
                                           R"({"traits":{"plan":"latest"},"trust":["web"]})"));
}

}  // namespace
}  // namespace throughline::server
