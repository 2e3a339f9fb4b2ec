// What `serve --demo` shows: a real shop's year where its rows are at hand, else a small world made
// from a seed; and beside it the last ninety days of a simulated retailer (docs/simulate.md), in
// sources of its own, with its items, segments and the journeys that ship.
//
// Loading goes through the same mapping and the same engine as any import, so a break is mended by
// loading again: the mark `demo-unfinished` in the data directory says that there was one.
//
// Layer 8.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "engine/engine.h"

namespace throughline::cli {

struct DemoOptions {
    engine::Engine& engine;
    const Clock& clock;
    std::string directory;              // Of the data; the import is noted there.
    std::string data_file;              // The shop's rows; may be missing.
    Micros began = 0;                   // When loading began: the retailer's days end there.
    std::function<bool()> has_to_stop;  // Asked after each batch.
};

/// Loads everything, with progress on stderr, and tells on stdout what was loaded. Returns early
/// when it has to stop.
Status load_demo(const DemoOptions& options);

/// Notes that a new directory is to get the demo, and when that began.
Status begin_demo(const std::string& directory, bool is_new, Micros now);
/// When loading began that has not ended yet, if there is any.
Result<std::optional<Micros>> demo_unfinished_since(const std::string& directory);
Status end_demo(const std::string& directory);

}  // namespace throughline::cli
