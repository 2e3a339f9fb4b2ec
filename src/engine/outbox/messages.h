// Reading messages: one with all that is known of it, lists newest first, what waits for whom.
//
// Layer 6. Pure over a View. Cost: a read a message; a page of a list a read a row.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/outbox/rows.h"
#include "engine/view.h"

namespace throughline::engine {

/// Nothing: there is none of this key, or its person was erased.
Result<std::optional<Message>> find_message(const View& view, const Key128& key);

/// Which messages a list is about; empty: all.
struct MessageFilter {
    std::vector<identity::IdentityId> owners;  // Of a person: all her identities.
    std::string journey;
    std::string channel;
    std::optional<journey::SendState> state;
    std::optional<journey::SendReason> reason;  // Also what a message waits for.
    Micros asked_before = INT64_MAX;
};

struct MessagePage {
    std::vector<Message> messages;
    std::string next;  // Cursor; empty at the end.
};

/// Messages in the order in which they were asked for, the newest first. `cursor`: of the page
/// before, empty for the first. A page may hold fewer than `limit`, and yet have a next one: not
/// more than some thousand rows are looked at.
/// Errors: InvalidArgument for a cursor that is none; of the reads.
Result<MessagePage> list_messages(const View& view, const MessageFilter& filter,
                                  std::string_view cursor, size_t limit);

struct ChannelTotals {
    std::string channel;
    ChannelCounts counts;
};
/// How many messages of each channel are in each state.
Result<std::vector<ChannelTotals>> count_messages(const Tables& tables);

/// What of a channel is due until some instant, the first due first, from a row on (rows.h): so who
/// goes on behind the last row does not walk over what is left of those before. Not of one moment:
/// the fold goes on meanwhile.
struct DueMessage {
    Key128 key;
    Micros due = 0;
    std::string row;
};
Result<std::vector<DueMessage>> due_messages(const Tables& tables, std::string_view channel,
                                             std::string_view from, Micros until, size_t limit);

/// The address that an identity stands for; empty: it was erased.
Result<std::string> address_of(const View& view, identity::IdentityId identity);

}  // namespace throughline::engine
