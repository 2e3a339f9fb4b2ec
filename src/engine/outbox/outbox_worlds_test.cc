// Seeded worlds: people who become one and are parted, consents, senders with faults, restarts and
// decisions, against what the test itself has seen leave.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <set>

#include "engine/outbox/test_outbox.h"
#include "engine/person.h"

namespace throughline::engine {
namespace {

using identity::IdentityId;
using journey::SendReason;
using journey::SendState;
using testing::decision_record;
using testing::definition_record;
using testing::kHook;
using testing::kNews;
using testing::kReceipt;

constexpr int kPeople = 5;
constexpr Micros kTopicWithin = 2 * kDay;  // Two of the topic: test_outbox.h.
constexpr Micros kAllWithin = 3 * kDay;    // Three in all.
const privacy::Names kMarketing{privacy::Subject::Purpose, "marketing", {}};

/// What really happened to a message, which nobody but the test can see.
struct Truth {
    IdentityId owner = 0;
    journey::StepIndex step = kNews;
    Key128 run;
    std::map<int, int> taken;     // By provider: calls that it did something new for.
    int again = 0;                // Times that somebody said so.
    Micros counted_at = kNoTime;  // It may have been taken at this begin.
    bool is_unsettled = false;    // Some attempt may have been taken, and is repeated.
    bool repeats = false;         // The last one can be.
    bool is_gone = false;         // Its person was erased.
    bool is_withdrawn = false;    // Its run ended while it was open.
    int taken_in_all() const {
        int all = 0;
        for (const auto& [provider, count] : taken) all += count;
        return all;
    }
};

class Chances {
public:
    explicit Chances(uint64_t seed) : random_(seed) {
        world_.record(
            definition_record("settings", "installation", R"({"timezone":"Europe/Istanbul"})"));
        world_.record(definition_record(
            "settings", "messaging",
            R"({"caps":[{"messages":3,"within":"3d"}],"quiet_hours":{"from":"22:00","to":"07:00"}})"));
        for (int i = 0; i < kPeople; ++i) world_.person(user(i));
    }

    void step() {
        const double dice = random_.unit();
        if (dice < 0.25) return ask();
        if (dice < 0.55) return begin_some();
        if (dice < 0.80) return tell_outcome();
        if (dice < 0.85) return decide_something();
        if (dice < 0.87) return restart();
        if (dice < 0.89) return withdraw();
        change_people();
    }

    void finish() {
        faults_ = false;
        for (int round = 0; round < 40; ++round) {
            restart();
            for (int i = 0; i < 40; ++i) world_.send({.user = "nobody"});
            begin_all();
            for (const auto& [key, truth] : truths_) {
                if (state(key) == SendState::Sending) hear(key);
            }
        }
    }

    void check_end() {
        for (const auto& [key, truth] : truths_) {
            if (truth.is_gone) continue;
            const Message message = *world_.message(key);
            ASSERT_FALSE(message.entry.state == SendState::Waiting ||
                         message.entry.state == SendState::Sending);
            ASSERT_LE(truth.taken_in_all(), 1 + truth.again) << "sent twice";
            const bool ends_unsent = message.entry.state == SendState::Refused ||
                                     message.entry.state == SendState::Expired;
            ASSERT_FALSE(ends_unsent && truth.taken_in_all() > truth.again)
                << "taken, and said not to be";
        }
    }

