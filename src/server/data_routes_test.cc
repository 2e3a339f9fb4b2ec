// Rejects, imports, questions and figures: what came in is shown, mended, counted.
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "ingest/event_encoder.h"
#include "ingest/reject.h"
#include "server/audit_routes.h"
#include "server/import_jobs.h"
#include "server/import_routes.h"
#include "server/maintenance.h"
#include "server/overview_routes.h"
#include "server/query_form.h"
#include "server/query_routes.h"
#include "server/reject_routes.h"
#include "server/replay.h"
#include "server/source_routes.h"
#include "server/table_export_routes.h"
#include "server/test_api.h"
#include "server/test_schema.h"

namespace throughline::server {
namespace {

using testing::Answer;
using testing::TestApi;

constexpr std::string_view kSettings =
    R"({"name":"x","settings":{"keep_ip":false,"late_after_hours":24,"phone_region":null,)"
    R"("party":"first","purpose":null,"trust":50,"allow_alias_of_user_ids":false,)"
    R"("webhook_mapping":null}})";

class DataRoutes : public ::testing::Test {
protected:
    DataRoutes() {
        EXPECT_EQ(api.call("PUT /api/sources/web", kSettings).status, 201);
        EXPECT_EQ(api.call("PUT /api/sources/shop", kSettings).status, 201);
    }

    // An item of a batch, as ingest takes it; what is wrong stands in quarantine afterwards.
    model::Position ingest_item(std::string_view source, std::string_view json) {
        const auto settings = api.engine().settings();
        ingest::EventFacts facts;
        facts.source = settings->source(source);
        facts.path = "batch";
        facts.received = api.app().clock.now();
        ingest::RecordBatch batch;
        ingest::EventEncoder().append(
            {.spaces = &settings->namespaces(), .secret = &api.engine().secret()}, facts,
            model::DocView(*model::doc_from_json(json)), batch);
        return api.engine().submit_and_wait(batch.bytes).position;
    }

    // For at least two minutes: a sanitizer on a busy machine needs more than the usual moment.
    Answer wait_until_ended(const std::string& id) {
        for (int i = 0; i < 24'000; ++i) {
            const Answer answer = api.call("GET /api/imports/" + id);
            const std::string state = answer.text("state");
            if (state != "running") return answer;
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        ADD_FAILURE() << "the import does not end";
        return {};
    }

    std::string upload(std::string_view file, std::string_view mapping = "online-retail") {
        const Answer made =
            api.call("POST /api/imports", R"({"file_name":"a.csv","size":)" +
                                              std::to_string(file.size()) + R"(,"mapping":")" +
                                              std::string(mapping) + R"(","source":"shop"})");
        EXPECT_EQ(made.status, 201) << made.body;
        const std::string id = made.text("id");
        EXPECT_EQ(api.call("PUT /api/imports/" + id + "/data?offset=0", file).text("state"),
                  "ready");
        return id;
    }

    TestApi api{{add_source_routes, add_reject_routes, add_import_routes, add_overview_routes,
                 add_query_routes}};
};

TEST_F(DataRoutes, ARejectIsShownMendedAndReplayed) {
    const auto position =
        ingest_item("web", R"({"type":"track","event":"Bought","messageId":"m1"})");
    const std::string id = "r_" + std::to_string(position);
    const Answer list = api.call("GET /api/rejects?source=web");
    ASSERT_EQ(list.count("items"), 1u) << list.body;
    EXPECT_EQ(list.item("items", 0).find("code").as_string(), "missing_id");
    EXPECT_EQ(list.item("items", 0).find("type").as_string(), "track");
    EXPECT_EQ(list.item("items", 0).find("path").as_string(), "/v1/batch");
    EXPECT_EQ(api.call("GET /api/rejects?source=shop").count("items"), 0u);
    EXPECT_EQ(api.call("GET /api/rejects/summary").number("open"), 1);

    // As it was it is refused again, and stays.
    const Answer again = api.call("POST /api/rejects/" + id + "/replay", "{}");
    EXPECT_EQ(again.number("accepted"), 0);
    EXPECT_EQ(again.item("rejected", 0).find("code").as_string(), "missing_id");
    const Answer broken = api.call("POST /api/rejects/" + id + "/replay", R"({"body":"{\"a\":"})");
    EXPECT_EQ(broken.item("rejected", 0).find("code").as_string(), "invalid_json");
    EXPECT_EQ(api.call("GET /api/rejects/" + id).text("state"), "open");

    const std::string mended =
        R"({"body":"{\"type\":\"track\",\"event\":\"Bought\",\"messageId\":\"m1\",\"userId\":\"u1\"}"})";
    const Answer replayed = api.call("POST /api/rejects/" + id + "/replay", mended);
    EXPECT_EQ(replayed.number("accepted"), 1) << replayed.body;
    EXPECT_EQ(replayed.count("rejected"), 0u);
    const Answer settled = api.call("GET /api/rejects/" + id);
    EXPECT_EQ(settled.text("state"), "mended");
    EXPECT_EQ(settled.text("settled_by"), "admin");
    EXPECT_EQ(settled.text("became.position"),
              replayed.item("became", 0).find("position").as_string());
    EXPECT_TRUE(settled.text("became.profile").starts_with("p_")) << settled.body;
    EXPECT_EQ(api.call("GET /api/rejects?state=mended").count("items"), 1u);
    EXPECT_EQ(api.call("GET /api/rejects?state=nonsense").status, 400);
    EXPECT_EQ(api.call("POST /api/rejects/" + id + "/replay", mended).status, 422);
    EXPECT_EQ(api.call("GET /api/rejects/summary").number("open"), 0);

