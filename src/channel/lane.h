// A provider's own queue, threads and limit, so that a slow one delays only itself.
//
// Messages begin in the order in which they were offered, one at a time on each sender. A message
// whose deadline passes in the queue is handed back unsent (retryable, `queue`), for its ledger to
// close; so is one that has waited so long that what was checked of it may not hold any more. A
// provider that asks to be left alone (Outcome::retry_after) is, by the whole lane, for a minute at
// most.
//
// Every message that was taken is reported exactly once. So whoever logs an attempt before it
// offers and an outcome when it is reported knows after a crash which ones nobody knows about.
//
// Layer 4. Thread-safe. Cost: a thread for each sender, a lock or two a message.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "channel/sender.h"
#include "channel/token_bucket.h"

namespace throughline::channel {

struct LaneOptions {
    double messages_per_second = 0;  // 0: as many as go.
    double burst = 1;                // At once, after a pause; at least 1.
    size_t queue_max = 10'000;       // Messages waiting.
    Micros wait_max = 0;             // Longer, and a message is handed back; 0: however long.
};

class Lane {
public:
    /// Told on one of the lane's threads; must not wait long, and must not stop the lane.
    using Report = std::function<void(const Message&, const Outcome&)>;

    /// Starts a thread for each sender. `clock` outlives the lane, and its monotonic time passes.
    /// Requires: at least one sender.
    Lane(LaneOptions options, std::vector<std::unique_ptr<Sender>> senders, Report report,
         const Clock& clock);
    /// Stops.
    ~Lane();

    /// Takes the message over, or returns false and leaves it: the queue is full, or the lane has
    /// been stopped. Never waits.
    bool offer(Message&& message);

    size_t waiting() const;

    /// Reports what waits as retryable (`queue`) with this detail: nothing of it is sent.
    void hand_back(const std::string& detail);

    /// From any thread, also while another stops the lane: nobody waits any longer for the
    /// provider's answer to what is under way.
    void cut_off();

    /// Begins no further message, waits for those under way, and reports what still waits as
    /// retryable (`queue`). Once it returns nothing is reported any more. By one thread.
    void stop();

private:
    struct Waiting {
        Message message;
        Micros offered_at = 0;  // Monotonic.
    };

    void run(Sender& sender);
    std::optional<Waiting> next();
    Micros pause(Micros now);
    bool is_stale(const Waiting& waiting) const;
    Outcome carry(Sender& sender, const Waiting& waiting);
    void heed(const Outcome& outcome);

    const LaneOptions options_;
    const Report report_;
    const Clock& clock_;
    const std::vector<std::unique_ptr<Sender>> senders_;

    mutable std::mutex mutex_;  // Of all below.
    std::condition_variable changed_;
    std::deque<Waiting> queue_;
    std::optional<TokenBucket> bucket_;
    Micros quiet_until_ = 0;  // Monotonic.
    bool is_stopping_ = false;

    std::vector<std::thread> threads_;
};

}  // namespace throughline::channel
