#include "journey/ledger.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <set>
#include <vector>

#include "base/random.h"

namespace throughline::journey {
namespace {

Entry fresh(Micros not_after = kNoTime, bool repeats = false) {
    return {.key = {1, 2}, .repeats_by_key = repeats, .not_after = not_after};
}

Begun begin_at(Entry& entry, Micros at) {
    return begin(entry, {}, at, false);
}

TEST(Ledger, AnAttemptThatTheProviderTookIsSentOnce) {
    Entry entry = fresh();
    EXPECT_EQ(begin_at(entry, 10), Begun::Attempt);
    EXPECT_EQ(begin_at(entry, 11), Begun::Busy);
    EXPECT_TRUE(settle(entry, 1, SendOutcome::Sent, 12));
    EXPECT_EQ(entry.state, SendState::Sent);
    EXPECT_FALSE(settle(entry, 1, SendOutcome::Rejected, 13));
    EXPECT_EQ(begin_at(entry, 14), Begun::Busy);
}

TEST(Ledger, OnlyRetryableFailuresAreTriedAgainAndLaterEachTime) {
    Entry entry = fresh();
    Micros at = 0;
    Micros waited = 0;
    for (int i = 1; i < kAttemptsMax; ++i) {
        ASSERT_EQ(begin_at(entry, at), Begun::Attempt);
        settle(entry, entry.attempts, SendOutcome::Retryable, at);
        ASSERT_EQ(entry.state, SendState::Waiting);
        ASSERT_EQ(begin_at(entry, entry.due - 1), Begun::Later);
        ASSERT_GE(entry.due - at, std::min(kBackoffFirst << (i - 1), kBackoffMost) / 2);
        ASSERT_LE(entry.due - at, kBackoffMost);
        waited += entry.due - at;
        at = entry.due;
    }
    EXPECT_GT(waited, 3 * kHour);
    ASSERT_EQ(begin_at(entry, at), Begun::Attempt);
    settle(entry, kAttemptsMax, SendOutcome::Retryable, at);
    EXPECT_EQ(entry.state, SendState::Failed);
    EXPECT_EQ(entry.reason, SendReason::TooOften);
}

TEST(Ledger, NothingGoesOutAfterItsDeadline) {
    Entry late = fresh(100);
    EXPECT_EQ(begin_at(late, 101), Begun::Closed);
    EXPECT_EQ(late.state, SendState::Expired);
    Entry quiet = fresh(100);
    EXPECT_EQ(begin(quiet, {.quiet_until = 200}, 50, false), Begun::Closed);
    EXPECT_EQ(quiet.state, SendState::Expired);
    Entry retried = fresh(100);
    EXPECT_EQ(begin_at(retried, 100), Begun::Attempt);
    settle(retried, 1, SendOutcome::Retryable, 100);
    EXPECT_EQ(retried.state, SendState::Expired);
}

TEST(Ledger, AfterARestartAnAttemptWithoutAnOutcomeIsUncertainUnlessItsKeyRepeats) {
    Entry mail = fresh();
    Entry hook = fresh(kNoTime, true);
    begin_at(mail, 10), begin_at(hook, 10);
    recover(mail, 20), recover(hook, 20);
    EXPECT_EQ(mail.state, SendState::Uncertain);
    EXPECT_EQ(begin_at(mail, kDay), Begun::Busy);
    EXPECT_EQ(hook.state, SendState::Waiting);
    EXPECT_EQ(begin_at(hook, kDay), Begun::Attempt);
    // A call-back that comes late still settles it.
    EXPECT_TRUE(settle(mail, 1, SendOutcome::Sent, 30));
    EXPECT_EQ(mail.state, SendState::Sent);
}

TEST(Ledger, WhatMayHaveBeenTakenNeverEndsAsNotSentByItself) {
    const auto broken = [] {
        Entry entry = fresh(kHour, true);
        EXPECT_EQ(begin_at(entry, 10), Begun::Attempt);
        EXPECT_TRUE(settle(entry, 1, SendOutcome::Unknown, 20));
        EXPECT_EQ(entry.state, SendState::Waiting);
        EXPECT_TRUE(entry.is_unsettled);
        return entry;
    };
    Entry late = broken();
    EXPECT_EQ(begin_at(late, kHour + 1), Begun::Closed);
    Entry refused = broken();
    begin(refused, {.refusal = SendReason::NoAddress}, refused.due, false);
    Entry left = broken();
    EXPECT_TRUE(withdraw(left));
    Entry other = broken();  // Another provider has not seen the key.
    EXPECT_EQ(begin(other, {.is_same_provider = false}, other.due, false), Begun::Closed);
    Entry unmade = broken();
    EXPECT_EQ(begin_at(unmade, unmade.due), Begun::Attempt);
    EXPECT_TRUE(refuse(unmade, 2, SendReason::NoTemplate));
    Entry rejected = broken();  // The repeat is; of the first nobody has said anything.
    EXPECT_EQ(begin_at(rejected, rejected.due), Begun::Attempt);
    EXPECT_TRUE(settle(rejected, 2, SendOutcome::Rejected, rejected.due));
    for (const Entry& entry : {late, refused, left, other, unmade, rejected}) {
        EXPECT_EQ(entry.state, SendState::Uncertain);
    }
    EXPECT_TRUE(decide(refused, SendDecision::Again, kHour / 2));
    EXPECT_EQ(refused.reason, SendReason::None) << "it waits, and for nothing";
    Entry again = broken();
    EXPECT_EQ(begin_at(again, again.due), Begun::Attempt);
    EXPECT_TRUE(settle(again, 2, SendOutcome::Sent, again.due + 5));
    EXPECT_FALSE(again.is_unsettled);
}

TEST(Ledger, AnAttemptThatIsNotMadeWaitsAgainOrIsRefused) {
    Entry entry = fresh();
    begin_at(entry, 10);
    EXPECT_TRUE(settle(entry, 1, SendOutcome::NotMade, 20));
    EXPECT_EQ(begin_at(entry, 20), Begun::Attempt);
    EXPECT_FALSE(refuse(entry, 1, SendReason::NoTemplate));
    EXPECT_TRUE(refuse(entry, 2, SendReason::NoTemplate));
    EXPECT_EQ(entry.state, SendState::Refused);
    EXPECT_EQ(reason_name(entry.reason), "no_template");
    EXPECT_FALSE(refuse(entry, 2, SendReason::NoTemplate));
}

TEST(Ledger, SomebodyDecidesAboutWhatNobodyKnows) {
    for (const auto& [decision, state] : {std::pair(SendDecision::Again, SendState::Waiting),
                                          std::pair(SendDecision::WasSent, SendState::Sent),
                                          std::pair(SendDecision::GiveUp, SendState::Failed)}) {
        Entry entry = fresh();
        EXPECT_FALSE(decide(entry, SendDecision::Again, 5));
        begin_at(entry, 10);
        EXPECT_FALSE(decide(entry, decision, 15));
        recover(entry, 20);
        EXPECT_TRUE(decide(entry, decision, 30));
        EXPECT_EQ(entry.state, state);
    }
}

TEST(Ledger, NothingIsSentOnHold) {
    Entry entry = fresh();
    EXPECT_EQ(begin(entry, {}, 10, true), Begun::OnHold);
    EXPECT_EQ(entry.attempts, 0);
    EXPECT_EQ(begin(entry, {}, 11, false), Begun::Attempt);
}

TEST(Ledger, WhatMayNotBeSentIsRefusedWithItsReason) {
    Entry entry = fresh();
    EXPECT_EQ(begin(entry, {.refusal = reason_of(privacy::Refusal::NoConsent)}, 10, false),
              Begun::Closed);
    EXPECT_EQ(state_name(entry.state), "refused");
    EXPECT_EQ(reason_name(entry.reason), "no_consent");
    Entry left = fresh();
    EXPECT_TRUE(withdraw(left));
    EXPECT_EQ(reason_name(left.reason), "withdrawn");
    EXPECT_FALSE(withdraw(left));
}

TEST(Ledger, WhatWasWithdrawnWhileItWasOutIsNotTriedAgain) {
    const auto withdrawn = [](bool repeats, bool is_uncertain) {
        Entry entry = fresh(kNoTime, repeats);
        EXPECT_EQ(begin_at(entry, 10), Begun::Attempt);
        if (is_uncertain) recover(entry, 15);
        EXPECT_TRUE(withdraw(entry));
        EXPECT_FALSE(withdraw(entry)) << "it is already";
        return entry;
    };
    for (const SendOutcome outcome : {SendOutcome::Retryable, SendOutcome::NotMade}) {
        for (const bool is_uncertain : {false, true}) {
            Entry entry = withdrawn(false, is_uncertain);
            EXPECT_TRUE(settle(entry, 1, outcome, 20));
            EXPECT_EQ(state_name(entry.state), "refused");
            EXPECT_EQ(reason_name(entry.reason), "withdrawn");
            EXPECT_EQ(begin_at(entry, kDay), Begun::Busy);
        }
    }
    Entry sent = withdrawn(false, false);
    EXPECT_TRUE(settle(sent, 1, SendOutcome::Sent, 20));
    EXPECT_EQ(sent.state, SendState::Sent);
    Entry lost = withdrawn(true, false);  // Its key repeats, but nobody wants it repeated.
    EXPECT_TRUE(settle(lost, 1, SendOutcome::Unknown, 20));
    EXPECT_EQ(lost.state, SendState::Uncertain);
    EXPECT_EQ(reason_name(lost.reason), "withdrawn");
    Entry asked = withdrawn(false, true);
    EXPECT_FALSE(decide(asked, SendDecision::Again, 30));
    EXPECT_TRUE(decide(asked, SendDecision::WasSent, 30));
}

TEST(Ledger, EntriesSurviveTheirBytesAndDamageIsFound) {
    Entry entry = fresh(77, true);
    begin_at(entry, 3);
    EXPECT_TRUE(withdraw(entry));
    std::string bytes;
    encode_entry(entry, bytes);
    EXPECT_EQ(*decode_entry(bytes), entry);
    for (size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_FALSE(decode_entry(bytes.substr(0, size)));
    }
    EXPECT_FALSE(decode_entry(bytes + '\0'));
}

// What a provider did, which nobody but the test can see.
struct Truth {
    int taken = 0;    // Calls that it took and did something new for.
    int decided = 0;  // Times that somebody said `again`.
    int calls = 0;
    bool is_withdrawn = false;  // While it was open: no further call.
    bool is_known = true;       // The outcome of the last call, to the ledger or by decision.
};

// A sender with faults, restarts and decisions: the promises hold whatever happens.
class Faults {
public:
    explicit Faults(uint64_t seed) : random_(seed) {
        for (size_t i = 0; i < entries_.size(); ++i) {
            entries_[i].key = {seed, i};
            entries_[i].repeats_by_key = random_.chance(0.4);
            if (random_.chance(0.4)) entries_[i].not_after = now_ + below(6 * kHour);
        }
    }

