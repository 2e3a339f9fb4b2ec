#include "base/thread.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace throughline {

void name_thread(const char* name) {
    // A name that is not taken changes nothing but a display.
    static_cast<void>(::pthread_setname_np(::pthread_self(), name));
}

void take_short_turns() {
    // sched_setattr(2), which glibc 2.36 has no wrapper for.
    struct {
        uint32_t size = 48;   // SCHED_ATTR_SIZE_VER0
        uint32_t policy = 0;  // SCHED_OTHER
        uint64_t flags = 0;
        int32_t nice = 0;
        uint32_t priority = 0;
        uint64_t runtime_ns = 100'000;  // The shortest turn there is.
        uint64_t deadline_ns = 0;
        uint64_t period_ns = 0;
    } wanted;
    wanted.nice = ::getpriority(PRIO_PROCESS, 0);
    // What an older kernel does not hear changes nothing but latency.
    static_cast<void>(::syscall(SYS_sched_setattr, 0, &wanted, 0));
}

void yield_to_others() {
    constexpr int kNicer = 5;
    const int nice = ::getpriority(PRIO_PROCESS, 0);  // Of Linux: of this thread.
    static_cast<void>(::setpriority(PRIO_PROCESS, 0, nice + kNicer));
}

}  // namespace throughline
