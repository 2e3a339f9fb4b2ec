// Mapped files that the disk does not give back.
//
// History, message ids and roots are read through mappings. Where the disk cannot read a page, or
// the file has become shorter, the read raises SIGBUS: there is no answer, and no error to return.
//
// Layer 1. For main(): it is the process's own setting.
#pragma once

namespace throughline::store {

/// From now on such a read ends the process with a line that names the file, and exit code 1.
/// Nothing is written or acknowledged after it; what was, is found again at the next start.
void end_on_unreadable_mapping();

}  // namespace throughline::store
