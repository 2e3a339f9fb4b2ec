// People run through the three journeys that ship while the power goes, again and again, with
// messages in flight.
//
// A seed is a shop (shop.h) of some days. Its shoppers' events, items and consents are sent by a
// client that repeats what was not acknowledged; store staff do tasks, and somebody decides about
// messages of which nobody knows whether they were taken. At random moments the machine stops: at
// an operation of the disk, also in the middle of a recovery; in a call of a provider, before it
// has taken the message or after; at rest. What was not synced is then lost, torn or reordered
// (store/memory_files.h). Moods, by the seed:
//
//   exact   the machine is back at once and providers take all: each message ends as undisturbed,
//           but where nobody can know.
//   faulty  providers fail, hang and stay silent; the machine is away for minutes or days.
//   clocks  besides, the wall clock jumps ahead and back, and is wrong after a start.
//
// After each start all state is that of a fold of the log from scratch, and nothing acknowledged is
// missing. At the end the providers' own books and what the program says are held against each
// other (sending_checks.h), and against a world in which the same was said at the same times by the
// log's stamps, and nothing went wrong.
//
// The senders are recorders in this process, since a simulated disk needs everything in one. Real
// SMTP and HTTP under real kills are in tests/channel/journeys.test.mjs.
//
//   TL_SEEDS=1000 runs more worlds than the default, TL_SEED=17 one, or the first
#include <gtest/gtest.h>

#include <algorithm>

#include "base/log.h"
#include "engine/consents.h"
#include "engine/roots.h"
#include "engine/test_fold.h"
#include "sim/sending_checks.h"
#include "sim/sending_world.h"
#include "sim/shop.h"

namespace throughline::sim {
namespace {

using journey::SendState;
using model::DocView;
using model::RecordKind;
using Moment = Providers::Moment;

constexpr uint64_t kUsualWorlds = 45;
constexpr Micros kDaysMost = 150 * kDay;  // After what is planned: then somebody is stuck.
constexpr Micros kStaffEvery = 6 * kHour;
constexpr int kStartsMost = 50;

enum class Mood : uint8_t { Exact, Faulty, Clocks };
enum class Trouble : uint8_t { CutSoon, KillSoon, CutInCall, CutAtRest, Stop };

Mood mood_of(uint64_t seed) {
    return static_cast<Mood>(seed % 3);
}

ProviderFaults faults_of(Mood mood) {
    if (mood == Mood::Exact) return {};
    return {.retryable = 0.12, .refused = 0.04, .lost = 0.06, .slow = 0.15};
}

std::string_view action_of(const std::string& record) {
    const bool is_decision = model::record_kind(record) == RecordKind::Decision;
    return is_decision ? model::record_doc(record).find("action").as_string() : std::string_view();
}

std::string task_record(const Key128& task) {
    return engine::testing::decision_record(R"({"action":"task_done","actor":"t","task":")" +
                                            engine::hex_of_key(task) + R"(","by":"Mia"})");
}

