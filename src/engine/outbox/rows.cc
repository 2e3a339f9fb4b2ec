#include "engine/outbox/rows.h"

#include "base/assert.h"
#include "base/bytes.h"
#include "engine/row_place.h"
#include "engine/tables.h"
#include "journey/run.h"

namespace throughline::engine {

std::string ChannelCounts::encode() const {
    std::string bytes;
    ByteWriter out(bytes);
    for (const uint64_t count : by_state) out.varint(count);
    return bytes;
}

Result<ChannelCounts> ChannelCounts::decode(std::string_view bytes) {
    ByteReader in(bytes);
    ChannelCounts counts;
    for (uint64_t& count : counts.by_state) count = in.varint();
    if (!in.ok() || !in.at_end()) return Error::corrupt("engine: outbox: counts are damaged");
    return counts;
}

std::string waiting_prefix(std::string_view channel) {
    return "w" + key_bytes(journey::hash_key(channel));
}

std::string waiting_from(std::string_view channel, Micros due) {
    return waiting_prefix(channel) + time_bytes(due);
}

std::string waiting_row(const Message& message) {
    return waiting_from(message.channel, message.entry.due) + key_bytes(message.entry.key);
}

Micros due_of_waiting_row(std::string_view row) {
    constexpr size_t kBefore = 1 + sizeof(Key128);
    TL_ASSERT(row.size() == kBefore + sizeof(Micros) + sizeof(Key128));
    return time_of_bytes(row.substr(kBefore, sizeof(Micros)));
}

std::string sending_row(const Key128& key) {
    return "s" + key_bytes(key);
}

std::string order_row(char kind, const Message& message) {
    return kind + ordered_key(message.cause) + key_bytes(message.entry.key);
}

std::string owner_prefix(identity::IdentityId owner) {
    return "p" + identity_bytes(owner);
}

std::string owner_row(const Message& message) {
    return owner_prefix(message.owner) + ordered_key(message.cause) + key_bytes(message.entry.key);
}

std::string counts_row(std::string_view channel) {
    return "c" + std::string(channel);
}

Key128 message_key_of_row(std::string_view row) {
    return key_of_row(row);
}

}  // namespace throughline::engine