    const auto tail = api.engine().query_view().history->tail();
    ASSERT_EQ(tail.size(), 1u);
    const model::EventView event(tail.payload(tail.begin()));
    EXPECT_EQ(event.flags() & (model::kEventHistory | model::kEventReplayed),
              model::kEventHistory | model::kEventReplayed);
}

// As after a crash between the event and the closing of its reject: it is still open, and is
// replayed again.
TEST_F(DataRoutes, ARejectThatIsReplayedTwiceCountsOnce) {
    api.engine().submit_and_wait(model::make_record(
        model::RecordKind::Reject,
        *model::doc_from_json(
            R"({"source":1,"code":"missing_id","message":"x","received":1,"path":"batch",)"
            R"("body":"{\"batch\":[{\"type\":\"track\",\"event\":\"A\",\"userId\":\"twice\"},)"
            R"({\"type\":\"track\",\"event\":\"A\",\"userId\":\"twice\"}]}"})")));
    const auto rows = api.engine().view().tables.rejects.scan({}, 1);
    ASSERT_TRUE(rows && rows->size() == 1);
    const std::vector<RejectRow> open{
        {engine::number_of_key(rows->front().first), rows->front().second}};
    const auto replay = [&] {
        Replayer replayer(api.app(), {.actor = "test", .scopes = {}, .session = {}});
        EXPECT_TRUE(replayer.replay(open, {}));
        return std::pair(replayer.answer().accepted, replayer.answer().duplicates);
    };
    EXPECT_EQ(replay(), (std::pair<size_t, size_t>(2, 0))) << "two events, not one";
    EXPECT_EQ(replay(), (std::pair<size_t, size_t>(0, 2)));
}

TEST_F(DataRoutes, AFilterIsReplayedOrDiscardedAsAWhole) {
    for (int i = 0; i < 5; ++i) {
        ingest_item("web",
                    R"({"type":"track","event":"E","messageId":"m)" + std::to_string(i) + "\"}");
    }
    ingest_item("shop", R"({"type":"nonsense","userId":"u"})");
    EXPECT_EQ(api.call("POST /api/rejects/replay", "{}").status, 400);
    const Answer replayed = api.call("POST /api/rejects/replay", R"({"code":"missing_id"})");
    EXPECT_EQ(replayed.number("replayed"), 5);
    EXPECT_EQ(replayed.number("accepted"), 0);
    EXPECT_EQ(replayed.count("rejected"), 5u);
    EXPECT_EQ(api.call("POST /api/rejects/discard", R"({"source":"nowhere"})").number("discarded"),
              0);
    EXPECT_EQ(api.call("POST /api/rejects/discard", R"({"source":"web"})").number("discarded"), 5);
    EXPECT_EQ(api.call("GET /api/rejects?state=discarded").count("items"), 5u);
    const Answer page = api.call("GET /api/rejects?state=discarded&limit=2");
    EXPECT_EQ(page.count("items"), 2u);
    EXPECT_EQ(
        api.call("GET /api/rejects?state=discarded&cursor=" + page.text("next")).count("items"),
        3u);
    EXPECT_EQ(api.call("POST /api/rejects/discard", R"({"all":true})").number("discarded"), 1);
}

// A reject that only the fold can see: replaying it again must not fill the quarantine.
TEST_F(DataRoutes, AnAliasConflictStaysOneReject) {
    ingest_item("web", R"({"type":"track","event":"E","userId":"u1","messageId":"1"})");
    ingest_item("web", R"({"type":"track","event":"E","userId":"u2","messageId":"2"})");
    ingest_item("web", R"({"type":"alias","userId":"u1","previousId":"u2","messageId":"3"})");
    const Answer open = api.call("GET /api/rejects");
    ASSERT_EQ(open.count("items"), 1u) << open.body;
    const std::string id(open.item("items", 0).find("id").as_string());
    const Answer replayed = api.call("POST /api/rejects/" + id + "/replay", "{}");
    EXPECT_EQ(replayed.item("rejected", 0).find("code").as_string(), "alias_conflict");
    const Answer after = api.call("GET /api/rejects");
    ASSERT_EQ(after.count("items"), 1u);
    EXPECT_EQ(after.item("items", 0).find("id").as_string(), id);

    // Allowed, it is taken under its own id, and what comes again is a repeat.
    ASSERT_EQ(api.call("PUT /api/sources/web",
                       R"({"name":"x","settings":{"keep_ip":false,"late_after_hours":24,)"
                       R"("phone_region":null,"party":"first","purpose":null,"trust":50,)"
                       R"("allow_alias_of_user_ids":true,"webhook_mapping":null}})")
                  .status,
              200);
    const Answer taken = api.call("POST /api/rejects/" + id + "/replay", "{}");
    EXPECT_EQ(taken.number("accepted"), 1) << taken.body;
    EXPECT_EQ(api.call("GET /api/rejects?state=open").count("items"), 0u);
    ingest_item("web", R"({"type":"alias","userId":"u1","previousId":"u2","messageId":"3"})");
    EXPECT_EQ(api.engine().view().state.duplicates, 1u);
}

constexpr std::string_view kInvoices =
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
    "536365,85123A,HEART,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom\n"
    "536366,22633,WARMER,6,no time at all,1.85,17850.0,United Kingdom\n"
    "536367,84879,BIRD,32,2010-12-01 08:34:00,1.69,,United Kingdom\n";

TEST_F(DataRoutes, APreviewShowsEventsAndRefusedRows) {
    const Answer preview = api.call(
        "POST "
        "/api/imports/preview?file_name=a.csv&mapping=online-retail&source=shop&whole_file=true",
        kInvoices);
    ASSERT_EQ(preview.status, 200) << preview.body;
    EXPECT_EQ(preview.text("format"), "csv");
    EXPECT_EQ(preview.text("delimiter"), ",");
    EXPECT_EQ(preview.count("columns"), 8u);
    EXPECT_EQ(preview.number("rows_read"), 3);
    EXPECT_EQ(preview.number("accepted"), 2);
    EXPECT_EQ(preview.number("rejected"), 1);
    EXPECT_EQ(preview.item("events", 0).find("line").as_integer(), 2);
    EXPECT_EQ(preview.item("rejects", 0).find("line").as_integer(), 3);
    EXPECT_EQ(preview.item("events", 0).find("at").as_string(), "2010-12-01T08:26:00.000Z");
    // The end of a piece is no row.
    const Answer piece =
        api.call("POST /api/imports/preview?file_name=a.csv&mapping=online-retail&source=shop",
                 kInvoices.substr(0, kInvoices.size() - 20));
    EXPECT_EQ(piece.number("rows_read"), 2);
}

TEST_F(DataRoutes, AnImportComesInPiecesAndCountsOnce) {
    const Answer made = api.call(
        "POST /api/imports", R"({"file_name":"a.csv","size":)" + std::to_string(kInvoices.size()) +
                                 R"(,"mapping":"online-retail","source":"shop"})");
    const std::string path = "/api/imports/" + made.text("id");
    EXPECT_EQ(made.text("state"), "uploading");
    EXPECT_EQ(api.call("POST " + path + "/start").status, 422);
    EXPECT_EQ(
        api.call("PUT " + path + "/data?offset=0", kInvoices.substr(0, 50)).number("uploaded"), 50);
    const Answer wrong = api.call("PUT " + path + "/data?offset=0", kInvoices.substr(0, 50));
    EXPECT_EQ(wrong.status, 409);
    EXPECT_EQ(wrong.text("error.message"), "import: offset: expected 50");

    // A restart of the server in the middle of the upload.
    api.add({add_source_routes, add_reject_routes, add_import_routes});
    EXPECT_EQ(api.call("GET " + path).number("uploaded"), 50);
    EXPECT_EQ(api.call("PUT " + path + "/data?offset=50", kInvoices.substr(50)).text("state"),
              "ready");
    ASSERT_EQ(api.call("POST " + path + "/start").status, 200);
    const Answer done = wait_until_ended(made.text("id"));
    EXPECT_EQ(done.text("state"), "done") << done.body;
    EXPECT_EQ(done.number("rows"), 3);
    EXPECT_EQ(done.number("events"), 2);
    EXPECT_EQ(done.number("rejected"), 1);
    EXPECT_FALSE(*store::file_exists(
        store::posix_files(), api.app().options.spool_directory + "/" + made.text("id") + "/data"));

    const Answer rejects = api.call("GET " + path + "/rejects");
    EXPECT_NE(rejects.body.find("\"line\":3"), std::string::npos) << rejects.body;
    EXPECT_NE(rejects.body.find("no time at all"), std::string::npos);

    const Answer second = wait_until_ended([&] {
        const std::string id = upload(kInvoices);
        api.call("POST /api/imports/" + id + "/start");
        return id;
    }());
    EXPECT_EQ(second.number("events"), 0);
    EXPECT_EQ(second.number("duplicates"), 2);
    EXPECT_EQ(api.call("GET /api/imports").count("items"), 2u);
}

TEST_F(DataRoutes, ARefusedRowIsMendedAndReplayedThroughItsMapping) {
    const std::string id = upload(kInvoices);
    api.call("POST /api/imports/" + id + "/start");
    wait_until_ended(id);
    const Answer open = api.call("GET /api/rejects?source=shop");
    ASSERT_EQ(open.count("items"), 1u) << open.body;
    EXPECT_EQ(open.item("items", 0).find("path").as_string(), "import:" + id);
    const std::string reject(open.item("items", 0).find("id").as_string());
    EXPECT_EQ(api.call("POST /api/rejects/" + reject + "/replay", "{}").count("rejected"), 1u);
    const Answer mended = api.call(
        "POST /api/rejects/" + reject + "/replay",
        R"({"body":"536366,22633,WARMER,6,2010-12-01 08:28:00,1.85,17850.0,United Kingdom"})");
    EXPECT_EQ(mended.number("accepted"), 1) << mended.body;
    EXPECT_EQ(api.engine().query_view().history->rows(), 3u);
}

TEST_F(DataRoutes, AFileThatComesAgainMendedSettlesWhatItMends) {
    const auto run = [&](const std::string& file) {
        const std::string id = upload(file);
        api.call("POST /api/imports/" + id + "/start");
        EXPECT_EQ(wait_until_ended(id).text("state"), "done");
        return id;
    };
    const auto open = [&] { return api.call("GET /api/rejects").count("items"); };
    std::string file(kInvoices);
    run(file);
    EXPECT_EQ(open(), 1u);
    run(file);  // Nothing new in it: the same row is refused a second time.
    EXPECT_EQ(open(), 2u);

    // Another file of the same name, all of whose rows are taken: it mends nothing.
    std::string other = file;
    other.replace(other.find("no time at all"), 14, "2010-12-02 08:28:00");
    for (size_t at = 0; (at = other.find("53636", at)) != std::string::npos; at += 5) {
        other.replace(at, 5, "99999");
    }
    run(other);
    EXPECT_EQ(open(), 2u);

    file.replace(file.find("no time at all"), 14, "2010-12-01 08:28:00");
    const std::string id = run(file);
    EXPECT_EQ(open(), 0u);
    const Answer mended = api.call("GET /api/rejects?state=mended");
    ASSERT_EQ(mended.count("items"), 2u);
    EXPECT_EQ(mended.item("items", 0).at_path("became.import").as_string(), id);
    EXPECT_EQ(mended.item("items", 0).find("settled_by").as_string(), "import:" + id);
    EXPECT_EQ(api.call("GET /api/rejects/summary").number("open"), 0);
}

TEST_F(DataRoutes, WhatACommandImportedIsListedBesideTheRest) {
    const std::string id = upload(kInvoices);
    Import ran;
    ran.file_name = "shop.csv";
    ran.size = 10;
    ran.state = ImportState::Done;
    ran.events = 7;
    ran.created_by = "command:import";
    const auto recorded = record_import(api.app().options.spool_directory, ran);
    ASSERT_TRUE(recorded) << recorded.error().message;
    const Answer list = api.call("GET /api/imports");
    ASSERT_EQ(list.count("items"), 2u) << list.body;
    EXPECT_EQ(list.item("items", 0).find("id").as_string(), *recorded);
    EXPECT_EQ(list.item("items", 0).find("events").as_integer(), 7);
    EXPECT_EQ(list.item("items", 0).find("state").as_string(), "done");
    EXPECT_NE(upload(kInvoices), *recorded) << "its number is taken";
}

TEST_F(DataRoutes, WhoStartsAndCancelsAnImportIsNoted) {
    api.add({add_import_routes, add_audit_routes});
    const std::string id = upload(kInvoices);
    api.call("POST /api/imports/" + id + "/start");
    wait_until_ended(id);
    api.call("POST /api/imports/" + upload(kInvoices) + "/cancel");
    const Answer audit = api.call("GET /api/audit?action=import.");
    ASSERT_EQ(audit.count("items"), 2u) << audit.body;
    EXPECT_EQ(audit.item("items", 0).find("action").as_string(), "import.cancel");
    EXPECT_EQ(audit.item("items", 1).find("action").as_string(), "import.start");
    EXPECT_EQ(audit.item("items", 1).find("target").as_string(), "imports/" + id);
}

TEST_F(DataRoutes, AnImportIsCancelledAndItsFileGoes) {
    std::string file(kInvoices.substr(0, kInvoices.find('\n') + 1));
    for (int i = 0; i < 60'000; ++i) {
        file += std::to_string(i) + ",A,B,1,2010-12-01 08:26:00,2.55,17850.0,UK\n";
    }
    const std::string id = upload(file.substr(0, 4 << 20));
    ASSERT_EQ(api.call("POST /api/imports/" + id + "/start").status, 200);
    EXPECT_EQ(api.call("POST /api/imports/" + id + "/cancel").text("state"), "cancelled");
    const Answer ended = wait_until_ended(id);
    EXPECT_EQ(ended.text("state"), "cancelled") << ended.body;
    EXPECT_LT(ended.number("rows"), 60'000);
    EXPECT_EQ(api.call("POST /api/imports/" + id + "/cancel").status, 422);

    // One that waits is cancelled too; one whose run a stop of the server broke off begins again.
    const std::string waiting = upload(kInvoices);
    EXPECT_EQ(api.call("POST /api/imports/" + waiting + "/cancel").text("state"), "cancelled");
    const std::string broken_off = upload(file.substr(0, 4 << 20));
    api.call("POST /api/imports/" + broken_off + "/start");
    api.add({add_import_routes});
    ASSERT_EQ(api.call("GET /api/imports/" + broken_off).text("state"), "ready");
    api.call("POST /api/imports/" + broken_off + "/start");
    const Answer done = wait_until_ended(broken_off);
    EXPECT_EQ(done.text("state"), "done") << done.body;
    const auto rows = static_cast<uint64_t>(done.number("rows"));
    EXPECT_EQ(
        api.engine().query_view().history->rows() + static_cast<uint64_t>(done.number("rejected")),
        rows);
}

TEST_F(DataRoutes, ATrendBySourceCarriesKeysAndLeadsToPeople) {
    for (int i = 0; i < 6; ++i) {
        api.send({.user = "u" + std::to_string(i % 2),
                  .message_id = std::to_string(i),
                  .source = static_cast<model::SourceId>(i < 4 ? 1 : 2)});
    }
    api.send({.anonymous = "a", .message_id = "x", .source = 2});
    const std::string query =
        R"({"kind":"trend","from":"-1h","interval":"hour","breakdown":{"property":"source"},)"
        R"("series":[{"event":"*","measure":"events"}]})";
    const Answer answer = api.call("POST /api/query", query);
    ASSERT_EQ(answer.status, 200) << answer.body;
    ASSERT_EQ(answer.count("series"), 2u) << answer.body;
    const model::DocView web = answer.item("series", 0);
    EXPECT_EQ(web.find("breakdown").as_string(), "web");
    EXPECT_EQ(web.find("label").as_string(), "web");
    EXPECT_EQ(web.find("event").as_string(), "*");
    EXPECT_EQ(web.find("total").as_integer(), 4);
    EXPECT_EQ(answer.number("meta.people"), 3);
    EXPECT_EQ(answer.number("meta.people_known"), 2);

    std::string cell;
    for (const model::DocView point : web.find("points").items()) {
        if (point.find("value").as_integer() == 4) cell = point.find("people").as_string();
    }
    const Answer people = api.call("POST /api/query/people?limit=1",
                                   R"({"query":)" + query + R"(,"cell":")" + cell + "\"}");
    ASSERT_EQ(people.count("items"), 1u) << people.body;
    EXPECT_TRUE(people.item("items", 0).find("known").as_bool());
    const Answer rest = api.call("POST /api/query/people?limit=1&cursor=" + people.text("next"),
                                 R"({"query":)" + query + R"(,"cell":")" + cell + "\"}");
    EXPECT_EQ(rest.count("items"), 1u);
    EXPECT_TRUE(rest.json().find("next").is_null());
    EXPECT_EQ(
        api.call("POST /api/query/people", R"({"query":)" + query + R"(,"cell":"c_x"})").status,
        400);
    EXPECT_EQ(api.call("POST /api/query", R"({"kind":"sql"})").status, 400);
}

