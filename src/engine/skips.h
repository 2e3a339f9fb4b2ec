// Records that somebody decided to pass over, because the fold cannot take them.
//
// `throughline doctor --skip POSITION` adds one while nothing runs; recovery and the fold then
// treat the record at that position as if it were a tick, and the audit tells who decided it and
// why. The list only grows, so that a replay always gives the same state. It lies beside the log,
// not in it: what keeps the log from being read must not have to be read from it.
//
//   <data>/p0000/skips   version u32 · count · skips {position, at, actor, reason} · checksum u64
//
// Layer 6. Values; append_skip requires that no engine has the directory open.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/record.h"
#include "store/files.h"

namespace throughline::engine {

struct Skip {
    model::Position position = 0;
    Micros at = 0;      // When it was decided.
    std::string actor;  // Who decided it.
    std::string reason;
    bool operator==(const Skip&) const = default;
};

/// Returns the skips of a data directory in the order of their positions; none when there is no
/// list. Errors: Corrupt.
Result<std::vector<Skip>> read_skips(store::Files& files, const std::string& data_directory);

/// Adds one, durably. Errors: Conflict when that position is passed over already.
Status append_skip(store::Files& files, const std::string& data_directory, Skip skip);

}  // namespace throughline::engine
