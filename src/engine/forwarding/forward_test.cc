// What a forward is: its definition read, which events it wants, the form in which they go.
#include "engine/forwarding/forward.h"

#include <gtest/gtest.h>

#include "engine/forwarding/segment_form.h"
#include "engine/test_fold.h"

namespace throughline::engine {
namespace {

using testing::event_payload;
using testing::EventSpec;

std::string doc_of(std::string_view json) {
    return model::doc_from_json(json).value();
}

Result<Forward> forward_of(const std::string& fields) {
    return Forward::make(model::DocView(doc_of(R"({"url":"https://x.example/b")" + fields + "}")));
}

std::shared_ptr<const Settings> settings_with_sources() {
    Settings::ByKey all;
    for (const int64_t id : {1, 2}) {
        const std::string key = id == 1 ? "web" : "till";
        all["sources/" + key] = {
            .kind = "sources",
            .key = key,
            .actor = {},
            .value = doc_of(R"({"id":)" + std::to_string(id) + R"(,"name":"x"})")};
    }
    return Settings::from_definitions(std::move(all)).value();
}

TEST(Forward, NamesWhatIsWrongWithItsDefinition) {
    const auto error_of = [](const std::string& fields) {
        const auto forward = forward_of(fields);
        return forward ? std::string() : forward.error().message;
    };
    EXPECT_EQ(error_of(""), "");
    EXPECT_EQ(Forward::make(model::DocView(doc_of(R"({"url":"ftp://x"})"))).error().message,
              "forward: url: need an http or https address");
    EXPECT_EQ(error_of(R"(,"types":["click"])"),
              "forward: types: need some of track, identify, page, screen, group, alias");
    EXPECT_EQ(error_of(R"(,"types":[])"),
              "forward: types: need at least one, or leave it out for all");
    EXPECT_EQ(error_of(R"(,"batch_events":2001)"),
              "forward: batch_events: need a number from 1 to 2000");
    EXPECT_EQ(error_of(R"(,"enabled":"yes")"), "forward: enabled: need true or false");
    EXPECT_EQ(error_of(R"(,"write_key":"a b")"),
              "forward: write_key: need text without blanks, at most 500 bytes");
    EXPECT_TRUE(
        error_of(R"(,"where":{"trait":"plan","op":"exists"})").starts_with("forward: where"));
    EXPECT_TRUE(error_of(R"(,"where":{"channel":"email"})").starts_with("forward: where"));
}

TEST(Forward, WantsWhatItsTypesConditionsAndHistorySay) {
    const auto settings = settings_with_sources();
    const auto wants = [&](const std::string& fields, EventSpec spec) {
        const std::string payload = event_payload(spec);
        return forward_of(fields)->wants(model::EventView(payload), *settings);
    };
    const EventSpec order{
        .user = "u", .name = "Order Completed", .extra = R"({"properties":{"revenue":30}})"};
    const EventSpec page{.type = model::EventType::Page, .user = "u", .name = ""};
    const EventSpec at_till{.user = "u", .source = 2};
    const EventSpec old{.user = "u", .flags = model::kEventHistory};
    const EventSpec from_file{.user = "u", .flags = model::kEventHistory | model::kEventImported};
    for (const EventSpec& any : {order, page, at_till, old}) EXPECT_TRUE(wants("", any));
    EXPECT_TRUE(wants(R"(,"types":["track"])", order));
    EXPECT_FALSE(wants(R"(,"types":["track","identify"])", page));
    EXPECT_TRUE(wants(R"(,"where":{"source":["till","x"]})", at_till));
    EXPECT_FALSE(wants(R"(,"where":{"source":["till"]})", order));
    EXPECT_TRUE(wants(R"(,"where":{"property":"revenue","op":"gte","value":30})", order));
    EXPECT_FALSE(wants(R"(,"where":{"property":"revenue","op":"gt","value":30})", order));
    EXPECT_TRUE(
        wants(R"(,"where":{"property":"$.event","op":"eq","value":"Order Completed"})", order));
    EXPECT_FALSE(wants("", from_file));
    EXPECT_TRUE(wants(R"(,"include_history":true)", from_file));
}

TEST(Forward, KeepsItsWriteKeyWhereItGoesToTheSameAddress) {
    const std::string standing = doc_of(R"({"url":"https://a.example/","write_key":"k1"})");
    const auto kept = [&](std::string_view json) {
        const std::string doc = doc_of(json);
        return std::string(
            kept_write_key(model::DocView(doc), model::DocView(standing)).as_string());
    };
    EXPECT_EQ(kept(R"({"url":"https://a.example/","write_key_set":true})"), "k1");
    EXPECT_EQ(kept(R"({"url":"https://a.example/","write_key":"k2"})"), "");
    EXPECT_EQ(kept(R"({"url":"https://a.example/","write_key":""})"), "");
    EXPECT_EQ(kept(R"({"url":"https://b.example/"})"), "");
}

TEST(SegmentForm, IsTheEventAsItWasSentWithItsOwnTimes) {
    const std::string payload = event_payload(
        {.user = "u1",
         .anonymous = "a1",
         .name = "Order Completed",
         .message_id = "m1",
         .extra = R"({"type":"wrong","timestamp":"2020-01-01","sentAt":"2020-01-01",)"
                  R"("originalTimestamp":"2020-01-01","properties":{"revenue":2.50,"é":"\"x"}})",
         .time = 1'700'000'000'123'456});
    std::string json;
    append_segment_event(json, model::EventView(payload));
    EXPECT_EQ(json, R"({"type":"track","messageId":"m1","timestamp":"2023-11-14T22:13:20.123456Z",)"
                    R"("receivedAt":"2023-11-14T22:13:20.123456Z","event":"Order Completed",)"
                    R"("userId":"u1","anonymousId":"a1","properties":{"revenue":2.50,"é":"\"x"}})");
    const std::string_view events[] = {"{}", "{}"};
    EXPECT_EQ(segment_batch(events, 0), R"({"batch":[{},{}],"sentAt":"1970-01-01T00:00:00.000Z"})");
}

}  // namespace
}  // namespace throughline::engine
