#include "engine/outbox/message.h"

#include <algorithm>

#include "base/bytes.h"

namespace throughline::engine {

using journey::SendReason;
using journey::SendState;

namespace {

constexpr uint8_t kVersion = 1;

Error damaged() {
    return Error::corrupt("engine: message: its bytes are damaged");
}

void encode_attempt(const Attempt& attempt, ByteWriter& out) {
    out.fixed(attempt.begun_at);
    out.fixed(attempt.ended_at);
    out.fixed(attempt.provider);
    out.varint(attempt.to);
    if (attempt.ended_at == kNoTime) return;
    out.u8(static_cast<uint8_t>(attempt.outcome.verdict));
    out.u8(static_cast<uint8_t>(attempt.outcome.stage));
    out.varint(static_cast<uint64_t>(attempt.outcome.code));
    out.string(attempt.outcome.detail);
}

Status decode_attempt(ByteReader& in, Attempt& attempt) {
    attempt.begun_at = in.fixed<Micros>();
    attempt.ended_at = in.fixed<Micros>();
    attempt.provider = in.fixed<uint64_t>();
    attempt.to = static_cast<identity::IdentityId>(in.varint());
    if (attempt.ended_at == kNoTime) return Status::ok();
    const uint8_t verdict = in.u8();
    const uint8_t stage = in.u8();
    if (verdict > static_cast<uint8_t>(channel::Verdict::Uncertain)) return damaged();
    if (stage > static_cast<uint8_t>(channel::Stage::Content)) return damaged();
    attempt.outcome.verdict = static_cast<channel::Verdict>(verdict);
    attempt.outcome.stage = static_cast<channel::Stage>(stage);
    attempt.outcome.code = static_cast<int>(in.varint());
    attempt.outcome.detail = in.string();
    return Status::ok();
}

// The texts of a message, in the order in which they are stored.
template <typename MessageT, typename Visit>
void for_each_text(MessageT& message, Visit&& visit) {
    visit(message.journey_key);
    visit(message.step);
    visit(message.channel);
    visit(message.template_key);
    visit(message.url);
    visit(message.purpose);
    visit(message.topic);
    visit(message.context);
}

}  // namespace

Attempt* Message::attempt(uint16_t number) {
    const size_t after = size_t{entry.attempts} - number;  // Of those that came later.
    if (number == 0 || number > entry.attempts || after >= attempts.size()) return nullptr;
    return &attempts[attempts.size() - 1 - after];
}

Micros Message::counted_at() const {
    if (!counts) return kNoTime;
    const bool may_be_taken =
        entry.state == SendState::Sending || entry.state == SendState::Uncertain ||
        entry.state == SendState::Sent || (entry.state == SendState::Waiting && entry.is_unsettled);
    return may_be_taken ? tried_at() : kNoTime;
}

Micros Message::tried_at() const {
    return attempts.empty() ? doubted_at : std::max(doubted_at, attempts.back().begun_at);
}

std::string Message::encode() const {
    std::string bytes;
    ByteWriter out(bytes);
    out.u8(kVersion);
    std::string entry_bytes;
    journey::encode_entry(entry, entry_bytes);
    out.string(entry_bytes);
    for (const uint64_t number : {uint64_t{owner}, uint64_t{journey}, uint64_t{version}}) {
        out.varint(number);
    }
    out.fixed(run);
    out.varint(cause);
    out.fixed(asked_at);
    out.fixed(doubted_at);
    out.u8(static_cast<uint8_t>(waits_for));
    out.u8(counts ? 1 : 0);
    for_each_text(*this, [&](const std::string& text) { out.string(text); });
    out.varint(attempts.size());
    for (const Attempt& attempt : attempts) encode_attempt(attempt, out);
    return bytes;
}

Result<Message> Message::decode(std::string_view bytes) {
    ByteReader in(bytes);
    Message message;
    if (in.u8() != kVersion) return damaged();
    TL_TRY_ASSIGN(message.entry, journey::decode_entry(in.string()));
    message.owner = static_cast<identity::IdentityId>(in.varint());
    message.journey = static_cast<uint32_t>(in.varint());
    message.version = static_cast<uint32_t>(in.varint());
    message.run = in.fixed<Key128>();
    message.cause = in.varint();
    message.asked_at = in.fixed<Micros>();
    message.doubted_at = in.fixed<Micros>();
    message.waits_for = static_cast<SendReason>(in.u8());
    const uint8_t counts = in.u8();
    message.counts = counts != 0;
    for_each_text(message, [&](std::string& text) { text = in.string(); });
    const uint64_t count = in.varint();
    if (count > kAttemptsKept || counts > 1 || journey::reason_name(message.waits_for).empty()) {
        return damaged();
    }
    for (uint64_t i = 0; i < count; ++i) {
        TL_TRY(decode_attempt(in, message.attempts.emplace_back()));
    }
    if (!in.ok() || !in.at_end()) return damaged();
    return message;
}

}  // namespace throughline::engine
