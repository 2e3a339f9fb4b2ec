// One forward at work: reads behind the fold, sends in the order of the log, says how far it is.
//
//   gather ─▶ POST ─▶ 2xx: the position moves on
//     ▲                400, 413, 422: in two halves, down to the one event that is refused
//     │                anything else: the same again after 1 s, 2 s ... 5 min
//     └── every 5 s and when it stops, where it is becomes a record: a kill repeats what came since
//
// Only those three say something of the events. 401 or 404 are of the address or the key, which
// somebody has to mend, and until then nothing may be passed over. If hundred events in a row are
// refused one by one, that is of the receiver, too.
//
// Order: one request at a time, so events arrive as they stand in the log; those of one person,
// too.
//
// Layer 6. A thread of its own; report() is for any. Cost: 5 us an event beside the call.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "engine/forwarding/forward_reader.h"
#include "net/http_call.h"

namespace throughline::engine {

enum class ForwardState : uint8_t {
    Off,      // Not enabled.
    Held,     // Nothing is sent by this process (--no-send, or after a restore).
    Current,  // All is sent.
    Sending,  // There is more to send.
    Failing,  // The last call failed; it is made again.
    Behind,   // What stands at its position is gone from the log: it has to begin anew.
};
inline constexpr size_t kForwardStates = 6;
/// `off`, `held`, `current`, `sending`, `failing`, `behind`.
std::string_view forward_state_name(ForwardState state);

struct ForwardReport {
    ForwardState state = ForwardState::Off;
    ForwardRow row;          // As of now, what was not noted yet included.
    Micros since = kNoTime;  // When the first event that is not sent was taken; none: unknown.
    uint64_t failures = 0;   // Tries that have to be made again, since the start.
    std::string last_error;  // Empty: none since the start.
    Micros last_error_at = kNoTime;
    Micros next_try = kNoTime;  // Of Failing.
};

struct ForwardParts {
    Engine& engine;
    const Clock& clock;
    std::function<bool()> may_send;
};

class ForwardLane {
public:
    static constexpr Micros kNoteEvery = 5 * kSecond;
    static constexpr uint64_t kRefusedInRowMax = 100;

    /// Borrows the parts. Errors: of reading where it is; of the call's options.
    static Result<std::unique_ptr<ForwardLane>> make(const ForwardParts& parts, std::string key,
                                                     Forward forward);
    /// Stops.
    ~ForwardLane();

    void start();
    /// Gives up the call that is under way, if one is, and notes where it is. Takes a second.
    void stop();

    ForwardReport report() const;

    /// One round, as the thread makes them. Returns how long there is nothing to do. Tests only,
    /// where there is no thread.
    Micros step();

private:
    /// Events of the batch that go together, [begin, end).
    struct Part {
        size_t begin = 0;
        size_t end = 0;
        bool is_in_doubt = false;  // They were sent, and no answer said whether they were taken.
    };

    ForwardLane(const ForwardParts& parts, std::string key, Forward forward, ForwardRow row);

    void run();
    Micros look();
    Micros send();
    Result<std::vector<std::string_view>> bodies_of(const Part& part) const;
    void take_answer(const net::HttpCallResult& answer, size_t events);
    void finish_part(size_t sent, size_t refused);
    void split_part();
    void fail(std::string what, Micros retry_after);
    void set_state(ForwardState state);
    void move_to(model::Position position, Micros since);
    void note_if_due();
    void note();

    const ForwardParts parts_;
    const std::string key_;
    const Forward forward_;
    std::atomic<bool> is_stopping_ = false;

    // Of the thread.
    ForwardReader reader_;
    std::optional<net::HttpCaller> caller_;
    ForwardBatch batch_;
    std::vector<Part> open_;  // Parts still to be sent, the next one last; empty: none.
    Micros pause_ = 0;        // Of the last failure; 0: none.
    Micros next_try_ = 0;     // Monotonic, as is the next.
    Micros next_note_ = 0;
    bool has_news_ = false;  // Events were looked at, or sent, since the last note.
    uint64_t refused_in_row_ = 0;

    mutable std::mutex mutex_;  // Guards what follows.
    std::condition_variable stopped_;
    ForwardReport report_;
    ForwardRow noted_;  // As the fold has it.

    std::thread thread_;
};

}  // namespace throughline::engine
