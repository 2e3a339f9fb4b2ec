#include "cli/world_files.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "cli/api.h"
#include "cli/data_directory.h"
#include "cli/engine_sink.h"
#include "engine/people_count.h"
#include "engine/test_world.h"
#include "ingest/byte_source.h"
#include "model/json.h"
#include "simulate/packer.h"

namespace throughline::cli {
namespace {

using engine::testing::TemporaryDirectory;
using model::DocView;

simulate::WorldOptions shop_world() {
    simulate::WorldOptions options;
    options.seed = 11;
    options.people = 500;
    options.events = 20'000;
    options.from = days_from_civil(2026, 1, 1) * kDay;
    options.days = 30;
    options.repeat_permille = 20;
    return options;
}

std::string write(const std::string& directory, Compression compression, uint64_t split) {
    auto world = simulate::World::make(shop_world());
    EXPECT_TRUE(world.is_ok());
    const auto written = write_world(*world, {.directory = directory,
                                              .compression = compression,
                                              .events_a_file = split,
                                              .progress = [](uint64_t) { return true; }});
    EXPECT_TRUE(written.is_ok());
    const auto summary =
        store::read_file(store::posix_files(), store::join_path(directory, "truth/summary.json"));
    EXPECT_TRUE(summary.is_ok());
    return *model::doc_from_json(*summary);
}

std::vector<std::string> files_of(const std::string& directory, std::string_view source) {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
        if (entry.path().filename().string().starts_with(source)) found.push_back(entry.path());
    }
    std::ranges::sort(found);
    return found;
}

std::string text_of(const std::vector<std::string>& files) {
    std::string all;
    for (const std::string& file : files) {
        auto source = ingest::open_file(file);
        EXPECT_TRUE(source.is_ok());
        std::string room(1 << 16, '\0');
        for (;;) {
            const auto size = (*source)->read(room);
            EXPECT_TRUE(size.is_ok());
            if (!size || *size == 0) break;
            all.append(room, 0, *size);
        }
    }
    return all;
}

// Imports all sources as the command does; returns what was accepted and what came again.
ingest::BatchResult import_all(engine::Engine& engine, const std::string& directory) {
    ingest::BatchResult sum;
    for (size_t origin = 0; origin < simulate::kOrigins; ++origin) {
        const std::string key(origin_key(static_cast<simulate::Origin>(origin)));
        auto mapping = ingest::Mapping::shipped("segment-archive");
        const auto source = find_or_make_source(engine, key);
        EXPECT_TRUE(mapping.is_ok() && source.is_ok());
        const auto settings = engine.settings();
        ingest::ImportOptions options;
        options.source = *source;
        options.context = {&settings->namespaces(), &engine.secret()};
        options.clock = &system_clock();
        ingest::Importer importer(*std::move(mapping), options);
        EngineSink sink(engine);
        ingest::ImportSinks sinks;
        sinks.batch = [&](const ingest::RecordBatch& batch) { return sink.add(batch); };
        sinks.reject = [&](const ingest::ImportReject& reject) { ADD_FAILURE() << reject.reason; };
        sinks.progress = [](const ingest::ImportProgress&) { return true; };
        for (const std::string& file : files_of(directory, key)) {
            const auto progress = importer.run(file, sinks);
            EXPECT_TRUE(progress.is_ok());
            EXPECT_EQ(progress->rejects, 0u);
            sum.accepted += progress->events;
            sum.duplicates += progress->duplicates;
        }
        const auto rest = sink.finish();
        EXPECT_TRUE(rest.is_ok());
        sum.accepted += rest->accepted;
        sum.duplicates += rest->duplicates;
    }
    return sum;
}

int64_t number_of(DocView summary, std::string_view key) {
    return summary.find(key).as_integer().value_or(-1);
}

TEST(WorldFiles, EveryEventIsTakenAndPeopleOrdersAndRevenueAreThoseOfTheTruth) {
    const TemporaryDirectory files;
    const TemporaryDirectory data;
    const std::string doc = write(files.path() + "/world", Compression::Zstd, 3'000);
    const DocView truth(doc);
    engine::EngineOptions options;
    options.directory = data.path();
    options.memory_bytes = 256 << 20;
    auto engine = open_engine(options);
    ASSERT_TRUE(engine.is_ok());
    const ingest::BatchResult taken = import_all(**engine, files.path() + "/world");
    EXPECT_EQ(taken.accepted, 20'000u);
    EXPECT_EQ(taken.duplicates, static_cast<uint64_t>(number_of(truth, "repeats")));
    EXPECT_GT(taken.duplicates, 300u);
    {
        const engine::QueryView view = (*engine)->query_view();
        const engine::PeopleCount people = engine::KnownPeople(view.roots).count();
        EXPECT_EQ(static_cast<int64_t>(people.known), number_of(truth, "known_profiles"));
        EXPECT_EQ(static_cast<int64_t>(people.unknown), number_of(truth, "unknown_profiles"));
    }
    ASSERT_TRUE((*engine)->stop().is_ok());
    engine->reset();

    constexpr std::array kDataOnly{kDataOption};
    const Command command{.name = "query", .options = kDataOnly, .run = nullptr};
    const std::vector<std::string> words{"--data", data.path()};
    const auto arguments = Arguments::parse(command, words);
    ASSERT_TRUE(arguments.is_ok());
    auto api = open_api(*arguments);
    ASSERT_TRUE(api.is_ok());
    const auto answer = (*api)->post("/api/query", R"({"kind":"trend","from":"2026-01-01",
        "to":"2026-01-31","timezone":"UTC","interval":"month","series":[
        {"event":"Order Completed","measure":"events"},
        {"event":"Order Completed","measure":"sum","property":"revenue"}]})");
    ASSERT_TRUE(answer.is_ok()) << answer.error().message;
    const auto answered = model::doc_from_json(*answer);
    size_t currencies = 0;
    for (const DocView series : DocView(*answered).find("series").items()) {
        const std::string currency(series.find("currency").as_string());
        const DocView total = series.find("total");
        if (currency.empty()) {
            EXPECT_EQ(total.as_integer(), number_of(truth, "orders"));
            continue;
        }
        ++currencies;
        EXPECT_DOUBLE_EQ(*total.as_double(), *truth.find("revenue_" + currency).as_double());
    }
    EXPECT_EQ(currencies, 2u) << *answer;
}

TEST(WorldFiles, AreTheSameTextHoweverCompressedAndSplit) {
    const TemporaryDirectory files;
    write(files.path() + "/plain", Compression::None, 0);
    write(files.path() + "/gzip", Compression::Gzip, 1'000);
    write(files.path() + "/zstd", Compression::Zstd, 0);
    for (const char* source : {"shop-web", "shop-app", "stores", "email", "service"}) {
        const std::string text = text_of(files_of(files.path() + "/plain", source));
        EXPECT_FALSE(text.empty());
        EXPECT_EQ(text_of(files_of(files.path() + "/gzip", source)), text);
        EXPECT_EQ(text_of(files_of(files.path() + "/zstd", source)), text);
    }
    auto world = simulate::World::make(shop_world());
    const auto again = write_world(*world, {.directory = files.path() + "/plain", .progress = {}});
    ASSERT_FALSE(again.is_ok());
    EXPECT_EQ(again.error().code, Code::FailedPrecondition);
}

// The short way to a record and the long one, over JSON and ingest, end in the same bytes.
TEST(Packer, MakesTheRecordsThatIngestMakesOfTheSameEvents) {
    const model::Namespaces spaces = model::Namespaces::built_in();
    const SecretKey secret{1, 2, 3};
    auto world = simulate::World::make(shop_world());
    ASSERT_TRUE(world.is_ok());
    simulate::Packer packer(secret, {1, 2, 3, 4, 5});
    ingest::EventEncoder encoder;
    size_t events = 0;
    for_each_event(*world, [&](const simulate::SimulatedEvent& event) {
        if (event.planned->is_repeat || ++events > 5'000) return;
        std::string packed;
        packer.append(packed, event);
        const auto doc = model::doc_from_json(model::to_json(event.doc));
        model::Source source;
        source.id = static_cast<model::SourceId>(1 + static_cast<size_t>(event.planned->origin));
        ingest::EventFacts facts;
        facts.source = &source;
        facts.received = event.planned->arrival;
        ingest::RecordBatch batch;
        encoder.append({&spaces, &secret}, facts, DocView(*doc), batch);
        ASSERT_TRUE(batch.refused.empty());
        ASSERT_TRUE(packed == batch.bytes) << model::to_json(event.doc);
    });
    EXPECT_GT(events, 5'000u);
}

}  // namespace
}  // namespace throughline::cli
