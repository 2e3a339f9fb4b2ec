// Mappings: what ships works at once, an own one is checked before it is kept.
#include "server/mapping_routes.h"

#include "ingest/webhook.h"
#include "server/definitions.h"
#include "server/import_routes.h"
#include "server/mappings.h"
#include "server/settings_routes.h"
#include "server/source_routes.h"
#include "server/test_api.h"
#include "server/test_schema.h"

namespace throughline::server {
namespace {

using testing::Answer;
using testing::TestApi;

std::string source_with(std::string_view mapping) {
    return R"({"name":"Till","settings":{"keep_ip":false,"late_after_hours":48,)"
           R"("phone_region":null,"party":"first","purpose":null,"trust":70,)"
           R"("allow_alias_of_user_ids":false,"webhook_mapping":")" +
           std::string(mapping) + R"("}})";
}

// A mapping of visits that knows who came by a namespace.
std::string visits_by(std::string_view space) {
    return R"({"name":"visits","events":[{"name":{"value":"Visit"},"identifiers":{")" +
           std::string(space) + R"(":"who"},"time":"at","properties":{"shop":"shop"}}]})";
}

std::string as_body(const std::string& definition, std::string_view more = "") {
    return R"({"definition":)" + definition + std::string(more) + "}";
}

constexpr std::string_view kUnknown =
    "the namespace member_no is not configured: add it in settings/identity";

class MappingRoutes : public ::testing::Test {
protected:
    void configure_member_no() {
        ASSERT_EQ(api.call("PUT /api/settings/identity",
                           R"({"namespaces":{"member_no":{"person":true}}})")
                      .status,
                  200);
    }
    uint64_t position() { return api.engine().query_view().state.next_position; }

    TestApi api{{add_source_routes, add_mapping_routes, add_settings_routes, add_import_routes}};
    testing::Schemas schemas;
};

TEST_F(MappingRoutes, TheTillsCardIsAnIdentifierOnAFreshServer) {
    ASSERT_EQ(api.call("PUT /api/sources/till", source_with("till-line")).status, 201);
    const auto settings = api.engine().settings();
    const auto mapping = need_mapping(*settings, "till-line", "source");
    ASSERT_TRUE(mapping) << mapping.error().message;
    const ingest::Decoded decoded = ingest::decode_webhook(
        *mapping, {.spaces = &settings->namespaces(), .secret = &api.engine().secret()},
        {.source = settings->source("till"),
         .received = api.app().clock.now(),
         .peer_ip = {},
         .sent_at = {}},
        R"({"store_id":7,"till_id":2,"receipt":"9","line":1,"time":"2026-03-02T10:00:00Z",)"
        R"("sku":"S","quantity":1,"price":"2","currency":"EUR","loyalty_card":"C-55"})");
    ASSERT_EQ(decoded.records.accepted(), 1u);
    const model::EventView event(decoded.records.record(0));
    ASSERT_EQ(event.identifier_count(), 1u);
    EXPECT_EQ(event.identifier(0).space, model::kLoyaltyCard);
    EXPECT_EQ(event.identifier(0).value, "C-55");
}

TEST_F(MappingRoutes, ShippedOnesAreListedByKind) {
    const Answer all = api.call("GET /api/mappings");
    EXPECT_EQ(schemas.mismatch("MappingList", all.json()), "");
    EXPECT_GE(all.count("items"), 10u);
    const Answer webhooks = api.call("GET /api/mappings?kind=webhook");
    const Answer files = api.call("GET /api/mappings?kind=file");
    EXPECT_EQ(webhooks.count("items") + files.count("items"), all.count("items") + 1);
    EXPECT_NE(webhooks.body.find("shopify-orders"), std::string::npos);
    EXPECT_EQ(files.body.find("shopify-orders"), std::string::npos);
    EXPECT_EQ(api.call("GET /api/mappings?kind=x").status, 400);
    EXPECT_EQ(api.call("GET /api/mappings/till-line").text("kind"), "any") << "the one of both";
    EXPECT_EQ(api.call("GET /api/mappings/nope").status, 404);
}

