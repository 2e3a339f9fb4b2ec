// The latest repeats of each source: events whose message id was seen before.
//
// A repeat leaves no row anywhere, only a count, so what the debugger shows of repeats is what this
// process has seen since it started: of each source the last kKeptOfSource, in all kBytesMax. Of
// one request the last kKeptOfRequest are kept, so that a client that sends everything twice costs
// no more than one that does not.
//
// Left out: repeats in imported files, whose answer counts them.
//
// Layer 7. Thread-safe. Cost: a copy of each event kept, on the fold's thread.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "engine/epoch.h"
#include "model/event.h"

namespace throughline::server {

class DuplicatesSeen {
public:
    static constexpr size_t kKeptOfSource = 50;
    static constexpr size_t kKeptOfRequest = 16;
    static constexpr size_t kBytesMax = 16 << 20;

    struct Seen {
        uint64_t number = 0;  // Of the repeats of its source since the start, from 1.
        model::Position position = 0;
        std::string payload;  // The event as it was encoded.
    };
    /// How many repeats of each source there were when somebody last looked.
    using Marks = std::map<model::SourceId, uint64_t>;
    struct News {
        std::vector<Seen> seen;  // Oldest first.
        uint64_t skipped = 0;    // Repeats that came and were not kept.
    };

    /// Notes the repeats among the records of one submission, which end at `ends` in `bytes`.
    void add(std::string_view bytes, const std::vector<uint32_t>& ends,
             const engine::Outcome& outcome);

    /// The repeats of a source, oldest first.
    std::vector<Seen> of(model::SourceId source) const;
    /// What came since `marks`, which are moved on.
    std::map<model::SourceId, News> since(Marks& marks) const;

private:
    struct OfSource {
        uint64_t count = 0;
        std::deque<Seen> kept;
    };
    void keep(OfSource& own, Seen seen);
    void drop_oldest();

    mutable std::mutex mutex_;  // Guards what follows.
    std::map<model::SourceId, OfSource> sources_;
    size_t bytes_ = 0;
};

}  // namespace throughline::server
