// Submissions, epochs and outcomes: what travels between the parts of the engine.
//
// A submission is records that arrived together (one request, one piece of a file) and are answered
// together. An epoch is what was made durable by one write: some submissions, in order. An epoch
// decides nothing but batching: the fold is defined per record.
//
// Layer 6. Values, owned by one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/record.h"

namespace throughline::engine {

/// A record that the fold refused: it needed state to see what is wrong. The record stays in
/// quarantine with this reason.
struct LateRefusal {
    uint32_t index = 0;     // Of the record in its submission.
    std::string_view code;  // snake_case; static storage.
    std::string message;
};

/// What became of a submission.
struct Outcome {
    Status status;                 // Not ok: nothing of it is durable for sure; try again.
    model::Position position = 0;  // Of its last record.
    // Indexes, ascending, of events whose id was seen before, and of items that say what is known.
    std::vector<uint32_t> duplicates;
    std::vector<LateRefusal> refused;
};

using Done = std::function<void(Outcome)>;

/// Records one after the other in one buffer, which history keeps and shares after folding.
struct Submission {
    std::shared_ptr<const std::string> bytes;
    std::vector<uint32_t> ends;  // Where each record ends in `bytes`.
    Done done;                   // Called once, on the fold's thread; must not wait.
    uint32_t begin = 0;          // Where the first record begins.

    size_t size() const { return ends.size(); }
    std::string_view record(size_t i) const {
        const size_t from = i == 0 ? begin : ends[i - 1];
        return std::string_view(*bytes).substr(from, ends[i] - from);
    }
};

/// A submission of one record.
Submission single_record(std::string payload, Done done);

/// A submission that is durable.
struct FoldBatch {
    Submission submission;
    model::Position first = 0;  // Of its first record; the rest follow without gaps.
    Micros stamp = 0;           // Of each of its records; never lowered from batch to batch.
    Outcome outcome;            // Filled by the fold.
};

struct Epoch {
    std::vector<FoldBatch> batches;
    bool is_refused =
        false;  // Could not be written: the outcomes say why, nothing is to be folded.
    /// Bytes of all its records.
    size_t byte_count() const {
        size_t bytes = 0;
        for (const FoldBatch& batch : batches) {
            const Submission& records = batch.submission;
            if (records.size() > 0) bytes += records.ends.back() - records.begin;
        }
        return bytes;
    }
    size_t record_count() const {
        size_t count = 0;
        for (const FoldBatch& batch : batches) count += batch.submission.size();
        return count;
    }
};

}  // namespace throughline::engine
