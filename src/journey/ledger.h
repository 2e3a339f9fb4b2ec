// The ledger of what is sent: of each intent, whether it may go out, went out, or nobody knows.
//
//   intent ─▶ waiting ─begin─▶ sending ─outcome─▶ sent · failed
//                ▲  └▶ refused · expired  └▶ retryable: waiting (back-off) · unknown: uncertain
//                └────────── somebody decides: again ──────────────────────────┘
//
// 1. Between two attempts lies the outcome of the first, known or decided by somebody; but for
//    channels that repeat by key, where a second call with the same key to the same provider does
//    nothing new. What may have been taken never ends as not sent by itself: it is uncertain.
// 2. Nothing goes out after its deadline, nor while sending is on hold (after a restore).
// 3. An attempt without an outcome after a restart is uncertain; an outcome that comes late, by a
//    call-back, still settles it.
// 4. What was withdrawn is never begun again: what is out then may still turn out to be sent, and
//    what turns out not to be ends as refused.
// 5. Every entry ends as sent, refused, expired, failed or uncertain, with its reason.
//
// The caller logs each of these steps before it acts on it: begin() before the call goes out.
//
// Layer 5. Pure: the fold keeps the entries. Cost: of a step some nanoseconds; 61 bytes an entry.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/result.h"
#include "base/time.h"
#include "privacy/gate.h"

namespace throughline::journey {

enum class SendState : uint8_t {
    Waiting,    // For its time (due), and somebody to begin.
    Sending,    // An attempt is out.
    Uncertain,  // An attempt was, and nobody knows; somebody decides.
    Sent,       // The provider took it.
    Refused,    // It may not be sent; reason says why.
    Expired,    // Its deadline passed first.
    Failed,     // The provider will not take it, or somebody gave it up.
};

/// Why. The one list of reasons: below kOwnReasons are those of the gate (privacy::Refusal), with
/// its numbers and names. Stored: never renumber.
enum class SendReason : uint8_t {
    None = 0,
    NoAddress = 32,   // Refused: the person has none of this channel.
    NoSender = 33,    // Refused: nobody is set up to carry this channel.
    NoTemplate = 34,  // Refused: there is no such template.
    NoContent = 35,   // Refused: the template needs what is not there.
    Withdrawn = 36,   // Refused: its run ended before it went out.
    TooMany = 37,     // Refused: so many of the identity are open already.
    Rejected = 64,    // Failed: by the provider, for good.
    TooOften = 65,    // Failed: retryable, but kAttemptsMax were made.
    GivenUp = 66,     // Failed: somebody decided so.
};
inline constexpr uint8_t kOwnReasons = 32;

inline SendReason reason_of(privacy::Refusal refusal) {
    return static_cast<SendReason>(refusal);
}

std::string_view state_name(SendState state);
/// Empty for a number that is none.
std::string_view reason_name(SendReason reason);

inline constexpr uint16_t kAttemptsMax = 12;
inline constexpr Micros kBackoffFirst = 30 * kSecond;  // Doubles from attempt to attempt,
inline constexpr Micros kBackoffMost = 2 * kHour;      // up to this.

/// One thing to be sent, and what is known about it.
struct Entry {
    Key128 key;  // Of the intent; goes to the provider.
    SendState state = SendState::Waiting;
    SendReason reason = SendReason::None;
    uint16_t attempts = 0;        // Begun so far; the last one's number.
    bool repeats_by_key = false;  // The provider of the last attempt does nothing new for a key
                                  // that it has seen.
    bool is_unsettled = false;    // An attempt may have been taken, and is repeated by its key.
    bool is_withdrawn = false;    // Its run ended: there is no further attempt.
    Micros due = 0;               // Of Waiting: not to begin before.
    Micros not_after = kNoTime;   // Not to be sent after; kNoTime: no limit.

    bool is_open() const { return state <= SendState::Uncertain; }
    bool operator==(const Entry&) const = default;
};

/// What the checks at the moment of sending said: consent, topic, suppression, caps, quiet hours.
struct Checks {
    SendReason refusal = SendReason::None;
    Micros quiet_until = kNoTime;  // kNoTime: not quiet.
    bool is_same_provider = true;  // As of the attempt before, and it heeds keys.
};

enum class Begun : uint8_t {
    Attempt,  // The call may go out, as attempt Entry::attempts.
    Closed,   // Refused, expired, or uncertain.
    Later,    // Not due, or quiet: Entry::due says when to ask again.
    OnHold,   // Nothing is sent until somebody resumes sending.
    Busy,     // It is not waiting.
};

enum class SendOutcome : uint8_t {
    Sent,
    Retryable,  // Not taken, and known not to be: 4xx of SMTP before the end of DATA, 429, 503.
    Rejected,   // Not taken, for good.
    Unknown,    // The connection broke after it might have been taken.
    NotMade,    // Nobody was called after all: the sender was stopped.
};

enum class SendDecision : uint8_t { Again, WasSent, GiveUp };
/// `again`, `was_sent`, `give_up`.
std::string_view decision_name(SendDecision decision);

/// Somebody asks to begin. Changes `entry` as the answer says.
Begun begin(Entry& entry, const Checks& checks, Micros at, bool is_on_hold);

/// The outcome of attempt `attempt`. Returns whether it changed anything: a known outcome settles
/// an attempt that is out or uncertain; what comes twice, or of an older attempt, only if it says
/// that it was sent.
bool settle(Entry& entry, uint16_t attempt, SendOutcome outcome, Micros at);

/// Attempt `attempt` is not made after all, since the message cannot be. Returns as settle().
bool refuse(Entry& entry, uint16_t attempt, SendReason reason);

/// After a restart: an attempt without an outcome is begun anew by its key, or uncertain.
void recover(Entry& entry, Micros at);

/// Somebody decides about an uncertain entry, or gives up one that waits.
/// Errors: FailedPrecondition when there is nothing to decide, or `again` where it was withdrawn.
Status decide(Entry& entry, SendDecision decision, Micros at);

/// Another installation may have sent it meanwhile. Returns whether that changed anything.
bool doubt(Entry& entry);

/// Its run ended: what has not gone out does not, and what is out is not tried again. Returns
/// whether it changed anything.
bool withdraw(Entry& entry);

void encode_entry(const Entry& entry, std::string& out);
/// Errors: Corrupt.
Result<Entry> decode_entry(std::string_view bytes);

}  // namespace throughline::journey
