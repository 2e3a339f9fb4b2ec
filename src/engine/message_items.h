// The items that an event speaks of, for templates: `items.product[p.product_id].title`.
//
// An event names an item by a field called after its catalog, `<catalog>_id`, wherever it stands in
// the properties (`order_id`, `products[].product_id`), or as `Item Changed` does, by `catalog` and
// `item`. What is named is looked up when the message is written, so that its price is that of now.
//
// An event may have been made up by anybody who has a write key. So of types whose items belong to
// somebody, only those of the person who is written to are shown.
//
// Layer 6. Pure over a View. Cost: a walk over the properties, and a read an item.
#pragma once

#include <span>
#include <string>

#include "engine/view.h"
#include "identity/node.h"
#include "model/doc.h"

namespace throughline::engine {

inline constexpr size_t kMessageItemsMax = 100;  // Looked up for one message; more are passed over.

/// {"product":{"sku-1":{…}},"order":{…}}: those that are there, and may be seen by the person who
/// has these identities. Errors: of the reads.
Result<std::string> items_named_in(const View& view, model::DocView properties,
                                   std::span<const identity::IdentityId> members);

}  // namespace throughline::engine
