#include "engine/items/seen_items.h"

#include <algorithm>

#include "engine/items/item_rows.h"

namespace throughline::engine {

using catalog::Item;

Result<std::span<const std::string>> SeenItems::find(const query::AskedItems& asked,
                                                     const catalog::Type& type,
                                                     const Asker& asker) {
    if (asked.id) {
        named_.clear();
        const auto id = asked.id->value_in(asker.start).as_text();
        if (id && !id->empty()) TL_TRY(read_named(type, *id, asker, named_));
        return std::span<const std::string>(named_);
    }
    const auto [hers, is_new] = hers_.try_emplace(type.key());
    if (is_new) TL_TRY(read_hers(type, asker, hers->second));
    return std::span<const std::string>(hers->second);
}

Status SeenItems::read_hers(const catalog::Type& type, const Asker& asker,
                            std::vector<std::string>& out) {
    for (const identity::IdentityId identity : asker.identities) {
        const std::string prefix = items_of_person_prefix(identity);
        const auto range = store::KeyRange::prefix(prefix + type.key() + '\0');
        TL_TRY_ASSIGN(const auto rows,
                      tables_.item_lists.scan(range, query::kItemsSeenMax - out.size()));
        for (const auto& [row, value] : rows) {
            const auto named = item_named(row, prefix);
            if (!named) return Error::corrupt("engine: item lists: damaged");
            TL_TRY(read_named(type, named->id, asker, out));
        }
        if (out.size() == query::kItemsSeenMax) break;
    }
    return Status::ok();
}

Status SeenItems::read_named(const catalog::Type& type, std::string_view id, const Asker& asker,
                             std::vector<std::string>& out) {
    TL_TRY_ASSIGN(const auto bytes, tables_.items.get(item_key(secret_, type.key(), id)));
    if (!bytes) return Status::ok();
    TL_TRY_ASSIGN(const Item item, Item::decode(*bytes));
    const bool may_be_seen = !type.owner() || std::ranges::find(asker.identities, item.person()) !=
                                                  asker.identities.end();
    if (may_be_seen) out.push_back(item_document(type, item));
    return Status::ok();
}

}  // namespace throughline::engine
