#include "ingest/protocol.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/random.h"
#include "ingest/client_config.h"
#include "ingest/pixel.h"
#include "ingest/webhook.h"
#include "ingest/write_key.h"
#include "model/json.h"
#include "privacy/reading.h"

namespace throughline::ingest {
namespace {

using model::DocView;
using model::EventView;

constexpr SecretKey kSecret{1, 2, 3};
constexpr Micros kReceived = 1'780'000'000 * kSecond;

class Protocol : public testing::Test {
protected:
    Protocol() { source.id = 9; }

    const Decoded& decode(PathKind path, std::string_view body) {
        held_body = body;
        decoder.read(held_body);
        return decoder.decode({.path = path,
                               .source = &source,
                               .received = kReceived,
                               .peer_ip = "198.51.100.200",
                               .sent_at = {}});
    }
    // The code of the one refusal, or `ok`.
    std::string verdict(PathKind path, std::string_view body) {
        const Decoded& decoded = decode(path, body);
        EXPECT_LE(decoded.records.refused.size(), 1u);
        return decoded.records.refused.empty() ? "ok"
                                               : std::string(decoded.records.refused[0].code);
    }
    EventView event(PathKind path, std::string_view body, size_t index = 0) {
        const Decoded& decoded = decode(path, body);
        EXPECT_TRUE(decoded.records.refused.empty())
            << (decoded.records.refused.empty() ? "" : decoded.records.refused[0].message);
        const std::string_view payload = decoded.records.record(index);
        EXPECT_TRUE(model::is_event(payload)) << body;
        return EventView(payload);
    }
    std::string ids(PathKind path, std::string_view body) {
        const EventView view = event(path, body);
        std::string text;
        for (size_t i = 0; i < view.identifier_count(); ++i) {
            const model::IdentifierView id = view.identifier(i);
            text += (i == 0 ? "" : " ") + spaces.find(id.space)->key + ":" + std::string(id.value);
            EXPECT_EQ(id.key, model::identifier_key(kSecret, id.space, id.value));
            if (id.flags != 0) text += "/" + std::to_string(id.flags);
        }
        return text;
    }

