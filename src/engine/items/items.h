// Items in the fold: a record says something of one, and the row, its lists and timer, and what
// follows for its owner are so.
//
// A change is made in two calls, because who the owner is only the fold can say in between: read()
// tells what the record does, keep() does it. What follows is a row of history of the owner, `Item
// Changed` or `Item Overdue`, which journeys hear of as well. Timers are not taken back: one whose
// item has another due time by now, or is in a state in which being late does not count, finds
// nothing to do.
//
// Layer 6. The fold's thread. Cost: a read and a write of the item and of the list rows that
// change.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "catalog/change.h"
#include "engine/consequences.h"
#include "engine/settings.h"
#include "engine/tables.h"
#include "model/event.h"

namespace throughline::engine {

/// Hears of what happened to an item of somebody, as of an event that was sent.
using HearsOfItem =
    std::function<Status(const Happening&, identity::IdentityId, const model::EventView&)>;

struct ItemsParts {
    Tables& tables;
    Micros& next_due;  // Of the fold's state.
    Consequences& consequences;
    const SecretKey& secret;
    HearsOfItem hears;
};

/// What a record does to an item.
struct ItemNews {
    const catalog::Type* type = nullptr;
    Key128 key;
    std::optional<catalog::Item> before;
    catalog::Change change;

    bool names_new_owner() const;
};

class Items {
public:
    explicit Items(ItemsParts parts) : parts_(std::move(parts)) {}

    void set_settings(std::shared_ptr<const Settings> settings) { settings_ = std::move(settings); }

    /// The key of the item that a record is about, to be fetched ahead.
    static Key128 key_in(const SecretKey& secret, model::DocView record);

    /// Errors: what is wrong with it (NotFound, InvalidArgument, FailedPrecondition: it is to be
    /// refused); of the read.
    Result<ItemNews> read(const Happening& now, model::DocView record);
    /// `news.change.item` has its owner by now.
    Status keep(const Happening& now, const ItemNews& news);
    /// A timer of an item fires.
    Status fire(const Happening& now, const Key128& key);
    /// A person is erased: what is hers goes, what is the company's stays.
    Status forget_owner(identity::IdentityId identity);
    /// Whether a type may become another one, or go. `after`: null when it goes.
    /// Errors: FailedPrecondition; of the read.
    Status may_become(std::string_view catalog, const catalog::Type* after) const;

private:
    Status put(const ItemNews& news);
    Status remove(const ItemNews& news);
    Status count(std::string_view catalog, int64_t by);
    struct Telling {
        Happening now;
        Micros time = 0;  // When it was so.
        bool is_history = false;
        std::string_view name;
        std::string properties;  // Packed object.
    };
    Status tell(const Telling& telling, const catalog::Item& item);
    Status tell_overdue(const Happening& now, const catalog::Type& type, const catalog::Item& item);

    ItemsParts parts_;
    std::shared_ptr<const Settings> settings_;  // Shared with views of the epoch.
};

}  // namespace throughline::engine
