// An import's progress as a line for people.
//
// Layer 8. Pure.
#pragma once

#include <string>

#include "ingest/importer.h"

namespace throughline::cli {

/// `41,200 rows, 41,188 new, 12 rejected, 20,600 rows/s, 49 %, 3 s left`; of an import that has
/// ended `84,000 rows, 20 new, 83,968 there already, 12 rejected, 21,000 rows/s, 100 %, in 4 s`.
std::string progress_line(const ingest::ImportProgress& progress);

/// The end of it: rows, events, duplicates, skipped, rejects, rate and seconds, as a packed
/// document.
std::string progress_doc(const ingest::ImportProgress& progress);

}  // namespace throughline::cli
