// A partition with an outbox over it, for tests: people, what runs ask for, and what a dispatcher
// logs.
//
// Layer 6, tests only.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "engine/consents.h"
#include "engine/outbox/messages.h"
#include "engine/outbox/outbox.h"
#include "engine/roots.h"
#include "engine/test_fold.h"

namespace throughline::engine::testing {

using identity::IdentityId;

inline constexpr Micros kStart = 1'700'000'000 * kSecond;
inline constexpr journey::StepIndex kNews = 0;     // Marketing, capped and quiet.
inline constexpr journey::StepIndex kReceipt = 1;  // Neither.
inline constexpr journey::StepIndex kHook = 2;
inline constexpr journey::StepIndex kSms = 3;

inline std::shared_ptr<const journey::Definition> test_journey() {
    const auto doc = model::doc_from_json(R"({"key":"cart","name":"Cart",
        "trigger":{"event":"Product Added"},"steps":[
        {"id":"news","type":"message","channel":"email","template":"n","purpose":"marketing",
         "topic":"news"},
        {"id":"receipt","type":"message","channel":"email","template":"r","purpose":"orders"},
        {"id":"hook","type":"webhook","url":"https://shop.example/hook"},
        {"id":"sms","type":"message","channel":"sms","template":"s","purpose":"orders"}]})");
    auto compiled = journey::Definition::compile(model::DocView(*doc));
    EXPECT_EQ(compiled.problems.size(), 0u);
    return compiled.definition;
}

/// A partition, and an outbox over its tables by which runs ask, as the fold's own does.
class OutboxWorld {
public:
    OutboxWorld() : partition_(1), definition_(test_journey()) {
        partition_.first = kStart;
        partition_.second = 20 * kMinute;
        record(definition_record("purposes", "marketing", R"({"name":"M"})"));
        record(
            definition_record("purposes", "orders",
                              R"({"name":"O","basis":"contract","capped":false,"quiet":false})"));
        record(definition_record("topics", "news",
                                 R"({"name":"N","purpose":"marketing","default":"subscribed",
                                     "caps":[{"messages":2,"within":"2d"}]})"));
    }

    void record(const std::string& payload) {
        records_.push_back(payload);
        partition_.apply(records_, records_.size() - 1, 1);
        outbox_.set_settings(partition_.fold->settings());
    }
    Micros now() const { return partition_.stamp_of(records_.size() - 1); }

    void send(EventSpec spec) {
        spec.message_id = "m" + std::to_string(records_.size());
        if (spec.time == 0) spec.time = partition_.stamp_of(records_.size());
        record(event_payload(spec));
    }
    void person(const std::string& user) {
        send({.type = model::EventType::Identify, .user = user, .email = user + "@example.org"});
        consent(user, true);
    }
    void consent(const std::string& user, bool gives) {
        send({.user = user,
              .name = gives ? "Consent Given" : "Consent Withdrawn",
              .extra = R"({"properties":{"purpose":"marketing"}})",
              .flags = privacy::kEventConsent});
    }

