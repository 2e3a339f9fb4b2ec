#include "ingest/mapping.h"

#include <gtest/gtest.h>

#include "ingest/number_text.h"
#include "ingest/time_format.h"
#include "ingest/webhook.h"
#include "model/json.h"

namespace throughline::ingest {
namespace {

using model::DocView;

constexpr SecretKey kSecret{5};

// The events of one JSON row as JSON without their ids, or the problem.
std::vector<std::string> map_json(const Mapping& mapping, std::string_view json) {
    MappingRun run(mapping, kSecret);
    const std::string doc = *model::doc_from_json(json);
    Row row;
    row.doc = DocView(doc);
    MappedRow out;
    run.apply(row, out);
    if (!out.problem.empty()) return {out.problem};
    std::vector<std::string> events;
    for (const std::string& event : out.events) events.push_back(model::to_json(DocView(event)));
    return events;
}

Mapping make(std::string_view json) {
    auto mapping = Mapping::from_json(json);
    EXPECT_TRUE(mapping) << mapping.error().message;
    return *std::move(mapping);
}

std::string error_of(std::string_view json) {
    const auto mapping = Mapping::from_json(json);
    return mapping ? "ok" : mapping.error().message;
}

// A mapping whose one event has these properties.
Mapping with_properties(std::string_view properties) {
    return make(R"({"name":"t","events":[{"name":{"value":"E"},"identifiers":{"user_id":"u"},)"
                R"("message_id":{"value":"m"},"time":{"value":"2026-01-01T00:00:00Z"},)"
                R"("properties":)" +
                std::string(properties) + "}]}");
}

std::string properties_of(std::string_view properties, std::string_view row) {
    const auto events = map_json(with_properties(properties), row);
    const auto doc = model::doc_from_json(events.at(0));
    return doc ? model::to_json(DocView(*doc).find("properties")) : events.at(0);
}

TEST(Mapping, EveryShippedOneIsValidAndNamedAsItsFile) {
    EXPECT_GE(Mapping::shipped_names().size(), 13u);
    for (const std::string_view name : Mapping::shipped_names()) {
        const auto mapping = Mapping::shipped(name);
        ASSERT_TRUE(mapping) << name << ": " << mapping.error().message;
        EXPECT_EQ(mapping->name(), name);
    }
    EXPECT_EQ(Mapping::shipped("nope").error().code, Code::NotFound);
}

TEST(Mapping, AShippedOneLosesNoIdentifierOfAFreshInstallation) {
    for (const std::string_view name : Mapping::shipped_names()) {
        const auto mapping = Mapping::shipped(name);
        EXPECT_TRUE(mapping->check_namespaces(model::Namespaces::built_in(), "mapping")) << name;
    }
}

TEST(Mapping, ANamespaceThatIsNotConfiguredIsNamed) {
    const auto with = [](std::string_view space) {
        return make(R"({"name":"x","events":[{"name":"e","time":"t","identifiers":{")" +
                    std::string(space) + R"(":"c"}}]})");
    };
    const auto spaces = model::Namespaces::built_in();
    const Status unknown = with("member_no").check_namespaces(spaces, "mapping: definition");
    EXPECT_EQ(unknown.error().code, Code::InvalidArgument);
    EXPECT_EQ(unknown.error().message,
              "mapping: definition: the namespace member_no is not configured: add it in "
              "settings/identity");
    const auto doc = model::doc_from_json(R"({"namespaces":{"member_no":{}}})");
    EXPECT_TRUE(with("member_no")
                    .check_namespaces(*model::Namespaces::from_settings(DocView(*doc)), "mapping"));
    // Segment's names for our own.
    EXPECT_TRUE(with("ios.push_token").check_namespaces(spaces, "mapping"));
}

