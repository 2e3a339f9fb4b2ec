#include "engine/outbox/messages.h"

#include <algorithm>

#include "engine/row_place.h"

namespace throughline::engine {

using identity::IdentityId;

namespace {

constexpr size_t kScannedMax = 5'000;  // Rows looked at for one page: a rare reason takes several.
constexpr size_t kStep = 200;

// The prefixes under which a list finds its rows.
std::vector<std::string> prefixes_of(const MessageFilter& filter) {
    std::vector<std::string> prefixes;
    for (const IdentityId owner : filter.owners) prefixes.push_back(owner_prefix(owner));
    if (!prefixes.empty()) return prefixes;
    return {filter.state == journey::SendState::Uncertain ? "u" : "n"};
}

// The next rows of all prefixes together, from their end, below a place; of each only that place.
Result<std::vector<std::string>> next_places(const store::OrderedTable& outbox,
                                             const std::vector<std::string>& prefixes,
                                             const std::string& below) {
    std::vector<std::string> places;
    for (const std::string& prefix : prefixes) {
        store::KeyRange range = store::KeyRange::prefix(prefix);
        if (!below.empty()) range.to = prefix + below;
        TL_TRY_ASSIGN(const auto rows, outbox.scan(range, kStep, store::ScanOrder::Descending));
        for (const auto& [row, value] : rows) places.push_back(row.substr(prefix.size()));
    }
    std::ranges::sort(places, std::greater<>());
    if (places.size() > kStep) places.resize(kStep);
    return places;
}

bool passes(const MessageFilter& filter, const Message& message) {
    return message.asked_at < filter.asked_before &&
           (filter.journey.empty() || filter.journey == message.journey_key) &&
           (filter.channel.empty() || filter.channel == message.channel) &&
           (!filter.state || *filter.state == message.entry.state) &&
           (!filter.reason || *filter.reason == message.entry.reason ||
            *filter.reason == message.waits_for);
}

}  // namespace

Result<std::optional<Message>> find_message(const View& view, const Key128& key) {
    TL_TRY_ASSIGN(const auto bytes, view.tables.messages.read(key, view.pin));
    if (!bytes) return std::optional<Message>();
    TL_TRY_ASSIGN(Message message, Message::decode(*bytes));
    return std::optional<Message>(std::move(message));
}

Result<MessagePage> list_messages(const View& view, const MessageFilter& filter,
                                  std::string_view cursor, size_t limit) {
    std::string below;
    if (!cursor.empty()) {
        TL_TRY_ASSIGN(below, place_of_cursor(cursor));
    }
    const std::vector<std::string> prefixes = prefixes_of(filter);
    MessagePage page;
    for (size_t scanned = 0; scanned < kScannedMax;) {
        TL_TRY_ASSIGN(const auto places, next_places(view.tables.outbox, prefixes, below));
        for (const std::string& place : places) {
            TL_TRY_ASSIGN(auto message, find_message(view, message_key_of_row(place)));
            const bool is_wanted = message && passes(filter, *message);
            if (is_wanted && page.messages.size() == limit) {
                page.next = cursor_of_place(below);
                return page;
            }
            if (is_wanted) page.messages.push_back(*std::move(message));
            below = place;
        }
        if (places.size() < kStep) return page;
        scanned += places.size();
    }
    page.next = cursor_of_place(below);
    return page;
}

Result<std::vector<ChannelTotals>> count_messages(const Tables& tables) {
    TL_TRY_ASSIGN(const auto rows, tables.outbox.scan(store::KeyRange::prefix("c"), SIZE_MAX));
    std::vector<ChannelTotals> all;
    for (const auto& [row, value] : rows) {
        TL_TRY_ASSIGN(const ChannelCounts counts, ChannelCounts::decode(value));
        all.push_back({row.substr(1), counts});
    }
    return all;
}

Result<std::vector<DueMessage>> due_messages(const Tables& tables, std::string_view channel,
                                             std::string_view from, Micros until, size_t limit) {
    const store::KeyRange range{.from = std::max(waiting_prefix(channel), std::string(from)),
                                .to = waiting_from(channel, until + 1)};
    TL_TRY_ASSIGN(const auto rows, tables.outbox.scan(range, limit));
    std::vector<DueMessage> due;
    for (const auto& [row, value] : rows) {
        due.push_back({message_key_of_row(row), due_of_waiting_row(row), row});
    }
    return due;
}

Result<std::string> address_of(const View& view, IdentityId identity) {
    TL_TRY_ASSIGN(const auto bytes,
                  view.tables.identities.read(identity::identity_key(identity), view.pin));
    if (!bytes) return std::string();
    const identity::NodeView node(*bytes);
    if (node.has(identity::kNodeErased)) return std::string();
    return std::string(node.value());
}

}  // namespace throughline::engine
