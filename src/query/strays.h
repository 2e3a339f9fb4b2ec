// Which blocks of files have rows that stand under another home than their person's: people merged
// or split since the file was written.
//
// Layer 4. Immutable once found. Cost of find(): some 20 us a block, one block in so many rows.
#pragma once

#include <functional>
#include <map>
#include <vector>

#include "query/pass.h"

namespace throughline::query {

class Strays {
public:
    /// Looks through the blocks of the range of time. Errors: Corrupt, and what `look` says after
    /// each block.
    Status find(const Pass& pass, const Environment& environment,
                const std::function<Status()>& look);
    bool empty() const { return blocks_.empty(); }
    bool has(const sequence::HistoryFile& file, size_t block) const {
        return blocks_.at(&file)[block];
    }

private:
    std::map<const sequence::HistoryFile*, std::vector<bool>> blocks_;
};

}  // namespace throughline::query