TEST_F(DataRoutes, SeveralQuestionsHaveTheirAnswersOrErrorsInTheirPlaces) {
    for (int i = 0; i < 3; ++i) {
        api.send({.user = "u" + std::to_string(i), .message_id = std::to_string(i)});
    }
    const std::string people =
        R"({"kind":"trend","from":"-1h","compare":"previous","series":[{"event":"*","measure":"people"}]})";
    const std::string both = R"({"queries":[)" + people + R"(,{"kind":"trend","series":[]},)" +
                             R"({"kind":"funnel","from":"-1h","steps":[{"event":"*"}]}]})";
    const Answer answer = api.call("POST /api/queries", both);
    ASSERT_EQ(answer.count("answers"), 3u) << answer.body;
    const auto total = [](const Answer& of, size_t place) {
        for (const model::DocView line : of.item("answers", place).find("series").items()) {
            return line.find("total").as_integer().value_or(-1);
        }
        return int64_t{-1};
    };
    EXPECT_EQ(total(answer, 0), 3);
    const auto previous = answer.item("answers", 0).find("previous");
    EXPECT_EQ(previous.at_path("meta.people").as_integer(), 0);
    EXPECT_EQ(answer.item("answers", 1).at_path("error.message").as_string(),
              "query: series: need at least 1");
    EXPECT_EQ(answer.item("answers", 2).at_path("meta.sample").as_integer(), 3);
    const auto minute = [&] { return floor_div(api.app().clock.now(), kMinute); };
    std::string first;
    std::string second;
    for (Micros began = -1; began != minute();) {  // Ranges that end now move with the minute.
        began = minute();
        first = api.call("POST /api/queries", both).body;
        second = api.call("POST /api/queries", both).body;
    }
    EXPECT_EQ(first, second);  // Not counted anew: elapsed_ms is the same.

    api.send({.user = "u9", .message_id = "9"});
    EXPECT_EQ(total(api.call("POST /api/queries", both), 0), 4);
    EXPECT_EQ(api.call("POST /api/queries", R"({"queries":3})").status, 400);
    EXPECT_EQ(api.call("GET /api/query/none/progress").status, 404);
}

