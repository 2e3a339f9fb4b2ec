// Naming threads, so that top, perf and a debugger say what each one does.
//
// Layer 0. Thread-safe.
#pragma once

namespace throughline {

/// Names the calling thread. Requires: at most 15 characters.
void name_thread(const char* name);

}  // namespace throughline