    model::Namespaces spaces = model::Namespaces::built_in();
    model::Source source;
    RequestDecoder decoder{spaces, kSecret};
    std::string held_body;
};

TEST_F(Protocol, WhatSaysSomethingOfConsentIsMarked) {
    const auto is_marked = [&](std::string_view body) {
        return (event(PathKind::Track, body).flags() & privacy::kEventConsent) != 0;
    };
    EXPECT_TRUE(is_marked(R"({"userId":"u","event":"Consent Withdrawn"})"));
    EXPECT_TRUE(is_marked(
        R"({"userId":"u","event":"A","context":{"consent":{"categoryPreferences":{"ads":true}}}})"));
    EXPECT_FALSE(is_marked(R"({"userId":"u","event":"A","context":{"consent":{}}})"));
    EXPECT_FALSE(is_marked(R"({"userId":"u","event":"A","consent":{"categoryPreferences":{}}})"));
}

struct Case {
    PathKind path;
    std::string_view body;
    std::string_view verdict;
};

TEST_F(Protocol, ConformanceCasesHaveTheirVerdicts) {
    const auto track = PathKind::Track;
    const auto batch = PathKind::Batch;
    const Case cases[] = {
        {track, R"({"userId":"u","event":"A"})", "ok"},
        {track, R"({"anonymousId":"a","event":"A"})", "ok"},
        {track, R"({"anonymousId":"a","event":"A","type":"identify"})", "ok"},
        {track, R"({"event":"A"})", "missing_id"},
        {track, R"({"userId":null,"anonymousId":"  ","event":"A"})", "missing_id"},
        {track, R"({"userId":"\u0000\u0001","event":"A"})", "missing_id"},
        {track, R"({"userId":17,"event":"A"})", "ok"},
        {track, R"({"userId":true,"event":"A"})", "id_invalid"},
        {track, R"({"userId":{"id":1},"event":"A"})", "id_invalid"},
        {track, R"({"userId":"u","anonymousId":[],"event":"A"})", "id_invalid"},
        {track, R"({"userId":"u"})", "event_name_missing"},
        {track, R"({"userId":"u","event":" "})", "event_name_missing"},
        {track, R"({"userId":"u","event":{}})", "event_name_missing"},
        {track, R"({"userId":"u","event":"A","type":"delete"})", "type_unknown"},
        {track, R"({"userId":"u","event":"A","type":7})", "type_unknown"},
        {track, R"({"userId":"u","event":"A","timestamp":"yesterday"})", "timestamp_invalid"},
        {track, R"({"userId":"u","event":"A","timestamp":{}})", "timestamp_invalid"},
        {track, R"({"userId":"u","event":"A","sentAt":"yesterday"})", "ok"},
        {track, "", "empty_body"},
        {track, " \n", "empty_body"},
        {track, "{}", "missing_id"},
        {track, "[]", "not_an_object"},
        {track, "7", "not_an_object"},
        {track, R"({"userId":"u","event":"A")", "invalid_json"},
        {track, "{\"userId\":\"\xff\",\"event\":\"A\"}", "invalid_json"},
        {track, R"({"userId":"\ud800","event":"A"})", "ok"},
        {track, R"({"userId":"u1","userId":"u2","event":"A"})", "ok"},
        {PathKind::Group, R"({"userId":"u"})", "group_id_missing"},
        {PathKind::Group, R"({"userId":"u","groupId":5})", "ok"},
        {PathKind::Alias, R"({"userId":"u"})", "previous_id_missing"},
        {PathKind::Alias, R"({"userId":"u","previousId":"a"})", "ok"},
        {PathKind::Identify, R"({"userId":"u"})", "ok"},
        {PathKind::Page, R"({"anonymousId":"a"})", "ok"},
        {PathKind::Screen, R"({"anonymousId":"a","name":"Home"})", "ok"},
        {batch, "{}", "batch_missing"},
        {batch, R"({"batch":{}})", "batch_missing"},
        {batch, R"({"batch":[]})", "ok"},
        {batch, R"({"batch":["x"]})", "not_an_object"},
        {batch, R"({"batch":[{"userId":"u"}]})", "type_missing"},
        {batch, R"({"batch":[{"userId":"u","type":"trak"}]})", "type_unknown"},
        {batch, R"({"userId":"u","type":"track","event":"A"})", "ok"},  // one event by itself
        {track, R"({"batch":[{"userId":"u","event":"A"}]})", "ok"},     // a batch by its bytes
    };
    for (const Case& one : cases) EXPECT_EQ(verdict(one.path, one.body), one.verdict) << one.body;
}

TEST_F(Protocol, DeepNestingIsRefusedWithoutHarm) {
    const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
    EXPECT_EQ(
        verdict(PathKind::Track, R"({"userId":"u","event":"A","properties":{"x":)" + deep + "}}"),
        "invalid_json");
}

TEST_F(Protocol, OneBadEventDoesNotPoisonItsBatch) {
    const std::string big(33 * 1024, 'x');
    const Decoded& decoded =
        decode(PathKind::Batch,
               R"({"batch":[{"type":"track","event":"A","userId":"u","messageId":"m0"},)"
               R"({"type":"track","event":"B","userId":"u","messageId":"m1","properties":{"x":")" +
                   big + R"("}},{"type":"track","userId":"u","messageId":"m2"},)" +
                   R"({"type":"track","event":"D","userId":"u","messageId":"m3"}]})");
    ASSERT_EQ(decoded.records.size(), 4u);
    EXPECT_EQ(decoded.records.accepted(), 2u);
    EXPECT_EQ(EventView(decoded.records.record(3)).name(), "D");
    ASSERT_EQ(decoded.records.refused.size(), 2u);
    EXPECT_EQ(decoded.records.refused[0].code, "event_too_large");
    EXPECT_EQ(decoded.records.refused[0].index, 1u);
    EXPECT_EQ(decoded.records.refused[1].message_id, "m2");

    const std::string_view kept = decoded.records.record(1);
    EXPECT_EQ(model::record_kind(kept), model::RecordKind::Reject);
    const DocView reject = model::record_doc(kept);
    EXPECT_EQ(reject.find("source").as_integer(), 9);
    EXPECT_EQ(reject.find("received").as_integer(), kReceived);
    EXPECT_EQ(reject.find("path").as_string(), "batch");
    const auto body = model::doc_from_json(reject.find("body").as_string());
    ASSERT_TRUE(body);
    EXPECT_EQ(DocView(*body).at_path("properties.x").as_string().size(), big.size());

    const Reply reply =
        make_reply(decoded, {.position = 123, .duplicates = 1, .refused_later = {}});
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body,
              R"({"success":true,"position":"0:123","accepted":1,"duplicates":1,"rejected":[)"
              R"({"index":1,"messageId":"m1","code":"event_too_large","message":")" +
                  decoded.records.refused[0].message +
                  R"("},{"index":2,"messageId":"m2","code":"event_name_missing",)"
                  R"("message":"event has no name"}]})");
}

