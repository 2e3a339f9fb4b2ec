// The engine on a disk that loses its power, fails and fills up, over many seeds.
//
// A seed is a world of up to kLives lives. In each, clients send records, one submission at a time
// each, and send again what was not acknowledged, as SDKs do; checkpoints, merges and erasure run
// between or beside them; and at some operation of the disk something happens. After each start the
// world checks that what was acknowledged is there, that nothing counts twice, that what was in
// flight is there wholly or not at all, and that all state equals a fold from scratch.
#include <gtest/gtest.h>

#include <condition_variable>
#include <csignal>
#include <optional>
#include <thread>

#include "base/log.h"
#include "engine/person.h"
#include "sim/sim_world.h"
#include "store/log_reader.h"
#include "store/memory_files.h"
#include "store/rocks_env.h"

namespace throughline::sim {
namespace {

constexpr int kLives = 4;

enum class Fault : uint8_t {
    PowerCut,     // At some operation all stops, and the disk keeps what it must.
    Kill,         // The same, but the page cache lives on.
    CutAtRest,    // The power goes while nothing is being written.
    FailedSync,   // One sync fails, later ones succeed. Then the power goes.
    FailedWrite,  // One write fails. Then the power goes.
    FullDisk,     // For a while. Then the power goes.
    None,         // A clean stop.
};

struct Client {
    explicit Client(uint64_t seed) : script(seed) {}
    Script script;
    Records pending;  // Sent and not acknowledged, or about to be sent.
};

class World {
public:
    explicit World(uint64_t seed) : seed_(seed), random_(seed) {
        const size_t clients = random_.chance(0.6) ? 1 : 2 + random_.below(2);
        for (size_t i = 0; i < clients; ++i) clients_.emplace_back(random_.next());
    }

    /// Returns what went wrong; empty: nothing.
    std::string run();

private:
    bool has_failed() const { return !failure_.empty(); }
    void fail(std::string what);
    bool is_off();

    void live();
    bool open();
    void arm();
    void work();
    void work_beside_maintenance();
    void client_step(Client& client);
    void maintenance_step(SeededRandom& random);
    void read_somebody(SeededRandom& random);
    void end_life();

    void check();
    Status read_suffix();
    bool take_attempt(std::span<const LoggedRecord> suffix, size_t& at);
    Status catch_up(Position end);
    Micros time_of_last_tick() const;
    void check_history();
    void check_cold();

    const uint64_t seed_;
    SeededRandom random_;
    SimClock clock_;
    std::vector<Client> clients_;
    Reference reference_;

    std::unique_ptr<store::MemoryFiles> disk_ =
        std::make_unique<store::MemoryFiles>(store::WriteOrder::Journaled);
    std::shared_ptr<rocksdb::Env> env_;
    std::unique_ptr<engine::Engine> engine_;
    Fault fault_ = Fault::None;
    bool is_armed_ = false;
    std::atomic<bool> has_crashed_{false};  // The engine said that it cannot go on.
    int life_ = 0;
    std::set<Micros> times_;  // At which an engine has lived since the last check, and at it.