constexpr const char* kFunnel =
    R"({"kind":"funnel","from":"-1h","breakdown":{"property":"source"},"steps":[
        {"event":"*","type":"track"},{"event":"*","optional":true},{"event":"*","type":"track"}]})";
constexpr const char* kRetention =
    R"({"kind":"retention","from":"-1h","interval":"day","periods":2,
        "breakdown":{"property":"source"},"cohort":{"event":"*"},"return":{"event":"*"}})";

TEST_F(DataRoutes, AFunnelAndARetentionLeadToThePeopleBehindTheirNumbers) {
    for (int i = 0; i < 3; ++i) {
        api.send({.user = "u" + std::to_string(i % 2), .message_id = std::to_string(i)});
    }
    const auto people = [&](const std::string& query, std::string_view cell) {
        const Answer answer =
            api.call("POST /api/query/people",
                     R"({"query":)" + query + R"(,"cell":")" + std::string(cell) + "\"}");
        EXPECT_EQ(answer.status, 200) << answer.body;
        return answer.count("items");
    };
    const Answer funnel = api.call("POST /api/query", kFunnel);
    ASSERT_EQ(funnel.count("steps"), 3u) << funnel.body;
    EXPECT_EQ(funnel.item("steps", 0).find("count").as_integer(), 2);
    EXPECT_EQ(funnel.item("steps", 2).find("count").as_integer(), 1);
    EXPECT_EQ(people(kFunnel, funnel.item("steps", 0).find("people").as_string()), 2u);
    EXPECT_EQ(people(kFunnel, funnel.item("steps", 0).find("people_in_progress").as_string()), 1u);

    const Answer retention = api.call("POST /api/query", kRetention);
    ASSERT_GE(retention.count("cohorts"), 1u) << retention.body;
    const model::DocView today = retention.item("cohorts", retention.count("cohorts") - 1);
    EXPECT_EQ(today.find("size").as_integer(), 2);
    EXPECT_EQ(people(kRetention, today.find("people").as_string()), 2u);
    EXPECT_EQ(api.call("POST /api/query/people",
                       R"({"query":)" + std::string(kFunnel) + R"(,"cell":"f_9_reached"})")
                  .status,
              400);
}

