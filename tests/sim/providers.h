// The world outside: providers that take messages, and remember each call whatever becomes of the
// disk of whoever called. What a provider does with a call follows from the seed, the key and how
// often it came, and not from which thread was first.
//
// A call may be answered at once or later, or never; what was taken may be told as unknown. The
// power of the caller's machine may go in the middle of one.
//
// Layer: test. Thread-safe. Not here: SMTP and HTTP themselves. With them, and with real kills, the
// same is asked by tests/channel/journeys.test.mjs; a disk that loses what was not synced needs
// everything in one process.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/random.h"
#include "channel/sender.h"
#include "model/record.h"

namespace throughline::sim {

/// How often what goes wrong: parts of 1.
struct ProviderFaults {
    double retryable = 0;  // Not taken, and told so.
    double refused = 0;    // Never will be.
    double lost = 0;       // Taken or not, and nobody is told which.
    double slow = 0;       // The answer takes seconds to half an hour.
};

/// Of whoever calls, at the moment of the call.
struct CallerState {
    Micros stamp = 0;              // Of the last record,
    model::Position position = 0;  // before which all is folded.
    std::string wrong;             // Why this call should not be made; empty: it may.
};

struct Call {
    Key128 key;
    std::string channel;
    std::string to;    // The address of an e-mail; of a call its URL.
    std::string text;  // What it says.
    CallerState caller;
    bool is_taken = false;
    channel::Verdict told = channel::Verdict::Uncertain;  // What the answer says; of none: that.
};

class Providers {
public:
    /// When in a call the power goes.
    enum class Moment : uint8_t { None, BeforeItIsTaken, AfterItIsTaken };

    Providers(uint64_t seed, ProviderFaults faults) : seed_(seed), faults_(faults) {}

    /// One of them, for a dispatcher.
    std::unique_ptr<channel::Sender> sender(const std::string& channel);
    /// A life of the caller begins. `caller` is asked at each call.
    void begin_life(std::function<CallerState(const Key128&)> caller);
    /// `cut` is called in the call that comes after `calls` more. Moment::None: not any more.
    void cut_in_call(Moment moment, uint64_t calls, std::function<void()> cut);

    /// Tells the time; what takes its time ends by it.
    void set_time(Micros now);
    /// When the next answer comes that takes its time; kNever: none is to come.
    Micros next_answer() const;
    /// Until the next life begins no answer takes its time, also of what is under way.
    /// `is_heard`: the caller takes them in; else its power is gone.
    void answer_all(bool is_heard);

    std::vector<Call> calls() const;
    size_t under_way() const;  // Calls that take their time.
    uint64_t answered() const;

private:
    struct Fate {
        bool is_taken = true;
        channel::Verdict told = channel::Verdict::Delivered;
        Micros takes = 0;
    };
    class OneSender;

    channel::Outcome take(const std::string& channel, const channel::Message& message);
    Fate fate_of(const Key128& key, uint64_t times) const;
    void cut_if(Moment moment);
    /// Returns whether the answer is heard.
    bool wait(std::unique_lock<std::mutex>& lock, const std::string& channel, Micros takes);

    const uint64_t seed_;
    const ProviderFaults faults_;
    mutable std::mutex mutex_;  // Of all below.
    std::condition_variable changed_;
    std::function<CallerState(const Key128&)> caller_;
    std::vector<Call> calls_;
    std::map<Key128, uint64_t> times_;
    Moment moment_ = Moment::None;
    uint64_t calls_until_cut_ = 0;
    std::function<void()> cut_;
    Micros now_ = 0;
    std::multiset<Micros> ends_;  // Of calls under way.
    std::set<std::string> busy_;  // Channels that have one: others are not held up by it.
    uint64_t answered_ = 0;
    bool is_hurried_ = false;  // No answer takes its time,
    bool is_heard_ = true;     // and whether anybody hears them.
};

}  // namespace throughline::sim