    void step() {
        now_ += below(20 * kMinute);
        if (random_.chance(0.03)) is_on_hold_ = !is_on_hold_;
        if (random_.chance(0.05)) restart();
        const size_t i = random_.below(entries_.size());
        const double dice = random_.unit();
        if (dice < 0.6) return call(i);
        if (dice < 0.7) return decide_something(i);
        if (dice < 0.72) {
            truths_[i].is_withdrawn |= entries_[i].is_open();
            withdraw(entries_[i]);
        }
        // A call-back of some attempt, again or late: it says what really was.
        if (dice > 0.9 && truths_[i].taken > 0) {
            settle(entries_[i], entries_[i].attempts, SendOutcome::Sent, now_);
        }
    }

    void finish() {
        is_on_hold_ = false;
        faults_ = false;
        for (size_t i = 0; i < entries_.size(); ++i) {
            restart();
            while (entries_[i].state == SendState::Waiting) {
                now_ = std::max(now_, entries_[i].due);
                ASSERT_NO_FATAL_FAILURE(call(i));
            }
        }
    }

    void check_end() const {
        for (size_t i = 0; i < entries_.size(); ++i) {
            const Entry& entry = entries_[i];
            const Truth& truth = truths_[i];
            ASSERT_FALSE(entry.state == SendState::Waiting || entry.state == SendState::Sending);
            ASSERT_LE(truth.taken, 1 + truth.decided) << "sent twice";
            // Lost would be: known as sent, and never taken, unless somebody said so.
            const bool is_sent = truth.taken > 0 || said_sent_.contains(i);
            ASSERT_TRUE(entry.state != SendState::Sent || is_sent);
            ASSERT_EQ(entry.attempts, truth.calls);
            const bool ends_unsent = entry.state == SendState::Refused ||
                                     entry.state == SendState::Expired ||
                                     entry.reason == SendReason::TooOften;
            ASSERT_FALSE(ends_unsent && truth.taken > truth.decided) << "taken, and said not to be";
        }
    }

private:
    Micros below(Micros bound) {
        return static_cast<Micros>(random_.below(static_cast<uint64_t>(bound)));
    }