Ended end_of(SendingWorld& world, const Providers& providers) {
    Ended ended{.calls = providers.calls(),
                .messages = world.messages(),
                .rows = world.consequences(),
                .records = world.records(),
                .roots = {},
                .uncertain = {},
                .again = {}};
    const auto words = world.engine().query_view().roots;
    for (uint32_t id = 0; id < words.size(); ++id) {
        ended.roots[id] = engine::root_of_word(words[id]);
    }
    const auto listed =
        engine::list_messages(world.engine().view(), {.state = SendState::Uncertain}, "", 10'000);
    TL_ASSERT(listed.is_ok());
    for (const auto& message : listed->messages) ended.uncertain.insert(message.entry.key);
    return ended;
}

/// The world in which things go wrong.
class Storm {
public:
    explicit Storm(uint64_t seed)
        : seed_(seed),
          mood_(mood_of(seed)),
          random_(seed),
          rules_(seed),
          providers_(seed, faults_of(mood_)),
          world_(seed, providers_, rules_.start) {}

    /// Returns whether it came to its end.
    bool run();
    const std::string& failure() const { return world_.failure(); }

    const ShopRules& rules() const { return rules_; }
    Ended ended();
    size_t starts() const { return starts_; }
    /// How many messages were out when somebody started again and looked.
    size_t found_out() const { return found_out_; }
    /// Tasks that staff did, by what they are called in any world.
    const std::map<Key128, std::string>& tasks() const { return tasks_; }

private:
    using Act = std::function<void()>;

    void plan(Micros after, Act act) { plan_.emplace_back(after, std::move(act)); }
    void plan_all();
    void plan_clocks(Micros span);
    Micros within(Micros most) {
        return static_cast<Micros>(random_.below(static_cast<uint64_t>(most)));
    }

    bool is_good() const { return world_.failure().empty(); }
    void say(const std::string& record);
    void wait_until(Micros after);
    void work_of_staff();
    void decide_about_uncertain();
    void keep_house();
    void begin_trouble();
    void recover();
    void be_away();
    void look_over();

    const uint64_t seed_;
    const Mood mood_;
    SeededRandom random_;
    const ShopRules rules_;
    Providers providers_;
    SendingWorld world_;
    Reference reference_;
    Micros begun_ = 0;
    std::vector<std::pair<Micros, Act>> plan_;
    bool is_calming_down_ = false;
    bool loses_cache_ = true;
    bool is_armed_ = false;  // Something is about to go wrong.
    std::map<Key128, int> again_;
    std::map<Key128, std::string> tasks_;
    size_t found_out_ = 0;
    size_t starts_ = 0;
};

std::string name_of(const engine::Task& task) {
    return std::to_string(task.owner) + " " + task.step + " " + task.item + " " +
           format_instant_exact(task.opened_at);
}

// --- what happens

bool Storm::run() {
    begun_ = world_.clock().monotonic();
    if (!world_.open([] {})) return false;
    for (const std::string& record : shop_definitions(rules_)) {
        if (!world_.say(record)) return false;
    }
    plan_all();
    for (size_t i = 0; i < plan_.size() && is_good(); ++i) {
        wait_until(plan_[i].first);
        const Act act = plan_[i].second;  // Acts may add to the plan.
        if (is_good()) act();
    }
    is_calming_down_ = true;
    if (is_good()) recover();
    if (is_good()) world_.trust_wall();
    const Micros most = world_.clock().monotonic() + kDaysMost;
    while (is_good() && !world_.is_over()) {
        if (world_.clock().monotonic() > most) world_.fail("stuck: " + world_.what_is_open());
        work_of_staff();
        wait_until(world_.clock().monotonic() - begun_ + kStaffEvery);
    }
    if (is_good()) world_.read_log();
    if (is_good()) look_over();
    return is_good();
}

Ended Storm::ended() {
    Ended ended = end_of(world_, providers_);
    ended.again = again_;
    return ended;
}

void Storm::plan_all() {
    const Micros span = kDay + within(2 * kDay);
    for (const Said& said : shopping(random_, span)) {
        plan(said.after, [this, said] { say(said.record(world_.engine().clock().now())); });
    }
    const Micros all = plan_.back().first;
    for (Micros at = kStaffEvery; at < all; at += kStaffEvery) {
        plan(at + within(kHour), [this] { work_of_staff(); });
    }
    for (int i = 0; i < 6; ++i) plan(within(all), [this] { keep_house(); });
    for (uint64_t left = 2 + random_.below(7); left > 0; --left) {
        plan(within(random_.chance(0.7) ? span : all), [this] { begin_trouble(); });
    }
    if (mood_ == Mood::Clocks) plan_clocks(all);
    std::ranges::stable_sort(plan_, {}, [](const auto& one) { return one.first; });
}

// By whole minutes: what is less than GuardedClock::kJumpMax is no jump.
void Storm::plan_clocks(Micros span) {
    for (uint64_t left = 1 + random_.below(4); left > 0; --left) {
        const Micros at = within(span);
        const Micros end = at + kMinute + within(20 * kHour);
        const bool is_ahead = random_.chance(0.5);
        const Micros most = is_ahead ? 3 * kDay : 5 * kHour;
        const Micros by = (is_ahead ? 1 : -1) * (1 + within(most) / kMinute) * kMinute;
        plan(at, [this, by] { world_.set_wall(by); });
        const double dice = random_.unit();
        if (dice < 0.6) {
            plan(end, [this, by] { world_.set_wall(-by); });
            plan(end + within(kHour), [this] { world_.trust_wall(); });
        } else if (is_ahead) {
            plan(end, [this] { world_.trust_wall(); });
        }
    }
}

void Storm::say(const std::string& record) {
    while (is_good()) {
        const bool is_taken = world_.say(record);
        if (!world_.has_power()) recover();
        if (is_taken) return;
    }
}

void Storm::wait_until(Micros after) {
    while (is_good()) {
        const Micros left = begun_ + after - world_.clock().monotonic();
        if (world_.pass(std::max<Micros>(left, 0))) return;
        if (is_good()) recover();
    }
}

void Storm::work_of_staff() {
    for (const engine::Task& task : world_.tasks()) {
        if (!is_good()) return;
        if (!random_.chance(0.3)) continue;
        tasks_[task.key] = name_of(task);
        say(task_record(task.key));
    }
    if (mood_ != Mood::Exact) decide_about_uncertain();
}

// Some are never decided.
void Storm::decide_about_uncertain() {
    static constexpr const char* kDecisions[] = {"again", "was_sent", "give_up"};
    for (const engine::Message& message : world_.messages()) {
        if (!is_good()) return;
        const Key128& key = message.entry.key;
        const uint64_t dice = mix(seed_ ^ key.low) % 6;
        if (message.entry.state != SendState::Uncertain || dice >= std::size(kDecisions)) continue;
        if (dice == 0) ++again_[key];
        say(engine::testing::decision_record(
            R"({"action":"send_decide","actor":"user:eva","key":")" + engine::hex_of_key(key) +
            R"(","decision":")" + kDecisions[dice] + "\"}"));
    }
}

