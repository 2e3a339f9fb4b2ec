// What has to happen although nobody asks: once a day rejects older than 30 days go, files of
// exports that nobody fetched, and the bytes of erased people leave the disk; every ten minutes,
// and at the end, is saved when keys were last used.
//
// A thread sleeps until something is due. Erasure is due a day after the last run at the latest,
// and an hour after a start, so that a server which is restarted every day keeps its promise too.
//
// Layer 7. Thread-safe; stops when destroyed.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "server/app.h"

namespace throughline::server {

struct MaintenanceTimes {
    Micros first = kHour;         // After the start.
    Micros every = 20 * kHour;    // Below a day, so that a slow run still ends within 24 h.
    Micros notes = 10 * kMinute;  // Between two savings of when keys were last used.
};

class Maintenance {
public:
    explicit Maintenance(App& app, MaintenanceTimes times = {});
    ~Maintenance();

    /// Does now what is due. For tests; the thread calls it too.
    void run_once();

private:
    void run();
    void save_last_use();
    void purge_rejects();
    void erase();

    App& app_;
    MaintenanceTimes times_;
    uint64_t erased_done_ = 0;  // Identities that erasure has run for. Of the thread.

    std::mutex mutex_;  // Guards what follows.
    std::condition_variable changed_;
    bool is_stopping_ = false;
    std::thread thread_;
};

}  // namespace throughline::server
