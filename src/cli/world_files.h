// A simulated world as files: events by source as JSON Lines, items by type, and the truth.
//
//   DIR/shop-web.jsonl ...           one file a source, or numbered ones of so many events
//   DIR/items/product.jsonl ...      what is said of items, a file a type, to be uploaded in order
//   DIR/truth/people.jsonl           who is who: identifiers by profile, household, orders
//   DIR/truth/orders.jsonl           each order, and the touch before it
//   DIR/truth/tickets.jsonl          each ticket, and what caused it
//   DIR/truth/totals.jsonl           events and money by day, source and event
//   DIR/truth/summary.json
//
// Layer 8. Used by one thread.
#pragma once

#include <functional>
#include <string>

#include "cli/output_file.h"
#include "simulate/truth.h"
#include "simulate/world.h"

namespace throughline::cli {

struct WorldFiles {
    std::string directory;  // Missing or empty.
    Compression compression = Compression::None;
    uint64_t events_a_file = 0;  // 0: all in one.
    /// Called now and then with the events written; false stops (Cancelled).
    std::function<bool(uint64_t)> progress;
};

/// Writes all files. Errors: FailedPrecondition for a directory that holds something; of files.
Result<simulate::Truth::Summary> write_world(simulate::World& world, const WorldFiles& files);

}  // namespace throughline::cli
