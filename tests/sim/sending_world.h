// An engine that sends, on a disk that may lose its power, in time that the test makes pass.
//
// Time goes from one thing that is due to the next: timers fire by ticks, the dispatcher makes its
// rounds, providers answer. Between two calls all is at rest but for what providers take their time
// for. The wall clock may be set; what has really passed is told by the monotonic one.
//
// What returns false met with the power going: then nothing more happens until cut() and open().
//
// Layer: test.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/outbox/messages.h"
#include "engine/sending/dispatcher.h"
#include "engine/tasks/task_list.h"
#include "engine/test_clock.h"
#include "sim/providers.h"
#include "sim/sim_world.h"
#include "store/memory_files.h"

namespace throughline::sim {

/// A row of history that the program itself wrote.
struct OwnRow {
    Position position = 0;  // Of what it followed from.
    uint32_t identity = 0;
    std::string payload;  // model/event.h
};

class SendingWorld {
public:
    /// Borrows the providers.
    SendingWorld(uint64_t seed, Providers& providers, Micros start);
    ~SendingWorld();

    store::MemoryFiles& disk() { return *disk_; }
    engine::Engine& engine() { return *engine_; }
    const Clock& clock() const { return clock_; }

    /// Starts on what the disk holds. `check` sees it at rest, before anything is sent.
    bool open(const std::function<void()>& check);
    /// Stops in good order.
    bool stop();
    /// Nothing reaches the disk any more, and nobody hears of answers. `loses_cache`: so does what
    /// was not synced get lost, as `seed` says.
    void cut(bool loses_cache, uint64_t seed);
    bool has_power() { return disk_->stat("/").is_ok(); }

    /// Sends a record and lets happen what follows. Returns whether it was acknowledged; the power
    /// may have gone after that.
    bool say(const std::string& record);
    /// Lets time pass.
    bool pass(Micros time);
    /// Lets time pass until the engine's clock shows an instant.
    bool pass_until(Micros at) { return pass(std::max<Micros>(at - engine_->clock().now(), 0)); }
    /// Time passes, and nothing runs.
    void pass_without_power(Micros time);
    /// Sets the wall clock.
    void set_wall(Micros by);
    /// Somebody says that the wall is right. False: the power went.
    bool trust_wall();

    /// Whether no run is on its way and no message is open but uncertain ones.
    bool is_over();
    /// Who is on her way where, and what waits; for people.
    std::string what_is_open();
    /// All that the log has held, in order, as far as it was read; acknowledged or not.
    const std::vector<LoggedRecord>& records() const { return records_; }
    /// All messages, all rows that the program itself wrote, and what is to be done.
    std::vector<engine::Message> messages();
    std::vector<OwnRow> consequences();
    std::vector<engine::Task> tasks();
    /// Reads on in the log, as far as it is folded.
    bool read_log();
    /// What went wrong; empty: nothing.
    const std::string& failure() const { return failure_; }
    void fail(const std::string& what);

private:
    bool settle();
    bool tick();
    bool tick_what_is_due();
    bool wait_for_lanes();
    void check_time();
    Micros until_next();
    Micros ahead() const { return clock_.now() - clock_.monotonic() - believed_; }
    bool is_ahead() const { return ahead() > engine::GuardedClock::kJumpMax; }
    CallerState caller(const Key128& key) const;

    const uint64_t seed_;
    Providers& providers_;
    engine::testing::TwoClocks clock_;
    // What the wall may be ahead of the monotonic clock, by the rule of guarded_clock.h.
    Micros believed_ = 0;
    Micros stamp_at_start_ = 0;  // Of this life.

    std::unique_ptr<store::MemoryFiles> disk_;
    std::shared_ptr<rocksdb::Env> env_;
    std::unique_ptr<engine::Engine> engine_;
    std::unique_ptr<engine::Dispatcher> dispatcher_;
    std::vector<LoggedRecord> records_;
    std::vector<std::pair<Position, std::string>> acknowledged_;  // Not seen in the log yet.
    std::string failure_;
};

}  // namespace throughline::sim
