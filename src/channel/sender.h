// A message that is to leave, what became of it, and whoever carries it out.
//
// The one question after a failure is whether the message can have been taken. An Outcome answers
// it, and nothing else decides whether there is a second try:
//
//   Delivered   the provider has said that it takes the message.
//   Refused     it has said that it never will, or nobody could be asked: the message is wrong.
//   Retryable   it surely has not taken it, and may later.
//   Uncertain   all of it was handed over and nothing came back: nobody can know. Somebody decides.
//
// rules.h has what of SMTP and HTTP is which. The key of a message is that of its intent and goes
// out with it (Message-ID, Idempotency-Key), so that whoever receives can tell a repeat.
//
// Layer 4. Values; a Sender is used by one thread at a time (lane.h gives each one its own).
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "base/hash.h"
#include "base/time.h"

namespace throughline::channel {

/// An e-mail as it was rendered: UTF-8, lines ending as they like.
struct Email {
    std::string from;              // Address; its domain is that of the Message-ID.
    std::string from_name = {};    // Shown for it.
    std::string reply_to = {};     // Address; empty: `from`.
    std::string subject = {};      // One line.
    std::string text = {};         // Of text and HTML one may be empty.
    std::string html = {};         //
    std::string unsubscribe = {};  // https link of RFC 8058 (link.h); empty: no such header.
};

/// A call of a webhook.
struct Call {
    std::string body;
    std::string content_type = "application/json";
};

struct Message {
    Key128 key;                  // Of the intent: the same in every attempt.
    std::string to;              // Address of an e-mail, URL of a webhook.
    Micros not_after = kNoTime;  // Not begun after this instant; kNoTime: no limit.
    std::variant<Email, Call> content;
};

enum class Verdict : uint8_t { Delivered, Refused, Retryable, Uncertain };

/// How far a message came.
enum class Stage : uint8_t {
    Queue,    // It waited; nobody was called.
    Compose,  // Its parts could not be put together.
    Connect,  // To the provider, with TLS and login.
    Address,  // Sender and recipient were named; a refusal is about them.
    Content,  // The message itself was handed over.
};

struct Outcome {
    Verdict verdict = Verdict::Uncertain;
    Stage stage = Stage::Content;
    int code = 0;            // Of the provider's answer, SMTP or HTTP; 0: none came.
    std::string detail;      // For people: the answer's text, or what failed; no address in it.
    Micros retry_after = 0;  // Of Retryable: how long the provider asked to be left alone.

    bool operator==(const Outcome&) const = default;
};

/// `delivered`, `refused`, `retryable`, `uncertain`.
std::string_view verdict_name(Verdict verdict);
/// `queue`, `compose`, `connect`, `address`, `content`.
std::string_view stage_name(Stage stage);
/// 32 digits of lower-case hexadecimal.
std::string key_text(Key128 key);

class Sender {
public:
    virtual ~Sender() = default;

    /// Hands a message over and waits for the answer. Never throws, never logs addresses or texts.
    /// Cost: a round trip or more to the provider, bounded by the sender's time-outs.
    virtual Outcome send(const Message& message) = 0;

    /// From any thread: what is under way ends within about a second, without an answer, and so
    /// does what is begun later. What answers at once has nothing to do here.
    virtual void cut_off() {}

    /// Whether an attempt without an outcome (the process ended during it) may simply be made
    /// again, since the provider knows the key.
    virtual bool repeats_by_key() const = 0;
};

}  // namespace throughline::channel
