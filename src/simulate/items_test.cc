#include "simulate/items.h"

#include <gtest/gtest.h>

#include "simulate/follow_ups.h"
#include "simulate/recount.h"

namespace throughline::simulate {
namespace {

using model::DocView;
using testing::small_world;

// What was said of one last, by what was so last, and the first promise.
struct Standing {
    Micros at = 0;
    std::string state, owner;
    std::string promise;
    std::string kept;  // When it was ready or delivered.
    auto operator<=>(const Standing&) const = default;
};
using Items = std::map<std::string, Standing>;

void note(Items& items, const std::string& id, Standing word) {
    Standing& item = items[id];
    if (word.promise.empty()) word.promise = item.promise;
    if (word.kept.empty()) word.kept = item.kept;
    if (word.at < item.at) {  // It comes late, and something newer is known.
        item.promise = word.promise;
        item.kept = word.kept;
        return;
    }
    item = word;
}

// The events alone, as a reader of their JSON finds them.
void note_event(DocView event, std::map<std::string, Items>& items) {
    static const std::map<std::string, std::string, std::less<>> kStates{
        {"Order Ready", "ready"},         {"Order Picked Up", "handed_over"},
        {"Order Cancelled", "cancelled"}, {"Order Shipped", "in_transit"},
        {"Order Delivered", "delivered"}, {"Order Refunded", "returned"},
        {"Order Completed", "placed"}};
    const auto state = kStates.find(event.find("event").as_string());
    const DocView properties = event.find("properties");
    const std::string id(properties.find("order_id").as_string());
    if (state == kStates.end() || !id.starts_with("W-")) return;
    const bool is_pickup = !properties.find("store_id").is_missing();
    if (state->second == "placed" && !is_pickup) return;
    const std::string at(event.find("timestamp").as_string());
    const bool is_kept = state->second == "ready" || state->second == "delivered";
    std::string promise;
    if (state->second == "in_transit") promise = properties.find("promised_at").as_string();
    note(items[is_pickup ? "order" : "shipment"], is_pickup ? id : "P-" + id.substr(2),
         {.at = *parse_instant(at),
          .state = state->second,
          .owner = std::string(event.find("userId").as_string()),
          .promise = promise,
          .kept = is_kept ? at : ""});
}

class ItemsOf : public ::testing::TestWithParam<uint64_t> {};

TEST_P(ItemsOf, AreInTheStateInWhichTheEventsLeaveThem) {
    auto world = World::make(small_world(GetParam()));
    ASSERT_TRUE(world.is_ok());
    ItemWriter writer(*world);
    std::map<std::string, Items> told, read;
    uint64_t pickups = 0, late = 0;
    for_each_event(*world, [&](const SimulatedEvent& event) {
        const auto json = model::doc_from_json(model::to_json(event.doc));
        note_event(DocView(*json), read);
        const ItemWord* word = writer.write(*event.planned);
        if (word == nullptr) return;
        EXPECT_EQ(word->id, word->doc.find("id").as_string());
        EXPECT_EQ(word->at, parse_instant(word->doc.find("updated_at").as_string()));
        Standing standing{.at = word->at,
                          .state = std::string(word->doc.find("state").as_string()),
                          .owner = std::string(word->doc.find("customer_id").as_string())};
        if (standing.state == "ready" || standing.state == "delivered") {
            standing.kept = format_instant(word->at);
        }
        // Of an order the event does not say it: it is compared below.
        if (word->due > 0 && word->catalog == "shipment") {
            standing.promise = word->doc.find("promised_at").as_string();
        }
        pickups += word->due > 0 && word->catalog == "order" ? 1 : 0;
        note(told[std::string(word->catalog)], std::string(word->id), standing);
    });
    EXPECT_EQ(told, read);
    std::map<std::string, uint64_t> states;
    for (const auto& [id, order] : told["order"]) ++states[order.state];
    EXPECT_EQ(pickups, told["order"].size());
    for (const char* state : {"ready", "handed_over", "cancelled"}) {
        EXPECT_GT(states[state], 0u) << state;
    }
    uint64_t delivered = 0;
    for (const auto& [id, shipment] : told["shipment"]) {
        if (shipment.kept.empty()) continue;
        ++delivered;
        late += shipment.kept > shipment.promise ? 1 : 0;
    }
    const auto share = [](uint64_t part, uint64_t whole) {
        return static_cast<double>(part) / static_cast<double>(whole);
    };
    ASSERT_GT(delivered, 100u);
    EXPECT_NEAR(share(late, delivered), 0.12, 0.08);
    EXPECT_NEAR(share(pickups, pickups + told["shipment"].size()), 0.25, 0.08);
}

INSTANTIATE_TEST_SUITE_P(Seeds, ItemsOf, ::testing::Values(1, 2, 3));

TEST(Items, StandingOnesAreOfAllProductsInAllStores) {
    auto world = World::make(small_world());
    ASSERT_TRUE(world.is_ok());
    ItemWriter writer(*world);
    std::map<std::string, std::set<std::string>> ids;
    for (size_t place = 0; place < ItemWriter::kStanding; ++place) {
        const ItemWord& word = writer.standing(place);
        ids[std::string(word.catalog)].insert(std::string(word.id));
        EXPECT_EQ(word.id, word.doc.find(word.catalog == "product" ? "sku" : "id").as_string());
    }
    EXPECT_EQ(ids["product"].size(), Catalog::kProducts);
    EXPECT_EQ(ids["store"].size(), kStores);
    EXPECT_EQ(ids["stock"].size(), Catalog::kProducts * kStores);
}

TEST(Items, AnOrderIsPromisedForWhenTheStoreIsOpen) {
    for (Micros ordered = 0; ordered < 3 * kDay; ordered += 7 * kMinute) {
        const Micros promise = pickup_promise(Country::Romania, ordered);
        EXPECT_GE(promise, ordered + 9 * kHour);
        EXPECT_TRUE(is_store_open(Country::Romania, promise - kHour));
    }
}

}  // namespace
}  // namespace throughline::simulate
