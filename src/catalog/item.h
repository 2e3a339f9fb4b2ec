// One item as it is kept: what is known of it, whose it is, and the states it has passed.
//
// Layer 3. A value.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "base/time.h"
#include "catalog/type.h"
#include "model/doc.h"

namespace throughline::catalog {

inline constexpr size_t kVisitsMax = 50;  // States of an item that are kept; the oldest go first.

/// A state, and since when the item was in it.
struct Visit {
    std::string state;
    Micros since = 0;
    bool operator==(const Visit&) const = default;
};

struct Item {
    /// Nobody, the identity of a person, or the key of an account.
    using Owner = std::variant<std::monostate, uint32_t, Key128>;

    std::string catalog;  // The key of its type.
    std::string id;
    Micros created = 0;       // Stamp of the record that brought it.
    Micros changed = 0;       // Stamp of the last one that changed it.
    Micros updated_at = 0;    // As of when it is so; nothing older changes it.
    Micros due = kNoTime;     // kNoTime: it has none.
    Micros missed = kNoTime;  // The due time that was told to be missed.
    Owner owner;
    std::vector<Visit> visits;  // The latest last: the state it is in.
    std::string fields;         // Packed object, in the order of the type.

    std::string_view state() const {
        return visits.empty() ? std::string_view() : std::string_view(visits.back().state);
    }
    /// The identity of the person whose it is; 0: nobody's.
    uint32_t person() const;

    std::string encode() const;
    /// Errors: Corrupt.
    static Result<Item> decode(std::string_view bytes);

    bool operator==(const Item&) const = default;
};

/// An item as conditions and templates see it: `id`, its fields, `state` and `due` also where the
/// fields that they come from have other names.
std::string item_document(const Type& type, const Item& item);
/// Whether item_document() of a type may have something at a path: `state`, `address.city`.
bool shows(const Type& type, std::string_view path);

/// The properties of `Item Changed` (`before`: the state before, empty for none) and of `Item
/// Overdue`: catalog, item, state, before or due, then the item's fields.
std::string changed_properties(const Type& type, const Item& item, std::string_view before);
std::string overdue_properties(const Type& type, const Item& item);

/// The names of the events of items, which no source can say in our stead.
inline constexpr std::string_view kItemChanged = "Item Changed";
inline constexpr std::string_view kItemOverdue = "Item Overdue";
inline bool is_item_event(std::string_view name) {
    return name == kItemChanged || name == kItemOverdue;
}

/// Takes away whose it is and all that is personal, for a person who is erased. `type`: null when
/// there is none any more, then all fields go.
void forget_owner(const Type* type, Item& item);

}  // namespace throughline::catalog
