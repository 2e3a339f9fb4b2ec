// Seeded events for the tests of history and of the questions asked of it.
//
// Layer 3, tests only.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "sequence/history.h"
#include "store/memory_files.h"

namespace throughline::sequence {

/// An accepted event and whose it is: the oracle's row.
struct TestEvent {
    uint32_t identity = 0;
    model::Position position = 0;
    std::shared_ptr<const std::string> payload = {};

    model::EventView event() const { return model::EventView(*payload); }
    RowKey key() const { return {event().time(), event().tie(), position}; }
};

struct TestWorld {
    uint32_t identities = 40;
    Micros from = 1'767'225'600 * kSecond;  // 2026-01-01
    Micros to = 1'775'001'600 * kSecond;    // 2026-04-01
    size_t padding_max = 400;               // Bytes of text in a payload.
};

/// Makes an event of a shop; about half of them share their instant with others.
inline TestEvent make_test_event(SeededRandom& random, model::Position position,
                                 const TestWorld& world) {
    static constexpr std::string_view kNames[] = {"Order Completed", "Product Viewed", "", "Çay"};
    static constexpr std::string_view kCurrencies[] = {"EUR", "TRY", "RON"};
    const auto identity = 1 + static_cast<uint32_t>(random.below(world.identities));
    std::string doc;
    model::DocWriter writer(doc);
    const size_t whole = writer.open_object();
    writer.key("properties");
    const size_t properties = writer.open_object();
    writer.key("revenue");
    writer.decimal({static_cast<int64_t>(random.below(100'000)) - 20'000,
                    static_cast<uint8_t>(random.below(4))});
    if (random.chance(0.8)) writer.field("currency", kCurrencies[random.below(3)]);
    writer.field("quantity", static_cast<int64_t>(random.below(9)));
    writer.field("note", std::string(random.below(world.padding_max + 1), 'x'));
    writer.field("salt", static_cast<int64_t>(random.next() >> 8));
    if (random.chance(0.3)) {  // A cart: mostly lines alike, some not.
        writer.key("products");
        const size_t products = writer.open_array();
        for (uint64_t left = random.below(4); left > 0; --left) {
            const size_t product = writer.open_object();
            writer.field("sku", "s" + std::to_string(random.below(20)));
            if (random.chance(0.9)) writer.field("quantity", static_cast<int64_t>(random.below(3)));
            writer.close(product);
        }
        writer.close(products);
    }
    writer.close(properties);
    const std::string user_id = "u" + std::to_string(identity);
    writer.field("userId", user_id);
    writer.close(whole);

    model::Event event;
    event.type = static_cast<model::EventType>(1 + random.below(6));
    event.flags = static_cast<uint8_t>(random.below(4));
    event.source = static_cast<model::SourceId>(random.below(3));
    event.tie = static_cast<uint32_t>(random.below(3));
    const auto span = static_cast<uint64_t>(world.to - world.from);
    event.time = world.from + static_cast<Micros>(random.below(span));
    if (random.chance(0.5)) event.time = floor_div(event.time, 7 * kDay) * 7 * kDay;
    event.time = std::max(event.time, world.from);
    event.original = event.sent = event.received = event.time + 5;
    event.name = kNames[random.below(4)];
    const std::string message_id = "m" + std::to_string(position);
    event.message_id = message_id;
    event.doc = doc;
    // Without keys: those of stored events are zero.
    event.identifiers = {{.space = 1, .flags = 0, .key = {}, .value = user_id},
                         {.space = 2, .flags = 1, .key = {}, .value = "anonymous"}};

    auto payload = std::make_shared<std::string>();
    model::append_event(*payload, event);
    return {identity, position, payload};
}

inline void append_to(History& history, const TestEvent& event) {
    history.hold(event.payload);
    history.append(event.identity, event.position, *event.payload);
}

/// What a timeline must show, by definition.
inline std::vector<TestEvent> newest_first(std::vector<TestEvent> events) {
    std::sort(events.begin(), events.end(),
              [](const TestEvent& a, const TestEvent& b) { return a.key() > b.key(); });
    return events;
}

}  // namespace throughline::sequence