    // Every table says what the messages say, and the books what the test counts.
    void check_tables() {
        std::set<std::string> rows;
        std::map<std::string, ChannelCounts> counts;
        std::map<IdentityId, std::vector<Micros>> counted;
        for (const auto& [key, truth] : truths_) {
            const auto message = world_.message(key);
            ASSERT_EQ(message.has_value(), !truth.is_gone);
            if (!message) continue;
            rows.insert(order_row('n', *message));
            rows.insert(owner_row(*message));
            if (message->entry.state == SendState::Waiting) rows.insert(waiting_row(*message));
            if (message->entry.state == SendState::Sending) rows.insert(sending_row(key));
            if (message->entry.state == SendState::Uncertain) rows.insert(order_row('u', *message));
            ++counts[message->channel].of(message->entry.state);
            if (truth.counted_at != kNoTime) counted[truth.owner].push_back(truth.counted_at);
        }
        std::set<std::string> stored;
        const auto all_rows = tables().outbox.scan({}, SIZE_MAX).value();
        for (const auto& [row, value] : all_rows) {
            if (row[0] != 'c') stored.insert(row);
        }
        ASSERT_EQ(stored, rows);
        const auto totals = count_messages(tables()).value();
        for (const ChannelTotals& one : totals) {
            ASSERT_EQ(one.counts.by_state, counts[one.channel].by_state) << one.channel;
        }
        for (int i = 0; i < kPeople; ++i) {
            ASSERT_NO_FATAL_FAILURE(check_book(owner(i), counted[owner(i)]));
        }
    }

    int capped() const { return capped_; }
    int quiet() const { return quiet_; }
    int begun() const { return begun_; }

private:
    static std::string user(int i) { return "u" + std::to_string(i); }
    static IdentityId owner(int i) { return static_cast<IdentityId>(1 + 2 * i); }
    Tables& tables() { return *world_.partition().tables; }
    SendState state(const Key128& key) { return world_.message(key)->entry.state; }
    int someone() { return static_cast<int>(random_.below(kPeople)); }

    void check_book(IdentityId identity, std::vector<Micros> counted) {
        const auto bytes = tables().sendings.get(identity::identity_key(identity)).value();
        const SendBook book = SendBook::decode(bytes.value_or(std::string_view{})).value();
        std::vector<Micros> times;
        for (const Sending& one : book.sent) times.push_back(one.at);
        for (const OpenMessage& one : book.open) {
            if (one.counted_at != kNoTime) times.push_back(one.counted_at);
        }
        std::ranges::sort(times);
        std::ranges::sort(counted);
        ASSERT_EQ(times, counted) << "identity " << identity;
    }

    void ask() {
        const int i = someone();
        if (world_.is_erased(owner(i))) return world_.send({.user = "nobody"});
        const journey::StepIndex step = random_.chance(0.7)   ? kNews
                                        : random_.chance(0.5) ? kReceipt
                                                              : kHook;
        const Key128 run{1, random_.below(3)};
        const Micros not_after = random_.chance(0.3) ? world_.now() + below(2 * kDay) : kNoTime;
        const Key128 key = world_.ask(owner(i), step, not_after, run);
        truths_[key] = {.owner = owner(i), .step = step, .run = run};
        if (random_.chance(0.5)) begin({key});
    }

    Micros below(Micros bound) {
        return static_cast<Micros>(random_.below(static_cast<uint64_t>(bound)));
    }

    void begin_all() {
        std::vector<Key128> keys;
        for (const auto& [key, truth] : truths_) {
            if (!truth.is_gone && state(key) == SendState::Waiting) keys.push_back(key);
        }
        begin(keys);
    }
    void begin_some() {
        std::vector<Key128> keys;
        for (const auto& [key, truth] : truths_) {
            if (!truth.is_gone && random_.chance(0.3)) keys.push_back(key);
        }
        begin(keys);
    }

    void begin(const std::vector<Key128>& keys) {
        if (keys.empty()) return;
        std::map<Key128, Message> before;
        for (const Key128& key : keys) before[key] = *world_.message(key);
        const bool repeats = random_.chance(0.4);
        const int provider = faults_ && random_.chance(0.1) ? 2 : 1;
        world_.begin(keys, repeats, "", provider);
        std::vector<Key128> called;
        for (const Key128& key : keys) {
            check_begun(key, before[key], provider);
            if (::testing::Test::HasFatalFailure()) return;
            Truth& truth = truths_[key];
            const Message message = *world_.message(key);
            if (message.entry.attempts == before[key].entry.attempts) continue;
            truth.repeats = repeats;
            truth.counted_at = truth.step == kNews ? world_.now() : kNoTime;
            called.push_back(key);
        }
        for (const Key128& key : called) call(key, provider);
    }

