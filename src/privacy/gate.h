// May a message for this purpose and topic go to this person over this channel now?
//
// The checks in this order, and the first that refuses names the reason:
//
//   definition    purpose and topic exist, and the topic is for that purpose
//   suppression   of the address; an unsubscribe or a complaint stops only what can be refused
//   consent       basis consent: it was given, not withdrawn since, and has not expired;
//                 legitimate interest: it was not objected to; any other basis asks nothing
//   topic         subscribed, or not unsubscribed where that is the default
//   caps          of all messages, then of the topic, unless the purpose is exempt
//   quiet hours   by the clock of the person's zone, unless the purpose is exempt
//
// It fails closed: what is not known to be allowed is refused. Caps and quiet hours end by time
// alone, so their refusals say when to ask again.
//
// Layer 3. Pure: the same when a message is sent, in a replay and in a backtest.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "privacy/rules.h"
#include "privacy/suppression.h"

namespace throughline::privacy {

/// Why not. Stored with messages: never renumber.
enum class Refusal : uint8_t {
    None = 0,
    UnknownPurpose = 1,  // No such definition, or not any more.
    UnknownTopic = 2,
    TopicOfOtherPurpose = 3,
    Suppressed = 4,
    NoConsent = 5,         // Never given.
    ConsentWithdrawn = 6,  // Or objected to.
    ConsentExpired = 7,
    NotSubscribed = 8,  // Never subscribed, and that is needed.
    Unsubscribed = 9,
    Capped = 10,
    QuietHours = 11,
};

std::string_view refusal_name(Refusal refusal);

struct Ask {
    std::string_view purpose;
    std::string_view topic;    // Empty: a message of no topic, such as the receipt of an order.
    std::string_view channel;  // `email`
    Micros at = 0;
};

/// What is known of the person and the address. Borrowed for the call.
struct Facts {
    std::span<const Held> held;               // What her identities said.
    std::span<const Suppression> suppressed;  // Why the address is, if it is.
    std::span<const Micros> sent;             // Messages to her that caps count, ascending,
    std::span<const Micros> sent_on_topic;    // and those of the topic.
    TimeZone zone;                            // Hers, else the installation's.
};

struct Verdict {
    Refusal refusal = Refusal::None;
    std::optional<Micros> next;  // When to ask again: time alone may lift it.
    std::optional<SuppressionReason> suppression;
    const Statement* by = nullptr;  // That allows or refuses, if one does.

    bool is_allowed() const { return refusal == Refusal::None; }
};

Verdict decide(const Rules& rules, const Facts& facts, const Ask& ask);

}  // namespace throughline::privacy
