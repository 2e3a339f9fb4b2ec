#include "cli/signals.h"

#include <pthread.h>
#include <signal.h>

#include "base/assert.h"

namespace throughline::cli {

namespace {

sigset_t stop_signals() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    return set;
}

}  // namespace

StopSignals::StopSignals() {
    const sigset_t set = stop_signals();
    TL_ASSERT(::pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
    ::signal(SIGPIPE, SIG_IGN);
}

void StopSignals::wait() {
    const sigset_t set = stop_signals();
    int number = 0;
    while (!has_come_) has_come_ = ::sigwait(&set, &number) == 0;
}

bool StopSignals::has_come() {
    const sigset_t set = stop_signals();
    const timespec at_once{};
    if (!has_come_) has_come_ = ::sigtimedwait(&set, nullptr, &at_once) > 0;
    return has_come_;
}

void StopSignals::let_the_next_one_kill() {
    const sigset_t set = stop_signals();
    TL_ASSERT(::pthread_sigmask(SIG_UNBLOCK, &set, nullptr) == 0);
}

}  // namespace throughline::cli
