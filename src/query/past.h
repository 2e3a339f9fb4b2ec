// What was known at an earlier moment: which rows had arrived, and who was who.
//
// Layer 4. The asker implements it over what it keeps of the past. Thread-safe.
#pragma once

#include <cstdint>
#include <memory>

#include "base/result.h"
#include "base/time.h"
#include "model/record.h"
#include "query/people.h"

namespace throughline::query {

/// One moment. A question asked of it is answered as it would have been then.
struct PastMoment {
    Micros at = 0;            // To the minute: what is kept is kept for minutes.
    model::Position end = 0;  // Rows at this position and after had not arrived.
    uint64_t changed = 0;     // People who are other people since, by merges and splits.
    std::shared_ptr<const People> people = {};  // As they were merged; shared with the asker.
};

class Past {
public:
    virtual ~Past() = default;
    /// Errors: InvalidArgument for a moment of which nothing is kept; of the reads.
    virtual Result<PastMoment> at(Micros moment) const = 0;
};

}  // namespace throughline::query
