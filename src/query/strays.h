// Which rows of files stand under another home than their person's: of people merged or split since
// the file was written.
//
// Layer 4. Immutable once found. Cost of find(): some 10 us a block, one block in so many rows; 12
// bytes for rows of one person that follow each other.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <vector>

#include "query/environment.h"

namespace throughline::query {

/// When rows happened: [from, to).
struct TimeRange {
    Micros from = INT64_MIN;
    Micros to = INT64_MAX;
};

/// Rows [begin, end) of a block, and whose they are now.
struct Stray {
    uint32_t begin = 0;
    uint32_t end = 0;
    uint32_t root = 0;
};

class Strays {
public:
    /// Looks through the blocks of a range of time, in the threads of the environment. Who is who
    /// is as `people` say. Errors: Corrupt, and what `look`, asked by each of them before a block,
    /// says.
    Status find(const Environment& environment, const People& people, TimeRange time,
                const std::function<Status()>& look);
    bool empty() const { return blocks_.empty(); }
    /// Those of a block, in order.
    std::span<const Stray> of(const sequence::HistoryFile& file, size_t block) const {
        return blocks_.at(&file)[block];
    }

private:
    std::map<const sequence::HistoryFile*, std::vector<std::vector<Stray>>> blocks_;
};

}  // namespace throughline::query
