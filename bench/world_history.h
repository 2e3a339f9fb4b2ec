// A simulated world as files of history: one row an event under its true person, as merging leaves
// them, without a server, its log and its state. 5 to 6 us an event on one core.
//
// Holds the events of one run in memory, 400 bytes each. An error ends the program.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"
#include "sequence/dictionary.h"
#include "store/files.h"

namespace throughline::bench {

inline constexpr Micros kWorldFrom = 1'767'225'600 * kSecond;  // 2026-01-01
inline constexpr int kWorldDays = 90;

struct WorldSize {
    uint64_t people = 0;
    uint64_t events = 0;
    uint64_t run_events = 0;  // So many that arrive one after another make a run of files.
};

/// Returns the names of the files it wrote, as History::open() takes them.
std::vector<std::string> write_history(const WorldSize& size, store::Files& disk,
                                       const std::string& directory, sequence::Dictionary& names);

}  // namespace throughline::bench