    // What the fold answered, against a count over all that may have been taken.
    void check_begun(const Key128& key, const Message& before, int provider) {
        const Message message = *world_.message(key);
        const Truth& truth = truths_[key];
        if (before.entry.state != SendState::Waiting || world_.now() < before.entry.due) {
            ASSERT_EQ(message.entry, before.entry);
            return;
        }
        const bool is_begun = message.entry.attempts > before.entry.attempts;
        const bool is_late =
            before.entry.not_after != kNoTime && world_.now() > before.entry.not_after;
        ASSERT_FALSE(is_begun && is_late);
        if (is_begun && before.entry.is_unsettled) {
            ASSERT_EQ(static_cast<int>(before.attempts.back().provider), provider);
        }
        ASSERT_FALSE(is_begun && truth.is_withdrawn) << "its run had ended";
        if (is_begun) ++begun_;
        if (is_late || truth.step != kNews) return;
        const bool is_allowed = count(key, kTopicWithin) < 2 && count(key, kAllWithin) < 3;
        const bool is_quiet = quiet_until(TimeZone::find("Europe/Istanbul").value(),
                                          {22 * kHour, 7 * kHour}, world_.now())
                                  .has_value();
        const bool is_capped = message.entry.reason == journey::reason_of(privacy::Refusal::Capped);
        if (is_begun) {
            ASSERT_TRUE(is_allowed && !is_quiet);
            ASSERT_TRUE(has_consent(truth.owner));
            const auto members = world_.members(truth.owner);
            ASSERT_NE(std::ranges::find(members, message.attempts.back().to), members.end());
        }
        if (is_capped) {
            ASSERT_FALSE(is_allowed) << "refused below the cap";
        }
        if (message.waits_for != SendReason::None) {
            ASSERT_TRUE(is_quiet);
        }
        capped_ += is_capped;
        quiet_ += message.waits_for != SendReason::None;
    }

    int count(const Key128& but, Micros within) {
        const auto members = world_.members(truths_[but].owner);
        int all = 0;
        for (const auto& [key, truth] : truths_) {
            const bool counts = key != but && !truth.is_gone && truth.counted_at != kNoTime &&
                                truth.counted_at > world_.now() - within;
            all += counts && std::ranges::find(members, truth.owner) != members.end();
        }
        return all;
    }

    bool has_consent(IdentityId identity) {
        const View view = world_.view();
        const Person person = load_person(view, identity).value();
        const PersonBooks books = load_books(view, person).value();
        return privacy::standing(books.held(), kMarketing, "email", world_.now()).stand ==
               privacy::Stand::Given;
    }

    void call(const Key128& key, int provider) {
        Truth& truth = truths_[key];
        const bool is_taken = !faults_ || random_.chance(0.5);
        const bool is_new = !truth.repeats || truth.taken[provider] == 0;
        if (is_taken && is_new) ++truth.taken[provider];
        last_taken_[key] = is_taken;
        if (random_.chance(0.5)) hear(key);
    }

    void tell_outcome() {
        for (const auto& [key, truth] : truths_) {
            if (truth.is_gone || state(key) != SendState::Sending || !random_.chance(0.5)) continue;
            return hear(key);
        }
        world_.send({.user = "nobody"});
    }

    void hear(const Key128& key) {
        Truth& truth = truths_[key];
        const int attempt = world_.message(key)->entry.attempts;
        const bool was_taken = last_taken_[key];
        if (faults_ && random_.chance(0.2)) {
            if (truth.repeats) truth.is_unsettled = true;
            return world_.outcome(key, attempt, "uncertain");
        }
        if (was_taken) {
            truth.is_unsettled = false;
            return world_.outcome(key, attempt, "delivered");
        }
        const bool is_known_elsewhere = truth.is_unsettled;
        if (!is_known_elsewhere) truth.counted_at = kNoTime;
        const double dice = random_.unit();
        if (dice < 0.3) return world_.outcome(key, attempt, "retryable", "queue");
        if (dice < 0.8 || is_known_elsewhere) {
            return world_.outcome(key, attempt, "retryable", "connect");
        }
        if (dice < 0.9) return world_.outcome(key, attempt, "refused");
        world_.outcome(key, attempt, "refused", "compose", "no_template");
    }

