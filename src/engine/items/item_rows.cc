#include "engine/items/item_rows.h"

#include "base/bytes.h"

namespace throughline::engine {

namespace {

constexpr uint64_t kSign = uint64_t{1} << 63;
constexpr char kEnd = '\0';  // Of a key or a state: neither has one inside.

std::string list_prefix(char list, std::string_view catalog) {
    std::string key(1, list);
    key += catalog;
    key += kEnd;
    return key;
}

}  // namespace

Key128 item_key(const SecretKey& secret, std::string_view catalog, std::string_view id) {
    return keyed_hash(secret, list_prefix('i', catalog) + std::string(id));
}

std::string items_prefix(std::string_view catalog) {
    return list_prefix('k', catalog);
}

std::string items_of_state_prefix(std::string_view catalog, std::string_view state) {
    return list_prefix('s', catalog) + std::string(state) + kEnd;
}

std::string items_by_due_prefix(std::string_view catalog) {
    return list_prefix('d', catalog);
}

std::string items_of_person_prefix(uint32_t identity) {
    std::string key = "o";
    ByteWriter(key).fixed(__builtin_bswap32(identity));
    return key;
}

std::string items_of_account_prefix(const Key128& account) {
    std::string key = "a";
    ByteWriter(key).fixed(account);
    return key;
}

std::string item_count_row(std::string_view catalog) {
    return "n" + std::string(catalog);
}

std::string due_bytes(Micros due) {
    std::string bytes;
    ByteWriter(bytes).fixed(__builtin_bswap64(static_cast<uint64_t>(due) ^ kSign));
    return bytes;
}

Micros due_of_bytes(std::string_view bytes) {
    ByteReader in(bytes);
    return static_cast<Micros>(__builtin_bswap64(in.fixed<uint64_t>()) ^ kSign);
}

uint64_t count_of_bytes(std::string_view bytes) {
    return ByteReader(bytes).fixed<uint64_t>();
}

std::vector<std::string> list_rows(const catalog::Type& type, const catalog::Item& item) {
    std::vector<std::string> rows{items_prefix(type.key()) + item.id};
    if (!item.visits.empty()) {
        rows.push_back(items_of_state_prefix(type.key(), item.state()) + item.id);
    }
    if (item.due != kNoTime && type.counts_late(item.state())) {
        rows.push_back(items_by_due_prefix(type.key()) + due_bytes(item.due) + item.id);
    }
    const std::string of_owner = type.key() + kEnd + item.id;
    if (item.person() != 0) rows.push_back(items_of_person_prefix(item.person()) + of_owner);
    if (const auto* const account = std::get_if<Key128>(&item.owner)) {
        rows.push_back(items_of_account_prefix(*account) + of_owner);
    }
    return rows;
}

std::optional<NamedItem> item_named(std::string_view key, std::string_view prefix) {
    if (!key.starts_with(prefix)) return {};
    const std::string_view rest = key.substr(prefix.size());
    const size_t end = rest.find(kEnd);
    if (end == rest.npos) return {};
    return NamedItem{std::string(rest.substr(0, end)), std::string(rest.substr(end + 1))};
}

}  // namespace throughline::engine
