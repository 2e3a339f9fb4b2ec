// Keys of the ordered table `outbox`: messages by what they are looked for.
//
//   'w' channel's hash u128 · due i64 · key     what waits, the first due first; value: not after
//   's' key                                     attempts that are out
//   'u' cause u64 · key                         what is uncertain
//   'n' cause u64 · key                         all, in the order in which they were asked for
//   'p' owner u32 · cause u64 · key             those of an identity, likewise
//   'c' channel                                 how many of it are in each state (ChannelCounts)
//
// Numbers are big-endian, so that rows stand in their order; times have their sign flipped.
//
// Layer 6. Pure.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "engine/outbox/message.h"

namespace throughline::engine {

inline constexpr size_t kSendStates = 7;  // Of journey::SendState.

/// How many messages of a channel are in each state.
struct ChannelCounts {
    std::array<uint64_t, kSendStates> by_state{};

    uint64_t& of(journey::SendState state) { return by_state[static_cast<size_t>(state)]; }
    uint64_t of(journey::SendState state) const { return by_state[static_cast<size_t>(state)]; }
    std::string encode() const;
    /// Errors: Corrupt.
    static Result<ChannelCounts> decode(std::string_view bytes);
};

/// What waits of a channel, from a due time on.
std::string waiting_prefix(std::string_view channel);
std::string waiting_from(std::string_view channel, Micros due);
std::string waiting_row(const Message& message);
/// Requires: a row of waiting_row.
Micros due_of_waiting_row(std::string_view row);

std::string sending_row(const Key128& key);
/// `u`, `n`: in the order of causes.
std::string order_row(char kind, const Message& message);
std::string owner_prefix(identity::IdentityId owner);
std::string owner_row(const Message& message);
std::string counts_row(std::string_view channel);

/// The key of the message that a row ends with. Requires: a row of those above but counts.
Key128 message_key_of_row(std::string_view row);

}  // namespace throughline::engine