    void decide_something() {
        for (auto& [key, truth] : truths_) {
            if (truth.is_gone || !random_.chance(0.2)) continue;
            static constexpr const char* kDecisions[] = {"again", "was_sent", "give_up"};
            const std::string decision = kDecisions[random_.below(3)];
            const Message before = *world_.message(key);
            const bool is_uncertain = before.entry.state == SendState::Uncertain;
            world_.decide(key, decision);
            const bool is_taken_up = world_.message(key)->entry != before.entry;
            const bool is_about =
                is_uncertain ? decision != "again" || !truth.is_withdrawn
                             : before.entry.state == SendState::Waiting && decision == "give_up";
            ASSERT_EQ(is_taken_up, is_about);
            if (!is_taken_up) continue;
            truth.is_unsettled = false;
            if (decision != "again") continue;
            ++truth.again;
            truth.counted_at = kNoTime;
        }
    }

    void restart() {
        for (auto& [key, truth] : truths_) {
            if (truth.is_gone || state(key) != SendState::Sending) continue;
            if (truth.repeats) truth.is_unsettled = true;
        }
        world_.recover();
    }

    void withdraw() {
        const IdentityId identity = owner(someone());
        if (world_.is_erased(identity)) return;
        const Key128 run{1, random_.below(3)};
        for (auto& [key, truth] : truths_) {
            if (truth.is_gone || truth.owner != identity || truth.run != run) continue;
            truth.is_withdrawn |= world_.message(key)->entry.is_open();
        }
        world_.withdraw(identity, run);
    }

    void change_people() {
        const int i = someone();
        const std::string a = std::to_string(owner(i));
        const std::string b = std::to_string(owner(someone()));
        const double dice = random_.unit();
        if (dice < 0.3) {
            if (!world_.is_erased(owner(i))) world_.consent(user(i), random_.chance(0.8));
            return;
        }
        if (dice < 0.6) {
            return world_.record(decision_record(R"({"action":"merge","actor":"a","a":)" + a +
                                                 R"(,"b":)" + b + "}"));
        }
        if (dice < 0.97) {
            return world_.record(decision_record(R"({"action":"split","actor":"a","identities":[)" +
                                                 a + "," + std::to_string(owner(i) + 1) + "]}"));
        }
        world_.record(decision_record(R"({"action":"erase","actor":"a","identity":)" + a + "}"));
        for (auto& [key, truth] : truths_) truth.is_gone = world_.is_erased(truth.owner);
    }

    SeededRandom random_;
    testing::OutboxWorld world_;
    std::map<Key128, Truth> truths_;
    std::map<Key128, bool> last_taken_;
    bool faults_ = true;
    int capped_ = 0;
    int quiet_ = 0;
    int begun_ = 0;
};

uint64_t worlds() {
    const char* const given = std::getenv("THROUGHLINE_OUTBOX_WORLDS");
    return given != nullptr ? std::strtoull(given, nullptr, 10) : 4;
}

TEST(OutboxWorlds, SendNothingTwiceLoseNothingAndKeepCapsExactly) {
    int capped = 0;
    int quiet = 0;
    int begun = 0;
    for (uint64_t seed = 1; seed <= worlds(); ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Chances chances(seed);
        for (int i = 0; i < 300; ++i) {
            ASSERT_NO_FATAL_FAILURE(chances.step());
            if (i % 50 == 49) {
                ASSERT_NO_FATAL_FAILURE(chances.check_tables());
            }
        }
        ASSERT_NO_FATAL_FAILURE(chances.finish());
        ASSERT_NO_FATAL_FAILURE(chances.check_tables());
        ASSERT_NO_FATAL_FAILURE(chances.check_end());
        capped += chances.capped();
        quiet += chances.quiet();
        begun += chances.begun();
    }
    EXPECT_GT(capped, 20);
    EXPECT_GT(quiet, 20);
    EXPECT_GT(begun, 100);
}

}  // namespace
}  // namespace throughline::engine
