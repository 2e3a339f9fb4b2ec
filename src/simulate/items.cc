#include "simulate/items.h"

#include "simulate/follow_ups.h"

namespace throughline::simulate {

namespace {

constexpr std::array<std::string_view, kCountries> kCarriers{"Anatolia Cargo", "Carpathian Parcel"};
constexpr std::string_view kTracking = "https://parcels.example/";

// Of an order for pickup; empty: the event says nothing of one.
std::string_view order_state(const Planned& planned) {
    switch (planned.kind) {
        case Kind::OrderReady:
            return "ready";
        case Kind::OrderPickedUp:
            return "handed_over";
        case Kind::OrderCancelled:
            return "cancelled";
        default:
            return planned.is_for_pickup() ? "placed" : "";
    }
}

std::string_view shipment_state(const Planned& planned) {
    if (planned.origin != Origin::Service) return "";
    switch (planned.kind) {
        case Kind::OrderShipped:
            return "in_transit";
        case Kind::OrderDelivered:
            return "delivered";
        case Kind::OrderRefunded:
            return "returned";
        default:
            return "";
    }
}

}  // namespace

void ItemWriter::time(std::string_view key, Micros at) {
    out_.field(key, format_instant(at));
}

void ItemWriter::number_id(std::string_view prefix, uint64_t number) {
    id_ = prefix;
    append_digits(id_, number, 8);
}

void ItemWriter::owner(const Planned& planned) {
    room_.clear();
    world_.population().append_user_id(room_, planned.person);
    out_.field("customer_id", room_);
}

const ItemWord* ItemWriter::write(const Planned& planned) {
    if (planned.is_repeat) return nullptr;
    const bool is_order = !order_state(planned).empty();
    if (!is_order && shipment_state(planned).empty()) return nullptr;
    doc_.clear();
    word_ = {.catalog = is_order ? "order" : "shipment", .at = planned.at};
    number_id(is_order ? "W-" : "P-", planned.number);
    word_.id = id_;
    const size_t whole = out_.open_object();
    out_.field("id", id_);
    time("updated_at", planned.at);
    owner(planned);
    is_order ? write_order(planned) : write_shipment(planned);
    out_.close(whole);
    word_.doc = model::DocView(doc_);
    return &word_;
}

void ItemWriter::write_order(const Planned& planned) {
    const Country country = world_.population().country(planned.person);
    const Basket basket = Catalog::basket(planned.choice);
    out_.field("state", order_state(planned));
    out_.field("store", world_.population().store(planned.person).id);
    out_.key("total");
    out_.decimal({world_.catalog().amounts(basket, country).total, 2});
    out_.field("currency", facts_of(country).currency);
    out_.key("lines");
    const size_t lines = out_.open_array();
    for (size_t i = 0; i < basket.size; ++i) {
        out_.string(world_.catalog().product(basket.lines[i].product).name);
    }
    out_.close(lines);
    if (planned.kind != Kind::OrderCompleted) return;
    word_.due = pickup_promise(country, planned.at);
    time("placed_at", planned.at);
    time("ready_by", word_.due);
}

void ItemWriter::write_shipment(const Planned& planned) {
    const Country country = world_.population().country(planned.person);
    out_.field("state", shipment_state(planned));
    room_ = "W-";
    append_digits(room_, planned.number, 8);
    out_.field("order", room_);
    out_.field("carrier", kCarriers[static_cast<size_t>(country)]);
    room_ = kTracking;
    room_ += id_;
    out_.field("tracking_url", room_);
    if (planned.kind == Kind::OrderDelivered) time("delivered_at", planned.at);
    if (planned.kind != Kind::OrderShipped) return;
    word_.due = planned.at + Micros{planned.promise_ms} * 1'000;
    time("promised_at", word_.due);
}

const ItemWord& ItemWriter::standing(size_t place) {
    doc_.clear();
    word_ = {.at = world_.options().from};
    const size_t whole = out_.open_object();
    if (place < Catalog::kProducts) {
        write_product(world_.catalog().product(place));
    } else if (place < Catalog::kProducts + kStores) {
        write_store(store_facts(place - Catalog::kProducts));
    } else {
        write_stock(place - Catalog::kProducts - kStores);
    }
    time("updated_at", word_.at);
    out_.close(whole);
    word_.id = id_;
    word_.doc = model::DocView(doc_);
    return word_;
}

void ItemWriter::write_product(const Product& product) {
    word_.catalog = "product";
    id_ = product.id;
    out_.field("sku", product.id);
    out_.field("title", product.name);
    out_.field("category", Catalog::category(product.category).name);
    out_.field("brand", product.brand);
    out_.key("price");
    out_.decimal({product.price[0], 2});
    out_.field("currency", facts_of(Country::Turkey).currency);
    out_.key("available");
    out_.boolean(true);
    room_ = "https://www.meridian.example";
    room_ += product.path;
    out_.field("url", room_);
}

void ItemWriter::write_store(const StoreFacts& store) {
    word_.catalog = "store";
    id_ = store.id;
    out_.field("id", id_);
    room_ = "Meridian ";
    room_ += store.city;
    out_.field("name", room_);
    out_.field("city", store.city);
    out_.field("country", facts_of(store.country).code);
    out_.field("opens", "10:00");
    out_.field("closes", "21:00");
    out_.field("timezone", facts_of(store.country).time_zone);
    out_.field("parking_bays", int64_t{4});
}

void ItemWriter::write_stock(size_t place) {
    const std::string& sku = world_.catalog().product(place / kStores).id;
    const std::string_view store = store_facts(place % kStores).id;
    word_.catalog = "stock";
    id_ = sku;
    id_ += '@';
    id_ += store;
    out_.field("id", id_);
    out_.field("sku", sku);
    out_.field("store", store);
    const uint64_t quantity = scaled(trait_of(world_.options().seed, place, 52), 25);
    out_.field("quantity", static_cast<int64_t>(quantity));
}

}  // namespace throughline::simulate
