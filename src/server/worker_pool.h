// Threads for requests that may wait: the management API.
//
// Layer 7. Thread-safe. Left out: priorities; a full queue refuses.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace throughline::server {

class WorkerPool {
public:
    WorkerPool(size_t threads, size_t waiting_max);
    /// Runs what waits, then ends.
    ~WorkerPool();

    /// Returns false, and does not take it, when too much waits.
    bool post(std::function<void()> work);

private:
    void run();

    const size_t waiting_max_;
    std::mutex mutex_;  // Guards what follows.
    std::condition_variable changed_;
    std::deque<std::function<void()>> waiting_;
    bool is_stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace throughline::server
