#include "engine/items/items.h"

#include <algorithm>

#include "base/bytes.h"
#include "engine/items/item_rows.h"
#include "engine/timers.h"
#include "model/consequence.h"

namespace throughline::engine {

using catalog::Item;
using catalog::Verdict;

bool ItemNews::names_new_owner() const {
    const auto owner = owner_text(*type, change.item);
    return !before || owner != owner_text(*type, *before);
}

Key128 Items::key_in(const SecretKey& secret, model::DocView record) {
    return item_key(secret, record.find("catalog").as_string(), record.find("id").as_string());
}

Result<ItemNews> Items::read(const Happening& now, model::DocView record) {
    const std::string_view key = record.find("catalog").as_string();
    ItemNews news{.type = settings_->catalog(key),
                  .key = key_in(parts_.secret, record),
                  .before = {},
                  .change = {}};
    if (news.type == nullptr) return Error::not_found("item: no catalog has this key");
    TL_TRY_ASSIGN(const catalog::Update update, catalog::update_of(record));
    TL_TRY_ASSIGN(const auto bytes, parts_.tables.items.get(news.key));
    if (bytes) {
        TL_TRY_ASSIGN(news.before, Item::decode(*bytes));
    }
    TL_TRY_ASSIGN(news.change, catalog::change_of(*news.type, news.before, update, now.at));
    return news;
}

Status Items::keep(const Happening& now, const ItemNews& news) {
    const catalog::Change& change = news.change;
    if (change.verdict == Verdict::Removed) return remove(news);
    TL_TRY(put(news));
    if (change.wakes_at != kNoTime) {
        set_timer(parts_.tables.timers,
                  {.due = change.wakes_at, .kind = TimerKind::Item, .subject = news.key},
                  parts_.next_due);
    }
    const Item& item = change.item;
    if (change.moved_from) {
        TL_TRY(tell({.now = now,
                     .time = item.updated_at,  // When it was so, and that is not always now.
                     .is_history = change.is_history,
                     .name = catalog::kItemChanged,
                     .properties = changed_properties(*news.type, item, *change.moved_from)},
                    item));
    }
    return change.is_overdue ? tell_overdue(now, *news.type, item) : Status::ok();
}

// Rows of lists that stay as they are, are not written again: most updates change neither the state
// nor the owner.
Status Items::put(const ItemNews& news) {
    const Item& item = news.change.item;
    const auto before =
        news.before ? list_rows(*news.type, *news.before) : std::vector<std::string>();
    const auto after = list_rows(*news.type, item);
    for (const std::string& row : before) {
        if (std::ranges::find(after, row) == after.end()) parts_.tables.item_lists.erase(row);
    }
    for (const std::string& row : after) {
        if (std::ranges::find(before, row) == before.end()) parts_.tables.item_lists.put(row, "");
    }
    parts_.tables.items.put(news.key, item.encode());
    return news.before ? Status::ok() : count(news.type->key(), 1);
}

Status Items::remove(const ItemNews& news) {
    for (const std::string& row : list_rows(*news.type, *news.before)) {
        parts_.tables.item_lists.erase(row);
    }
    parts_.tables.items.erase(news.key);
    return count(news.type->key(), -1);
}

Status Items::count(std::string_view catalog, int64_t by) {
    const std::string row = item_count_row(catalog);
    TL_TRY_ASSIGN(const auto bytes, parts_.tables.item_lists.get(row));
    const uint64_t number = count_of_bytes(bytes.value_or("")) + static_cast<uint64_t>(by);
    if (number == 0) {
        parts_.tables.item_lists.erase(row);
        return Status::ok();
    }
    std::string value;
    ByteWriter(value).fixed(number);
    parts_.tables.item_lists.put(row, value);
    return Status::ok();
}

// Accounts have no timeline, and an item of nobody has nobody to be told of.
Status Items::tell(const Telling& telling, const Item& item) {
    if (item.person() == 0) return Status::ok();
    const Happening then{
        .cause = telling.now.cause, .at = telling.time, .is_history = telling.is_history};
    parts_.consequences.follow(then, item.person(), telling.name, telling.properties);
    std::string doc;
    model::DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("event", telling.name);
    out.key("properties");
    out.copy(model::DocView(telling.properties));
    out.close(mark);
    const uint8_t flags = telling.is_history ? model::kEventHistory : 0;
    std::string payload;
    model::append_event(payload, {.flags = flags,
                                  .source = model::kOwnSource,
                                  .time = telling.time,
                                  .original = telling.time,
                                  .sent = telling.time,
                                  .received = telling.now.at,
                                  .message_key = {},
                                  .identifiers = {},
                                  .name = telling.name,
                                  .message_id = {},
                                  .doc = doc});
    return parts_.hears(telling.now, item.person(), model::EventView(payload));
}

Status Items::tell_overdue(const Happening& now, const catalog::Type& type, const Item& item) {
    return tell({.now = now,
                 .time = now.at,
                 .is_history = false,
                 .name = catalog::kItemOverdue,
                 .properties = overdue_properties(type, item)},
                item);
}

Status Items::fire(const Happening& now, const Key128& key) {
    TL_TRY_ASSIGN(const auto bytes, parts_.tables.items.get(key));
    if (!bytes) return Status::ok();
    TL_TRY_ASSIGN(Item item, Item::decode(*bytes));
    const catalog::Type* const type = settings_->catalog(item.catalog);
    if (type == nullptr || !is_late(*type, item, now.at)) return Status::ok();
    item.missed = item.due;
    item.changed = now.at;
    parts_.tables.items.put(key, item.encode());
    return tell_overdue(now, *type, item);
}

Status Items::forget_owner(identity::IdentityId identity) {
    constexpr size_t kStep = 1000;
    const std::string prefix = items_of_person_prefix(identity);
    store::KeyRange range = store::KeyRange::prefix(prefix);
    while (true) {
        TL_TRY_ASSIGN(const auto rows, parts_.tables.item_lists.scan(range, kStep));
        for (const auto& [row, value] : rows) {
            parts_.tables.item_lists.erase(row);
            const auto named = item_named(row, prefix);
            if (!named) return Error::corrupt("engine: item lists: damaged");
            const Key128 key = item_key(parts_.secret, named->catalog, named->id);
            TL_TRY_ASSIGN(const auto bytes, parts_.tables.items.get(key));
            if (!bytes) continue;
            TL_TRY_ASSIGN(Item item, Item::decode(*bytes));
            catalog::forget_owner(settings_->catalog(named->catalog), item);
            parts_.tables.items.put(key, item.encode());
        }
        if (rows.size() < kStep) return Status::ok();
        range.from = rows.back().first + '\0';
    }
}

Status Items::may_become(std::string_view catalog, const catalog::Type* after) const {
    const catalog::Type* const before = settings_->catalog(catalog);
    if (before == nullptr) return Status::ok();
    TL_TRY_ASSIGN(const auto bytes, parts_.tables.item_lists.get(item_count_row(catalog)));
    if (!bytes) return Status::ok();
    if (after != nullptr) return before->may_become(*after);
    return Error::precondition("catalog: key: it has items, remove them first");
}

}  // namespace throughline::engine