    std::mutex mutex_;                         // Guards what follows, while clients run.
    std::map<Position, LoggedRecord> logged_;  // Acknowledged and not yet folded by the reference.
    Position acknowledged_ = 0;                // Behind the last record acknowledged.
    std::vector<Records> attempts_;            // Since the last check, not acknowledged.
    std::set<std::string> accepted_;           // Message ids.
    std::string failure_;
};

void World::fail(std::string what) {
    const std::lock_guard lock(mutex_);
    if (failure_.empty()) {
        failure_ = "life " + std::to_string(life_) + " (fault " +
                   std::to_string(static_cast<int>(fault_)) + "): " + std::move(what);
    }
}

bool World::is_off() {
    return !disk_->stat("/").is_ok();
}

std::string World::run() {
    TL_ASSERT(prepare_disk(*disk_).is_ok());
    for (life_ = 1; life_ <= kLives && !has_failed(); ++life_) live();
    if (has_failed()) return failure_;
    fault_ = Fault::None;
    if (open()) check();
    if (engine_) {
        const Status stopped = engine_->stop();
        if (!stopped) fail("last stop: " + stopped.error().message);
        engine_.reset();
    }
    if (!has_failed() && seed_ % 4 == 0) check_cold();
    env_.reset();
    return failure_;
}

void World::live() {
    fault_ = static_cast<Fault>(random_.below(7));
    is_armed_ = false;
    has_crashed_ = false;
    // In all less than the window of duplicates.
    clock_.set(clock_.now() + static_cast<Micros>(random_.below(7)) * kDay);
    times_.insert(clock_.now());
    if (random_.chance(0.2)) arm();  // May strike during recovery.
    if (open()) {
        check();
        if (!is_armed_) arm();
        if (!has_failed()) clients_.size() == 1 ? work() : work_beside_maintenance();
    }
    end_life();
}

void World::arm() {
    is_armed_ = true;
    const uint64_t soon = random_.below(40ULL << random_.below(6));
    switch (fault_) {
        case Fault::PowerCut:
        case Fault::Kill:
            disk_->stop_at(disk_->operations() + soon);
            break;
        case Fault::FailedSync:
            disk_->fail_sync_after(soon / 4);
            break;
        case Fault::FailedWrite:
            disk_->fail_write_after(soon / 4);
            break;
        case Fault::FullDisk:
            disk_->limit_space(random_.below(400) << 10);
            break;
        case Fault::CutAtRest:
        case Fault::None:
            break;
    }
}

bool World::open() {
    env_ = store::make_rocks_env(*disk_);
    auto options = small_engine(env_.get(), seed_);
    options.on_fatal = [this](const Error&) { has_crashed_ = true; };
    auto opened = engine::Engine::open(*disk_, clock_, std::move(options));
    if (opened) {
        engine_ = std::move(*opened);
        return true;
    }
    const bool may_fail = is_armed_ && fault_ != Fault::None && fault_ != Fault::CutAtRest;
    if (!may_fail) fail("open: " + opened.error().message);
    return false;
}

void World::work() {
    const uint64_t steps = 10 + random_.below(50);
    const bool has_full_disk = fault_ == Fault::FullDisk;
    for (uint64_t step = 0; step < steps && !has_crashed_ && !has_failed(); ++step) {
        if (has_full_disk && step == steps / 2) disk_->limit_space(1 << 30);
        random_.chance(0.75) ? client_step(clients_[0]) : maintenance_step(random_);
    }
}

void World::work_beside_maintenance() {
    const uint64_t steps = 5 + random_.below(30);
    std::atomic<size_t> working{clients_.size()};
    std::vector<std::thread> threads;
    for (Client& client : clients_) {
        threads.emplace_back([&, steps] {
            for (uint64_t step = 0; step < steps && !has_crashed_; ++step) client_step(client);
            --working;
        });
    }
    SeededRandom random(random_.next());
    threads.emplace_back([&] {
        while (working > 0 && !has_crashed_) maintenance_step(random);
    });
    for (std::thread& thread : threads) thread.join();
    if (fault_ == Fault::FullDisk) disk_->limit_space(1 << 30);
}

void World::client_step(Client& client) {
    if (client.pending.empty()) client.pending = client.script.next(engine_->view());
    const engine::Outcome outcome = engine_->submit_and_wait(make_submission(client.pending));
    const std::lock_guard lock(mutex_);
    if (!outcome.status) {
        attempts_.push_back(client.pending);
        return;
    }
    std::set<uint32_t> refused;
    for (const auto& refusal : outcome.refused) refused.insert(refusal.index);
    Position position = outcome.position + 1 - client.pending.size();
    for (uint32_t i = 0; i < client.pending.size(); ++i, ++position) {
        const std::string& payload = client.pending[i];
        const bool is_event = model::record_kind(payload) == model::RecordKind::Event;
        if (is_event && !refused.contains(i)) {
            accepted_.emplace(model::EventView(payload).message_id());
        }
        logged_[position] = {payload, clock_.now()};
    }
    acknowledged_ = std::max(acknowledged_, position);
    client.pending.clear();
}

void World::maintenance_step(SeededRandom& random) {
    Status status;
    const uint64_t kind = random.below(12);
    if (kind < 4) {
        status = engine_->checkpoint();
    } else if (kind < 7) {
        engine_->merge_files();
    } else if (kind < 11) {
        read_somebody(random);
    } else {
        const auto report = engine_->run_erasure();
        if (!report) status = report.error();
    }
    const bool may_fail = fault_ != Fault::None && fault_ != Fault::CutAtRest;
    if (!status && !may_fail) fail("maintenance: " + status.error().message);
    if (!status && status.error().code == Code::Corrupt) fail(status.error().message);
}

void World::read_somebody(SeededRandom& random) {
    const engine::View view = engine_->view();
    const auto ref = engine::PersonRef::parse(view, "user_id:u" + std::to_string(random.below(40)));
    if (!ref) return fail("reference: " + ref.error().message);
    const auto person = engine::load_person(view, *ref);
    if (person || person.error().code == Code::NotFound || is_off()) return;
    fail("read: " + person.error().message);
}

void World::end_life() {
    const bool stops_cleanly = fault_ == Fault::None && engine_ && !has_failed();
    if (stops_cleanly) {
        const Status stopped = engine_->stop();
        if (!stopped) fail("stop: " + stopped.error().message);
    }
    // Whatever the destructors still want to write does not reach the disk.
    if (!stops_cleanly) disk_->stop_at(disk_->operations());
    engine_.reset();
    env_.reset();
    disk_->stop_at(store::MemoryFiles::kNever);
    disk_->fail_sync_after(store::MemoryFiles::kNever);
    disk_->fail_write_after(store::MemoryFiles::kNever);
    disk_->limit_space(1 << 30);
    if (fault_ == Fault::Kill || fault_ == Fault::None) return;
    disk_ = std::make_unique<store::MemoryFiles>(disk_->cut(random_.next()));
}

// At rest after a start: nothing is in flight.
void World::check() {
    const Status read = read_suffix();
    if (is_off()) return;
    if (!read) return fail("suffix: " + read.error().message);
    if (has_failed()) return;
    const Position end = engine_->view().state.next_position;
    if (end < acknowledged_) return fail("acknowledged records are lost");
    if (const Status applied = catch_up(end); !applied) {
        return fail("reference: " + applied.error().message);
    }
    logged_.clear();
    times_ = {clock_.now()};
    acknowledged_ = end;
    attempts_.clear();
    const std::string difference = reference_.difference(*engine_);
    if (is_off()) return;
    if (!difference.empty()) return fail("differs from a fold from scratch: " + difference);
    check_history();
}

// Shows the reference what the engine has folded.
Status World::catch_up(Position end) {
    // What nobody sent is a tick of the engine's own, of the time of what follows it: the clock
    // stands still while an engine lives. The last one may be of an earlier life, and its log gone.
    const std::string tick = model::make_record(model::RecordKind::Tick, {});
    for (Position at = reference_.next_position(); at < end; ++at) {
        const auto next = logged_.lower_bound(at);
        const bool is_known = next != logged_.end() && next->first == at;
        const Micros stamp = next == logged_.end() ? time_of_last_tick() : next->second.stamp;
        TL_TRY(reference_.apply(is_known ? next->second : LoggedRecord{tick, stamp}));
    }
    return Status::ok();
}

Micros World::time_of_last_tick() const {
    const Micros told = engine_->view().state.stamp;
    return times_.contains(told) ? told : clock_.now();
}

// Reads what the log holds behind the last acknowledged record: whole submissions that were in
// flight, each at most once, and ticks.
Status World::read_suffix() {
    const std::string log = store::join_path(store::join_path(kData, "p0000"), "log");
    TL_TRY_ASSIGN(const auto directory,
                  store::LogDirectory::open(*disk_, log, store::OpenMode::Read));
    const Position from = std::max(acknowledged_, directory.live[0].header.first_position);
    std::vector<LoggedRecord> suffix;
    const auto visit = [&](const store::LogRecordView& record) {
        suffix.push_back({std::string(record.payload), record.stamp_us});
        return Status::ok();
    };
    TL_TRY(store::LogReader(*disk_, log).read(from, engine::kFoldVersion, visit));
    for (size_t i = 0; i < suffix.size(); ++i) logged_[from + i] = suffix[i];
    for (size_t at = 0; at < suffix.size();) {
        if (model::record_kind(suffix[at].payload) == model::RecordKind::Tick) {
            ++at;
        } else if (!take_attempt(suffix, at)) {
            fail("a record in the log is of no submission in flight, or not the whole of it");
            return Status::ok();
        }
    }
    return Status::ok();
}

bool World::take_attempt(std::span<const LoggedRecord> suffix, size_t& at) {
    for (size_t i = 0; i < attempts_.size(); ++i) {
        const Records& attempt = attempts_[i];
        if (attempt.size() > suffix.size() - at) continue;
        const auto stored = suffix.subspan(at, attempt.size());
        if (!std::ranges::equal(attempt, stored, {}, {}, &LoggedRecord::payload)) continue;
        at += attempt.size();
        attempts_.erase(attempts_.begin() + static_cast<ptrdiff_t>(i));
        return true;
    }
    return false;
}

// Told by message ids alone, without the program's own notion of duplicates.
void World::check_history() {
    const engine::View view = engine_->view();
    const auto rows = history_rows(*view.history, view.dictionary, engine_->query_view().roots);
    if (!rows) {
        if (!is_off()) fail(rows.error().message);
        return;
    }
    std::set<std::string> ids;
    for (const auto& [place, row] : *rows) {
        if (!ids.insert(row.message_id).second) return fail(row.message_id + " counts twice");
    }
    for (const Client& client : clients_) {
        if (client.script.has_erased()) return;  // Her rows are gone, as they should be.
    }
    if (!std::ranges::includes(ids, accepted_)) fail("an acknowledged event is not in history");
}

void World::check_cold() {
    const std::string path = store::join_path(store::join_path(kData, "p0000"), "state");
    auto cold = store::StateStore::open({.path = path,
                                         .families = engine::Tables::families(),
                                         .cache_bytes = 1 << 20,
                                         .env = env_.get()});
    if (!cold) return fail("cold store: " + cold.error().message);
    // The engine may have ticked since it was looked at.
    Status seen = read_suffix();
    if (seen && !logged_.empty()) seen = catch_up(logged_.rbegin()->first + 1);
    if (!seen) return fail("log: " + seen.error().message);
    if (auto text = reference_.cold_difference(**cold); !text.empty()) fail(std::move(text));
}

// Ends the process when a seed hangs.
class Watchdog {
public:
    Watchdog()
        : thread_([this] {
              std::unique_lock lock(mutex_);
              const bool ended =
                  ended_.wait_for(lock, std::chrono::minutes(5), [&] { return has_ended_; });
              if (!ended) std::abort();
          }) {}
    ~Watchdog() {
        {
            const std::lock_guard lock(mutex_);
            has_ended_ = true;
        }
        ended_.notify_all();
        thread_.join();
    }

private:
    std::mutex mutex_;
    std::condition_variable ended_;
    bool has_ended_ = false;
    std::thread thread_;
};

// Tells the seed of an assertion that failed, in the engine or in RocksDB.
std::atomic<unsigned long> seed_under_way{0};

void tell_seed(int) {
    std::fprintf(stderr, "TL_SEED=%lu aborted\n", seed_under_way.load());
}

TEST(PowerCut, NothingAcknowledgedIsLostNothingCountsTwiceAndStateIsAFoldFromScratch) {
    set_log_level(LogLevel::Error);
    std::signal(SIGABRT, tell_seed);
    const uint64_t first = number_from_environment("TL_SEED", 1);
    const bool is_one = std::getenv("TL_SEED") != nullptr;
    const uint64_t count = number_from_environment("TL_SEEDS", is_one ? 1 : 150);
    for (uint64_t seed = first; seed < first + count; ++seed) {
        seed_under_way = seed;
        const Watchdog watchdog;
        const std::string failure = World(seed).run();
        EXPECT_EQ(failure, "") << "TL_SEED=" << seed;
    }
}

}  // namespace
}  // namespace throughline::sim
