// Reads the log for one forward: the next events that are to go on, put into the form they go in.
//
// Passed over is what is no event, what the fold did not accept (forward_rows.h), whose person was
// erased since, and what the forward does not want.
//
// Layer 6. One thread, beside the engine's. Cost: of the log's bytes once; a view for each batch.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "engine/forwarding/forward.h"

namespace throughline::engine {

/// An event on its way.
struct ForwardedEvent {
    model::Position position = 0;
    std::string payload;  // As it stands in the log: says whose it is.
    std::string json;     // As it goes out.
};

struct ForwardBatch {
    std::vector<ForwardedEvent> events;  // In the order of the log.
    model::Position next = 0;            // Behind all that was looked at.
    Micros since = kNoTime;              // When the first event, if there is one, was taken.
    bool has_seen_events = false;        // Also such as do not go on.
    bool is_at_end = false;              // There was no more to look at.
};

class ForwardReader {
public:
    /// What the bodies of events take together, unless one alone takes more. Segment's API takes
    /// 500 kB a request.
    static constexpr size_t kBatchBytesMax = 450'000;

    explicit ForwardReader(const Engine& engine) : engine_(engine), log_(engine.follow_log()) {}

    /// The next events from a position on: as many as a request may hold, or as come while so many
    /// records are looked at. Errors: NotFound when the log no longer has the position; Corrupt;
    /// of the reads.
    Result<ForwardBatch> gather(const Forward& forward, model::Position from);

private:
    const Engine& engine_;
    std::unique_ptr<store::LogFollower> log_;
};

}  // namespace throughline::engine
