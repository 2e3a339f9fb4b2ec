// What an update does to an item: one pure function, whatever order updates come in.
//
// - Nothing older than what is known changes anything: `updated_at` decides, not the order of
//   arrival. Of two updates of one instant the later one to come counts. A time still to come is
//   that of the arrival, so that a wrong clock cannot shut an item for ever.
// - What is said only of an item in a certain state does nothing to one that is elsewhere, also
//   where it says what is so already: who asks wants to know whether it was she.
// - The same again changes nothing, and nothing follows.
// - A state that another one follows is a move; a new item moves from nothing.
// - An item is late when its due time is reached in a state in which that counts. It is told once
//   a due time: then, or at once when the due time had passed before it was known. A due time that
//   moves is another one.
// - History (said so, or so old) moves items, but nothing of it is told; a due time that passed is
//   taken as told.
//
// Layer 3. Pure.
#pragma once

#include <optional>
#include <string>

#include "catalog/item.h"
#include "catalog/update.h"

namespace throughline::catalog {

enum class Verdict : uint8_t {
    Changed,    // Something is new.
    Unchanged,  // It says what is known; that it was said, and when, is to be kept.
    Older,      // Something newer is known.
    Elsewhere,  // It is in another state than the one that was asked for.
    Removed,    // The item goes.
};

struct Change {
    Verdict verdict = Verdict::Unchanged;
    Item item = {};                              // As it is now; its owner is still that of before.
    std::optional<std::string> moved_from = {};  // It moved: the state before, empty for none.
    bool is_history = false;
    bool is_overdue = false;    // To be told at once.
    Micros wakes_at = kNoTime;  // A timer is wanted; also when nothing changed.
};

/// `before`: nothing for an item that is not known. `now`: when the update came.
/// Errors: InvalidArgument when a required field is missing; FailedPrecondition when the type does
/// not let it move there; NotFound when there is nothing to remove.
Result<Change> change_of(const Type& type, const std::optional<Item>& before, const Update& update,
                         Micros now);

/// The text that names the owner, if the type has one and the item says it.
std::optional<std::string> owner_text(const Type& type, const Item& item);

/// Whether an item for which a timer fires is late. Then `missed` is to become its due time.
bool is_late(const Type& type, const Item& item, Micros due);

}  // namespace throughline::catalog
