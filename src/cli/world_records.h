// A simulated world as records straight into an engine: the way of ingest without HTTP and JSON, so
// that identities, profiles, duplicates and files are those that ingest and compaction leave.
//
// Layer 8. Used by one thread. Cost: about 0.6 us an event here, what the engine takes beside it.
#pragma once

#include <functional>
#include <limits>

#include "engine/engine.h"
#include "ingest/batch.h"
#include "simulate/world.h"

namespace throughline::cli {

inline constexpr Micros kFar = std::numeric_limits<Micros>::max();

struct WorldRecords {
    uint8_t flags = 0;          // Of events, beside those that a late one has...
    Micros flags_until = kFar;  // ...which happen before this.
    Micros until = kFar;        // What arrives then or later is not told.
    /// Records that an event brings with it, after its own; none when empty.
    std::function<Status(const simulate::Planned&, ingest::RecordBatch&)> beside;
    /// Called after each batch with the events told; false stops early.
    std::function<bool(uint64_t)> progress;
};

/// Tells the world from where it is to its end or `until`, a source an origin, made where there is
/// none of that key. Returns the events told. Errors: of the engine.
Result<uint64_t> load_records(engine::Engine& engine, simulate::World& world,
                              const WorldRecords& records);

}  // namespace throughline::cli