TEST_F(Protocol, SizeIsThatOfCompactJson) {
    source.event_bytes_max = 2000;
    const std::string head = R"({"userId":"u","event":"A","p":")";
    const std::string tail = R"("})";
    const std::string fill(2000 - head.size() - tail.size(), 'x');
    EXPECT_EQ(verdict(PathKind::Track, head + fill + tail), "ok");
    EXPECT_EQ(verdict(PathKind::Track, head + fill + "x" + tail), "event_too_large");
    std::string escaped;  // One byte packed, six in JSON.
    for (int i = 0; i < 340; ++i) escaped += "\\u0001";
    EXPECT_EQ(verdict(PathKind::Track, head + escaped + tail), "event_too_large");
}

TEST_F(Protocol, BatchOfAnySizeIsTaken) {
    std::string body = R"({"batch":[)";
    for (int i = 0; i < 2501; ++i) {
        body += (i == 0 ? "" : ",") + std::string(R"({"type":"page","anonymousId":"a"})");
    }
    EXPECT_EQ(decode(PathKind::Batch, body + "]}").records.accepted(), 2501u);
}

TEST_F(Protocol, SingleEventThatIsRefusedIsTheReply) {
    const Reply bad = make_reply(decode(PathKind::Track, R"({"event":"A"})"), {});
    EXPECT_EQ(bad.status, 400);
    EXPECT_EQ(bad.body,
              R"({"code":"missing_id","message":"userId and anonymousId are both missing"})");
    const Decoded& broken = decode(PathKind::Batch, "\xff\xfe{");
    EXPECT_TRUE(broken.is_envelope_error);
    EXPECT_EQ(make_reply(broken, {}).status, 400);
    EXPECT_EQ(model::record_doc(broken.records.record(0)).find("body_base64").as_string(), "//57");
}

TEST_F(Protocol, EventsReadBackFieldByFieldButTheWriteKey) {
    const std::string_view sent =
        R"({"userId":"u1","writeKey":"secret","event":"Ünï","properties":{"a":[1,2.50,null],)"
        R"("n":123456789012345678901234567890},"messageId":" m-1 ","channel":"server"})";
    const EventView view = event(PathKind::Track, sent);
    EXPECT_EQ(model::to_json(view.doc()),
              R"({"userId":"u1","event":"Ünï","properties":{"a":[1,2.50,null],)"
              R"("n":123456789012345678901234567890},"messageId":" m-1 ","channel":"server"})");
    EXPECT_EQ(view.name(), "Ünï");
    EXPECT_EQ(view.message_id(), "m-1");
    EXPECT_EQ(view.message_key(), message_key(kSecret, 9, "m-1"));
    EXPECT_EQ(view.source(), 9);
    EXPECT_EQ(view.type(), model::EventType::Track);
    EXPECT_EQ(view.flags(), 0);
}

TEST_F(Protocol, RepeatedKeysCountOnceTheLast) {
    const EventView view =
        event(PathKind::Track,
              R"({"userId":"u1","context":{"ip":"1.2.3.4"},"userId":"u2","event":"A",)"
              R"("context":{"ip":"5.6.7.8","ip":"9.8.7.6","x":1},"writeKey":"k","writeKey":"k"})");
    EXPECT_EQ(view.identifier(0).value, "u2");
    EXPECT_EQ(model::to_json(view.doc()),
              R"({"userId":"u2","event":"A","context":{"ip":"9.8.7.0","x":1}})");
}

