#include "sql/watchdog.h"

#include <chrono>

#include "base/thread.h"

namespace throughline::sql {

Watchdog::Watchdog(const Database& database, Course& course, const query::Environment& environment)
    : database_(database),
      course_(course),
      environment_(environment),
      deadline_(environment.clock.monotonic() + environment.time_limit),
      thread_([this] { watch(); }) {}

Watchdog::~Watchdog() {
    {
        const std::lock_guard lock(mutex_);
        has_ended_ = true;
    }
    ended_.notify_all();
    thread_.join();
}

std::optional<Error> Watchdog::reason() const {
    const std::lock_guard lock(mutex_);
    return reason_;
}

std::optional<Error> Watchdog::reason_now() const {
    if (environment_.cancelled != nullptr && *environment_.cancelled) {
        return Error{Code::Cancelled, "sql: cancelled"};
    }
    if (environment_.clock.monotonic() < deadline_) return std::nullopt;
    return Error{Code::DeadlineExceeded, "sql: the statement took longer than " +
                                             std::to_string(environment_.time_limit / kSecond) +
                                             " s: take a shorter range of time with from and to"};
}

void Watchdog::watch() {
    name_thread("sql-watch");
    std::unique_lock lock(mutex_);
    while (!ended_.wait_for(lock, std::chrono::milliseconds(10), [&] { return has_ended_; })) {
        if (!reason_) reason_ = reason_now();
        if (!reason_) continue;
        // Each time anew: a statement that is only beginning forgets an interrupt.
        course_.stop();
        database_.interrupt();
    }
}

}  // namespace throughline::sql
