// What other threads want an I/O thread to do: answers, pieces of streams, tasks.
//
// A post is one lock and one push. The I/O thread says when it goes to sleep, and only the first
// post after that pays for the system call that wakes it.
//
// Layer 1. Thread-safe. Internal to net.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "net/http_server.h"
#include "net/socket.h"

namespace throughline::net {

/// Bytes of bodies read and not yet answered, over all connections. Thread-safe.
class BodyBudget {
public:
    explicit BodyBudget(uint64_t bytes_max) : bytes_max_(bytes_max) {}
    bool take(uint64_t bytes);
    void give_back(uint64_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }

private:
    const uint64_t bytes_max_;
    std::atomic<uint64_t> used_{0};
};

/// One open EventStream. Thread-safe.
struct StreamState {
    std::shared_ptr<Mailbox> mailbox;  // Shared with its I/O thread, which may end first.
    uint64_t connection = 0;
    uint64_t exchange = 0;
    size_t buffer_bytes_max = 0;
    std::atomic<size_t> buffered_bytes{0};
    std::atomic<bool> is_closed{false};
};

/// Whether the client of one connection still waits, for who minds. Thread-safe.
struct PeerState {
    void leave();
    void watch(std::function<void()> on_gone);

private:
    std::mutex mutex_;  // Guards what follows.
    std::function<void()> on_gone_;
    bool is_gone_ = false;
};

struct Letter {
    enum class Kind : unsigned char {
        Response,     // The whole answer.
        StreamBegin,  // Its head; the body follows.
        StreamBytes,  // In response.body.
        StreamEnd,    // The body is complete.
        StreamAbort,  // The client is too slow.
    };
    uint64_t connection = 0;
    uint64_t exchange = 0;  // A letter for an earlier request of the connection is void.
    Kind kind = Kind::Response;
    HttpResponse response;
    std::shared_ptr<StreamState> stream;      // Of StreamBegin; shared with the EventStream.
    std::function<HttpResponse()> make = {};  // Makes `response`, once the letter is delivered.
};

class Mailbox {
public:
    using Task = std::function<void()>;

    Mailbox(std::shared_ptr<BodyBudget> budget, size_t stream_buffer_bytes_max);

    /// Returns false when the I/O thread has ended.
    static bool post(const std::shared_ptr<Mailbox>& mailbox, Letter letter);
    void post_task(Task task);

    /// Moves out what has come; the vectors given must be empty.
    void take(std::vector<Letter>& letters, std::vector<Task>& tasks);
    /// Returns whether nothing is waiting; from then on the next post wakes.
    bool try_sleep();
    /// Consumes the wake-up.
    void wake_up();
    /// Drops what waits and what comes.
    void close();

    int wake_fd() const { return wake_fd_.fd(); }
    BodyBudget& budget() { return *budget_; }
    size_t stream_buffer_bytes_max() const { return stream_buffer_bytes_max_; }

private:
    friend class ResponseBatch;

    void ring();
    void ring_if_asleep();

    const std::shared_ptr<BodyBudget> budget_;  // Shared by all I/O threads of a server.
    const size_t stream_buffer_bytes_max_;
    const Socket wake_fd_;

    std::mutex mutex_;  // Guards what follows.
    std::vector<Letter> letters_;
    std::vector<Task> tasks_;
    bool is_asleep_ = false;
    bool is_closed_ = false;
};

}  // namespace throughline::net