TEST_F(Protocol, MessageIdsAreKeyedWholeAndNeverMissing) {
    const std::string long_id(200, 'm');
    const auto body = [](const std::string& id) {
        return R"({"userId":"u","event":"A","messageId":")" + id + R"("})";
    };
    const EventView first = event(PathKind::Track, body(long_id + "1"));
    EXPECT_EQ(first.message_id().size(), 128u);
    const Key128 key = first.message_key();
    EXPECT_NE(key, event(PathKind::Track, body(long_id + "2")).message_key());
    const EventView assigned = event(PathKind::Track, body(" "));
    EXPECT_EQ(assigned.flags(), model::kEventIdAssigned);
    const Key128 assigned_key = assigned.message_key();
    EXPECT_EQ(assigned.message_id().size(), 35u);
    EXPECT_NE(assigned_key, event(PathKind::Track, body(" ")).message_key());
    source.id = 10;
    EXPECT_NE(key, event(PathKind::Track, body(long_id + "1")).message_key());
}

TEST_F(Protocol, IdentifiersStrongestFirst) {
    EXPECT_EQ(ids(PathKind::Track, R"({"anonymousId":" a1\u0000 ","userId":10.50,"event":"A"})"),
              "user_id:10.50 anonymous_id:a1");
    EXPECT_EQ(ids(PathKind::Identify,
                  R"({"anonymousId":"a","traits":{"email":"Ana@Mail.ro"},)"
                  R"("context":{"traits":{"email":"old@example.com","phone":"+40721234567"},)"
                  R"("verified":{"email":{"at":"2026-01-01","by":"crm"},"phone":false}}})"),
              "email:ana@mail.ro/1 phone:+40721234567 anonymous_id:a");
    // Properties name others; traits of a group are the account's.
    EXPECT_EQ(ids(PathKind::Track,
                  R"({"userId":"u","event":"Gift","properties":{"email":"x@example.com"},)"
                  R"("traits":{"email":"y@example.com"}})"),
              "user_id:u");
    EXPECT_EQ(ids(PathKind::Group,
                  R"({"userId":"u","groupId":"g","traits":{"email":"office@example.com"}})"),
              "user_id:u");
    EXPECT_EQ(
        ids(PathKind::Track,
            R"({"anonymousId":"a","event":"A","context":{"device":{"id":"d",)"
            R"("advertisingId":"ad","token":"t"},"externalIds":[{"id":"b@mail.ro",)"
            R"("type":"email","collection":"users"},{"id":"z","type":"ios.id"},)"
            R"({"id":"q","type":"email","collection":"accounts"},{"id":"n","type":"moon"}]}})"),
        "email:b@mail.ro device_id:d device_id:z push_token:t anonymous_id:a");
    EXPECT_EQ(ids(PathKind::Track,
                  R"({"anonymousId":"a","event":"A","context":{"device":{"advertisingId":"ad",)"
                  R"("adTrackingEnabled":true}}})"),
              "advertising_id:ad anonymous_id:a");
    EXPECT_EQ(ids(PathKind::Track, R"({"userId":"null","anonymousId":"a","event":"A"})"),
              "user_id:null/8 anonymous_id:a");
}

// Texts that have to be made live as long as the list that shows them.
TEST_F(Protocol, KeepsIdentifiersThatHadToBeCleaned) {
    const std::string one(60, 'd');
    const std::string two(70, 't');
    EXPECT_EQ(ids(PathKind::Track, R"({"anonymousId":"a","event":"A","context":{"device":{"id":")" +
                                       one + R"(\u0001","token":"\u0002)" + two +
                                       R"("},"externalIds":[{"id":4711,"type":"ios.id"}]}})"),
              "device_id:" + one + " device_id:4711 push_token:" + two + " anonymous_id:a");
}

