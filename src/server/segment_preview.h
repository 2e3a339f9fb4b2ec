// Who would be in a draft of a segment now: counted by the query engine, over all of history.
//
// It is the slow definition of membership, so that a preview and the segment that is made of it
// hold the same people.
//
// Layer 7. Thread-safe. Cost: of one question over all of history; a golden record read for each
// person whom events leave in question.
#pragma once

#include <atomic>
#include <vector>

#include "server/app.h"

namespace throughline::server {

struct SegmentPreview {
    std::vector<uint32_t> roots;  // Rising; the first of them.
    uint64_t count = 0;
    uint64_t known = 0;  // Of a namespace marked `person`.
};

/// Errors: InvalidArgument, starting with `field`; of the question.
Result<SegmentPreview> preview_segment(const App& app, model::DocView conditions,
                                       const std::string& field, const std::atomic<bool>* cancelled,
                                       size_t sample);

}  // namespace throughline::server