TEST(Mapping, ErrorsNameTheField) {
    EXPECT_EQ(error_of(R"({"events":[]})"), "mapping: name: need a text");
    EXPECT_EQ(error_of(R"({"name":"x","events":[]})"), "mapping: events: need at least one");
    EXPECT_EQ(error_of(R"({"name":"x","evnts":[]})").substr(0, 40),
              "mapping: document: `evnts` is unknown; n");
    const auto event = [](std::string_view fields) {
        return error_of(R"({"name":"x","events":[{"name":"e","identifiers":{"user_id":"u"},)"
                        R"("time":"t",)" +
                        std::string(fields) + "}]}");
    };
    EXPECT_EQ(event(R"("type":"moon")"),
              "mapping: events[0].type: need track, identify, page, screen, group or alias");
    EXPECT_EQ(
        event(R"("properties":{"a":{"column":"c","as":"money"}})"),
        "mapping: events[0].properties.a.as: need text, integer, decimal, boolean, date, time "
        "or json");
    EXPECT_EQ(event(R"("properties":{"a":{"column":"c","as":"date","format":"%q"}})"),
              "mapping: events[0].properties.a: format: %q: need % and one of YymdebBHIMSpfzsQ%");
    EXPECT_EQ(event(R"("properties":{"a":{"column":"c","as":"time","zone":"Mars/Base"}})"),
              "mapping: events[0].properties.a.zone: zone: Mars/Base is unknown; need UTC, an "
              "offset or a name such as Europe/London");
    EXPECT_EQ(event(R"("when":{"column":"c","op":"like","value":1})"),
              "mapping: events[0].when.op: need eq, ne, lt, lte, gt, gte, in, not_in, contains, "
              "starts_with, exists or not_exists");
    EXPECT_EQ(event(R"("properties":{"a":{"template":"x{"}})"),
              "mapping: events[0].properties.a.template: need {column}");
    EXPECT_EQ(error_of(R"({"name":"x","events":[{"name":"e","time":"t"}]})"),
              "mapping: events[0].identifiers: need at least one namespace");
    EXPECT_EQ(error_of(R"({"name":"x","events":[{"name":"e","identifiers":{"user_id":"u"}}]})"),
              "mapping: events[0].time: is missing");
}

TEST(Mapping, ValuesOfEveryKind) {
    EXPECT_EQ(properties_of(R"({"a":"x.y","b":{"value":[1]},"c":{"template":"{u}-{x.y}"}})",
                            R"({"u":"1","x":{"y":2.50}})"),
              R"({"a":2.50,"b":[1],"c":"1-2.50"})");
    EXPECT_EQ(properties_of(R"({"a":{"first":["p","q"]},"b":"p","c":{"template":"{p}!"}})",
                            R"({"u":"1","q":"z","p":""})"),
              R"({"a":"z"})");
    EXPECT_EQ(properties_of(R"({"a":{"product":["n","p"]}})", R"({"u":"1","n":"-3","p":"0.10"})"),
              R"({"a":-0.3})");
    EXPECT_EQ(properties_of(R"({"a":{"list":"l","of":{"object":{"s":"@.s","u":"u"}}}})",
                            R"({"u":"1","l":[{"s":"x"},{"s":null}]})"),
              R"({"a":[{"s":"x","u":"1"},{"u":"1"}]})");
    EXPECT_EQ(properties_of(R"({"a":{"list":"l","of":{"column":"@","as":"text"}}})",
                            R"({"u":"1","l":[1,"b"]})"),
              R"({"a":["1","b"]})");
    EXPECT_EQ(properties_of(R"({"a":{"column":"s","map":{"y":true},"default":"none"}})",
                            R"({"u":"1","s":"y"})"),
              R"({"a":true})");
    EXPECT_EQ(properties_of(R"({"a":{"column":"s","empty":["NULL"],"default":"none"}})",
                            R"({"u":"1","s":" NULL "})"),
              R"({"a":"none"})");
}

TEST(Mapping, TypesAreExactOrRefused) {
    const auto as = [](std::string_view how, std::string_view text) {
        return properties_of("{\"a\":{\"column\":\"v\"," + std::string(how) + "}}",
                             "{\"u\":1,\"v\":" + std::string(text) + "}");
    };
    EXPECT_EQ(as(R"("as":"integer")", "\"17850.0\""), R"({"a":17850})");
    EXPECT_EQ(as(R"("as":"integer")", "\"17850.5\""), "column `v`: no whole number");
    EXPECT_EQ(as(R"("as":"decimal","decimal":",")", "\"1.234,50\""), R"({"a":1234.50})");
    EXPECT_EQ(as(R"("as":"decimal")", "\"1,234.5\""), R"({"a":1234.5})");
    EXPECT_EQ(as(R"("as":"decimal")", "\"1,5\""),
              "column `v`: no decimal number of at most 18 digits");
    EXPECT_EQ(as(R"("as":"boolean")", "\"Yes\""), R"({"a":true})");
    EXPECT_EQ(as(R"("as":"boolean")", "0"), R"({"a":false})");
    EXPECT_EQ(as(R"("as":"boolean")", "\"maybe\""), "column `v`: neither true nor false");
    EXPECT_EQ(as(R"("as":"date","format":["%d/%m/%Y","%d.%m.%y"])", "\"31.12.11\""),
              R"({"a":"2011-12-31"})");
    EXPECT_EQ(as(R"("as":"json")", R"("{\"x\":[1]}")"), R"({"a":{"x":[1]}})");
    EXPECT_EQ(as(R"("as":"text")", "7.50"), R"({"a":"7.50"})");
    EXPECT_EQ(as(R"("as":"text")", "[7]"), "column `v`: an object or array can not be converted");
}

TEST(Mapping, ConditionsChooseEvents) {
    const Mapping mapping = make(
        R"({"name":"t","skip":{"column":"test","op":"eq","value":true},"events":[)"
        R"({"when":{"and":[{"column":"n","op":"gte","value":10},{"not":{"column":"s","op":"in",)"
        R"("value":["x","y"]}}]},"name":{"value":"Big"},"identifiers":{"user_id":"u"},)"
        R"("time":"t"},{"when":{"or":[{"column":"s","op":"starts_with","value":"y"},)"
        R"({"column":"zz","op":"exists"}]},"name":{"value":"Y"},"identifiers":{"user_id":"u"},)"
        R"("time":"t"}]})");
    const auto names = [&](std::string_view row) {
        std::string text;
        for (const std::string& event : map_json(mapping, row)) {
            const auto doc = model::doc_from_json(event);
            text += std::string(DocView(*doc).find("event").as_string()) + " ";
        }
        return text;
    };
    EXPECT_EQ(names(R"({"u":1,"t":0,"n":9,"s":"a"})"), "");
    EXPECT_EQ(names(R"({"u":1,"t":0,"n":"10.0","s":"a"})"), "Big ");
    EXPECT_EQ(names(R"({"u":1,"t":0,"n":10,"s":"y"})"), "Y ");
    EXPECT_EQ(names(R"({"u":1,"t":0,"n":100,"s":"yes"})"), "Big Y ");
    EXPECT_EQ(names(R"({"u":1,"t":0,"n":100,"s":"yes","test":true})"), "");
}

TEST(Mapping, EachItemOfAListIsAnEvent) {
    const Mapping mapping =
        make(R"({"name":"t","events":[{"each":"lines","name":{"value":"L"},"identifiers":)"
             R"({"user_id":"u"},"time":"t","properties":{"sku":"@.sku","order":"id"}}]})");
    const auto events =
        map_json(mapping, R"({"u":1,"t":0,"id":"o","lines":[{"sku":"a"},{"sku":"b"}]})");
    ASSERT_EQ(events.size(), 2u);
    EXPECT_NE(events[1].find(R"("properties":{"sku":"b","order":"o"})"), std::string::npos);
    const auto id = [](const std::string& event) {
        const auto doc = model::doc_from_json(event);
        return std::string(DocView(*doc).find("messageId").as_string());
    };
    EXPECT_EQ(id(events[1]), id(events[0]) + ":1");
}

TEST(Mapping, TimesInZonesAndByFormats) {
    const auto at = [](std::vector<std::string> formats, std::string_view zone,
                       std::string_view text) -> std::string {
        const auto format = TimeFormat::make(std::move(formats), *Zone::named(zone));
        const auto found = format->parse(text);
        return found ? format_instant_exact(*found) : "none";
    };
    EXPECT_EQ(at({"%d/%m/%Y %H:%M"}, "Europe/Istanbul", "1/2/2026 09:30"), "2026-02-01T06:30:00Z");
    EXPECT_EQ(at({"%m/%d/%y %I:%M %p"}, "UTC", "02/01/26 12:05 am"), "2026-02-01T00:05:00Z");
    EXPECT_EQ(at({"%d %B %Y", "%d-%b-%Y"}, "UTC", "3-Feb-2026"), "2026-02-03T00:00:00Z");
    EXPECT_EQ(at({"%d %B %Y"}, "UTC", "3 february 2026"), "2026-02-03T00:00:00Z");
    EXPECT_EQ(at({"%Y-%m-%dT%H:%M:%S%f%z"}, "Europe/London", "2026-07-01T10:00:00.5+02:00"),
              "2026-07-01T08:00:00.5Z");
    EXPECT_EQ(at({"%s"}, "Europe/London", "1780000000"), "2026-05-28T20:26:40Z");
    EXPECT_EQ(at({"%Q"}, "UTC", "1780000000123"), "2026-05-28T20:26:40.123Z");
    EXPECT_EQ(at({"%s"}, "UTC", "99999999999999"), "none");  // Would not fit in microseconds.
    EXPECT_EQ(at({"%d/%m/%Y"}, "UTC", "31/02/2026"), "none");
    EXPECT_EQ(at({"%d/%m/%Y"}, "UTC", "01/02/2026 x"), "none");
    EXPECT_EQ(at({}, "Europe/Bucharest", "2026-01-01 12:00:00"), "2026-01-01T10:00:00Z");
    EXPECT_EQ(at({}, "Europe/Bucharest", "2026-01-01T12:00:00Z"), "2026-01-01T12:00:00Z");
    EXPECT_EQ(at({}, "Europe/Bucharest", "2026-01-01T12:00:00-02:00"), "2026-01-01T14:00:00Z");
    EXPECT_EQ(at({}, "Europe/Bucharest", "1780000000"), "2026-05-28T20:26:40Z");
    EXPECT_EQ(at({}, "+05:30", "2026-01-01"), "2025-12-31T18:30:00Z");
    // The clock jumps over 03:30 on 2026-03-29 and shows 03:30 twice on 2026-10-25.
    EXPECT_EQ(at({}, "Europe/Bucharest", "2026-03-29 03:30:00"), "2026-03-29T01:00:00Z");
    EXPECT_EQ(at({}, "Europe/Bucharest", "2026-10-25 03:30:00"), "2026-10-25T00:30:00Z");
}

TEST(Mapping, NumbersAreReadAsWritten) {
    const auto read = [](std::string_view text, char mark) -> std::string {
        const auto number = read_decimal(text, mark);
        if (!number) return "none";
        return std::to_string(number->units) + "e-" + std::to_string(number->scale);
    };
    EXPECT_EQ(read("1 234 567,8", ','), "12345678e-1");
    EXPECT_EQ(read("-1'234.5", '.'), "-12345e-1");
    EXPECT_EQ(read(".5", '.'), "5e-1");
    EXPECT_EQ(read("5.", '.'), "5e-0");
    EXPECT_EQ(read("1\xc2\xa0"
                   "234",
                   '.'),
              "1234e-0");
    EXPECT_EQ(read("999999999999999999", '.'), "999999999999999999e-0");
    for (const std::string_view bad : {"", "-", ".", "1,23", "1e5", "0x1", "12a", "1,2345", "--1",
                                       "1.2.3", "9999999999999999999"}) {
        EXPECT_EQ(read(bad, '.'), "none") << bad;
    }
    EXPECT_FALSE(multiply({999'999'999'999, 0}, {999'999'999'999, 0}));
    EXPECT_EQ(*multiply({25, 1}, {4, 0}), (model::Decimal{10, 0}));
}

class Webhooks : public testing::Test {
protected:
    Decoded decode(std::string_view name, std::string_view body) {
        source.id = 4;
        return decode_webhook(
            *Mapping::shipped(name), {&spaces, &kSecret},
            {.source = &source, .received = 1'780'000'000 * kSecond, .peer_ip = {}, .sent_at = {}},
            body);
    }
    model::Namespaces spaces = model::Namespaces::built_in();
    model::Source source;
};

TEST_F(Webhooks, SegmentBodiesPassThrough) {
    const Decoded decoded = decode(
        "segment-webhook",
        R"({"type":"track","event":"A","userId":"u","messageId":"m","context":{"ip":"1.2.3.4"}})");
    ASSERT_EQ(decoded.records.accepted(), 1u);
    const model::EventView event(decoded.records.record(0));
    EXPECT_EQ(event.message_id(), "m");
    EXPECT_EQ(event.flags(), 0);
    EXPECT_EQ(event.doc().at_path("context.ip").as_string(), "1.2.3.0");
    EXPECT_EQ(decode("rudderstack-webhook", R"([{"type":"track"},{"type":"page","userId":"u"}])")
                  .records.accepted(),
              1u);
    EXPECT_TRUE(decode("segment-webhook", "{").is_envelope_error);
    EXPECT_EQ(decode("segment-webhook", "7").records.refused[0].code, "mapping_failed");
}

TEST_F(Webhooks, ShopifyOrderBecomesAnOrderAndAPerson) {
    const Decoded decoded = decode(
        "shopify-orders",
        R"({"id":820982911946154508,"name":"#1001","email":"jon@example.com","currency":"EUR",)"
        R"("created_at":"2026-05-28T10:00:00+03:00","processed_at":null,"cancelled_at":null,)"
        R"("total_price":"403.00","subtotal_price":"393.00","total_tax":"0.00",)"
        R"("total_discounts":"20.00","phone":null,"customer":{"id":115310627314723954,)"
        R"("email":"john@example.com","first_name":"John","updated_at":"2026-05-28T09:00:00+03:00",)"
        R"("default_address":{"city":"Ottawa"}},"line_items":[{"product_id":632910392,"sku":"IPOD",)"
        R"("title":"IPod","price":"199.00","quantity":2}]})");
    ASSERT_EQ(decoded.records.size(), 2u);
    ASSERT_EQ(decoded.records.accepted(), 2u) << decoded.records.refused[0].message;
    const model::EventView order(decoded.records.record(0));
    EXPECT_EQ(order.name(), "Order Completed");
    EXPECT_EQ(order.message_id(), "shopify:820982911946154508");
    EXPECT_EQ(format_instant(order.time()), "2026-05-28T07:00:00.000Z");
    EXPECT_EQ(order.identifier(0).value, "115310627314723954");
    EXPECT_EQ(order.identifier(1).value, "jon@example.com");
    const DocView properties = order.doc().find("properties");
    EXPECT_EQ(properties.find("total").as_decimal(), (model::Decimal{40300, 2}));
    EXPECT_EQ(
        model::to_json(properties.find("products")),
        R"([{"product_id":"632910392","sku":"IPOD","name":"IPod","price":199.00,"quantity":2}])");
    const model::EventView person(decoded.records.record(1));
    EXPECT_EQ(person.type(), model::EventType::Identify);
    EXPECT_EQ(person.doc().at_path("traits.address.city").as_string(), "Ottawa");
}

TEST_F(Webhooks, CallsNeedNoUserId) {
    const Decoded decoded =
        decode("call-centre",
               R"({"call_id":"c1","phone":"+40 721 234 567","started_at":"2026-05-28T10:00:00Z",)"
               R"("direction":"inbound","duration_seconds":"61","outcome":"resolved"})");
    ASSERT_EQ(decoded.records.accepted(), 1u) << decoded.records.refused[0].message;
    const model::EventView call(decoded.records.record(0));
    EXPECT_EQ(call.name(), "Call Received");
    EXPECT_EQ(call.identifier(0).value, "+40721234567");
}

// What Postmark and SendGrid document of their call-backs.
TEST_F(Webhooks, ProvidersOfMailTellWhatBecameOfIt) {
    const auto told = [](const Decoded& decoded) {
        std::vector<std::string> all;
        for (size_t i = 0; i < decoded.records.size(); ++i) {
            const model::EventView event(decoded.records.record(i));
            all.push_back(std::string(event.name()) + " " + std::string(event.identifier(0).value) +
                          " " + std::string(event.doc().at_path("properties.type").as_string()));
        }
        EXPECT_EQ(decoded.records.refused.size(), 0u);
        return all;
    };
    using Told = std::vector<std::string>;
    EXPECT_EQ(
        told(decode("postmark",
                    R"({"RecordType":"Bounce","ID":42,"Type":"HardBounce","TypeCode":1,)"
                    R"("MessageID":"883953f4","Details":"smtp;550","Email":"ana@example.com",)"
                    R"("BouncedAt":"2026-05-28T10:00:00Z","Inactive":true})")),
        Told{"Email Bounced ana@example.com hard"});
    EXPECT_EQ(told(decode("postmark",
                          R"({"RecordType":"Bounce","ID":43,"Type":"SoftBounce","TypeCode":4096,)"
                          R"("Email":"ana@example.com","BouncedAt":"2026-05-28T10:00:00Z"})")),
              Told{"Email Bounced ana@example.com soft"});
    EXPECT_EQ(told(decode("postmark",
                          R"({"RecordType":"SpamComplaint","ID":44,"Type":"SpamComplaint",)"
                          R"("Email":"ana@example.com","BouncedAt":"2026-05-28T10:00:00Z"})")),
              Told{"Email Complained ana@example.com "});
    EXPECT_EQ(
        told(decode("postmark", R"({"RecordType":"Delivery","MessageID":"8839","Recipient":)"
                                R"("ana@example.com","DeliveredAt":"2026-05-28T10:00:00Z"})")),
        Told{"Email Delivered ana@example.com "});
    EXPECT_TRUE(told(decode("postmark", R"({"RecordType":"Open","MessageID":"1"})")).empty());
    EXPECT_EQ(
        told(decode("sendgrid",
                    R"([{"email":"ana@example.com","timestamp":1748426400,"event":"bounce",)"
                    R"("type":"bounce","status":"5.1.1","reason":"550","sg_event_id":"a"},)"
                    R"({"email":"bo@example.com","timestamp":1748426400,"event":"bounce",)"
                    R"("type":"blocked","sg_event_id":"b"},)"
                    R"({"email":"bo@example.com","timestamp":1748426400,"event":"processed",)"
                    R"("sg_event_id":"c"},)"
                    R"({"email":"bo@example.com","timestamp":1748426400,"event":"spamreport",)"
                    R"("sg_event_id":"d"},)"
                    R"({"email":"bo@example.com","timestamp":1748426400,"event":"delivered",)"
                    R"("response":"250 OK","smtp-id":"<1@shop.example>","sg_event_id":"e"}])")),
        (Told{"Email Bounced ana@example.com hard", "Email Bounced bo@example.com soft",
              "Email Complained bo@example.com ", "Email Delivered bo@example.com "}));
}

TEST_F(Webhooks, WooCommerceAndTheTill) {
    const Decoded order =
        decode("woocommerce-orders",
               R"({"id":727,"number":"727","status":"processing","customer_id":0,"currency":"RON",)"
               R"("date_created_gmt":"2026-05-28T10:00:00","total":"29.35","billing":)"
               R"({"email":"ana@example.com","phone":""},"line_items":[]})");
    ASSERT_EQ(order.records.accepted(), 1u) << order.records.refused[0].message;
    const model::EventView view(order.records.record(0));
    EXPECT_EQ(view.identifier(0).value, "ana@example.com");
    EXPECT_EQ(view.identifier(1).value, "woocommerce-order:727");
    EXPECT_EQ(decode("woocommerce-orders", R"({"id":1,"status":"pending"})").records.size(), 0u);

    const Decoded till = decode(
        "till-line",
        R"({"store_id":7,"till_id":2,"receipt":"0042","line":1,"time":"2026-05-28T10:00:00Z",)"
        R"("sku":"594","name":"Bread","quantity":2,"price":"1.35","currency":"EUR"})");
    ASSERT_EQ(till.records.accepted(), 1u) << till.records.refused[0].message;
    const model::EventView line(till.records.record(0));
    ASSERT_EQ(line.identifier_count(), 1u);
    EXPECT_EQ(line.identifier(0).value, "receipt:7:2:0042");
    EXPECT_EQ(line.doc().at_path("properties.revenue").as_decimal(), (model::Decimal{27, 1}));
}

// Who buys at a till: whatever is empty names nobody, least of all everybody at once.
TEST_F(Webhooks, ATillNamesTheCardTheCustomerOrTheReceipt) {
    const auto ids_of = [&](std::string_view fields) {
        const Decoded decoded = decode(
            "till-line",
            R"({"store_id":7,"till_id":2,"receipt":"9","line":1,"time":"2026-05-28T10:00:00Z",)"
            R"("sku":"594","quantity":2,"price":"1.35","currency":"EUR")" +
                std::string(fields) + "}");
        if (decoded.records.accepted() != 1) return std::string("refused");
        const model::EventView event(decoded.records.record(0));
        std::string ids;
        for (size_t i = 0; i < event.identifier_count(); ++i) {
            const model::IdentifierView one = event.identifier(i);
            ids += (i == 0 ? "" : " ") + spaces.find(one.space)->key + ":" + std::string(one.value);
        }
        return ids;
    };
    EXPECT_EQ(ids_of(R"(,"loyalty_card":"C-55")"), "loyalty_card:C-55");
    EXPECT_EQ(ids_of(R"(,"loyalty_card":55,"customer_id":"u1")"), "user_id:u1 loyalty_card:55");
    EXPECT_EQ(ids_of(""), "anonymous_id:receipt:7:2:9");
    for (const std::string_view empty : {R"("")", R"("  ")", "null"}) {
        const std::string card = R"(,"loyalty_card":)" + std::string(empty);
        EXPECT_EQ(ids_of(card), "anonymous_id:receipt:7:2:9") << empty;
        EXPECT_EQ(ids_of(card + R"(,"customer_id":"u1")"), "user_id:u1") << empty;
    }
}

}  // namespace
}  // namespace throughline::ingest
