#include "sim/sending_world.h"

#include <algorithm>
#include <thread>

#include "engine/consents.h"
#include "engine/runs/runs_view.h"
#include "model/consequence.h"
#include "store/rocks_env.h"

namespace throughline::sim {

namespace {

constexpr uint32_t kJourneys = 3;
constexpr int kRoundsMost = 100'000;
constexpr size_t kPage = 500;

using journey::SendState;

}  // namespace

SendingWorld::SendingWorld(uint64_t seed, Providers& providers, Micros start)
    : seed_(seed),
      providers_(providers),
      clock_(start),
      disk_(std::make_unique<store::MemoryFiles>(store::WriteOrder::Journaled)) {
    TL_ASSERT(prepare_disk(*disk_).is_ok());
}

SendingWorld::~SendingWorld() {
    if (engine_) cut(false, 0);
}

void SendingWorld::fail(const std::string& what) {
    if (failure_.empty()) {
        failure_ = format_instant(clock_.now()) + " by the wall: " + what;
    }
}

// --- lives

bool SendingWorld::open(const std::function<void()>& check) {
    env_ = store::make_rocks_env(*disk_);
    auto options = small_engine(env_.get(), seed_);
    // All of a world's log is in its first files, so that it can be read behind the engine.
    options.log_file_bytes = 4 << 20;
    options.tail_bytes = 0;
    options.checkpoint_every = static_cast<Micros>(1 + mix(seed_) % 12) * kHour;
    options.on_fatal = [](const Error&) {};
    auto opened = engine::Engine::open(*disk_, clock_, std::move(options));
    if (!opened) {
        if (has_power()) fail("open: " + opened.error().message);
        return false;
    }
    engine_ = std::move(*opened);
    believed_ = clock_.now() - clock_.monotonic();
    stamp_at_start_ = engine_->view().state.stamp;
    if (!read_log()) return false;
    check();
    if (!has_power()) return false;
    auto started = engine::Dispatcher::start(
        *engine_, *disk_, clock_,
        {.directory = kData,
         .write = engine::template_writer(),
         .open = [this](const std::string& channel, const engine::SenderSettings& settings)
             -> Result<std::vector<std::unique_ptr<channel::Sender>>> {
             std::vector<std::unique_ptr<channel::Sender>> all;
             for (size_t i = 0; i < settings.connections; ++i) {
                 all.push_back(providers_.sender(channel));
             }
             return all;
         },
         .has_thread = false});
    if (!started) {
        if (has_power()) fail("dispatcher: " + started.error().message);
        return false;
    }
    dispatcher_ = std::move(*started);
    providers_.begin_life([this](const Key128& key) { return caller(key); });
    return settle();
}

bool SendingWorld::stop() {
    providers_.answer_all(true);
    dispatcher_->stop();
    if (!has_power() || !read_log()) return false;
    const Status stopped = engine_->stop();
    if (!stopped && has_power()) fail("stop: " + stopped.error().message);
    dispatcher_.reset();
    engine_.reset();
    env_.reset();
    return true;
}

void SendingWorld::cut(bool loses_cache, uint64_t seed) {
    disk_->stop_at(disk_->operations());
    providers_.answer_all(false);
    dispatcher_.reset();
    engine_.reset();
    env_.reset();
    disk_->stop_at(store::MemoryFiles::kNever);
    if (loses_cache) disk_ = std::make_unique<store::MemoryFiles>(disk_->cut(seed));
}

// --- time

bool SendingWorld::tick() {
    const auto ticked = engine_->submit_and_wait(model::make_record(model::RecordKind::Tick, {}));
    if (!ticked.status && has_power()) fail("tick: " + ticked.status.error().message);
    return ticked.status.is_ok() && has_power();
}

bool SendingWorld::tick_what_is_due() {
    for (int i = 0; engine_->view().state.next_due <= engine_->clock().now(); ++i) {
        if (i > kRoundsMost) {
            fail("timers are due for ever");
            return false;
        }
        if (!tick()) return false;
    }
    return true;
}

// Until nothing is with the lanes but what providers take their time for.
bool SendingWorld::wait_for_lanes() {
    while (has_power()) {
        const auto report = dispatcher_->report();
        if (!report) break;
        size_t out = 0;
        for (const auto& channel : report->channels) out += channel.out;
        if (out <= providers_.under_way()) return true;
        std::this_thread::yield();
    }
    if (has_power()) fail("the report on sending cannot be read");
    return false;
}

bool SendingWorld::settle() {
    for (int i = 0; i < kRoundsMost; ++i) {
        if (!tick_what_is_due()) return false;
        const uint64_t answered = providers_.answered();
        const size_t moved = dispatcher_->step();
        if (!wait_for_lanes()) return false;
        if (moved > 0 || providers_.answered() != answered) continue;
        check_time();
        return has_power();
    }
    fail("messages move for ever");
    return false;
}

// No record bears a time that lies in a jump, and while the wall is ahead nothing is sent.
void SendingWorld::check_time() {
    const Micros stamp = engine_->view().state.stamp;
    const Micros most = clock_.monotonic() + believed_ + engine::GuardedClock::kJumpMax;
    if (stamp > std::max(most, stamp_at_start_)) fail("a stamp lies in a jump");
    const bool is_held = dispatcher_->state() == engine::SendingReport::State::Held;
    if (is_held != is_ahead()) fail(is_held ? "sending is held" : "sending goes on in a jump");
}

Micros SendingWorld::until_next() {
    const engine::View view = engine_->view();
    const Micros now = engine_->clock().now();
    Micros next =
        view.state.next_due == engine::kNever ? engine::kNever : view.state.next_due - now;
    const Micros answer = providers_.next_answer();
    if (answer != engine::kNever) next = std::min(next, answer - clock_.monotonic());
    if (is_ahead()) return std::max<Micros>(next, 0);
    for (const char* const channel : {"email", "sms"}) {
        const auto due = engine::due_messages(view.tables, channel, "", engine::kNever - 1, 1);
        if (!due) {
            if (has_power()) fail("due: " + due.error().message);
            continue;
        }
        if (!due->empty()) next = std::min(next, due->front().due - now);
    }
    return std::max<Micros>(next, 0);
}

bool SendingWorld::pass(Micros time) {
    const Micros end = clock_.monotonic() + time;
    for (int i = 0; i < kRoundsMost; ++i) {
        if (!settle()) return false;
        const Micros left = end - clock_.monotonic();
        if (left <= 0) return true;
        // What waits though it is due (a clock that was set back) is looked at every minute.
        const Micros next = until_next();
        clock_.pass(std::min(left, next > 0 ? next : kMinute));
        providers_.set_time(clock_.monotonic());
    }
    fail("time does not pass");
    return false;
}

void SendingWorld::pass_without_power(Micros time) {
    clock_.pass(time);
    providers_.set_time(clock_.monotonic());
}

void SendingWorld::set_wall(Micros by) {
    clock_.jump(by);
    if (!is_ahead()) believed_ = std::max(believed_, clock_.now() - clock_.monotonic());
}

bool SendingWorld::trust_wall() {
    if (!is_ahead()) return settle();
    const auto resumed = dispatcher_->resume("user:eva", false);
    if (!resumed) {
        if (has_power()) fail("resume: " + resumed.error().message);
        return false;
    }
    if (!*resumed) fail("nothing was held in a jump");
    believed_ = clock_.now() - clock_.monotonic();
    return settle();
}

// --- records

bool SendingWorld::say(const std::string& record) {
    const auto outcome = engine_->submit_and_wait(record);
    if (!outcome.status) {
        if (has_power()) fail("say: " + outcome.status.error().message);
        return false;
    }
    const bool is_definition = model::record_kind(record) == model::RecordKind::Definition;
    if (is_definition && !outcome.refused.empty()) fail(outcome.refused[0].message);
    acknowledged_.emplace_back(outcome.position, record);
    settle();
    return true;
}

bool SendingWorld::read_log() {
    const Position end = engine_->view().state.next_position;
    if (end < records_.size()) {
        fail("the log has lost what was folded");
        return false;
    }
    const auto follower = engine_->follow_log();
    const auto read = follower->read(records_.size(), end, [&](const store::LogRecordView& record) {
        records_.push_back({std::string(record.payload), record.stamp_us});
        return true;
    });
    if (!read && has_power()) fail("log: " + read.error().message);
    if (!read) return false;
    for (const auto& [position, payload] : acknowledged_) {
        if (position >= end) {
            fail("acknowledged records are lost");
        } else if (records_[position].payload != payload) {
            fail("an acknowledged record is another one now");
        }
    }
    acknowledged_.clear();
    return failure_.empty();
}

// --- what there is

/// What a message must be when its provider is called: begun, and nothing known of it.
CallerState SendingWorld::caller(const Key128& key) const {
    const engine::View view = engine_->view();
    CallerState state{.stamp = view.state.stamp, .position = view.state.next_position};
    const auto message = engine::find_message(view, key);
    if (!message.is_ok()) return state;  // The power went.
    if (!message->has_value()) {
        state.wrong = "nobody asked for it";
    } else if ((*message)->entry.state != SendState::Sending) {
        state.wrong = "it is not begun";
    } else if (is_ahead()) {
        state.wrong = "the clock has jumped ahead";
    }
    return state;
}

bool SendingWorld::is_over() {
    const engine::View view = engine_->view();
    for (uint32_t journey = 1; journey <= kJourneys; ++journey) {
        const auto figures = engine::journey_figures(view, journey);
        if (!figures || figures->total().on_their_way() > 0) return false;
    }
    const auto totals = engine::count_messages(view.tables);
    return totals && std::ranges::all_of(*totals, [](const engine::ChannelTotals& one) {
               return one.counts.of(SendState::Waiting) + one.counts.of(SendState::Sending) == 0;
           });
}

std::string SendingWorld::what_is_open() {
    const engine::View view = engine_->view();
    std::string text = "the clock is at " + format_instant(engine_->clock().now()) +
                       ", the log at " + format_instant(view.state.stamp);
    for (uint32_t id = 1; id < view.state.next_identity; ++id) {
        const auto runs = engine::runs_of(view, std::vector<uint32_t>{id});
        if (!runs) continue;
        for (const journey::Run& run : *runs) {
            if (run.is_over()) continue;
            const auto version = view.settings->journeys().find(run.journey, run.version);
            text += "; " + version->key() + " of " + std::to_string(id) + " at " +
                    version->steps()[run.step].id;
            if (run.wake_at != kNoTime) text += " until " + format_instant(run.wake_at);
        }
    }
    for (const engine::Message& message : messages()) {
        const SendState state = message.entry.state;
        if (state != SendState::Waiting && state != SendState::Sending) continue;
        text += "; " + message.step + " is " + std::string(journey::state_name(state)) + " until " +
                format_instant(message.entry.due);
    }
    return text;
}

std::vector<engine::Message> SendingWorld::messages() {
    const engine::View view = engine_->view();
    std::vector<engine::Message> all;
    std::string cursor;
    do {
        auto page = engine::list_messages(view, {}, cursor, kPage);
        TL_ASSERT(page.is_ok());
        std::ranges::move(page->messages, std::back_inserter(all));
        cursor = page->next;
    } while (!cursor.empty());
    return all;
}

std::vector<OwnRow> SendingWorld::consequences() {
    std::vector<OwnRow> rows;
    const engine::View view = engine_->view();
    const Status scanned = view.history->scan(
        INT64_MIN + 1, INT64_MAX, {.type = true, .position = true},
        [&](const sequence::ScanBlock& block) -> Status {
            for (size_t i = 0; i < block.size(); ++i) {
                if (static_cast<model::EventType>(block.type[i]) != model::kConsequence) continue;
                TL_TRY_ASSIGN(const auto payload, block.payload(i));
                rows.push_back({block.position[i], block.identity[i], std::string(payload)});
            }
            return Status::ok();
        });
    TL_ASSERT(scanned.is_ok());
    return rows;
}

std::vector<engine::Task> SendingWorld::tasks() {
    const auto page = engine::list_tasks(engine_->view(), {}, "", kPage);
    return page ? page->tasks : std::vector<engine::Task>();
}

}  // namespace throughline::sim
