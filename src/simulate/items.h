// What the shop's systems know of things: products, stores and stock as they are, and orders for
// pickup and parcels as events happen to them.
//
// Each word says everything that is known of an order or parcel then, so that one which comes late
// takes nothing away. Documents have the fields of the types that ship (src/catalog/types): orders
// for pickup are placed, ready, handed_over or cancelled; parcels in_transit, delivered or
// returned. Whoever bought in a store took it along: that is no item.
//
// Layer 4. Used by one thread.
#pragma once

#include <string>
#include <string_view>

#include "model/doc.h"
#include "simulate/world.h"

namespace throughline::simulate {

/// One word about an item. What it borrows stays until the writer's next one.
struct ItemWord {
    std::string_view catalog;  // `order`
    std::string_view id;
    Micros at = 0;
    Micros due = 0;      // What was promised; 0: nothing.
    model::DocView doc;  // As it is sent: its id, its fields, `updated_at`.
};

class ItemWriter {
public:
    /// Requires: `world` stays.
    explicit ItemWriter(const World& world) : world_(world) {}

    /// What an event means for an item; null: nothing. A repeat means nothing.
    const ItemWord* write(const Planned& planned);

    /// Products, stores, and how much of each product is in each, as of the first day.
    static constexpr size_t kStanding = Catalog::kProducts + kStores + Catalog::kProducts * kStores;
    const ItemWord& standing(size_t place);

private:
    void write_order(const Planned& planned);
    void write_shipment(const Planned& planned);
    void write_product(const Product& product);
    void write_store(const StoreFacts& store);
    void write_stock(size_t place);
    void owner(const Planned& planned);
    void time(std::string_view key, Micros at);
    void number_id(std::string_view prefix, uint64_t number);

    const World& world_;
    std::string doc_, id_, room_;
    model::DocWriter out_{doc_};
    ItemWord word_;
};

}  // namespace throughline::simulate