TEST_F(MappingRoutes, AnOwnOneIsWrittenReadChangedAndDeleted) {
    const Answer made =
        api.call("PUT /api/mappings/visits\r\nIf-None-Match: *", as_body(visits_by("user_id")));
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(schemas.mismatch("Mapping", made.json()), "");
    EXPECT_FALSE(made.json().find("shipped").as_bool(true));
    EXPECT_EQ(made.text("kind"), "any");
    const Answer read = api.call("GET /api/mappings/visits");
    EXPECT_EQ(read.body, made.body);
    EXPECT_EQ(read.etag, made.etag);
    EXPECT_EQ(model::to_json(read.json().find("definition")), visits_by("user_id"));
    for (const char* kind : {"file", "webhook"}) {
        const Answer list = api.call("GET /api/mappings?kind=" + std::string(kind));
        EXPECT_NE(list.body.find(R"("key":"visits")"), std::string::npos) << kind;
    }
    const std::string change = as_body(visits_by("email"));
    EXPECT_EQ(api.call("PUT /api/mappings/visits\r\nIf-None-Match: *", change).status, 412);
    EXPECT_EQ(api.call("PUT /api/mappings/visits\r\nIf-Match: " + made.etag, change).status, 200);
    EXPECT_EQ(api.call("DELETE /api/mappings/visits\r\nIf-Match: " + made.etag).status, 412);
    EXPECT_EQ(api.call("DELETE /api/mappings/visits").status, 204);
    EXPECT_EQ(api.call("GET /api/mappings/visits").status, 404);
    EXPECT_EQ(api.call("DELETE /api/mappings/visits").status, 404);
}

TEST_F(MappingRoutes, ADryRunSaysWhatItWouldBeAndWritesNothing) {
    const auto before = position();
    const Answer dry =
        api.call("PUT /api/mappings/visits?dry_run=true", as_body(visits_by("user_id")));
    EXPECT_EQ(dry.status, 200) << dry.body;
    EXPECT_EQ(schemas.mismatch("Mapping", dry.json()), "");
    EXPECT_EQ(dry.text("key"), "visits");
    EXPECT_EQ(
        api.call("PUT /api/mappings/visits?dry_run=true", as_body(visits_by("member_no"))).status,
        400);
    EXPECT_EQ(position(), before);
    EXPECT_EQ(api.call("GET /api/mappings/visits").status, 404);
}

TEST_F(MappingRoutes, BadOnesAreRefusedBeforeAnythingIsLogged) {
    const auto before = position();
    const Answer unknown = api.call("PUT /api/mappings/visits", as_body(visits_by("member_no")));
    EXPECT_EQ(unknown.status, 400);
    EXPECT_EQ(unknown.text("error.message"), "mapping: definition: " + std::string(kUnknown));
    const Answer broken = api.call("PUT /api/mappings/visits", as_body(R"({"name":"x"})"));
    EXPECT_EQ(broken.text("error.message"), "mapping: events: need at least one");
    EXPECT_EQ(api.call("PUT /api/mappings/visits", "{}").status, 400);
    EXPECT_EQ(api.call("PUT /api/mappings/Visits!", as_body(visits_by("user_id"))).status, 400);
    std::string long_one = visits_by("user_id");
    long_one.insert(1, R"("description":")" + std::string(257 << 10, 'x') + R"(",)");
    EXPECT_EQ(api.call("PUT /api/mappings/visits", as_body(long_one)).status, 400);
    EXPECT_EQ(position(), before);
    configure_member_no();
    EXPECT_EQ(api.call("PUT /api/mappings/visits", as_body(visits_by("member_no"))).status, 201);
}

