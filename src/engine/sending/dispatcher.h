// The dispatcher: takes what is due from the outbox to whoever carries it, and what came of it
// back.
//
//   due ─▶ send_begin (record: checked in the fold, durable) ─▶ written ─▶ its channel's lane
//                                                                            │ report
//   outbox ◀─ send_outcome (record) ◀────────────────────────────────────────┘
//
// Nothing goes out that is not begun on disk, and nothing is begun that its lane cannot take soon:
// so a slow provider delays only itself, and what is checked is what holds when it leaves. In a
// lane wait no more than it sends in a quarter of a second and one for each of its connections;
// what waits there longer than kWaitMax comes back as not made, and is checked again. What a
// process leaves begun without an outcome is settled at the next start (send_recover), before
// anything else begins: uncertain, or repeated by its key. Outcomes that cannot be logged yet (the
// disk is full) wait here, and nothing more begins meanwhile.
//
// A channel that nobody is set up for has its messages refused; where the settings cannot be read,
// or the sender not be opened, they wait, the report says why, and it is tried again.
//
// Sending is held while the file `sending-held` is in the data directory (after a restore, or on
// another machine), unless somebody has written into it that it goes on (kResumeWish). It never
// begins where the server was told so (--no-send). It is held, too, while the wall clock has jumped
// ahead (guarded_clock.h): until it is back, or somebody resumes sending because it is right. What
// waits in lanes when a hold begins comes back.
//
// With nothing to do it sleeps until the next message is due, the outbox tells of a new one, or a
// second has passed, for the sake of the mark.
//
// Layer 6. Thread-safe; a thread of its own, and one for each connection of a lane. It must be
// stopped before its engine. Cost: two records for some hundred messages.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "channel/lane.h"
#include "engine/engine.h"
#include "engine/outbox/messages.h"
#include "engine/sending/content.h"
#include "engine/sending/sender_settings.h"

namespace throughline::engine {

struct DispatcherOptions {
    std::string directory;  // Of the data: the mark of the hold, and what file senders write.
    bool sends = true;      // False: nothing is ever begun (--no-send).
    ContentWriter write;    // Of what has a template; none: refused for want of one.
    /// Opens senders; by default make_senders().
    std::function<Result<std::vector<std::unique_ptr<channel::Sender>>>(
        const std::string& channel, const SenderSettings& settings)>
        open;
    Micros patience = 10 * kSecond;  // How long a stop waits for providers before it cuts them off.
    bool has_thread = true;          // Off in tests that take single steps.
};

/// How sending stands, for people.
struct SendingReport {
    enum class State : uint8_t { On, Held, Off };
    struct Channel {
        std::string channel;
        std::optional<SenderType> sender;  // Nothing: nobody is set up.
        std::string blocked;               // Why nothing of it is begun; empty: nothing is wrong.
        ChannelCounts counts;
        size_t out = 0;                  // Handed to the lane, not reported yet.
        double messages_per_second = 0;  // The limit; 0: none.
        std::string last_error;          // Empty: none since the start.
        Micros last_error_at = kNoTime;
    };
    State state = State::On;
    std::string reason;      // Of Held: what to do about it.
    Micros clock_ahead = 0;  // By how much the clock jumped, which holds; 0: the mark does, if any.
    std::vector<Channel> channels;
};

/// `on`, `held`, `off`.
std::string_view sending_state_name(SendingReport::State state);

class Dispatcher {
public:
    /// Settles what an earlier process left begun, and starts. Borrows all three.
    /// Errors: of the engine, and of reading the mark.
    static Result<std::unique_ptr<Dispatcher>> start(Engine& engine, store::Files& files,
                                                     const Clock& clock, DispatcherOptions options);
    /// Stops.
    ~Dispatcher();

    /// Begins no more, waits for what is under way as long as patience lasts, and logs what came of
    /// it. Cost: patience, and about a second.
    void stop();

    SendingReport::State state() const;
    Result<SendingReport> report() const;
    /// Takes the hold off, for somebody. `sends_overdue`: what is due by now goes out; else it is
    /// uncertain, since the installation of which this is a copy may have sent it.
    /// Returns false when there was none. Errors: of the engine, and of the disk.
    Result<bool> resume(std::string_view actor, bool sends_overdue);
    /// Sends one message over a connection of its own, beside the outbox.
    /// Errors: NotFound when nobody carries the channel; of opening.
    Result<channel::Outcome> send_test(const std::string& channel, channel::Message message);

    /// One round, as the thread makes them. Returns how many messages moved. Tests only, where
    /// there is no thread.
    size_t step();

private:
    struct Carrier;
    struct Report;
    struct Retiring {
        std::shared_ptr<Carrier> carrier;  // Shared with report().
        std::thread thread;
    };

    Dispatcher(Engine& engine, store::Files& files, const Clock& clock, DispatcherOptions options);

    Status settle_what_was_out();
    void run();
    void look_at_hold();
    void look_at_mark();
    void look_at_settings();
    void open_again();
    bool may_begin() const;
    void nudge();
    Status doubt_overdue();
    std::shared_ptr<Carrier> make_carrier(const std::string& channel,
                                          const SenderSettings& settings);
    void retire(std::shared_ptr<Carrier> carrier);
    void stop_lanes();
    std::shared_ptr<Carrier> carrier_of(const std::string& channel);
    bool log_reports();
    size_t begin_due(Carrier& carrier);
    size_t room_of(const Carrier& carrier) const;
    std::string block_of(const Carrier& carrier) const;
    Status offer_begun(Carrier& carrier);
    void give_back(Carrier& carrier);
    void report_unsent(Carrier& carrier, Report report);
    void hand_over(Carrier& carrier, const Message& message, Prepared prepared);
    void take_report(const std::string& channel, Report report);
    Outcome log(const std::string& record);

    Engine& engine_;
    store::Files& files_;
    const Clock& clock_;
    const DispatcherOptions options_;

    mutable std::mutex mutex_;  // Of all below but what is named.
    std::condition_variable changed_;
    std::map<std::string, std::shared_ptr<Carrier>, std::less<>>
        carriers_;                              // Shared with report().
    std::unordered_map<Key128, uint16_t> out_;  // Begun here, not reported yet: the attempt.
    std::vector<Report> reports_;               // Not logged yet.
    std::string mark_;                          // What is written in it.
    bool is_marked_ = false;                    // The mark of the hold is there.
    std::string settings_error_;                // Empty: they can be read.
    bool has_news_ = false;                     // Since the last round began.
    bool is_stopping_ = false;

    Micros next_look_ = 0;                      // At the mark; monotonic. Of the dispatcher's
    Micros idle_ = 0;                           // thread, as this (how long it may sleep)
    uint64_t settings_version_ = ~uint64_t{0};  // and the next two.
    std::vector<Retiring> retiring_;            // Lanes that settings replaced, as they end.
    bool is_stopped_ = false;                   // Of the one who stops.
    std::thread thread_;
};

}  // namespace throughline::engine
