// Reading items: one, the items of somebody, lists. What conditions ask for is read in the fold:
// seen_items.h.
//
// Layer 6. Pure over a View. Cost: a read an item, from memory 1 us.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/item.h"
#include "engine/view.h"
#include "identity/node.h"

namespace throughline::engine {

Result<std::optional<catalog::Item>> find_item(const View& view, std::string_view catalog,
                                               std::string_view id);

/// How many items of a type there are.
Result<uint64_t> count_items(const View& view, std::string_view catalog);

/// Which items a list is about; empty: all. What is asked for together must all hold.
struct ItemFilter {
    std::string state;
    std::optional<std::vector<identity::IdentityId>> person;  // Of one of these identities.
    std::optional<Key128> account;
    std::optional<Micros> due_before;  // And in a state in which being late counts.
};

struct ItemPage {
    std::vector<catalog::Item> items;
    std::string next;  // Cursor; empty at the end.
};

/// Items of a type: those of a filter by due time the earliest first, others by id.
/// Errors: InvalidArgument for a cursor that is none; of the reads.
Result<ItemPage> list_items(const View& view, const catalog::Type& type, const ItemFilter& filter,
                            std::string_view cursor, size_t limit);

/// All items of the people that some identities are, by type and id.
Result<std::vector<catalog::Item>> items_of_person(
    const View& view, std::span<const identity::IdentityId> identities);

}  // namespace throughline::engine
