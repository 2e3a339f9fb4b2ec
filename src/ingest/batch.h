// What ingest hands over: encoded records, and what is said of those that were refused.
//
// Each item of a request (each event of a file) becomes exactly one record: the event, or a reject
// that keeps it with its reason. Records lie one after the other in one buffer.
//
// Layer 6. Shard-owned: one thread fills it, then passes it on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "model/event.h"

namespace throughline::ingest {

/// Why one item was refused. README.md lists the codes.
struct Refusal {
    uint32_t index = 0;      // Of the item in its request; the record's place in the batch.
    std::string_view code;   // snake_case, stable; static storage.
    std::string message;     // For people; no personal data.
    std::string message_id;  // As sent; empty if there was none that could be read.
};

/// Encoded records of one request or of a piece of a file.
struct RecordBatch {
    std::string bytes;           // Payloads (model/record.h), one after the other.
    std::vector<uint32_t> ends;  // Where each payload ends in `bytes`.
    std::vector<Refusal> refused;

    size_t size() const { return ends.size(); }
    size_t accepted() const { return ends.size() - refused.size(); }
    std::string_view record(size_t i) const {
        const size_t begin = i == 0 ? 0 : ends[i - 1];
        return std::string_view(bytes).substr(begin, ends[i] - begin);
    }
    void clear() { bytes.clear(), ends.clear(), refused.clear(); }
};

}  // namespace throughline::ingest
