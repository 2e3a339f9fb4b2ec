// Threads: names, so that top, perf and a debugger say what each one does; turns.
//
// Layer 0. Thread-safe.
#pragma once

namespace throughline {

/// Names the calling thread. Requires: at most 15 characters.
void name_thread(const char* name);

/// Asks that the calling thread run soon after it wakes, in short turns: for a thread that others
/// wait for and that itself waits often. Its share of a busy processor stays the same. Heard by
/// Linux 6.12 and later; there, a sync beside busy threads takes 0.1 ms instead of 4.
void take_short_turns();

}  // namespace throughline