void Storm::keep_house() {
    if (!world_.read_log()) return;
    if (random_.chance(0.7)) {
        const Status status = world_.engine().checkpoint();
        if (!status && world_.has_power()) world_.fail("checkpoint: " + status.error().message);
    } else {
        world_.engine().merge_files();
    }
    if (!world_.has_power()) recover();
}

// --- what goes wrong

void Storm::begin_trouble() {
    if (is_armed_) return recover();  // At rest, then.
    const auto trouble = static_cast<Trouble>(random_.below(5));
    is_armed_ = trouble <= Trouble::CutInCall;
    loses_cache_ = trouble != Trouble::KillSoon;
    switch (trouble) {
        case Trouble::CutSoon:
        case Trouble::KillSoon:
            world_.disk().stop_at(world_.disk().operations() +
                                  random_.below(40ULL << random_.below(5)));
            return;
        case Trouble::CutInCall: {
            const Moment moment =
                random_.chance(0.5) ? Moment::BeforeItIsTaken : Moment::AfterItIsTaken;
            providers_.cut_in_call(moment, random_.below(3),
                                   [this] { world_.disk().stop_at(world_.disk().operations()); });
            return;
        }
        case Trouble::CutAtRest:
            return recover();
        case Trouble::Stop:
            if (!world_.stop()) return recover();
            be_away();
            if (!world_.open([this] { look_over(); })) recover();
            return;
    }
}

void Storm::recover() {
    for (int i = 0; i < kStartsMost && is_good(); ++i) {
        world_.cut(loses_cache_, random_.next());
        providers_.cut_in_call(Moment::None, 0, {});
        be_away();
        is_armed_ = !is_calming_down_ && random_.chance(0.25);
        if (is_armed_) {
            world_.disk().stop_at(world_.disk().operations() + random_.below(300));
        }
        if (world_.open([this] { look_over(); })) return;
    }
    if (is_good()) world_.fail("it does not start any more");
}

void Storm::be_away() {
    if (mood_ == Mood::Exact || random_.chance(0.5)) return;
    world_.pass_without_power(kMinute + within(random_.chance(0.8) ? 3 * kHour : 2 * kDay));
    if (mood_ != Mood::Clocks || is_calming_down_ || random_.chance(0.6)) return;
    // Whoever sets it right later may have to say so.
    const Micros wrong = (within(12 * kHour) / kMinute - 6 * 60) * kMinute;
    world_.set_wall(wrong);
    const Micros later = world_.clock().monotonic() - begun_ + kMinute + within(10 * kHour);
    const auto place =
        std::ranges::find_if(plan_, [&](const auto& one) { return one.first > later; });
    plan_.insert(place, {later, [this, wrong] {
                             world_.set_wall(-wrong);
                             world_.trust_wall();
                         }});
}

// At rest after a start: what the log holds, folded once from its beginning.
void Storm::look_over() {
    ++starts_;
    found_out_ += std::ranges::count(world_.messages(), SendState::Sending,
                                     [](const auto& one) { return one.entry.state; });
    const auto& records = world_.records();
    while (reference_.next_position() < records.size()) {
        const Status applied = reference_.apply(records[reference_.next_position()]);
        if (!applied) return world_.fail("reference: " + applied.error().message);
    }
    const std::string difference = reference_.difference(world_.engine());
    if (!difference.empty() && world_.has_power()) {
        world_.fail("differs from a fold from scratch: " + difference);
    }
}

// --- the world in which nothing goes wrong