// The namespace was there when the mapping was written, and went afterwards: the program of that
// time did not refuse it.
TEST_F(MappingRoutes, NothingRunsAMappingWhoseIdentifiersWouldBeLost) {
    configure_member_no();
    ASSERT_EQ(api.call("PUT /api/mappings/visits", as_body(visits_by("member_no"))).status, 201);
    ASSERT_EQ(api.call("PUT /api/sources/door", source_with("visits")).status, 201);
    constexpr std::string_view kImport =
        R"({"file_name":"a.csv","size":9,"mapping":"visits","source":"door"})";
    ASSERT_EQ(api.call("POST /api/imports", kImport).status, 201);
    ASSERT_TRUE(
        define(api.app(), "token:admin", "settings", "identity", *model::doc_from_json("{}")));
    const auto message = [](const Answer& answer) {
        EXPECT_EQ(answer.status, 400);
        return answer.text("error.message");
    };
    const std::string why(kUnknown);
    EXPECT_EQ(message(api.call("PUT /api/sources/door", source_with("visits"))),
              "source: settings.webhook_mapping: " + why);
    EXPECT_EQ(message(api.call("POST /api/imports", kImport)), "import: mapping: " + why);
    EXPECT_EQ(message(api.call("POST /api/imports/preview?mapping=visits&source=door", "who,at\n")),
              "import: mapping: " + why);
}

TEST_F(MappingRoutes, ANamespaceThatAMappingNamesStays) {
    configure_member_no();
    ASSERT_EQ(api.call("PUT /api/mappings/visits", as_body(visits_by("member_no"))).status, 201);
    ASSERT_EQ(api.call("PUT /api/sources/door", source_with("visits")).status, 201);
    const auto refused = [&] {
        const auto before = position();
        const Answer answer = api.call("PUT /api/settings/identity", "{}");
        EXPECT_EQ(answer.status, 422);
        EXPECT_EQ(position(), before);
        return answer.text("error.message");
    };
    EXPECT_EQ(refused(),
              "identity: namespaces: member_no: the mapping visits names it, and the source door "
              "runs that: choose another mapping there first");
    ASSERT_EQ(api.call("PUT /api/sources/door", source_with("till-line")).status, 200);
    EXPECT_EQ(refused(),
              "identity: namespaces: member_no: the mapping visits names it: change or delete that "
              "mapping first");
    // Other changes are free, and so is this one when nothing names it any more.
    EXPECT_EQ(api.call("PUT /api/settings/identity",
                       R"({"namespaces":{"member_no":{"person":false},"card_no":{}}})")
                  .status,
              200);
    ASSERT_EQ(api.call("DELETE /api/mappings/visits").status, 204);
    EXPECT_EQ(api.call("PUT /api/settings/identity", "{}").status, 200);
}

// Ids that nobody wrote go by the order: what goes must not hand its people to what stays.
TEST_F(MappingRoutes, ANamespaceKeepsItsIdWhenAnotherGoes) {
    ASSERT_EQ(
        api.call("PUT /api/settings/identity", R"({"namespaces":{"member_no":{},"card_no":{}}})")
            .status,
        200);
    const auto message = [&](std::string_view body) {
        const Answer answer = api.call("PUT /api/settings/identity", body);
        EXPECT_EQ(answer.status, 422) << answer.body;
        return answer.text("error.message");
    };
    EXPECT_EQ(message(R"({"namespaces":{"card_no":{}}})"),
              "identity: namespaces: card_no: it has the id 33: write \"id\": 33 beside it");
    EXPECT_EQ(message(R"({"namespaces":{"pass_no":{},"card_no":{"id":33}}})"),
              "identity: namespaces: pass_no: the id 32 is member_no's: write another");
    EXPECT_EQ(
        api.call("PUT /api/settings/identity", R"({"namespaces":{"card_no":{"id":33}}})").status,
        200);
}