TEST_F(DataRoutes, TheOverviewCountsPeopleEventsAndRejects) {
    api.send({.user = "u1", .anonymous = "a1", .message_id = "1"});
    api.send({.anonymous = "a2", .message_id = "2"});
    api.send({.anonymous = "a2", .message_id = "2"});
    ingest_item("web", R"({"type":"track","event":"E"})");
    const Answer overview = api.call("GET /api/overview?at_least=0:1");
    EXPECT_EQ(overview.number("people_known"), 1) << overview.body;
    EXPECT_EQ(overview.number("people_unknown"), 1);
    EXPECT_EQ(overview.number("events_total"), 2);
    EXPECT_EQ(overview.number("duplicates_total"), 1);
    EXPECT_EQ(overview.number("rejects_open"), 1);
    EXPECT_EQ(api.call("GET /api/overview?at_least=nonsense").status, 400);

    const Answer recent = api.call("GET /api/sources/web/recent");
    ASSERT_EQ(recent.count("items"), 3u) << recent.body;
    EXPECT_EQ(recent.item("items", 0).find("verdict").as_string(), "rejected");
    EXPECT_EQ(recent.item("items", 1).find("verdict").as_string(), "accepted");
    // Rows that a checkpoint has moved to files are found all the same.
    ASSERT_TRUE(api.engine().checkpoint());
    EXPECT_EQ(api.call("GET /api/sources/web/recent?limit=2").count("items"), 2u);
    EXPECT_EQ(api.call("GET /api/sources/web/recent").body, recent.body);
}

