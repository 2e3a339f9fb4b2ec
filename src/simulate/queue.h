// Planned events in order of arrival: what lies ahead waits by the hour, the present hour by the
// minute, and a minute is sorted when it comes.
//
// Layer 4. Used by one thread. Memory: 64 bytes an event that is planned and has not arrived.
// Cost: about 40 ns an event.
#pragma once

#include <vector>

#include "simulate/plan.h"

namespace throughline::simulate {

class ArrivalQueue {
public:
    explicit ArrivalQueue(Micros from) : from_(from), minutes_(60) {}

    /// Requires: it arrives no sooner than the minute that take() comes to next.
    void add(const Planned& planned);

    /// Moves on by a minute and returns what arrives in it, in order, until the next call.
    const std::vector<Planned>& take();

    size_t size() const { return size_; }

private:
    Micros from_;
    size_t minute_ = 0;  // The next that take() returns, since `from_`.
    size_t size_ = 0;
    uint64_t added_ = 0;
    std::vector<std::vector<Planned>> minutes_;  // Of the present hour.
    std::vector<std::vector<Planned>> hours_;    // By hour since `from_`.
    std::vector<Planned> taken_;
};

}  // namespace throughline::simulate
