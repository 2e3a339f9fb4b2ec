// One I/O thread: an epoll set, the connections in it, their deadlines, and a mailbox.
//
// Edge-triggered, registered once for reading and writing, so that a connection costs no epoll_ctl
// after its first. Deadlines are kept by the connections; the loop remembers the earliest and looks
// at all of them when it comes, at most every kScanEvery, so a busy connection pays nothing to move
// its deadline and an idle server does not wake.
//
// Layer 1. Owned by its thread; only post() and mailbox() are for others. Internal to net.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "net/connection.h"
#include "net/mailbox.h"
#include "net/server_core.h"
#include "net/socket.h"

namespace throughline::net {

class EventLoop {
public:
    static constexpr Micros kNever = std::numeric_limits<Micros>::max();

    explicit EventLoop(ServerCore& core);
    ~EventLoop();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

    /// Runs `on_ready` on the loop's thread whenever `listener` has connections. Before start().
    void listen(const Socket& listener, std::function<void()> on_ready);
    void start();
    /// Lets requests in flight end until `grace` from now, then ends the thread's work.
    void stop(Micros grace);
    void join();

    /// Takes over a connection. From any thread.
    void adopt(Socket socket, std::string peer);
    size_t connections() const { return connections_.load(std::memory_order_relaxed); }

    // For the loop's connections.
    const std::shared_ptr<Mailbox>& mailbox() const { return mailbox_; }
    Micros now() const { return now_; }  // Monotonic, as of this turn.
    void note_deadline(Micros at) { earliest_ = std::min(earliest_, at); }
    /// Calls the connection's advance() again after the others had their turn.
    void resume_later(uint64_t id) { resumed_.push_back(id); }
    std::span<char> scratch() { return {scratch_.get(), kScratchBytes}; }
    std::string& plain_scratch() { return plain_scratch_; }
    /// `Date: …` with its line end, of this second.
    std::string_view date_line();

    /// Stops listening for a moment, because the process is out of descriptors.
    void pause_listening();

private:
    static constexpr size_t kScratchBytes = 256 * 1024;

    void run();
    int wait_ms();
    void handle_event(uint64_t id, uint32_t events);
    bool deliver();
    void scan_deadlines();
    void begin_stop(Micros grace);
    void open(Socket socket, std::string peer);
    void set_listening(bool on);
    /// Acts on a connection and buries it when that was its end; false when it is gone already.
    template <typename Action>
    bool with_connection(uint64_t id, Action&& action);

    ServerCore& core_;
    const std::shared_ptr<Mailbox> mailbox_;  // Shared with Responders, which may live longer.
    Socket epoll_;
    std::thread thread_;
    std::unique_ptr<char[]> scratch_;  // Every read lands here, so idle connections hold no buffer.
    std::string plain_scratch_;        // What a read says once decrypted.

    int listener_fd_ = -1;
    std::function<void()> on_listener_;
    Micros listen_again_at_ = kNever;

    std::vector<std::unique_ptr<Connection>> slots_;
    std::vector<uint32_t> free_slots_;
    uint32_t next_generation_ = 1;
    std::atomic<size_t> connections_{0};

    std::vector<uint64_t> resumed_;
    std::vector<Letter> letters_;
    std::vector<Mailbox::Task> tasks_;
    Micros now_ = 0;
    Micros earliest_ = kNever;
    Micros scan_after_ = 0;
    Micros stop_at_ = kNever;
    Micros date_second_ = -1;
    std::string date_line_;
};

}  // namespace throughline::net