TEST_F(DataRoutes, EveryAnswerIsWhatTheApiDocumentSays) {
    const testing::Schemas schemas;
    const auto check = [&](std::string_view schema, const Answer& answer) {
        EXPECT_EQ(schemas.mismatch(schema, answer.json()), "") << answer.body;
    };
    api.send({.user = "u1", .anonymous = "a1", .email = "a@example.org", .message_id = "1"});
    const auto position = ingest_item("web", R"({"type":"track","event":"E"})");
    check("Source", api.call("GET /api/sources/web"));
    check("SourceList", api.call("GET /api/sources"));
    check("VerdictList", api.call("GET /api/sources/web/recent"));
    check("RejectList", api.call("GET /api/rejects"));
    check("RejectSummary", api.call("GET /api/rejects/summary"));
    check("Reject", api.call("GET /api/rejects/r_" + std::to_string(position)));
    check("ReplayAnswer", api.call("POST /api/rejects/replay", R"({"all":true})"));
    check("DiscardAnswer", api.call("POST /api/rejects/discard", R"({"all":true})"));
    check("Overview", api.call("GET /api/overview"));
    check("ImportPreview",
          api.call("POST /api/imports/preview?file_name=a.csv&mapping=online-retail"
                   "&source=shop&whole_file=true",
                   kInvoices));
    const std::string id = upload(kInvoices);
    check("Import", api.call("POST /api/imports/" + id + "/start"));
    check("Import", wait_until_ended(id));
    check("ImportList", api.call("GET /api/imports"));
    const std::string query =
        R"({"kind":"trend","from":"-1h","interval":"hour","breakdown":{"property":"source"},)"
        R"("series":[{"event":"*","measure":"events"}]})";
    check("TrendAnswer", api.call("POST /api/query", query));
    check("FunnelAnswer", api.call("POST /api/query", kFunnel));
    check("RetentionAnswer", api.call("POST /api/query", kRetention));
    check("QueriesAnswer", api.call("POST /api/queries", R"({"queries":[)" + query + "," + kFunnel +
                                                             R"(,{"kind":"?"}]})"));
    const std::string compared = R"({"compare":"previous",)" + query.substr(1);
    check("TrendAnswer", api.call("POST /api/query", compared));
    const Answer error = api.call("GET /api/rejects/r_999999");
    check("Error", error);
}

