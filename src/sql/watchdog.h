// Stops a statement that takes too long or that nobody wants any more.
//
// Layer 5. One object a statement; it looks every 10 ms.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "query/environment.h"
#include "sql/table_function.h"

namespace throughline::sql {

class Watchdog {
public:
    /// Borrows all three until it is destroyed.
    Watchdog(const Database& database, Course& course, const query::Environment& environment);
    ~Watchdog();
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;

    /// Why the statement was stopped: DeadlineExceeded or Cancelled.
    std::optional<Error> reason() const;

private:
    void watch();
    std::optional<Error> reason_now() const;

    const Database& database_;
    Course& course_;
    const query::Environment& environment_;
    const Micros deadline_;
    mutable std::mutex mutex_;  // Guards what follows.
    std::condition_variable ended_;
    bool has_ended_ = false;
    std::optional<Error> reason_;
    std::thread thread_;
};

}  // namespace throughline::sql
