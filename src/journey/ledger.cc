#include "journey/ledger.h"

#include <algorithm>

#include "base/bytes.h"

namespace throughline::journey {

namespace {

constexpr uint8_t kVersion = 1;

void close(Entry& entry, SendState state, SendReason reason = SendReason::None) {
    entry.state = state;
    entry.reason = reason;
    entry.due = 0;
}

/// Ends as not sent, where that is known.
void close_unsent(Entry& entry, SendState state, SendReason reason = SendReason::None) {
    close(entry, entry.is_unsettled ? SendState::Uncertain : state, reason);
}

bool is_late(const Entry& entry, Micros at) {
    return entry.not_after != kNoTime && at > entry.not_after;
}

/// Waits until `due`, or is over when that is past its deadline or nobody wants it any more.
void wait_until(Entry& entry, Micros due) {
    if (entry.is_withdrawn) return close_unsent(entry, SendState::Refused, SendReason::Withdrawn);
    entry.state = SendState::Waiting;
    entry.reason = SendReason::None;
    entry.due = due;
    if (is_late(entry, due)) close_unsent(entry, SendState::Expired);
}

/// Whether attempt `attempt` is the last one, and nothing is known of it.
bool is_out(const Entry& entry, uint16_t attempt) {
    return attempt == entry.attempts &&
           (entry.state == SendState::Sending || entry.state == SendState::Uncertain);
}

/// Between half of a doubling time and all of it; entries differ, so that a provider that comes
/// back is not met by all of them at once.
Micros backoff(const Entry& entry) {
    const unsigned doublings = std::min<unsigned>(entry.attempts - 1u, 20);
    const Micros whole = std::min(kBackoffFirst << doublings, kBackoffMost);
    const auto half = static_cast<uint64_t>(whole / 2);
    return whole - static_cast<Micros>(mix(entry.key.low + entry.attempts) % half);
}

}  // namespace

std::string_view state_name(SendState state) {
    static constexpr std::string_view kNames[] = {"waiting", "sending", "uncertain", "sent",
                                                  "refused", "expired", "failed"};
    return kNames[static_cast<size_t>(state)];
}

std::string_view reason_name(SendReason reason) {
    const auto number = static_cast<uint8_t>(reason);
    if (number < kOwnReasons) return privacy::refusal_name(static_cast<privacy::Refusal>(number));
    switch (reason) {
        case SendReason::None:
            break;
        case SendReason::NoAddress:
            return "no_address";
        case SendReason::NoSender:
            return "no_sender";
        case SendReason::NoTemplate:
            return "no_template";
        case SendReason::NoContent:
            return "no_content";
        case SendReason::Withdrawn:
            return "withdrawn";
        case SendReason::TooMany:
            return "too_many";
        case SendReason::Rejected:
            return "rejected";
        case SendReason::TooOften:
            return "too_often";
        case SendReason::GivenUp:
            return "given_up";
    }
    return "";
}

std::string_view decision_name(SendDecision decision) {
    static constexpr std::string_view kNames[] = {"again", "was_sent", "give_up"};
    return kNames[static_cast<size_t>(decision)];
}

Begun begin(Entry& entry, const Checks& checks, Micros at, bool is_on_hold) {
    if (entry.state != SendState::Waiting) return Begun::Busy;
    if (is_late(entry, at)) {
        close_unsent(entry, SendState::Expired);
        return Begun::Closed;
    }
    if (is_on_hold) return Begun::OnHold;
    if (at < entry.due) return Begun::Later;
    if (checks.refusal != SendReason::None) {
        close_unsent(entry, SendState::Refused, checks.refusal);
        return Begun::Closed;
    }
    if (entry.is_unsettled && !checks.is_same_provider) {
        close(entry, SendState::Uncertain);
        return Begun::Closed;
    }
    if (checks.quiet_until != kNoTime && checks.quiet_until > at) {
        wait_until(entry, checks.quiet_until);
        return entry.state == SendState::Waiting ? Begun::Later : Begun::Closed;
    }
    ++entry.attempts;
    entry.state = SendState::Sending;
    entry.due = 0;
    return Begun::Attempt;
}

bool settle(Entry& entry, uint16_t attempt, SendOutcome outcome, Micros at) {
    if (attempt == 0 || attempt > entry.attempts || entry.state == SendState::Sent) return false;
    if (outcome == SendOutcome::Sent) {
        entry.is_unsettled = false;
        close(entry, SendState::Sent);
        return true;
    }
    if (!is_out(entry, attempt)) return false;
    switch (outcome) {
        case SendOutcome::Sent:
            break;
        case SendOutcome::Rejected:
            // Of a repeat it says nothing about the attempt that may have been taken.
            close_unsent(entry, SendState::Failed, SendReason::Rejected);
            return true;
        case SendOutcome::Unknown:
            if (entry.state == SendState::Uncertain) return false;
            if (!entry.repeats_by_key) {
                close(entry, SendState::Uncertain);
                return true;
            }
            entry.is_unsettled = true;
            [[fallthrough]];
        case SendOutcome::Retryable:
            if (entry.attempts >= kAttemptsMax) {
                close_unsent(entry, SendState::Failed, SendReason::TooOften);
            } else {
                wait_until(entry, at + backoff(entry));
            }
            return true;
        case SendOutcome::NotMade:
            wait_until(entry, at);
            return true;
    }
    return false;
}

bool refuse(Entry& entry, uint16_t attempt, SendReason reason) {
    if (entry.state != SendState::Sending || !is_out(entry, attempt)) return false;
    close_unsent(entry, SendState::Refused, reason);
    return true;
}

void recover(Entry& entry, Micros at) {
    if (entry.state == SendState::Sending) {
        settle(entry, entry.attempts, SendOutcome::Unknown, at);
    }
}

Status decide(Entry& entry, SendDecision decision, Micros at) {
    const bool is_uncertain = entry.state == SendState::Uncertain;
    const bool gives_up_waiting =
        entry.state == SendState::Waiting && decision == SendDecision::GiveUp;
    if (!is_uncertain && !gives_up_waiting) {
        return Error::precondition("message: is " + std::string(state_name(entry.state)) +
                                   ": there is nothing to decide");
    }
    if (entry.is_withdrawn && decision == SendDecision::Again) {
        return Error::precondition("message: its run has ended: it is not sent again");
    }
    entry.is_unsettled = false;
    switch (decision) {
        case SendDecision::Again:
            wait_until(entry, at);
            break;
        case SendDecision::WasSent:
            close(entry, SendState::Sent);
            break;
        case SendDecision::GiveUp:
            close(entry, SendState::Failed, SendReason::GivenUp);
            break;
    }
    return Status::ok();
}

bool doubt(Entry& entry) {
    if (entry.state != SendState::Waiting) return false;
    close(entry, SendState::Uncertain);
    return true;
}

bool withdraw(Entry& entry) {
    if (!entry.is_open() || entry.is_withdrawn) return false;
    entry.is_withdrawn = true;
    if (entry.state == SendState::Waiting) wait_until(entry, entry.due);
    return true;
}

void encode_entry(const Entry& entry, std::string& out) {
    ByteWriter writer(out);
    writer.u8(kVersion);
    writer.fixed(entry.key);
    writer.u8(static_cast<uint8_t>(entry.state));
    writer.u8(static_cast<uint8_t>(entry.reason));
    writer.fixed(entry.attempts);
    writer.u8(static_cast<uint8_t>(entry.repeats_by_key));
    writer.u8(static_cast<uint8_t>(entry.is_unsettled));
    writer.u8(static_cast<uint8_t>(entry.is_withdrawn));
    writer.fixed(entry.due);
    writer.fixed(entry.not_after);
}

Result<Entry> decode_entry(std::string_view bytes) {
    ByteReader in(bytes);
    Entry entry;
    const uint8_t version = in.u8();
    entry.key = in.fixed<Key128>();
    const uint8_t state = in.u8();
    const uint8_t reason = in.u8();
    entry.state = static_cast<SendState>(state);
    entry.reason = static_cast<SendReason>(reason);
    entry.attempts = in.fixed<uint16_t>();
    const uint8_t repeats = in.u8();
    entry.repeats_by_key = repeats != 0;
    const uint8_t unsettled = in.u8();
    entry.is_unsettled = unsettled != 0;
    const uint8_t withdrawn = in.u8();
    entry.is_withdrawn = withdrawn != 0;
    entry.due = in.fixed<Micros>();
    entry.not_after = in.fixed<Micros>();
    const bool is_good = in.ok() && in.at_end() && version == kVersion && repeats <= 1 &&
                         unsettled <= 1 && withdrawn <= 1 &&
                         state <= static_cast<uint8_t>(SendState::Failed) &&
                         !reason_name(entry.reason).empty();
    if (!is_good) return Error::corrupt("journey: ledger: an entry's bytes are damaged");
    return entry;
}

}  // namespace throughline::journey
