#include "ingest/importer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "model/json.h"

namespace throughline::ingest {
namespace {

constexpr SecretKey kSecret{7, 7, 7};

// What an import made.
struct Imported {
    uint64_t events = 0;
    std::set<Key128> keys;
    std::vector<std::string> names;
    std::vector<std::string> rejects;
};

void count(const model::EventView& event, Imported& into) {
    ++into.events;
    EXPECT_EQ(event.flags() & (model::kEventHistory | model::kEventImported),
              model::kEventHistory | model::kEventImported);
    into.keys.insert(event.message_key());
    into.names.emplace_back(event.name());
}

struct Bench {
    model::Namespaces spaces = model::Namespaces::built_in();
    FakeClock clock{1'800'000'000 * kSecond};
    ImportOptions options;
    Bench() {
        options.source.id = 3;
        options.context = {&spaces, &kSecret};
        options.clock = &clock;
    }

    void run(const Mapping& mapping, std::unique_ptr<ByteSource> source, Imported& into) {
        ImportSinks sinks;
        sinks.batch = [&](const RecordBatch& batch) -> Result<BatchResult> {
            for (size_t i = 0; i < batch.size(); ++i) {
                count(model::EventView(batch.record(i)), into);
            }
            return BatchResult{batch.size(), 0};
        };
        sinks.reject = [&](const ImportReject& reject) {
            into.rejects.push_back(std::to_string(reject.line) + ": " + reject.reason);
        };
        auto result = Importer(mapping, options).run(std::move(source), sinks);
        ASSERT_TRUE(result) << result.error().message;
    }
    Imported run_text(const Mapping& mapping, std::string text) {
        Imported into;
        run(mapping, *open_bytes(std::move(text)), into);
        return into;
    }
};

TEST(Import, SameRowAgainInAnotherFileIsTheSameEvent) {
    const auto mapping = Mapping::shipped("simple-shop");
    const std::string header = "user_id,event,timestamp\n";
    const std::string row = "1,main,2020-01-01 00:00:00\n";
    Bench bench;
    const Imported twice = bench.run_text(*mapping, header + row + row);
    EXPECT_EQ(twice.events, 2u);
    EXPECT_EQ(twice.keys.size(), 2u);
    const Imported once = bench.run_text(*mapping, header + row);
    EXPECT_TRUE(std::ranges::includes(twice.keys, once.keys));
}

// What office programs write for a yes is one. Whatever else stands there is a no.
TEST(Import, ConsentsAreGivenByAPlainYesAlone) {
    const auto mapping = Mapping::shipped("consents");
    std::string text = "email,purpose,state,at\n";
    const std::vector<std::string> yes = {"given", "yes", "Yes", "YES", "Y", "TRUE", "True", "1"};
    const std::vector<std::string> no = {"no",   "FALSE", "0", "withdrawn",
                                         "yes?", "ja",    "2", "YES!"};
    for (const auto& states : {yes, no}) {
        for (const std::string& state : states) {
            text += "ana@example.org,marketing," + state + ",2026-01-05T10:00:00Z\n";
        }
    }
    const Imported found = Bench().run_text(*mapping, text);
    std::vector<std::string> names(yes.size(), "Consent Given");
    names.resize(yes.size() + no.size(), "Consent Withdrawn");
    EXPECT_EQ(found.names, names);
}

TEST(Import, RejectsNameTheLineAndTheReason) {
    const auto mapping = Mapping::shipped("online-retail");
    const std::string text =
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
        "1,A,\"two\nlines\",6,2010-12-01 08:26:00,2.55,17850.0,UK\n"
        "2,A,x,six,2010-12-01 08:26:00,2.55,17850.0,UK\n"
        "3,A,x,6,01/12/2010,2.55,17850.0,UK\n"
        "4,A,x,6\n"
        "5,A,\"never closed,6,2010-12-01 08:26:00,2.55,17850.0,UK\n"
        "6,A,x,6,2010-12-01 08:26:00,2.55,17850.0,UK\n";
    const Imported found = Bench().run_text(*mapping, text);
    EXPECT_EQ(found.events, 2u);
    ASSERT_EQ(found.rejects.size(), 4u);
    EXPECT_EQ(found.rejects[0], "4: column `Quantity`: no whole number");
    EXPECT_EQ(found.rejects[1],
              "5: column `InvoiceDate`: no time in the format that the mapping names");
    EXPECT_EQ(found.rejects[2], "6: the row has 4 cells, the file 8 columns");
    EXPECT_EQ(found.rejects[3], "7: a quote that does not close, or a row of more than 1 MiB");
}

TEST(Import, FileWithoutAColumnThatIsNeededIsRefusedWhole) {
    const auto mapping = Mapping::shipped("simple-shop");
    Bench bench;
    const auto result =
        Importer(*mapping, bench.options).run(*open_bytes("user_id,event\n1,main\n"), {});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().message, "import: the file has no column `timestamp`");
}

TEST(Import, ArchiveKeepsMessageIdsOfLiveEvents) {
    const auto mapping = Mapping::shipped("segment-archive");
    Bench bench;
    const Imported found = bench.run_text(
        *mapping,
        R"({"type":"track","event":"A","userId":"u","messageId":"m1","timestamp":"2020-01-01"})"
        "\n\n{broken\n"
        R"({"type":"track","userId":"u","messageId":"m2","timestamp":"2020-01-01"})"
        "\n");
    EXPECT_EQ(found.events, 1u);
    EXPECT_TRUE(found.keys.contains(message_key(kSecret, 3, "m1")));
    ASSERT_EQ(found.rejects.size(), 2u);
    EXPECT_EQ(found.rejects[0].substr(0, 8), "3: json:");
    EXPECT_EQ(found.rejects[1], "4: event_name_missing: event has no name");
}

TEST(Import, DryRunShowsFirstEventsAndRejects) {
    const auto mapping = Mapping::shipped("simple-shop");
    Bench bench;
    const auto found = dry_run(*mapping, bench.options,
                               *open_bytes("user_id,event,timestamp\n1,main,never\n"
                                           "1,main,2020-01-01 00:00:00\n2,x,2020-01-01 00:00:00\n"),
                               1);
    ASSERT_TRUE(found);
    ASSERT_EQ(found->events.size(), 1u);
    EXPECT_NE(found->events[0].find("\"event\": \"main\""), std::string::npos);
    ASSERT_EQ(found->rejects.size(), 1u);
    EXPECT_EQ(found->rejects[0].line, 2u);
    EXPECT_EQ(found->rejects[0].raw, "1,main,never");
}

TEST(Import, StopsWhenToldAndWhenTheSinkFails) {
    const auto mapping = Mapping::shipped("simple-shop");
    Bench bench;
    const std::string text = "user_id,event,timestamp\n1,main,2020-01-01 00:00:00\n";
    ImportSinks sinks;
    sinks.batch = [](const RecordBatch& batch) -> Result<BatchResult> {
        return BatchResult{batch.size(), 0};
    };
    sinks.progress = [](const ImportProgress&) { return false; };
    EXPECT_EQ(Importer(*mapping, bench.options).run(*open_bytes(text), sinks).error().code,
              Code::Cancelled);
    sinks.batch = [](const RecordBatch&) -> Result<BatchResult> {
        return Error::unavailable("the disk is full");
    };
    EXPECT_EQ(Importer(*mapping, bench.options).run(*open_bytes(text), sinks).error().message,
              "the disk is full");
}

}  // namespace
}  // namespace throughline::ingest
