#include "net/mailbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>

namespace throughline::net {

namespace {

thread_local ResponseBatch* current_batch = nullptr;

}  // namespace

bool BodyBudget::take(uint64_t bytes) {
    const uint64_t before = used_.fetch_add(bytes, std::memory_order_relaxed);
    if (before + bytes <= bytes_max_) return true;
    give_back(bytes);
    return false;
}

Mailbox::Mailbox(std::shared_ptr<BodyBudget> budget, size_t stream_buffer_bytes_max)
    : budget_(std::move(budget)),
      stream_buffer_bytes_max_(stream_buffer_bytes_max),
      wake_fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    TL_ASSERT(wake_fd_);
}

bool Mailbox::post(const std::shared_ptr<Mailbox>& mailbox, Letter letter) {
    bool rings = false;
    {
        const std::lock_guard lock(mailbox->mutex_);
        if (mailbox->is_closed_) return false;
        mailbox->letters_.push_back(std::move(letter));
        // Under a batch the sleeper stays marked asleep, so that another thread's post still wakes.
        if (current_batch == nullptr) rings = std::exchange(mailbox->is_asleep_, false);
    }
    if (rings) mailbox->ring();
    if (current_batch == nullptr) return true;
    auto& waiting = current_batch->waiting_;
    if (std::find(waiting.begin(), waiting.end(), mailbox) == waiting.end()) {
        waiting.push_back(mailbox);
    }
    return true;
}

void Mailbox::post_task(Task task) {
    {
        const std::lock_guard lock(mutex_);
        if (is_closed_) return;
        tasks_.push_back(std::move(task));
    }
    ring_if_asleep();
}

void Mailbox::take(std::vector<Letter>& letters, std::vector<Task>& tasks) {
    const std::lock_guard lock(mutex_);
    letters_.swap(letters);
    tasks_.swap(tasks);
}

bool Mailbox::try_sleep() {
    const std::lock_guard lock(mutex_);
    is_asleep_ = letters_.empty() && tasks_.empty();
    return is_asleep_;
}

void Mailbox::wake_up() {
    const std::lock_guard lock(mutex_);
    is_asleep_ = false;
}

void Mailbox::close() {
    std::vector<Letter> letters;
    std::vector<Task> tasks;
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
    letters_.swap(letters);
    tasks_.swap(tasks);
}

void Mailbox::ring() {
    const uint64_t one = 1;
    // Fails only when the counter is full, and then the sleeper is awake.
    [[maybe_unused]] const auto written = ::write(wake_fd_.fd(), &one, sizeof one);
}

void Mailbox::ring_if_asleep() {
    bool rings = false;
    {
        const std::lock_guard lock(mutex_);
        rings = std::exchange(is_asleep_, false);
    }
    if (rings) ring();
}

ResponseBatch::ResponseBatch() : outer_(std::exchange(current_batch, this)) {}

ResponseBatch::~ResponseBatch() {
    current_batch = outer_;
    for (const auto& mailbox : waiting_) mailbox->ring_if_asleep();
}

void PeerState::leave() {
    std::function<void()> on_gone;
    {
        const std::lock_guard lock(mutex_);
        is_gone_ = true;
        on_gone.swap(on_gone_);
    }
    if (on_gone) on_gone();
}

void PeerState::watch(std::function<void()> on_gone) {
    {
        const std::lock_guard lock(mutex_);
        if (!is_gone_) {
            on_gone_ = std::move(on_gone);
            return;
        }
    }
    if (on_gone) on_gone();
}

Responder::Responder(std::shared_ptr<Mailbox> mailbox, uint64_t connection, uint64_t exchange,
                     size_t charged_bytes, std::shared_ptr<PeerState> peer)
    : mailbox_(std::move(mailbox)),
      connection_(connection),
      exchange_(exchange),
      charged_bytes_(charged_bytes),
      peer_(std::move(peer)) {}

Responder::Responder(Responder&&) noexcept = default;

Responder& Responder::operator=(Responder&& other) noexcept {
    std::swap(mailbox_, other.mailbox_);
    std::swap(connection_, other.connection_);
    std::swap(exchange_, other.exchange_);
    std::swap(charged_bytes_, other.charged_bytes_);
    std::swap(peer_, other.peer_);
    std::swap(is_watching_, other.is_watching_);
    return *this;
}

void Responder::watch(std::function<void()> on_gone) {
    TL_ASSERT(mailbox_);
    is_watching_ = true;
    peer_->watch(std::move(on_gone));
}

Responder::~Responder() {
    if (mailbox_) send(HttpResponse::error(500, "internal", "request: was not answered"));
}

std::shared_ptr<Mailbox> Responder::release() {
    TL_ASSERT(mailbox_);
    mailbox_->budget().give_back(charged_bytes_);
    if (std::exchange(is_watching_, false)) peer_->watch({});
    return std::exchange(mailbox_, nullptr);
}

void Responder::send(HttpResponse response) {
    Mailbox::post(release(), {.connection = connection_,
                              .exchange = exchange_,
                              .kind = Letter::Kind::Response,
                              .response = std::move(response),
                              .stream = nullptr});
}

void Responder::send_made(std::function<HttpResponse()> make) {
    Mailbox::post(release(), {.connection = connection_,
                              .exchange = exchange_,
                              .kind = Letter::Kind::Response,
                              .response = {},
                              .stream = nullptr,
                              .make = std::move(make)});
}

EventStream Responder::stream(HttpResponse head) {
    auto state = std::make_shared<StreamState>();
    state->mailbox = release();
    state->connection = connection_;
    state->exchange = exchange_;
    state->buffer_bytes_max = state->mailbox->stream_buffer_bytes_max();
    Mailbox::post(state->mailbox, {.connection = connection_,
                                   .exchange = exchange_,
                                   .kind = Letter::Kind::StreamBegin,
                                   .response = std::move(head),
                                   .stream = state});
    return EventStream(std::move(state));
}

EventStream::EventStream(EventStream&&) noexcept = default;

EventStream& EventStream::operator=(EventStream&& other) noexcept {
    std::swap(state_, other.state_);
    return *this;
}

EventStream::~EventStream() {
    end();
}

bool EventStream::is_closed() const {
    return !state_ || state_->is_closed;
}

size_t EventStream::buffered_bytes() const {
    return state_ ? state_->buffered_bytes.load() : 0;
}

bool EventStream::write(std::string_view bytes) {
    if (is_closed()) return false;
    if (bytes.empty()) return true;  // An empty chunk would end the body.
    Letter letter{.connection = state_->connection,
                  .exchange = state_->exchange,
                  .kind = Letter::Kind::StreamBytes,
                  .response = {},
                  .stream = nullptr};
    const bool fits =
        state_->buffered_bytes.fetch_add(bytes.size()) + bytes.size() <= state_->buffer_bytes_max;
    if (fits) {
        letter.response.body = bytes;
    } else {
        state_->is_closed = true;
        letter.kind = Letter::Kind::StreamAbort;
    }
    return Mailbox::post(state_->mailbox, std::move(letter)) && fits;
}

void EventStream::end() {
    if (!state_) return;
    Mailbox::post(state_->mailbox, {.connection = state_->connection,
                                    .exchange = state_->exchange,
                                    .kind = Letter::Kind::StreamEnd,
                                    .response = {},
                                    .stream = nullptr});
    state_.reset();
}

}  // namespace throughline::net
