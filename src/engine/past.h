// What is kept of earlier moments, so that a question can be asked as it would have been then:
// where in the log each minute began, and each time that the person of an identity became another.
//
// Table `past`, written by the fold, a row for
//   'm' minute (u64, big-endian)     position of the first record stamped in it or later u64 ·
//                                    identities there were before u32
//   'r' position (u64, big-endian)   {identity, its root before this record} varints
//
// The people of a moment are those of now with every later change taken back. What was erased since
// stays erased: its numbers say nothing about anybody.
//
// Layer 6. Cost: a row a minute in which something came, and some 20 bytes a merge; to go back, 1
// us for each change since and 4 bytes an identity.
#pragma once

#include <optional>
#include <vector>

#include "engine/fold_state.h"
#include "identity/graph.h"
#include "store/dense_table.h"
#include "store/ordered_table.h"

namespace throughline::engine {

/// Who was who at the beginning of a minute. Words of roots.h, 0 for identities still to come.
struct PastRoots {
    Micros at = 0;            // The minute's beginning.
    model::Position end = 0;  // Records from here on came later.
    std::vector<uint32_t> words;
    uint64_t changed = 0;  // People who are other people since.
};

/// Notes that the minute of `stamp` has begun with the record at `position`.
void note_minute(store::OrderedTable& past, Micros stamp, model::Position position,
                 uint32_t next_identity);

/// Notes whose root a record is about to change. `roots`: as it stood before.
void note_root_changes(store::OrderedTable& past, model::Position position,
                       const std::vector<identity::RootChange>& changes,
                       const store::Dense32& roots);

/// That an identity's person was another one before a record.
struct PastChange {
    model::Position position = 0;
    Micros at = 0;  // The minute's beginning in which the record was stamped.
    identity::IdentityId identity = 0;
    identity::IdentityId before = 0;  // Its root until then.
};

/// Returns how people changed from the minute of a moment on, in order; of an earlier moment than
/// anything is kept of, all that is kept. Errors: of the reads. Cost: a row a minute and a change.
Result<std::vector<PastChange>> changes_since(const store::OrderedTable& past, Micros at);

/// Returns who was who at a moment, down to the minute. `roots` and `state` are of one view.
/// Errors: InvalidArgument for a moment before anything was kept; of the reads.
Result<PastRoots> past_roots(const store::OrderedTable& past, const store::Dense32::Snapshot& roots,
                             const FoldState& state, Micros at);

}  // namespace throughline::engine
