// Types of items and the items themselves: definitions under `catalogs/`, read by catalog/type.h.
//
// Layer 7.
#pragma once

#include "engine/items/item_list.h"
#include "server/app.h"
#include "server/router.h"

namespace throughline::server {

/// /api/catalogs… and /api/catalog-types
void add_catalog_routes(Router& router, App& app);

/// Writes what an item is: id, state, owner, due time, fields. Errors: of the reads.
Status write_item(const engine::View& view, const catalog::Type& type, const catalog::Item& item,
                  model::DocWriter& out);

/// Writes all items of a person as a list. Errors: of the reads.
Status write_items_of(const engine::View& view, std::span<const identity::IdentityId> identities,
                      model::DocWriter& out);

}  // namespace throughline::server
