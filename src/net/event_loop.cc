#include "net/event_loop.h"

#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <ctime>

#include "base/log.h"
#include "base/thread.h"

namespace throughline::net {

namespace {

constexpr Micros kScanEvery = 20'000;
constexpr Micros kListenPause = 100'000;
constexpr size_t kEventsPerTurn = 256;
constexpr int kDeliveriesPerTurn = 16;  // Answers that lead to answers, before sockets are read.
constexpr uint64_t kWakeId = 0;         // Generations begin at 1, so no connection has these.
constexpr uint64_t kListenerId = 1;

uint32_t slot_of(uint64_t id) {
    return static_cast<uint32_t>(id);
}

}  // namespace

EventLoop::EventLoop(ServerCore& core)
    : core_(core),
      mailbox_(std::make_shared<Mailbox>(core.budget, core.options.stream_buffer_bytes_max)),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      scratch_(std::make_unique_for_overwrite<char[]>(kScratchBytes)) {
    TL_ASSERT(epoll_);
    epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.u64 = kWakeId}};
    TL_ASSERT(epoll_ctl(epoll_.fd(), EPOLL_CTL_ADD, mailbox_->wake_fd(), &event) == 0);
}

EventLoop::~EventLoop() {
    stop(0);
    join();
}

void EventLoop::listen(const Socket& listener, std::function<void()> on_ready) {
    listener_fd_ = listener.fd();
    on_listener_ = std::move(on_ready);
    set_listening(true);
}

void EventLoop::set_listening(bool on) {
    epoll_event event{.events = EPOLLIN, .data = {.u64 = kListenerId}};
    TL_ASSERT(epoll_ctl(epoll_.fd(), on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, listener_fd_, &event) ==
              0);
}

void EventLoop::pause_listening() {
    if (listen_again_at_ != kNever) return;
    set_listening(false);
    listen_again_at_ = now_ + kListenPause;
    note_deadline(listen_again_at_);
}

void EventLoop::start() {
    thread_ = std::thread([this] {
        name_thread("tl-io");
        take_short_turns();
        run();
    });
}

void EventLoop::stop(Micros grace) {
    mailbox_->post_task([this, grace] { begin_stop(grace); });
}

void EventLoop::join() {
    if (thread_.joinable()) thread_.join();
}

void EventLoop::begin_stop(Micros grace) {
    stop_at_ = std::min(stop_at_, now_ + grace);
    note_deadline(stop_at_);
    if (listener_fd_ >= 0) {
        if (listen_again_at_ == kNever) set_listening(false);
        listen_again_at_ = kNever;
        listener_fd_ = -1;
    }
    for (size_t i = 0; i < slots_.size(); ++i) {
        if (slots_[i]) with_connection(slots_[i]->id(), [](Connection& c) { c.begin_stop(); });
    }
}

void EventLoop::adopt(Socket socket, std::string peer) {
    connections_.fetch_add(1, std::memory_order_relaxed);
    auto shared = std::make_shared<Socket>(std::move(socket));  // A std::function is copyable.
    mailbox_->post_task([this, shared, peer = std::move(peer)]() mutable {
        open(std::move(*shared), std::move(peer));
    });
}

void EventLoop::open(Socket socket, std::string peer) {
    if (free_slots_.empty()) {
        free_slots_.push_back(static_cast<uint32_t>(slots_.size()));
        slots_.emplace_back();
    }
    const uint32_t slot = free_slots_.back();
    free_slots_.pop_back();
    const uint64_t id = static_cast<uint64_t>(next_generation_) << 32 | slot;
    if (++next_generation_ == 0) next_generation_ = 1;

    epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data = {.u64 = id}};
    const int fd = socket.fd();
    slots_[slot] = std::make_unique<Connection>(*this, core_, std::move(socket), id);
    slots_[slot]->set_peer(std::move(peer));
    TL_ASSERT(epoll_ctl(epoll_.fd(), EPOLL_CTL_ADD, fd, &event) == 0);
    if (stop_at_ != kNever) with_connection(id, [](Connection& c) { c.begin_stop(); });
}

template <typename Action>
bool EventLoop::with_connection(uint64_t id, Action&& action) {
    const uint32_t slot = slot_of(id);
    if (slot >= slots_.size() || !slots_[slot] || slots_[slot]->id() != id) return false;
    action(*slots_[slot]);
    if (!slots_[slot]->is_dead()) return true;
    slots_[slot].reset();
    free_slots_.push_back(slot);
    connections_.fetch_sub(1, std::memory_order_relaxed);
    core_.connections.fetch_sub(1, std::memory_order_relaxed);
    return true;
}

