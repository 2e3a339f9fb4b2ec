// A thread beside the caller's that does half of a batch of cold reads.
//
// A batched read is processor time as much as disk: where people are cold, reading rows is most of
// what an event costs, and the thread of the fold does nothing else meanwhile.
//
// Layer 1. Thread-safe; whoever finds it busy does all of the work alone. Cost: some 10 us a call.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace throughline::store {

class SecondReader {
public:
    SecondReader();
    ~SecondReader();
    SecondReader(const SecondReader&) = delete;
    SecondReader& operator=(const SecondReader&) = delete;

    /// Runs both, `theirs` on the thread of this reader, and returns when both are done.
    ///
    /// Requires: neither touches what the other writes, and `theirs` does not throw.
    void run(const std::function<void()>& theirs, const std::function<void()>& ours);

private:
    void serve();

    std::mutex caller_;  // Held by the one caller it works for.
    std::mutex mutex_;   // Guards what follows.
    std::condition_variable changed_;
    const std::function<void()>* work_ = nullptr;
    bool is_ending_ = false;
    std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace throughline::store