    void call(size_t i) {
        Entry& entry = entries_[i];
        Checks checks;
        if (faults_ && random_.chance(0.02)) checks.refusal = reason_of(privacy::Refusal::Capped);
        if (faults_ && random_.chance(0.05)) checks.quiet_until = now_ + below(kHour);
        const Entry before = entry;
        const Begun begun = begin(entry, checks, now_, is_on_hold_);
        if (begun != Begun::Attempt) {
            ASSERT_EQ(entry.attempts, before.attempts);
            return;
        }
        Truth& truth = truths_[i];
        ASSERT_FALSE(is_on_hold_);
        ASSERT_FALSE(truth.is_withdrawn) << "its run has ended";
        ASSERT_TRUE(entry.not_after == kNoTime || now_ <= entry.not_after);
        ASSERT_TRUE(truth.is_known || entry.repeats_by_key) << "an outcome between two attempts";
        ++truth.calls;
        truth.is_known = false;
        const bool is_taken = !faults_ || random_.chance(0.5);
        if (is_taken && (!entry.repeats_by_key || truth.taken == 0)) ++truth.taken;
        if (faults_ && random_.chance(0.2)) return;  // The outcome is on its way, perhaps for ever.
        hear(i, is_taken);
    }

    void hear(size_t i, bool is_taken) {
        const bool is_lost = faults_ && random_.chance(0.2);
        const SendOutcome outcome = is_lost    ? SendOutcome::Unknown
                                    : is_taken ? SendOutcome::Sent
                                    : truths_[i].taken > 0 || random_.chance(0.8)
                                        ? SendOutcome::Retryable
                                        : SendOutcome::Rejected;
        truths_[i].is_known = outcome != SendOutcome::Unknown;
        settle(entries_[i], entries_[i].attempts, outcome, now_);
    }

