// What a backtest would have sent to one person: messages that wait, and those that went.
//
// The checks and their order are those of the live outbox: too late, no address, then
// privacy::decide with what was known at that moment; quiet hours put a message off, all else is
// final. Caps count what the backtest itself would have sent before.
//
// Layer 6. One thread; reused from person to person.
#pragma once

#include <functional>
#include <vector>

#include "backtest/tally.h"

namespace throughline::backtest {

/// Whom a message is for, at the moment of sending.
struct Addressee {
    std::vector<uint32_t> members;  // Identities that are one person then.
    bool has_address = true;
    std::vector<privacy::Held> held;
    std::vector<privacy::Suppression> suppressed;
    TimeZone zone;
};

class Outbox {
public:
    using Find = std::function<Status(uint32_t owner, const journey::MessageStep& step, Micros at,
                                      Addressee& out)>;

    explicit Outbox(const Plan& plan) : plan_(plan) {}

    void clear();
    void accept(const journey::Intent& intent);
    /// A run ended before its messages went out.
    void withdraw(const Key128& run, Micros at, std::vector<MessageFate>& out);
    /// When the first of those that wait is due; kNoTime: none waits.
    Micros next_due() const;
    /// Tries what is due at or before `at`. Errors: of `find`.
    Status send(Micros at, const Find& find, std::vector<MessageFate>& out);
    /// Tells of those that still wait.
    void finish(Micros at, std::vector<MessageFate>& out) const;

private:
    struct Waiting {
        Key128 run;
        uint32_t owner = 0;
        journey::StepIndex step = 0;
        Micros due = 0;
        Micros not_after = kNoTime;
    };
    struct Sent {
        uint32_t owner = 0;
        Micros at = 0;
        const std::string* topic = nullptr;
    };
    std::vector<Micros> sent_to(const Addressee& person, const std::string* topic) const;
    void note_sent(const Sent& sent);
    /// Whether it is settled; else it waits on.
    bool try_one(Waiting& one, const Addressee& person, Micros at, MessageFate& fate);

    const Plan& plan_;
    std::vector<Waiting> waiting_;  // In the order in which they were asked for.
    std::vector<Sent> sent_;        // That caps count, in order.
};

}  // namespace throughline::backtest
