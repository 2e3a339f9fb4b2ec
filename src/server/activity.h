// What a person did, summed: events by name, the money they carry, and the orders among them.
//
// The amount of an event is its `revenue`, else its `total`, where that is a number; `currency`
// beside it says of what, and sums of several currencies are never mixed. An order event is a track
// event named `Order …` with an amount. In the revenue of the orders
//   - what went back counts below zero: … Cancelled, … Canceled, … Refunded, … Returned;
//   - an `Order Completed` counts once an order_id, the newest, whoever else reports it;
//   - an `Order Updated` does not count: it says an order again.
// Orders are their distinct `order_id`s, and each `Order Completed` that names none.
//
// Layer 7. Pure over a View. Cost: about 2 us an event, for at most kActivityEventsMost of them.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "engine/person.h"
#include "query/exact_sum.h"
#include "server/app.h"

namespace throughline::server {

/// So many events are read, the newest; the answer says when there are more.
inline constexpr size_t kActivityEventsMost = 50'000;

struct AmountSum {
    query::ExactSum sum;
    uint64_t events = 0;  // That carry such an amount.
};
using SumsByCurrency = std::map<std::string, AmountSum>;  // Empty currency: the event names none.

class Activity {
public:
    /// Takes one event in. Requires: newest first.
    void add(const model::EventView& event);

    /// Writes `{"profile":…,"events_counted":…,…}` (web/openapi.json: Activity).
    void write(std::string_view profile, bool is_complete, model::DocWriter& out) const;

private:
    struct Kind {
        uint64_t count = 0;
        Micros first = kNoTime;
        Micros last = kNoTime;
        SumsByCurrency amounts;
    };
    struct Orders {
        std::set<std::string, std::less<>> ids;
        uint64_t nameless = 0;                         // Completed, and without an id.
        std::set<std::string, std::less<>> completed;  // Those of them already counted as such.
        uint64_t events = 0;
        Micros last = kNoTime;
        SumsByCurrency revenue;
    };

    void add_order(const model::EventView& event, const std::string& currency,
                   model::Decimal amount);

    std::map<std::pair<std::string, model::EventType>, Kind> kinds_;
    Orders orders_;
    uint64_t counted_ = 0;
};

/// The answer about a person, packed. Errors: Corrupt.
Result<std::string> activity_doc(const engine::View& view, const engine::Person& person);

}  // namespace throughline::server