    void restart() {
        for (Entry& entry : entries_) {
            std::string bytes;
            encode_entry(entry, bytes);
            entry = *decode_entry(bytes);
            recover(entry, now_);
        }
    }

    void decide_something(size_t i) {
        const auto decision = static_cast<SendDecision>(random_.below(3));
        const bool was_uncertain = entries_[i].state == SendState::Uncertain;
        if (!decide(entries_[i], decision, now_)) return;
        truths_[i].is_known = true;
        truths_[i].decided += was_uncertain && decision == SendDecision::Again;
        if (decision == SendDecision::WasSent) said_sent_.insert(i);
    }

    SeededRandom random_;
    std::array<Entry, 20> entries_;
    std::array<Truth, 20> truths_;
    std::set<size_t> said_sent_;
    Micros now_ = kDay;
    bool is_on_hold_ = false;
    bool faults_ = true;
};

TEST(Ledger, SendsNothingTwiceAndLosesNothingWhateverFails) {
    for (uint64_t seed = 1; seed <= 2'000; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Faults faults(seed);
        for (int i = 0; i < 300; ++i) ASSERT_NO_FATAL_FAILURE(faults.step());
        ASSERT_NO_FATAL_FAILURE(faults.finish());
        ASSERT_NO_FATAL_FAILURE(faults.check_end());
    }
}

}  // namespace
}  // namespace throughline::journey
