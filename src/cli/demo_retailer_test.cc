#include "cli/demo_retailer.h"

#include <gtest/gtest.h>

#include "cli/data_directory.h"
#include "cli/demo_setup.h"
#include "engine/items/item_list.h"
#include "engine/test_world.h"
#include "model/json.h"

namespace throughline::cli {
namespace {

using engine::testing::TemporaryDirectory;
using model::DocView;

simulate::WorldOptions small_retailer(Micros began) {
    simulate::WorldOptions options = demo_retailer(began);
    options.people = 300;
    options.events = 20'000;
    return options;
}

// What the journeys must have heard of, read off the world itself.
struct Expected {
    std::map<std::string, uint64_t> items;
    uint64_t ready = 0;
    uint64_t overdue = 0;
};

Expected expected_of(Micros began) {
    auto world = simulate::World::make(small_retailer(began));
    EXPECT_TRUE(world.is_ok());
    simulate::ItemWriter writer(*world);
    struct Life {
        Micros due = 0;
        Micros next = kNoTime;  // The state after the promise.
        Micros last = 0;        // The newest word so far.
    };
    std::map<std::pair<std::string, std::string>, Life> lives;
    Expected expected;
    const Micros news = began - kDemoNewsHours;
    while (const simulate::Planned* planned = world->next()) {
        if (planned->arrival >= began) break;
        const simulate::ItemWord* word = writer.write(*planned);
        if (word == nullptr) continue;
        Life& life = lives[{std::string(word->catalog), std::string(word->id)}];
        if (word->due == 0 && (life.next == kNoTime || word->at < life.next)) life.next = word->at;
        if (word->at < life.last) continue;  // It comes late, something newer is known.
        life.last = word->at;
        if (word->due > 0) life.due = word->due;
        const bool is_ready = word->doc.find("state").as_string() == "ready";
        expected.ready += is_ready && word->at >= news ? 1 : 0;
    }
    for (const auto& [name, life] : lives) {
        ++expected.items[name.first];
        const bool is_late = life.next == kNoTime || life.next > life.due;
        const bool is_news = life.due >= news && life.due < began;
        expected.overdue += name.first == "shipment" && is_news && is_late ? 1 : 0;
    }
    return expected;
}

uint64_t entered(Api& api, const std::string& key) {
    const auto answer = api.get("/api/journeys/" + key + "/report");
    EXPECT_TRUE(answer.is_ok());
    const auto doc = model::doc_from_json(*answer);
    EXPECT_EQ(DocView(*doc).find("state").as_string(), "published");
    return static_cast<uint64_t>(DocView(*doc).find("entered").as_integer().value_or(0));
}

TEST(DemoRetailer, BringsItemsAndOnlyTheLastHoursStartJourneys) {
    const TemporaryDirectory data;
    const Micros began = system_clock().now();
    engine::EngineOptions options;
    options.directory = data.path();
    options.memory_bytes = 256 << 20;
    auto engine = open_engine(options);
    ASSERT_TRUE(engine.is_ok());
    const auto api = api_of(**engine, data.path());
    for (int times = 0; times < 2; ++times) {
        const Status set_up = set_up_demo(*api);
        ASSERT_TRUE(set_up) << set_up.error().message;
    }
    // Loading is begun anew where it was broken off: what was told counts once.
    int batches = 0;
    const auto loaded =
        load_retailer(**engine, small_retailer(began), began, [&] { return ++batches <= 30; });
    ASSERT_TRUE(loaded) << loaded.error().message;
    ASSERT_TRUE(load_retailer(**engine, small_retailer(began), began, [] { return true; }));

    const Expected expected = expected_of(began);
    {
        const engine::View view = (*engine)->view();
        for (const auto& [key, count] : expected.items) {
            EXPECT_GT(count, 20u);
            EXPECT_EQ(*engine::count_items(view, key), count) << key;
        }
        EXPECT_EQ(*engine::count_items(view, "product"), simulate::Catalog::kProducts);
        EXPECT_EQ(*engine::count_items(view, "store"), simulate::kStores);
    }
    EXPECT_EQ(entered(*api, "order-ready"), expected.ready);
    EXPECT_EQ(entered(*api, "late-delivery"), expected.overdue);
    EXPECT_GT(entered(*api, "abandoned-cart"), 0u);
    ASSERT_TRUE((*engine)->stop().is_ok());
}

TEST(DemoSetup, HasATextForEveryMessageOfTheJourneysInThreeLanguages) {
    const auto calls = model::doc_from_json(demo_setup_text());
    ASSERT_TRUE(calls.is_ok());
    size_t templates = 0;
    for (const DocView call : DocView(*calls).items()) {
        if (!call.find("path").as_string().starts_with("/api/templates/")) continue;
        ++templates;
        const DocView body = call.find("body");
        EXPECT_EQ(body.find("locale").as_string(), "en");
        for (const char* language : {"de", "tr"}) {
            EXPECT_TRUE(body.find("locales").find(language).find("text").is_string());
        }
    }
    EXPECT_EQ(templates, 7u);
}

}  // namespace
}  // namespace throughline::cli