// Identifiers stay stored under the id of a namespace that is gone.
TEST_F(MappingRoutes, TheIdOfANamespaceThatIsGoneWaitsForItsReturn) {
    const auto id_after = [&](std::string_view body, std::string_view key) {
        const Answer answer = api.call("PUT /api/settings/identity", body);
        EXPECT_EQ(answer.status, 200) << answer.body;
        const model::Namespace* space = api.engine().settings()->namespaces().find(key);
        return space == nullptr ? 0 : int{space->id};
    };
    EXPECT_EQ(id_after(R"({"namespaces":{"member_no":{},"card_no":{}}})", "card_no"), 33);
    EXPECT_EQ(id_after(R"({"namespaces":{"member_no":{}}})", "card_no"), 0);
    EXPECT_EQ(id_after(R"({"namespaces":{"member_no":{},"pass_no":{}}})", "pass_no"), 34);
    EXPECT_EQ(id_after(R"({"namespaces":{}})", "pass_no"), 0);
    EXPECT_EQ(id_after(R"({"namespaces":{"card_no":{}}})", "card_no"), 33);
    EXPECT_EQ(id_after(R"({"namespaces":{"card_no":{"id":33},"bib_no":{}}})", "bib_no"), 35);
}

TEST_F(MappingRoutes, WhatASourceRunsStaysAndWhatShipsStaysToo) {
    ASSERT_EQ(api.call("PUT /api/mappings/visits", as_body(visits_by("user_id"))).status, 201);
    ASSERT_EQ(api.call("PUT /api/sources/door", source_with("visits")).status, 201);
    const Answer used = api.call("DELETE /api/mappings/visits");
    EXPECT_EQ(used.status, 422);
    EXPECT_EQ(used.text("error.message"),
              "mapping: key: the source door uses it: choose another there first");
    ASSERT_EQ(api.call("PUT /api/sources/door", source_with("till-line")).status, 200);
    EXPECT_EQ(api.call("DELETE /api/mappings/visits").status, 204);
    // An own one in the place of what ships; then what ships again.
    EXPECT_EQ(api.call("DELETE /api/mappings/till-line").status, 422);
    ASSERT_EQ(api.call("PUT /api/mappings/till-line", as_body(visits_by("user_id"))).status, 201);
    EXPECT_FALSE(api.call("GET /api/mappings/till-line").json().find("shipped").as_bool(true));
    EXPECT_EQ(api.call("DELETE /api/mappings/till-line").status, 204);
    EXPECT_TRUE(api.call("GET /api/mappings/till-line").json().find("shipped").as_bool());
}

TEST_F(MappingRoutes, APreviewShowsWhatSamplesWouldBecome) {
    const auto before = position();
    const Answer one =
        api.call("POST /api/mappings/preview",
                 as_body(visits_by("user_id"),
                         R"(,"sample":{"who":"u1","at":"2026-03-02T10:00:00Z","shop":"Cluj"})"));
    ASSERT_EQ(one.status, 200) << one.body;
    EXPECT_EQ(schemas.mismatch("ImportPreview", one.json()), "");
    const model::DocView event = one.item("events", 0);
    EXPECT_EQ(event.find("name").as_string(), "Visit");
    EXPECT_EQ(event.at_path("properties.shop").as_string(), "Cluj");
    EXPECT_EQ(model::to_json(event.find("identifiers")),
              R"([{"namespace":"user_id","value":"u1"}])");
    const Answer rows = api.call(
        "POST /api/mappings/preview",
        as_body(visits_by("user_id"),
                R"(,"sample":[{"who":"u1","at":"2026-03-02T10:00:00Z"},{"who":"u2","at":"?"}])"));
    EXPECT_EQ(rows.number("accepted"), 1);
    EXPECT_EQ(rows.number("rejected"), 1);
    const Answer text = api.call(
        "POST /api/mappings/preview",
        as_body(visits_by("user_id"), R"(,"sample":"who,at,shop\nu1,2026-03-02 10:00:00,A\n")"));
    EXPECT_EQ(text.number("accepted"), 1) << text.body;
    EXPECT_EQ(text.text("format"), "csv");
    EXPECT_EQ(api.call("POST /api/mappings/preview", as_body(visits_by("user_id"))).status, 400);
    EXPECT_EQ(api.call("POST /api/mappings/preview",
                       as_body(visits_by("member_no"), R"(,"sample":{"who":"u1"})"))
                  .status,
              400);
    EXPECT_EQ(position(), before);
}

}  // namespace
}  // namespace throughline::server
