// Erasure: what makes the bytes of erased people leave the disk.
//
// The decision to erase hides a person at once (fold_decisions.cc). run_erasure() then: writes a
// checkpoint, rewrites the history files that hold rows of erased identities, writes a second
// checkpoint that names only the new ones, compacts the cold store over the deleted keys, and
// overwrites the log files that the checkpoints have released, and takes her messages out of what
// senders of files wrote. Of log files that a forward still reads only events stay, and none of
// hers. Afterwards no byte of hers is in the data directory; only keyed hashes of her identifiers
// remain, so that an old event of hers is refused when it comes again. Backups go by their own
// schedule.
//
// Layer 6. A value.
#pragma once

#include <cstdint>

#include "engine/view.h"

namespace throughline::engine {

struct ErasureReport {
    uint64_t identities = 0;       // Erased so far, in all.
    uint64_t files_rewritten = 0;  // Of history.
    uint64_t rows_removed = 0;
};

/// Whether an event of the log is of somebody who was erased after it happened: one of its
/// identifiers was hers alone, or the strongest leads to her who is no more. Errors: of the reads.
/// Cost: nothing as long as nobody was erased.
Result<bool> is_of_erased(const View& view, const model::EventView& event);

}  // namespace throughline::engine
