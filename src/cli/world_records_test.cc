#include "cli/world_records.h"

#include <gtest/gtest.h>

#include "cli/data_directory.h"
#include "engine/people_count.h"
#include "engine/test_world.h"
#include "simulate/truth.h"

namespace throughline::cli {
namespace {

using engine::testing::TemporaryDirectory;

simulate::WorldOptions shop_world() {
    simulate::WorldOptions options;
    options.people = 500;
    options.events = 20'000;
    options.from = days_from_civil(2026, 1, 1) * kDay;
    options.days = 30;
    return options;
}

simulate::Truth::Summary truth_of(const simulate::WorldOptions& options) {
    auto world = simulate::World::make(options);
    EXPECT_TRUE(world.is_ok());
    simulate::Truth truth(*world);
    std::string orders, tickets;
    for_each_event(
        *world, [&](const simulate::SimulatedEvent& event) { truth.note(event, orders, tickets); });
    return truth.summary();
}

std::unique_ptr<engine::Engine> open_at(const std::string& directory) {
    engine::EngineOptions options;
    options.directory = directory;
    options.memory_bytes = 256 << 20;
    auto opened = open_engine(options);
    EXPECT_TRUE(opened.is_ok());
    return std::move(*opened);
}

TEST(WorldRecords, FillADirectoryThatOpensWithTheEventsAndPeopleOfTheTruth) {
    const TemporaryDirectory data;
    auto world = simulate::World::make(shop_world());
    ASSERT_TRUE(world.is_ok());
    uint64_t last_told = 0;
    {
        const auto engine = open_at(data.path());
        const auto told = load_records(*engine, *world, {.progress = [&](uint64_t events) {
            EXPECT_GT(events, last_told);
            last_told = events;
            return true;
        }});
        ASSERT_TRUE(told.is_ok());
        EXPECT_EQ(*told, 20'000u);
        ASSERT_TRUE(engine->stop().is_ok());
    }
    const auto engine = open_at(data.path());
    const engine::QueryView view = engine->query_view();
    EXPECT_EQ(view.history->rows(), 20'000u);
    EXPECT_EQ(view.history->tail().size(), 0u);
    EXPECT_EQ(view.settings->sources().size(), simulate::kOrigins);
    const simulate::Truth::Summary truth = truth_of(shop_world());
    const engine::PeopleCount people = engine::KnownPeople(view.roots).count();
    EXPECT_EQ(people.known, truth.known_profiles);
    EXPECT_EQ(people.unknown, truth.unknown_profiles);
}

TEST(WorldRecords, StopWhenToldTo) {
    const TemporaryDirectory data;
    auto world = simulate::World::make(shop_world());
    ASSERT_TRUE(world.is_ok());
    const auto engine = open_at(data.path());
    const auto told =
        load_records(*engine, *world, {.progress = [](uint64_t events) { return events < 5'000; }});
    ASSERT_TRUE(told.is_ok());
    EXPECT_EQ(*told, 5'000u);
    EXPECT_EQ(engine->query_view().history->rows(), 5'000u);
}

}  // namespace
}  // namespace throughline::cli