TEST_F(Protocol, AliasReadsThePreviousIdBothWays) {
    EXPECT_EQ(ids(PathKind::Alias, R"({"userId":"u","previousId":"p"})"),
              "user_id:u user_id:p/4 anonymous_id:p/2");
    EXPECT_EQ(ids(PathKind::Alias, R"({"userId":"u","previousId":"u"})"), "user_id:u");
    EXPECT_EQ(ids(PathKind::Alias, R"({"userId":"u","anonymousId":"a","previousId":"a"})"),
              "user_id:u user_id:a/4 anonymous_id:a");
    source.may_alias_users = true;
    EXPECT_EQ(ids(PathKind::Alias, R"({"userId":"u","previousId":"p"})"),
              "user_id:u user_id:p/2 anonymous_id:p/2");
}

TEST_F(Protocol, TooManyIdentifiersAreRefused) {
    std::string body = R"({"userId":"u","event":"A","context":{"externalIds":[)";
    for (int i = 0; i < 40; ++i) {
        body += (i == 0 ? "" : ",") + std::string(R"({"type":"device_id","id":"d)") +
                std::to_string(i) + "\"}";
    }
    EXPECT_EQ(verdict(PathKind::Track, body + "]}}"), "identifiers_too_many");
}

TEST_F(Protocol, AddressesAreShortenedUnlessTheSourceKeepsThem) {
    const auto context = [&](std::string_view in) {
        const EventView view =
            event(PathKind::Track,
                  R"({"userId":"u","request_ip":"203.0.113.9:443","event":"A","context":{)" +
                      std::string(in) + R"(},"tail":[1]})");
        EXPECT_EQ(view.doc().find("tail").is_array(), true);
        return model::to_json(view.doc().find("context")) + " " +
               std::string(view.doc().find("request_ip").as_string());
    };
    EXPECT_EQ(context(R"("ip":"203.0.113.77","x":1)"), R"({"ip":"203.0.113.0","x":1} 203.0.113.0)");
    EXPECT_EQ(context(R"("x":1,"ip":"2001:db8:1:2:3::4")"),
              R"({"x":1,"ip":"2001:db8:1::"} 203.0.113.0)");
    EXPECT_EQ(context(R"("ip":"nobody knows")"), R"({"ip":null} 203.0.113.0)");
    EXPECT_EQ(context(R"("direct":true)"), R"({"direct":true,"ip":"198.51.100.0"} 203.0.113.0)");
    EXPECT_EQ(context(R"("ip":"1.1.1.1","direct":true)"),
              R"({"ip":"198.51.100.0","direct":true} 203.0.113.0)");
    source.keep_ip = true;
    EXPECT_EQ(context(R"("ip":"203.0.113.77","x":1)"),
              R"({"ip":"203.0.113.77","x":1} 203.0.113.9:443)");
    EXPECT_EQ(context(R"("direct":true)"),
              R"({"direct":true,"ip":"198.51.100.200"} 203.0.113.9:443)");
    source.keep_ip = false;
    const Decoded& refused =
        decode(PathKind::Track, R"({"userId":"u","context":{"ip":"203.0.113.77"},"writeKey":"k"})");
    EXPECT_EQ(model::record_doc(refused.records.record(0)).find("body").as_string(),
              R"({"userId":"u","context":{"ip":"203.0.113.0"}})");
}

TEST_F(Protocol, BatchFieldsLieUnderTheEventsOwn) {
    const EventView view = event(
        PathKind::Batch,
        R"({"context":{"ip":"1.2.3.4","app":"x"},"integrations":{"All":false,"S":true},)"
        R"("batch":[{"type":"page","userId":"u","context":{"app":"y"},"integrations":{"All":true}}]})");
    EXPECT_EQ(model::to_json(view.doc()),
              R"({"type":"page","userId":"u","context":{"ip":"1.2.3.0","app":"y"},)"
              R"("integrations":{"S":true,"All":true}})");
}

