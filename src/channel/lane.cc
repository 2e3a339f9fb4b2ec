#include "channel/lane.h"

#include <chrono>

#include "base/thread.h"

namespace throughline::channel {

namespace {

constexpr Micros kQuietMax = kMinute;

}  // namespace

Lane::Lane(LaneOptions options, std::vector<std::unique_ptr<Sender>> senders, Report report,
           const Clock& clock)
    : options_(options), report_(std::move(report)), clock_(clock), senders_(std::move(senders)) {
    TL_ASSERT(!senders_.empty() && options_.queue_max > 0);
    if (options_.messages_per_second > 0) {
        bucket_.emplace(options_.messages_per_second, options_.burst, clock_.monotonic());
    }
    for (const auto& sender : senders_) {
        threads_.emplace_back([this, &sender] { run(*sender); });
    }
}

Lane::~Lane() {
    stop();
}

bool Lane::offer(Message&& message) {
    {
        const std::lock_guard lock(mutex_);
        if (is_stopping_ || queue_.size() >= options_.queue_max) return false;
        queue_.push_back({std::move(message), clock_.monotonic()});
    }
    changed_.notify_one();
    return true;
}

size_t Lane::waiting() const {
    const std::lock_guard lock(mutex_);
    return queue_.size();
}

void Lane::cut_off() {
    for (const auto& sender : senders_) sender->cut_off();
}

void Lane::stop() {
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    changed_.notify_all();
    for (auto& thread : threads_) {
        if (thread.joinable()) thread.join();
    }
    hand_back("the sender was stopped");
}

void Lane::hand_back(const std::string& detail) {
    std::deque<Waiting> left;
    {
        const std::lock_guard lock(mutex_);
        left.swap(queue_);
    }
    for (const Waiting& one : left) {
        report_(one.message, {Verdict::Retryable, Stage::Queue, 0, detail, 0});
    }
}

void Lane::run(Sender& sender) {
    name_thread("lane");
    while (const auto one = next()) report_(one->message, carry(sender, *one));
}

/// The next message, once it may begin or is to be handed back; nothing when the lane stops.
std::optional<Lane::Waiting> Lane::next() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return is_stopping_ || !queue_.empty(); });
        if (is_stopping_) return {};
        if (is_stale(queue_.front())) break;
        const Micros wait = pause(clock_.monotonic());
        if (wait == 0) break;
        changed_.wait_for(lock, std::chrono::microseconds(wait));
    }
    Waiting one = std::move(queue_.front());
    queue_.pop_front();
    return one;
}

/// How long nothing may begin; when 0, the right to begin one message is taken.
Micros Lane::pause(Micros now) {
    if (now < quiet_until_) return quiet_until_ - now;
    return bucket_ ? bucket_->take(now) : 0;
}

bool Lane::is_stale(const Waiting& waiting) const {
    return options_.wait_max > 0 && clock_.monotonic() - waiting.offered_at > options_.wait_max;
}

Outcome Lane::carry(Sender& sender, const Waiting& waiting) {
    const Message& message = waiting.message;
    if (is_stale(waiting)) {
        return {Verdict::Retryable, Stage::Queue, 0, "it waited too long", 0};
    }
    if (message.not_after != kNoTime && clock_.now() > message.not_after) {
        return {Verdict::Retryable, Stage::Queue, 0, "its deadline has passed", 0};
    }
    const Outcome outcome = sender.send(message);
    if (outcome.retry_after > 0) heed(outcome);
    return outcome;
}

void Lane::heed(const Outcome& outcome) {
    const std::lock_guard lock(mutex_);
    const Micros until = clock_.monotonic() + std::min(outcome.retry_after, kQuietMax);
    quiet_until_ = std::max(quiet_until_, until);
}

}  // namespace throughline::channel