/// What is said in the log, and not by the program itself.
bool is_input(const LoggedRecord& record) {
    if (model::record_kind(record.payload) == RecordKind::Tick) return false;
    return !action_of(record.payload).starts_with("send_");
}

/// Says to a world what the log of another says, at the times of its stamps.
class Calm {
public:
    Calm(uint64_t seed, Micros start) : providers_(seed, {}), world_(seed, providers_, start) {}

    bool run(const std::vector<LoggedRecord>& records, const std::map<Key128, std::string>& tasks) {
        if (!world_.open([] {})) return false;
        for (const LoggedRecord& record : records) {
            if (!is_input(record)) continue;
            if (!world_.pass_until(record.stamp)) return false;
            if (!world_.say(translated(record.payload, tasks))) return false;
        }
        for (Micros passed = 0; !world_.is_over(); passed += kStaffEvery) {
            if (passed > kDaysMost) world_.fail("stuck: " + world_.what_is_open());
            if (!world_.pass(kStaffEvery) || !world_.failure().empty()) return false;
        }
        return world_.read_log();
    }
    const std::string& failure() const { return world_.failure(); }
    Ended ended() { return end_of(world_, providers_); }

private:
    /// A task has another key here, since keys are made of positions.
    std::string translated(const std::string& record, const std::map<Key128, std::string>& tasks) {
        if (action_of(record) != "task_done") return record;
        const auto key = engine::key_of_hex(model::record_doc(record).find("task").as_string());
        const auto name = tasks.find(*key);
        for (const engine::Task& task : world_.tasks()) {
            if (name != tasks.end() && name_of(task) == name->second) return task_record(task.key);
        }
        return record;  // It was done: this one was said twice.
    }

    Providers providers_;
    SendingWorld world_;
};

struct Totals {
    size_t messages = 0;
    size_t sent = 0;
    size_t uncertain = 0;
    size_t refused = 0;
    size_t expired = 0;
    size_t calls = 0;
    size_t starts = 0;
    size_t found_out = 0;  // At those.

    void add(const Storm& storm, const Ended& ended) {
        starts += storm.starts();
        found_out += storm.found_out();
        calls += ended.calls.size();
        messages += ended.messages.size();
        for (const auto& message : ended.messages) {
            sent += message.entry.state == SendState::Sent;
            uncertain += message.entry.state == SendState::Uncertain;
            refused += message.entry.state == SendState::Refused;
            expired += message.entry.state == SendState::Expired;
        }
    }
};

std::string failure_of(uint64_t seed, Totals& totals) {
    Storm storm(seed);
    if (!storm.run()) return storm.failure();
    const Ended ended = storm.ended();
    totals.add(storm, ended);
    if (auto text = what_is_wrong(storm.rules(), ended); !text.empty()) return text;
    Calm calm(seed, storm.rules().start);
    if (!calm.run(ended.records, storm.tasks())) return "undisturbed: " + calm.failure();
    const Ended undisturbed = calm.ended();
    if (auto text = what_is_wrong(storm.rules(), undisturbed); !text.empty()) {
        return "undisturbed: " + text;
    }
    const bool is_exact = mood_of(seed) == Mood::Exact;
    return what_differs(ended, undisturbed, is_exact ? Likeness::Uncertain : Likeness::Reasons);
}

TEST(SendingPowerCut, NothingIsSentTwiceNothingIsLostAndWhatNobodyKnowsIsListed) {
    set_log_level(LogLevel::Error);
    const uint64_t first = number_from_environment("TL_SEED", 1);
    const bool is_one = std::getenv("TL_SEED") != nullptr;
    const uint64_t count = number_from_environment("TL_SEEDS", is_one ? 1 : kUsualWorlds);
    Totals totals;
    for (uint64_t seed = first; seed < first + count; ++seed) {
        EXPECT_EQ(failure_of(seed, totals), "") << "TL_SEED=" << seed;
    }
    std::printf(
        "%zu starts, %zu messages out at them; %zu messages, %zu calls: %zu sent, "
        "%zu uncertain, %zu refused, %zu expired\n",
        totals.starts, totals.found_out, totals.messages, totals.calls, totals.sent,
        totals.uncertain, totals.refused, totals.expired);
    if (count < kUsualWorlds) return;
    EXPECT_GT(totals.sent, 5 * count) << "too few to say anything";
    EXPECT_GT(totals.found_out, count / 3);
    EXPECT_GT(totals.uncertain, count / 2);
    EXPECT_GT(totals.refused, count);
}

}  // namespace
}  // namespace throughline::sim