TEST_F(Protocol, LateEventsAndImportsAreHistory) {
    const auto flags = [&](PathKind path, Micros ago) {
        return event(path,
                     R"({"type":"track","userId":"u","event":"A","messageId":"m","timestamp":")" +
                         format_instant_exact(kReceived - ago) + R"("})")
            .flags();
    };
    EXPECT_EQ(flags(PathKind::Track, kDay), 0);
    EXPECT_EQ(flags(PathKind::Track, kDay + 1), model::kEventHistory);
    EXPECT_EQ(flags(PathKind::Import, 0), model::kEventHistory);
    source.late_after = kHour;
    EXPECT_EQ(flags(PathKind::Track, kHour + 1), model::kEventHistory);
}

TEST_F(Protocol, AllFourTimesAreKept) {
    // The client's clock is one hour slow.
    const EventView view =
        event(PathKind::Batch, R"({"sentAt":")" + format_instant(kReceived - kHour) +
                                   R"(","batch":[{"type":"page","userId":"u","timestamp":")" +
                                   format_instant(kReceived - kHour - kMinute) + R"("}]})");
    EXPECT_EQ(view.original(), kReceived - kHour - kMinute);
    EXPECT_EQ(view.sent(), kReceived - kHour);
    EXPECT_EQ(view.received(), kReceived);
    EXPECT_EQ(view.time(), kReceived - kMinute);
    EXPECT_EQ(view.flags(), model::kEventClockCorrected | model::kEventIdAssigned);
}

TEST_F(Protocol, EverySpecificationExampleHasItsVerdict) {
    const char* given = std::getenv("TL_SHARED_DATA");
    const std::string path = std::string(given != nullptr ? given : TL_DEFAULT_SHARED_DATA) +
                             "/segment_spec/spec_docs/segment_spec_examples.jsonl";
    if (!std::filesystem::exists(path)) GTEST_SKIP() << "no " << path;
    std::ifstream file(path);
    int typed = 0, by_path = 0, refused = 0;
    for (std::string line; std::getline(file, line);) {
        const auto doc = model::doc_from_json(line);
        ASSERT_TRUE(doc);
        const DocView payload = DocView(*doc).find("payload");
        const std::string body = model::to_json(payload);
        const PathKind kind = !payload.find("event").is_missing()        ? PathKind::Track
                              : !payload.find("groupId").is_missing()    ? PathKind::Group
                              : !payload.find("previousId").is_missing() ? PathKind::Alias
                              : !payload.find("name").is_missing()       ? PathKind::Page
                                                                         : PathKind::Identify;
        const bool has_type = !payload.find("type").is_missing();
        const std::string found = verdict(has_type ? PathKind::Batch : kind, body);
        if (found != "ok") {
            ++refused;
            EXPECT_TRUE(found == "missing_id" || found == "type_unknown") << found << " " << body;
            continue;
        }
        (has_type ? typed : by_path)++;
        EXPECT_EQ(model::to_json(event(has_type ? PathKind::Batch : kind, body).doc())
                      .substr(0, body.find("\"ip\"")),
                  body.substr(0, body.find("\"ip\"")));
    }
    EXPECT_EQ(typed, 62);
    EXPECT_EQ(by_path, 48);
    EXPECT_EQ(refused, 38);
}

TEST_F(Protocol, DamagedBodiesNeverHarm) {
    const std::string whole =
        R"({"batch":[{"type":"track","event":"A","userId":"u","anonymousId":"a","messageId":"m",)"
        R"("timestamp":"2026-05-28T20:26:39Z","context":{"ip":"1.2.3.4","device":{"id":"d"}}}]})";
    SeededRandom random(8);
    for (int i = 0; i < 20'000; ++i) {
        std::string body = whole;
        for (int k = 0; k < 3; ++k) {
            body[random.below(body.size())] = "{}[]\",:0aeu\\\0"[random.below(13)];
        }
        const Decoded& decoded = decode(PathKind::Batch, body);
        for (size_t k = 0; k < decoded.records.size(); ++k) {
            const std::string_view record = decoded.records.record(k);
            EXPECT_TRUE(model::is_event(record) || model::is_doc(record.substr(1)));
        }
    }
}

