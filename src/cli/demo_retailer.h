// The simulated retailer in the demo: ninety days up to now, as history, and of them the last hours
// as news: so carts, orders that are ready and parcels that are late start the journeys.
//
// What is promised for those hours is told last, each item as it stands: whether a promise was kept
// must be known when it is told, for a time that has passed makes late what is not delivered yet.
//
// Layer 8.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "catalog/update.h"
#include "engine/engine.h"
#include "ingest/batch.h"
#include "simulate/items.h"

namespace throughline::cli {

/// What happened in the hours before the demo began wakes journeys.
inline constexpr Micros kDemoNewsHours = 22 * kHour;  // The types call a day late history.

/// Says of items what the world's events mean for them, as records.
class DemoItems {
public:
    /// Requires: the types that ship are defined; `world` stays.
    DemoItems(std::shared_ptr<const engine::Settings> settings, const simulate::World& world,
              Micros began);

    /// Products, stores and stock.
    Status tell_standing(ingest::RecordBatch& batch);
    Status tell(const simulate::Planned& planned, ingest::RecordBatch& batch);
    /// What was held back.
    void tell_rest(ingest::RecordBatch& batch);

private:
    struct Word {
        std::string catalog;
        catalog::Update update;
        Micros due = 0;
    };
    Result<Word> read(const simulate::ItemWord& word) const;
    void append(Word word, ingest::RecordBatch& batch) const;

    std::shared_ptr<const engine::Settings> settings_;  // As they were when the demo was set up.
    simulate::ItemWriter writer_;
    Micros news_from_;
    Micros began_;
    std::map<std::string, Micros> told_;             // As of when, by type and id.
    std::map<std::string, std::vector<Word>> held_;  // The promise first.
};

/// A world that goes on until `began`.
simulate::WorldOptions demo_retailer(Micros began);

/// Loads it. `goes_on` is asked after each batch. Errors: of the engine.
Status load_retailer(engine::Engine& engine, const simulate::WorldOptions& options, Micros began,
                     const std::function<bool()>& goes_on);

}  // namespace throughline::cli
