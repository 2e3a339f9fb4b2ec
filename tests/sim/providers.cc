#include "sim/providers.h"

#include "engine/timers.h"

namespace throughline::sim {

namespace {

using channel::Outcome;
using channel::Stage;
using channel::Verdict;

Outcome outcome_of(Verdict told) {
    switch (told) {
        case Verdict::Delivered:
            return {Verdict::Delivered, Stage::Content, 250, "taken", 0};
        case Verdict::Refused:
            return {Verdict::Refused, Stage::Address, 550, "nobody of this name", 0};
        case Verdict::Retryable:
            return {Verdict::Retryable, Stage::Connect, 0, "no connection", 0};
        case Verdict::Uncertain:
            break;
    }
    return {Verdict::Uncertain, Stage::Content, 0, "the connection broke", 0};
}

}  // namespace

class Providers::OneSender final : public channel::Sender {
public:
    OneSender(Providers& all, std::string channel) : all_(all), channel_(std::move(channel)) {}
    Outcome send(const channel::Message& message) override { return all_.take(channel_, message); }
    // What settings say counts; nobody asks here.
    bool repeats_by_key() const override { return false; }

private:
    Providers& all_;
    const std::string channel_;
};

std::unique_ptr<channel::Sender> Providers::sender(const std::string& channel) {
    return std::make_unique<OneSender>(*this, channel);
}

void Providers::begin_life(std::function<CallerState(const Key128&)> caller) {
    const std::lock_guard lock(mutex_);
    caller_ = std::move(caller);
    is_hurried_ = false;
    is_heard_ = true;
}

void Providers::cut_in_call(Moment moment, uint64_t calls, std::function<void()> cut) {
    const std::lock_guard lock(mutex_);
    moment_ = moment;
    calls_until_cut_ = calls;
    cut_ = std::move(cut);
}

Providers::Fate Providers::fate_of(const Key128& key, uint64_t times) const {
    SeededRandom random(seed_ ^ mix(key.low + times) ^ key.high);
    Fate fate;
    double dice = random.unit();
    const auto falls_on = [&](double share) { return (dice -= share) < 0; };
    if (falls_on(faults_.retryable)) {
        fate = {.is_taken = false, .told = Verdict::Retryable};
    } else if (falls_on(faults_.refused)) {
        fate = {.is_taken = false, .told = Verdict::Refused};
    } else if (falls_on(faults_.lost)) {
        fate = {.is_taken = random.chance(0.5), .told = Verdict::Uncertain};
    }
    if (random.chance(faults_.slow)) {
        fate.takes = static_cast<Micros>(1 + random.below(1'800)) * kSecond;
    }
    return fate;
}

Outcome Providers::take(const std::string& channel, const channel::Message& message) {
    std::unique_lock lock(mutex_);
    const auto* const mail = std::get_if<channel::Email>(&message.content);
    calls_.push_back(
        {.key = message.key,
         .channel = channel,
         .to = message.to,
         .text = mail != nullptr ? mail->text : std::get<channel::Call>(message.content).body,
         .caller = caller_(message.key)});
    const size_t call = calls_.size() - 1;
    const bool is_last = moment_ != Moment::None && calls_until_cut_-- == 0;
    const Moment moment = is_last ? moment_ : Moment::None;
    const Fate fate = fate_of(message.key, times_[message.key]++);
    if (moment == Moment::BeforeItIsTaken) cut_if(moment);
    calls_[call].is_taken = fate.is_taken && moment != Moment::BeforeItIsTaken;
    calls_[call].told = fate.told;
    if (moment == Moment::AfterItIsTaken) cut_if(moment);
    const bool takes_time = fate.takes > 0 && !is_hurried_ && moment == Moment::None;
    const bool is_slow = takes_time && busy_.insert(channel).second;
    const bool is_heard = is_slow ? wait(lock, channel, fate.takes) : is_heard_;
    // Whoever has no power any more hears nothing; its last write may yet have reached the disk.
    if (!is_heard || moment != Moment::None) calls_[call].told = Verdict::Uncertain;
    ++answered_;
    return outcome_of(calls_[call].told);
}

void Providers::cut_if(Moment moment) {
    if (moment_ != moment) return;
    moment_ = Moment::None;
    cut_();
}

bool Providers::wait(std::unique_lock<std::mutex>& lock, const std::string& channel, Micros takes) {
    const Micros end = now_ + takes;
    const auto place = ends_.insert(end);
    changed_.wait(lock, [&] { return now_ >= end || is_hurried_; });
    ends_.erase(place);
    busy_.erase(channel);
    return is_heard_;
}

void Providers::set_time(Micros now) {
    {
        const std::lock_guard lock(mutex_);
        now_ = std::max(now_, now);
    }
    changed_.notify_all();
}

Micros Providers::next_answer() const {
    const std::lock_guard lock(mutex_);
    return ends_.empty() ? engine::kNever : *ends_.begin();
}

void Providers::answer_all(bool is_heard) {
    {
        const std::lock_guard lock(mutex_);
        is_hurried_ = true;
        is_heard_ = is_heard;
    }
    changed_.notify_all();
}

std::vector<Call> Providers::calls() const {
    const std::lock_guard lock(mutex_);
    return calls_;
}

size_t Providers::under_way() const {
    const std::lock_guard lock(mutex_);
    return ends_.size();
}

uint64_t Providers::answered() const {
    const std::lock_guard lock(mutex_);
    return answered_;
}

}  // namespace throughline::sim
