// The items that conditions of journeys ask for, as they are at the record in hand.
//
// Of a type whose items belong to somebody nobody sees other people's, whatever an event names: it
// may have been made up by anybody who has a write key.
//
// Layer 6. The fold's thread. Cost: of hers, once for a person and a type, a scan of the list of
// each identity and a read an item, at most query::kItemsSeenMax; of one that is named, a read.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "catalog/type.h"
#include "engine/tables.h"
#include "identity/node.h"
#include "model/event.h"
#include "query/predicate.h"

namespace throughline::engine {

class SeenItems {
public:
    /// Borrows both.
    SeenItems(Tables& tables, const SecretKey& secret) : tables_(tables), secret_(secret) {}

    /// Whose they are: a person by her identities, and the event of the start of her run.
    struct Asker {
        std::span<const identity::IdentityId> identities;
        const model::EventView& start;
    };
    /// Documents (catalog/item.h, item_document): hers by identity and id, or the one that is
    /// named; good until the next call. `type`: of `asked.catalog`. Errors: of the reads.
    Result<std::span<const std::string>> find(const query::AskedItems& asked,
                                              const catalog::Type& type, const Asker& asker);
    /// Another person, or she after something happened.
    void clear() { hers_.clear(); }

private:
    Status read_hers(const catalog::Type& type, const Asker& asker, std::vector<std::string>& out);
    Status read_named(const catalog::Type& type, std::string_view id, const Asker& asker,
                      std::vector<std::string>& out);

    Tables& tables_;
    const SecretKey& secret_;
    std::map<std::string, std::vector<std::string>, std::less<>> hers_;  // By type.
    std::vector<std::string> named_;
};

}  // namespace throughline::engine
