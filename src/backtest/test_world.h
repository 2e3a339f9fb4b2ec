// Worlds made by chance for the tests of backtests: what was taken, record by record, a draft, and
// the same as a history in files and tail.
//
// Layer 6, tests only.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "backtest/backtest.h"
#include "sequence/history.h"
#include "store/memory_files.h"

namespace throughline::backtest::testing {

inline constexpr uint32_t kIdentities = 7;  // From 1 on.

/// One record: an event, who became who by it, or both.
struct Record {
    model::Position position = 0;
    Micros stamp = 0;
    uint32_t identity = 0;                     // Whose event.
    std::shared_ptr<const std::string> event;  // Null: a decision. Shared with history.
    std::vector<uint32_t> roots;               // By identity, from this record on.
};

struct World {
    std::vector<uint32_t> roots;  // By identity, before the first record.
    std::vector<Record> records;
    Draft draft;
    std::map<uint32_t, IdentityFacts> facts;  // By identity.
    bool says_nothing = false;                // Of facts: nobody is asked.
};

World make_world(uint64_t seed);

/// The world in which each event of another one came when it happened, to people as they are in the
/// end.
World as_happened(const World& world);

/// What a world's people say, as Knowledge.
class WorldFacts final : public Knowledge {
public:
    explicit WorldFacts(const World& world) : world_(world) {}
    Status read(uint32_t identity, IdentityFacts& out) const override {
        out = world_.facts.at(identity);
        return Status::ok();
    }

private:
    const World& world_;
};

/// Lines of what happened, each with its time and run, in no order that matters.
using Telling = std::multiset<std::string>;

std::string line_of(const journey::Row& row);
std::string line_of(const journey::Refused& refused);
std::string line_of(const MessageFate& fate);

/// What comes of a world when every record is taken for everybody, one after another, with nothing
/// left out and everything counted anew.
Telling tell_plainly(const World& world);

/// What becomes of the first segment of a world whose draft has no journey, counted anew at the end
/// of each day.
struct SegmentTelling {
    struct Day {
        size_t members = 0;  // At its end.
        size_t entered = 0;
        size_t left = 0;
    };
    size_t before = 0;
    std::vector<Day> days;
    std::map<uint32_t, Micros> entered;  // First, by family; kNoTime: she was in it before.
};
SegmentTelling tell_segment_plainly(const World& world);

/// The world with a draft of a segment in the place of the journey.
World with_segment(const World& world, uint64_t seed);

/// What run_backtest() tells of it.
struct Told {
    Telling telling;
    Tally tally;
};
Told tell_by_backtest(const World& world, size_t threads);

}  // namespace throughline::backtest::testing