TEST(PathKinds, LongAndShortFormsAreKnown) {
    EXPECT_EQ(path_kind("track"), PathKind::Track);
    EXPECT_EQ(path_kind("t"), PathKind::Track);
    EXPECT_EQ(path_kind("b"), PathKind::Batch);
    EXPECT_EQ(path_kind("import"), PathKind::Import);
    EXPECT_EQ(path_kind("merge"), PathKind::Alias);
    EXPECT_FALSE(path_kind("x"));
}

TEST(WriteKey, EveryPlaceIsRead) {
    const auto basic = [](std::string_view coded) {
        return find_write_key(
            {.authorization = coded, .x_write_key = {}, .query_key = {}, .body_key = {}});
    };
    EXPECT_EQ(basic("Basic a2V5Og=="), "key");                 // key:
    EXPECT_EQ(basic("basic a2V5"), "key");                     // key
    EXPECT_EQ(basic("Basic a2V5OnNlY3JldDo="), "key:secret");  // key:secret:
    EXPECT_EQ(basic("Basic a2V5Ojo="), "key:");                // exactly one colon goes
    EXPECT_EQ(basic("Basic !!"), "");
    EXPECT_EQ(basic("Bearer tok"), "tok");
    EXPECT_EQ(find_write_key({"Bearer tok", "", "", "body"}), "body");
    EXPECT_EQ(find_write_key({"", "x", "query", "body"}), "x");
    EXPECT_EQ(find_write_key({"", "", "query", "body"}), "query");
    EXPECT_EQ(find_write_key({"", "", "", ""}), "");
}

TEST_F(Protocol, BodyWriteKeyIsFoundInBatchesAndTheirItems) {
    decoder.read(R"({"batch":[],"writeKey":"k1"})");
    EXPECT_EQ(decoder.body_write_key(), "k1");
    decoder.read(R"({"batch":[{"writeKey":"k2"}]})");
    EXPECT_EQ(decoder.body_write_key(), "k2");
    decoder.read("{broken");
    EXPECT_EQ(decoder.body_write_key(), "");
}

TEST(ClientConfig, HoldsWhatTheSdksInsistOn) {
    const auto settings = model::doc_from_json(settings_body("k\"1", "http://shop.example/v1"));
    ASSERT_TRUE(settings);
    const DocView segment = DocView(*settings).find("integrations").find("Segment.io");
    EXPECT_EQ(segment.find("apiKey").as_string(), "k\"1");
    EXPECT_EQ(segment.find("apiHost").as_string(), "shop.example/v1");
    EXPECT_EQ(segment.find("protocol").as_string(), "http");
    EXPECT_TRUE(DocView(*settings).at_path("plan.track.__default.enabled").as_bool());
    const auto config = model::doc_from_json(source_config_body("k", {.key = "web"}, "https://x"));
    ASSERT_TRUE(config);
    const DocView source = DocView(*config).find("source");
    EXPECT_EQ(source.find("id").as_string(), "web");
    EXPECT_TRUE(source.find("config").is_object());
    EXPECT_TRUE(source.find("destinations").is_array());
    EXPECT_TRUE(source.find("enabled").as_bool());
    const std::string off = source_config_body("k", {.key = "web", .enabled = false}, "https://x");
    EXPECT_NE(off.find(R"("enabled":false)"), off.npos);
}

TEST_F(Protocol, PixelsBecomeEvents) {
    const std::vector<std::pair<std::string, std::string>> query = {
        {"writeKey", "k"},
        {"anonymousId", "a"},
        {"event", "Mail Opened"},
        {"properties.campaign.id", "c1"},
        {"properties.campaign.name", "\"Spring\""}};
    const std::string json = pixel_event_json(query);
    const EventView view = event(PathKind::Track, json);
    EXPECT_EQ(view.name(), "Mail Opened");
    EXPECT_EQ(view.doc().at_path("properties.campaign.name").as_string(), "\"Spring\"");
    const std::vector<std::pair<std::string, std::string>> coded = {
        {"data", "eyJ1c2VySWQiOiJ1In0="}};
    EXPECT_EQ(pixel_event_json(coded), R"({"userId":"u"})");
    EXPECT_EQ(pixel_event_json({}), "{}");
    EXPECT_EQ(pixel_gif().size(), 43u);
}

}  // namespace
}  // namespace throughline::ingest
