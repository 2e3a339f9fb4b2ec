// The rows of items in the tables.
//
//   items       key of the item                            catalog/item.h
//   item_lists  'k' catalog 0 id                           of all
//               's' catalog 0 state 0 id                   by state
//               'd' catalog 0 due (big-endian) id          those that can be late, or are
//               'o' identity (big-endian) catalog 0 id     of a person
//               'a' account key catalog 0 id               of an account
//               'n' catalog                                how many: u64
//
// Written by the fold. Lists may be ahead of a view by an epoch, so that who reads one looks at the
// item, too.
//
// Layer 6. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/item.h"

namespace throughline::engine {

Key128 item_key(const SecretKey& secret, std::string_view catalog, std::string_view id);

// What the keys of lists begin with; the rest is the id, of the list by due time the time before
// it.
std::string items_prefix(std::string_view catalog);
std::string items_of_state_prefix(std::string_view catalog, std::string_view state);
std::string items_by_due_prefix(std::string_view catalog);
std::string items_of_person_prefix(uint32_t identity);
std::string items_of_account_prefix(const Key128& account);
std::string item_count_row(std::string_view catalog);

/// Of the list by due time: what follows its prefix.
std::string due_bytes(Micros due);
Micros due_of_bytes(std::string_view bytes);

/// Of the row that counts the items of a type.
uint64_t count_of_bytes(std::string_view bytes);

/// The keys of all lists that an item stands in.
std::vector<std::string> list_rows(const catalog::Type& type, const catalog::Item& item);

/// Catalog and id behind the prefix of an owner's list.
struct NamedItem {
    std::string catalog;
    std::string id;
};
std::optional<NamedItem> item_named(std::string_view key, std::string_view prefix);

}  // namespace throughline::engine
