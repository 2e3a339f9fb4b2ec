// A full distribution of durations, so that its median is the median and not near it.
//
// Layer 4. One thread. 8 bytes a duration.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

namespace throughline::query {

class Durations {
public:
    void add(Micros duration) { all_.push_back(duration); }
    void add(const Durations& other) {
        all_.insert(all_.end(), other.all_.begin(), other.all_.end());
    }
    size_t size() const { return all_.size(); }

    /// Units: seconds. Nothing of nothing. Requires: 0 <= share <= 1.
    std::optional<double> quantile(double share);
    /// Appends `"median_seconds":12.5,"p90_seconds":60`, with nulls of nothing.
    void append_to(std::string& out);
    /// Appends a histogram whose last bin ends at `most` or after: `[{"from_seconds":0,
    /// "to_seconds":10,"count":3},...]`; each bin is [from, to), the last one [from, to].
    void append_bins_to(std::string& out, Micros most) const;

private:
    std::vector<Micros> all_;
};

}  // namespace throughline::query