TEST(Maintenance, OldRejectsGoOnceADay) {
    FakeClock clock(1'760'000'000LL * kSecond);
    TestApi api({add_reject_routes, add_source_routes}, clock);
    api.engine().submit_and_wait(model::make_record(
        model::RecordKind::Reject,
        *model::doc_from_json(R"({"source":1,"code":"x","message":"x","received":)" +
                              std::to_string(clock.now()) + R"(,"path":"track","body":"{}"})")));
    Maintenance maintenance(api.app());
    clock.advance(29 * kDay);
    maintenance.run_once();
    EXPECT_EQ(api.call("GET /api/rejects").count("items"), 1u);
    clock.advance(2 * kDay);
    EXPECT_EQ(api.call("GET /api/rejects").count("items"), 0u);
    maintenance.run_once();
    EXPECT_TRUE(api.engine().view().tables.rejects.scan({}, 1)->empty());
}

// Who was erased is in files that were made before.
TEST(Maintenance, AnExportThatNobodyFetchedGoes) {
    namespace fs = std::filesystem;
    TestApi api({add_table_export_routes});
    const fs::path exports =
        store::join_path(store::parent_path(api.app().options.spool_directory), "exports");
    fs::create_directories(exports);
    for (const char* name : {"1", "2"}) std::ofstream(exports / name) << "everybody";
    fs::last_write_time(exports / "1",
                        fs::file_time_type::clock::now() - std::chrono::minutes(200));
    Maintenance(api.app()).run_once();
    EXPECT_FALSE(fs::exists(exports / "1"));
    EXPECT_TRUE(fs::exists(exports / "2")) << "it may be on its way";
}

TEST(QueryForm, ATokenLeadsBackToItsCell) {
    const Micros at = 1'760'000'400LL * kSecond;
    for (const std::string value : {"web", "a_b_c", "", "ışık \"x\""}) {
        const auto cell = cell_of_token(cell_token(3, at, value));
        ASSERT_TRUE(cell);
        EXPECT_EQ(model::DocView(*cell).find("series").as_integer(), 3);
        EXPECT_EQ(model::DocView(*cell).find("breakdown").as_string(), value);
        EXPECT_EQ(parse_instant(model::DocView(*cell).find("at").as_string()), at);
    }
    EXPECT_TRUE(
        model::DocView(*cell_of_token(cell_token(0, at, {}))).find("breakdown").is_missing());
    for (const char* bad : {"", "c_", "c_1", "c_x_1", "c_1_1x", "d_1_1"}) {
        EXPECT_FALSE(cell_of_token(bad)) << bad;
    }
}

// What is beyond the limit is summed into one line, and nothing is lost.
TEST(QueryForm, TheRestOfABreakdownIsOneLine) {
    const auto query = model::doc_from_json(
        R"({"kind":"trend","breakdown":{"property":"source","limit":1},"series":[{"event":"*","measure":"events"}]})");
    const auto inner = model::doc_from_json(
        R"({"interval":"day","from":"2026-01-01T00:00:00.000Z","to":"2026-01-02T00:00:00.000Z","series":[
        {"series":0,"label":"x","breakdown":"a","total":5,
         "points":[{"at":"2026-01-01T00:00:00.000Z","value":5}]},
        {"series":0,"label":"x","breakdown":"b","total":2,
         "points":[{"at":"2026-01-01T00:00:00.000Z","value":2}]},
        {"series":0,"label":"x","breakdown":"other","other":true,"total":1,
         "points":[{"at":"2026-01-01T00:00:00.000Z","value":1}]}],
        "meta":{"events_scanned":8}})");
    const std::string doc = to_answer(model::DocView(*query), model::DocView(*inner),
                                      parse_instant("2026-01-01T12:00:00Z").value());
    const std::string json = model::to_json(model::DocView(doc));
    EXPECT_NE(json.find(R"json("breakdown":"(other)","event":"*","total":3)json"),
              std::string::npos)
        << json;
    EXPECT_NE(json.find(R"("value":3})"), std::string::npos) << json;
    EXPECT_NE(json.find(R"("events_scanned":8)"), std::string::npos) << json;
}

}  // namespace
}  // namespace throughline::server
