// A message as the fold keeps it: what was asked for, the ledger's entry, and every attempt.
//
//   version u8 · size and bytes of the entry (journey/ledger.h) · owner, journey, version varint ·
//   run u128 · cause varint · asked at, doubted at i64 · waits for u8 · counts u8 · texts ·
//   attempts
//
// The context (the event that started the run) is kept for as long as the message is open: nothing
// is made of it afterwards. No address is kept: an attempt names the identity of the address.
//
// Layer 6. A value; coding is Pure. Cost: about 200 bytes, and the context while it is open.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "channel/sender.h"
#include "identity/node.h"
#include "journey/ledger.h"
#include "model/record.h"

namespace throughline::engine {

inline constexpr std::string_view kWebhookChannel = "webhook";
inline constexpr size_t kAttemptsKept = 20;  // Of one message; older ones are forgotten.

/// One time that a message was handed to a provider.
struct Attempt {
    Micros begun_at = 0;
    Micros ended_at = kNoTime;      // kNoTime: nothing is known of it.
    uint64_t provider = 0;          // Who carried it: same_provider of providers.h.
    identity::IdentityId to = 0;    // Whose value is the address; 0: it went to Message::url.
    channel::Outcome outcome = {};  // Once it has ended.

    bool operator==(const Attempt&) const = default;
};

struct Message {
    journey::Entry entry;
    identity::IdentityId owner = 0;  // Whose run asked for it.
    uint32_t journey = 0;
    uint32_t version = 0;
    Key128 run;
    model::Position cause = 0;  // The record because of which it was asked for.
    Micros asked_at = 0;
    journey::SendReason waits_for = journey::SendReason::None;  // Quiet hours, while they last.
    Micros doubted_at = kNoTime;    // Another installation may have sent it by then; kNoTime: none.
    bool counts = false;            // For caps, by its purpose when it was begun or doubted.
    std::string journey_key, step;  // As they are called in the definition.
    std::string channel, template_key;  // Of a webhook no template, but
    std::string url;                    // where it goes.
    std::string purpose, topic;         // Empty: none.
    std::string context;                // Of the run (model/event.h).
    std::vector<Attempt> attempts;      // The latest, in order; the last is Entry::attempts.

    bool is_webhook() const { return !url.empty(); }
    /// Null: that attempt is not known, or not any more.
    Attempt* attempt(uint16_t number);
    /// When it may have left for the last time; kNoTime: it never did.
    Micros tried_at() const;
    /// When it was sent, as caps count it; kNoTime: they do not, or it surely was not taken.
    Micros counted_at() const;

    std::string encode() const;
    /// Errors: Corrupt.
    static Result<Message> decode(std::string_view bytes);
    bool operator==(const Message&) const = default;
};

}  // namespace throughline::engine
