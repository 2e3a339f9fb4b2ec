#include "engine/consents.h"

#include <charconv>

namespace throughline::engine {

namespace {

constexpr size_t kScannedMax = 20'000;  // Rows looked at for one page: a rare key takes several.
constexpr size_t kStep = 500;

std::string order_bytes(uint32_t number) {
    const uint32_t swapped = __builtin_bswap32(number);
    return {reinterpret_cast<const char*>(&swapped), sizeof swapped};
}

struct StatementRow {
    IdentityId identity = 0;
    privacy::Subject subject = privacy::Subject::Purpose;
    bool is_given = false;
    std::string_view key;
};

StatementRow read_row(std::string_view bytes) {
    ByteReader in(bytes);
    StatementRow row;
    row.identity = in.fixed<uint32_t>();
    row.subject = static_cast<privacy::Subject>(in.u8());
    row.is_given = in.u8() != 0;
    row.key = in.raw(in.left());
    return row;
}

bool passes(const StatementFilter& filter, const StatementRow& row) {
    return (!filter.subject || *filter.subject == row.subject) &&
           (filter.key.empty() || filter.key == row.key) &&
           (!filter.is_given || *filter.is_given == row.is_given);
}

// Cursors are keys of rows in hexadecimal: the last one looked at.
std::string cursor_of(std::string_view key) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (const char byte : key) {
        text += kDigits[static_cast<uint8_t>(byte) >> 4];
        text += kDigits[static_cast<uint8_t>(byte) & 15];
    }
    return text;
}

std::optional<std::string> key_of_cursor(std::string_view text) {
    std::string key;
    if (text.size() % 2 != 0 || text.size() > 64) return {};
    for (size_t i = 0; i < text.size(); i += 2) {
        uint8_t byte = 0;
        const auto end = std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
        if (end.ec != std::errc{} || end.ptr != text.data() + i + 2) return {};
        key += static_cast<char>(byte);
    }
    return key;
}

// Walks the rows of a range from its end, below the cursor, until `visit` has no room for one;
// returns the next cursor, empty when all were seen.
template <typename Visit>
Result<std::string> walk_back(const store::OrderedTable& table, store::KeyRange range,
                              std::string_view cursor, Visit&& visit) {
    if (!cursor.empty()) {
        auto key = key_of_cursor(cursor);
        if (!key) return Error::invalid("query: cursor: need the `next` of a page before");
        range.to = *std::move(key);
    }
    for (size_t scanned = 0; scanned < kScannedMax;) {
        TL_TRY_ASSIGN(const auto rows, table.scan(range, kStep, store::ScanOrder::Descending));
        for (const auto& [key, value] : rows) {
            TL_TRY_ASSIGN(const bool had_room, visit(key, value));
            if (!had_room) return cursor_of(range.to);
            range.to = key;
        }
        if (rows.size() < kStep) return std::string();
        scanned += rows.size();
    }
    return cursor_of(range.to);
}

}  // namespace

std::vector<privacy::Held> PersonBooks::held() const {
    std::vector<privacy::Held> held;
    for (size_t i = 0; i < books.size(); ++i) held.push_back({identities[i], &books[i]});
    return held;
}

Result<PersonBooks> load_books(const View& view, const Person& person) {
    PersonBooks all;
    for (const PersonIdentity& identity : person.identities) {
        TL_TRY_ASSIGN(const auto bytes,
                      view.tables.consents.read(identity::identity_key(identity.id), view.pin));
        if (!bytes) continue;
        TL_TRY_ASSIGN(privacy::Book book, privacy::Book::decode(*bytes));
        all.identities.push_back(identity.id);
        all.books.push_back(std::move(book));
    }
    return all;
}

Result<StatementPage> list_statements(const View& view, const StatementFilter& filter,
                                      std::string_view cursor, size_t limit) {
    StatementPage page;
    const auto visit = [&](std::string_view key, std::string_view value) -> Result<bool> {
        const StatementRow row = read_row(value);
        if (!passes(filter, row)) return true;
        TL_TRY_ASSIGN(const auto bytes,
                      view.tables.consents.read(identity::identity_key(row.identity), view.pin));
        if (!bytes) return true;  // Erased, or said after the moment of this view.
        TL_TRY_ASSIGN(const privacy::Book book, privacy::Book::decode(*bytes));
        const auto position = number_of_key(key.substr(0, sizeof(model::Position)));
        const auto slot = __builtin_bswap32(load<uint32_t>(key.data() + sizeof(model::Position)));
        const privacy::Statement* statement = book.find(position, slot);
        if (statement == nullptr) return true;
        if (page.statements.size() == limit) return false;
        page.statements.push_back({row.identity, *statement});
        return true;
    };
    TL_TRY_ASSIGN(page.next, walk_back(view.tables.statements, {}, cursor, visit));
    return page;
}

Result<SuppressionPage> list_suppressions(const View& view,
                                          std::optional<privacy::SuppressionReason> reason,
                                          std::string_view cursor, size_t limit) {
    SuppressionPage page;
    const store::OrderedTable& table = view.tables.suppressions;
    const auto visit = [&](std::string_view key, std::string_view row) -> Result<bool> {
        TL_TRY_ASSIGN(const auto bytes, table.get(row));
        if (!bytes) return true;
        TL_TRY_ASSIGN(const auto address, privacy::SuppressedAddress::decode(*bytes));
        const model::Position position = number_of_key(key.substr(1));
        for (const privacy::Suppression& one : address.reasons) {
            if (one.position != position || (reason && one.reason != *reason)) continue;
            if (page.suppressions.size() == limit) return false;
            const Key128 hash{load<uint64_t>(row.data() + 1), load<uint64_t>(row.data() + 9)};
            page.suppressions.push_back({hash, address.space, one});
        }
        return true;
    };
    TL_TRY_ASSIGN(page.next, walk_back(table, store::KeyRange::prefix("t"), cursor, visit));
    return page;
}

Result<privacy::SuppressedAddress> find_suppression(const View& view, const Key128& address) {
    TL_TRY_ASSIGN(const auto bytes, view.tables.suppressions.get(suppression_row(address)));
    if (!bytes) return privacy::SuppressedAddress{};
    return privacy::SuppressedAddress::decode(*bytes);
}

std::pair<std::string, std::string> statement_row(IdentityId identity,
                                                  const privacy::Statement& statement) {
    std::string value;
    ByteWriter out(value);
    out.fixed(identity);
    out.u8(static_cast<uint8_t>(statement.subject));
    out.u8(statement.is_given ? 1 : 0);
    out.raw(statement.key);
    return {ordered_key(statement.position) + order_bytes(statement.slot), std::move(value)};
}

std::string suppression_row(const Key128& address) {
    std::string row = "h";
    ByteWriter out(row);
    out.fixed(address.high);
    out.fixed(address.low);
    return row;
}

std::string suppression_order_row(model::Position position) {
    return "t" + ordered_key(position);
}

std::string hex_of_key(const Key128& key) {
    return cursor_of(ordered_key(key.high) + ordered_key(key.low));
}

std::optional<Key128> key_of_hex(std::string_view text) {
    if (text.size() != 2 * sizeof(Key128)) return {};
    const auto bytes = key_of_cursor(text);
    if (!bytes) return {};
    return Key128{number_of_key(bytes->substr(0, 8)), number_of_key(bytes->substr(8))};
}

}  // namespace throughline::engine
