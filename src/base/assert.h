// Assertions that stay on in release builds.
//
// TL_ASSERT states an invariant of ours: when it is false the state can no longer be trusted, and
// the process ends with the place and the text on stderr. Never assert on what came from outside.
// TL_BUG("name") marks what should not happen but can be survived: it counts and logs once per
// call site, and ends the process in tests (TL_BUG_ABORTS).
//
// Layer 0. Thread-safe. Cost: one predicted branch.
#pragma once

#include <atomic>

namespace throughline {

[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);
void bug_met(const char* name, const char* file, int line);

/// Returns how many TL_BUGs the process has met. Shown as throughline_bugs_total.
unsigned long bugs_met();

}  // namespace throughline

#define TL_ASSERT(condition)                           \
    (__builtin_expect(static_cast<bool>(condition), 1) \
         ? static_cast<void>(0)                        \
         : ::throughline::assertion_failed(#condition, __FILE__, __LINE__))
#define TL_UNREACHABLE() ::throughline::assertion_failed("unreachable", __FILE__, __LINE__)
#define TL_BUG(name) ::throughline::bug_met(name, __FILE__, __LINE__)