    Key128 ask(IdentityId owner, journey::StepIndex step, Micros not_after = kNoTime,
               Key128 run = {7, 7}) {
        const Key128 key{asked_ + 1, 42};
        ++asked_;
        const Status taken = outbox_.accept(
            {records_.size() - 1, now()},
            {.kind = step == kHook ? journey::IntentKind::Webhook : journey::IntentKind::Message,
             .step = step,
             .owner = owner,
             .journey = 1,
             .version = 1,
             .key = key,
             .run = run,
             .at = now(),
             .not_after = not_after,
             .context = "event"},
            *definition_);
        EXPECT_TRUE(taken);
        settle();
        return key;
    }
    void withdraw(IdentityId owner, Key128 run) {
        EXPECT_TRUE(outbox_.withdraw({records_.size() - 1, now()}, owner, run));
        settle();
    }
    static std::string list_of(const std::vector<Key128>& keys) {
        std::string list;
        for (const Key128& key : keys) {
            list += (list.empty() ? "\"" : ",\"") + hex_of_key(key) + "\"";
        }
        return list;
    }
    void begin(const std::vector<Key128>& keys, bool repeats = false,
               const std::string& refuse = "", int provider = 1) {
        record(decision_record(R"({"action":"send_begin","provider":)" + std::to_string(provider) +
                               R"(,"repeats":)" + (repeats ? "true" : "false") + R"(,"refuse":")" +
                               refuse + R"(","keys":[)" + list_of(keys) + "]}"));
    }
    void doubt(const std::vector<Key128>& keys) {
        record(decision_record(R"({"action":"send_doubt","keys":[)" + list_of(keys) + "]}"));
    }
    void outcome(const Key128& key, int attempt, const std::string& verdict,
                 const std::string& stage = "content", const std::string& unfit = "",
                 const std::string& rest = R"("code":250)") {
        record(decision_record(R"({"action":"send_outcome","items":[{"key":")" + hex_of_key(key) +
                               R"(","attempt":)" + std::to_string(attempt) + R"(,"verdict":")" +
                               verdict + R"(","stage":")" + stage + R"(","unfit":")" + unfit +
                               "\"," + rest + "}]}"));
    }
    void recover() { record(decision_record(R"({"action":"send_recover"})")); }
    void decide_all(const std::vector<Key128>& keys, const std::string& decision) {
        record(decision_record(R"({"action":"send_decide","actor":"user:eva","decision":")" +
                               decision + R"(","keys":[)" + list_of(keys) + "]}"));
    }
    void decide(const Key128& key, const std::string& decision) {
        record(decision_record(R"({"action":"send_decide","actor":"user:eva","key":")" +
                               hex_of_key(key) + R"(","decision":")" + decision + "\"}"));
    }

    View view() {
        return {.pin = partition_.tables->epochs.pin(),
                .state = partition_.fold->state(),
                .settings = partition_.fold->settings(),
                .history = partition_.history->snapshot(),
                .tables = *partition_.tables,
                .dictionary = partition_.history->dictionary(),
                .secret = kSecret};
    }
    std::optional<Message> message(const Key128& key) { return find_message(view(), key).value(); }
    std::string state(const Key128& key) {
        const auto found = message(key);
        if (!found) return "gone";
        std::string text(journey::state_name(found->entry.state));
        if (found->entry.reason != journey::SendReason::None) {
            text += " " + std::string(journey::reason_name(found->entry.reason));
        }
        return text;
    }
    std::vector<IdentityId> members(IdentityId identity) {
        const auto words = partition_.roots.snapshot();
        std::vector<IdentityId> all;
        for (IdentityId id = 1; id < words.size(); ++id) {
            if (root_of_word(words[id]) == root_of_word(words[identity])) all.push_back(id);
        }
        return all;
    }
    bool is_erased(IdentityId identity) {
        return root_of_word(partition_.roots.snapshot()[identity]) == kErasedRoot;
    }
    std::vector<std::string> rows_named(const std::string& prefix) {
        std::vector<std::string> found;
        EXPECT_TRUE(partition_.history->snapshot()->scan(
            INT64_MIN + 1, INT64_MAX, {}, [&](const sequence::ScanBlock& block) -> Status {
                for (size_t row = 0; row < block.size(); ++row) {
                    TL_TRY_ASSIGN(const auto payload, block.payload(row));
                    const model::EventView event(payload);
                    if (!event.name().starts_with(prefix)) continue;
                    found.push_back(
                        std::string(event.name()) + " " +
                        std::string(event.doc().at_path("properties.reason").as_string()));
                }
                return Status::ok();
            }));
        return found;
    }

    Partition& partition() { return partition_; }
    uint64_t asked() const { return asked_; }

private:
    void settle() {
        outbox_.flush();
        partition_.fold->publish();
        partition_.tables->settle();
    }

    Partition partition_;
    std::shared_ptr<const journey::Definition> definition_;
    FoldState state_;
    Consequences consequences_{*partition_.history, 0, kSecret};
    Outbox outbox_{{*partition_.tables, partition_.fold->state(), consequences_, kSecret}};
    std::vector<std::string> records_;
    uint64_t asked_ = 0;
};

}  // namespace throughline::engine::testing
