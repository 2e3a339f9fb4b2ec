// An import's progress as a line for people.
//
// Layer 8. Pure.
#pragma once

#include <string>

#include "ingest/importer.h"

namespace throughline::cli {

/// `41,200 rows, 41,188 new, 12 rejected, 20,600 rows/s, 49 %, 3 s left`
std::string progress_line(const ingest::ImportProgress& progress);

/// The end of it: rows, events, duplicates, skipped, rejects and rate, as a packed document.
std::string progress_doc(const ingest::ImportProgress& progress);

}  // namespace throughline::cli
