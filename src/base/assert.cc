#include "base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace throughline {

namespace {
std::atomic<unsigned long> bugs{0};
}

void assertion_failed(const char* expression, const char* file, int line) {
    std::fprintf(stderr, "throughline: assertion failed: %s (%s:%d)\n", expression, file, line);
    std::abort();
}

void bug_met(const char* name, const char* file, int line) {
    if (bugs.fetch_add(1, std::memory_order_relaxed) < 100) {
        std::fprintf(stderr, "throughline: bug met and survived: %s (%s:%d)\n", name, file, line);
    }
    if (std::getenv("TL_BUG_ABORTS")) std::abort();
}

unsigned long bugs_met() {
    return bugs.load(std::memory_order_relaxed);
}

}  // namespace throughline