void EventLoop::run() {
    std::array<epoll_event, kEventsPerTurn> events;
    for (;;) {
        now_ = core_.clock.monotonic();
        if (stop_at_ != kNever && (connections() == 0 || now_ >= stop_at_)) break;
        const int count =
            epoll_wait(epoll_.fd(), events.data(), static_cast<int>(events.size()), wait_ms());
        TL_ASSERT(count >= 0 || errno == EINTR);
        mailbox_->wake_up();
        now_ = core_.clock.monotonic();
        for (int i = 0; i < count; ++i) {
            const epoll_event& event = events[static_cast<size_t>(i)];
            handle_event(event.data.u64, event.events);
        }
        const auto resumed = std::exchange(resumed_, {});
        for (const uint64_t id : resumed) {
            with_connection(id, [](Connection& c) { c.advance(); });
        }
        for (int i = 0; i < kDeliveriesPerTurn && deliver(); ++i) {
        }
        if (now_ >= earliest_ && now_ >= scan_after_) scan_deadlines();
    }
    for (auto& slot : slots_) {
        if (slot) with_connection(slot->id(), [](Connection& c) { c.abort(); });
    }
    mailbox_->close();
}

int EventLoop::wait_ms() {
    if (!resumed_.empty() || !mailbox_->try_sleep()) return 0;
    if (earliest_ == kNever) return -1;
    const Micros wait = std::max({earliest_ - now_, scan_after_ - now_, Micros{0}});
    return static_cast<int>(std::min<Micros>(wait / 1000 + 1, 60'000));
}

void EventLoop::handle_event(uint64_t id, uint32_t events) {
    if (id == kWakeId) return;  // Edge-triggered: the counter need not be read.
    if (id == kListenerId) {
        if (listener_fd_ >= 0) on_listener_();
        return;
    }
    with_connection(id, [&](Connection& c) {
        c.on_ready({.can_read = (events & (EPOLLIN | EPOLLRDHUP)) != 0,
                    .can_write = (events & EPOLLOUT) != 0,
                    .peer_ended = (events & EPOLLRDHUP) != 0,
                    .is_broken = (events & (EPOLLERR | EPOLLHUP)) != 0});
    });
}

/// Does what other threads, and handlers on this one, have asked for; false when that was nothing.
bool EventLoop::deliver() {
    mailbox_->take(letters_, tasks_);
    if (letters_.empty() && tasks_.empty()) return false;
    for (auto& task : tasks_) task();
    tasks_.clear();
    for (auto& letter : letters_) {
        if (letter.make) letter.response = letter.make();
        const bool is_known = with_connection(
            letter.connection, [&](Connection& c) { c.on_letter(std::move(letter)); });
        if (!is_known && letter.stream) letter.stream->is_closed = true;
    }
    letters_.clear();
    return true;
}

void EventLoop::scan_deadlines() {
    scan_after_ = now_ + kScanEvery;
    earliest_ = stop_at_;
    if (now_ >= listen_again_at_) {
        listen_again_at_ = kNever;
        set_listening(true);
    }
    note_deadline(listen_again_at_);
    for (size_t i = 0; i < slots_.size(); ++i) {
        if (!slots_[i]) continue;
        with_connection(slots_[i]->id(), [&](Connection& c) {
            if (c.deadline() <= now_) c.on_deadline();
        });
        if (slots_[i]) note_deadline(slots_[i]->deadline());
    }
}

std::string_view EventLoop::date_line() {
    const Micros second = floor_div(core_.clock.now(), kSecond);
    if (second != date_second_) {
        date_second_ = second;
        const auto time = static_cast<std::time_t>(second);
        std::tm civil{};
        gmtime_r(&time, &civil);
        // IMF-fixdate (RFC 9110 5.6.7); strftime would ask the locale for the names.
        static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
        static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
        char text[64];
        const int size =
            std::snprintf(text, sizeof text, "Date: %s, %02d %s %d %02d:%02d:%02d GMT\r\n",
                          kDays[civil.tm_wday], civil.tm_mday, kMonths[civil.tm_mon],
                          civil.tm_year + 1900, civil.tm_hour, civil.tm_min, civil.tm_sec);
        date_line_.assign(text, static_cast<size_t>(std::min(size, 63)));
    }
    return date_line_;
}

}  // namespace throughline::net
