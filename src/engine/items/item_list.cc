#include "engine/items/item_list.h"

#include <algorithm>
#include <charconv>

#include "engine/items/item_rows.h"

namespace throughline::engine {

using catalog::Item;

namespace {

constexpr size_t kScannedMax = 20'000;  // Rows looked at for one page: a rare one takes several.
constexpr size_t kStep = 500;

Result<std::optional<Item>> read_item(const View& view, const Key128& key) {
    TL_TRY_ASSIGN(const auto bytes, view.tables.items.read(key, view.pin));
    if (!bytes) return std::optional<Item>{};
    TL_TRY_ASSIGN(Item item, Item::decode(*bytes));
    return std::optional<Item>(std::move(item));
}

bool passes(const catalog::Type& type, const ItemFilter& filter, const Item& item) {
    if (!filter.state.empty() && item.state() != filter.state) return false;
    if (filter.person && std::ranges::find(*filter.person, item.person()) == filter.person->end()) {
        return false;
    }
    if (filter.account && item.owner != Item::Owner(*filter.account)) return false;
    return !filter.due_before ||
           (item.due != kNoTime && item.due < *filter.due_before && type.counts_late(item.state()));
}

// A list that is walked: rows of a range, whose keys end in an id. By due time the time stands
// before it, and cursors are `1700000000000000:id`.
struct Walk {
    std::string prefix;
    std::string end;  // Rows before this; empty: to the end of the prefix.
    bool is_by_due = false;
};

Walk walk_of(const catalog::Type& type, const ItemFilter& filter) {
    if (filter.due_before) {
        const std::string prefix = items_by_due_prefix(type.key());
        return {prefix, prefix + due_bytes(*filter.due_before), true};
    }
    if (!filter.state.empty()) return {items_of_state_prefix(type.key(), filter.state), "", false};
    if (filter.account) {
        return {items_of_account_prefix(*filter.account) + type.key() + '\0', "", false};
    }
    return {items_prefix(type.key()), "", false};
}

std::string id_of_row(const Walk& walk, std::string_view row) {
    return std::string(row.substr(walk.prefix.size() + (walk.is_by_due ? sizeof(Micros) : 0)));
}

std::string cursor_of(const Walk& walk, std::string_view row) {
    if (!walk.is_by_due) return id_of_row(walk, row);
    return std::to_string(due_of_bytes(row.substr(walk.prefix.size()))) + ":" +
           id_of_row(walk, row);
}

Result<std::string> row_of_cursor(const Walk& walk, std::string_view cursor) {
    if (!walk.is_by_due) return walk.prefix + std::string(cursor);
    Micros due = 0;
    const auto end = std::from_chars(cursor.data(), cursor.data() + cursor.size(), due);
    const auto size = static_cast<size_t>(end.ptr - cursor.data());
    if (end.ec != std::errc{} || size == cursor.size() || cursor[size] != ':') {
        return Error::invalid("query: cursor: need the `next` of a page before");
    }
    return walk.prefix + due_bytes(due) + std::string(cursor.substr(size + 1));
}

// Items of a person are few: read whole, then cut into pages.
Result<ItemPage> page_of_person(const View& view, const catalog::Type& type,
                                const ItemFilter& filter, std::string_view cursor, size_t limit) {
    TL_TRY_ASSIGN(std::vector<Item> all, items_of_person(view, *filter.person));
    std::erase_if(all, [&](const Item& item) {
        return item.catalog != type.key() || !passes(type, filter, item) ||
               (!cursor.empty() && item.id <= cursor);
    });
    ItemPage page{.items = std::move(all), .next = {}};
    if (page.items.size() <= limit) return page;
    page.items.resize(limit);
    page.next = page.items.back().id;
    return page;
}

}  // namespace

Result<std::optional<Item>> find_item(const View& view, std::string_view catalog,
                                      std::string_view id) {
    return read_item(view, item_key(view.secret, catalog, id));
}

Result<uint64_t> count_items(const View& view, std::string_view catalog) {
    TL_TRY_ASSIGN(const auto bytes, view.tables.item_lists.get(item_count_row(catalog)));
    return bytes ? count_of_bytes(*bytes) : 0;
}

Result<ItemPage> list_items(const View& view, const catalog::Type& type, const ItemFilter& filter,
                            std::string_view cursor, size_t limit) {
    if (filter.person && !filter.due_before) {
        return page_of_person(view, type, filter, cursor, limit);
    }
    const Walk walk = walk_of(type, filter);
    store::KeyRange range = store::KeyRange::prefix(walk.prefix);
    if (!walk.end.empty()) range.to = walk.end;
    std::string last;  // The row that was looked at last.
    if (!cursor.empty()) {
        TL_TRY_ASSIGN(last, row_of_cursor(walk, cursor));
        range.from = last + '\0';
    }
    ItemPage page;
    for (size_t scanned = 0; scanned < kScannedMax; scanned += kStep) {
        TL_TRY_ASSIGN(const auto rows, view.tables.item_lists.scan(range, kStep));
        for (const auto& [row, value] : rows) {
            const Key128 key = item_key(view.secret, type.key(), id_of_row(walk, row));
            TL_TRY_ASSIGN(auto item, read_item(view, key));
            if (item && passes(type, filter, *item)) {
                if (page.items.size() == limit) {
                    page.next = cursor_of(walk, last);
                    return page;
                }
                page.items.push_back(*std::move(item));
            }
            last = row;
        }
        if (rows.size() < kStep) return page;
        range.from = last + '\0';
    }
    page.next = cursor_of(walk, last);
    return page;
}

Result<std::vector<Item>> items_of_person(const View& view,
                                          std::span<const identity::IdentityId> identities) {
    std::vector<Item> items;
    for (const identity::IdentityId identity : identities) {
        const std::string prefix = items_of_person_prefix(identity);
        TL_TRY_ASSIGN(const auto rows,
                      view.tables.item_lists.scan(store::KeyRange::prefix(prefix), SIZE_MAX));
        for (const auto& [row, value] : rows) {
            const auto named = item_named(row, prefix);
            if (!named) return Error::corrupt("engine: item lists: damaged");
            TL_TRY_ASSIGN(auto item, find_item(view, named->catalog, named->id));
            if (item && item->person() == identity) items.push_back(*std::move(item));
        }
    }
    std::ranges::sort(items, [](const Item& a, const Item& b) {
        return std::tie(a.catalog, a.id) < std::tie(b.catalog, b.id);
    });
    return items;
}

}  // namespace throughline::engine
