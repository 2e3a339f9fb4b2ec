// Planned events as a shop's SDKs would send them: Segment's analytics.js on the web, its libraries
// for phones, servers behind the tills and the desks. Packed, so that JSON is one step away.
//
// An event that was late carries `receivedAt`, when it arrived; all others arrived when they
// happened.
//
// Layer 4. Used by one thread. Cost: about 0.4 us an event.
#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "model/doc.h"
#include "simulate/world.h"

namespace throughline::simulate {

/// An identifier in its normal form.
struct Identity {
    model::NamespaceId space = 0;
    std::string_view value;
};

/// An event as it arrives. What it borrows stays until the writer's next one.
struct SimulatedEvent {
    const Planned* planned = nullptr;  // What happened.
    std::string_view name;
    std::string_view message_id;
    std::span<const Identity> identities;  // Strongest first.
    Amounts amounts{};                     // Of an order; total: of a refund.
    model::DocView doc;                    // As it was sent.
};

class EventWriter {
public:
    /// Requires: `world` stays.
    explicit EventWriter(const World& world);

    const SimulatedEvent& write(const Planned& planned);

private:
    void write_ids(const Planned& planned);
    void write_times(const Planned& planned);
    void write_context(const Planned& planned);
    void write_web_context(const Planned& planned);
    void write_page(const Planned& planned);
    void write_app_context(const Planned& planned);
    void write_card(const Planned& planned);
    void write_traits(const Planned& planned);
    void write_content(const Planned& planned);
    void write_properties(const Planned& planned, Content content);
    void write_product(const Planned& planned, Content content);
    void write_order(const Planned& planned, Content content);
    void write_products(const Basket& basket, Country country);
    void write_refund(const Planned& planned);
    void write_email(const Planned& planned);
    void write_desk(const Planned& planned, Content content);
    void write_shipping(const Planned& planned);
    void write_delivery(const Planned& planned);
    void write_consent(const Planned& planned);

    void field(std::string_view key, std::string_view value) { out_.field(key, value); }
    void field(std::string_view key, int64_t value) { out_.field(key, value); }
    void money(std::string_view key, int64_t hundredths);
    void sort_identities();
    std::string_view keep(model::NamespaceId space, std::string_view value);
    std::string_view instant(Micros at);
    std::string_view order_id(const Planned& planned);

    const World& world_;
    const Population& population_;
    std::string doc_;
    model::DocWriter out_{doc_};
    SimulatedEvent event_;
    Country country_ = Country::Turkey;

    // Written once: contexts by country and kind of device.
    std::vector<std::string> browsers_;
    std::vector<std::string> phones_;
    std::array<std::string, kKinds> heads_;  // type and event, or type and name.

    std::string room_, message_room_;
    std::array<std::string, 8> values_;  // Of the identities.
    std::array<Identity, 8> identities_;
    size_t identity_count_ = 0;
    char instant_[24] = {};
    int64_t instant_day_ = -1;
};

/// Calls `visit(const SimulatedEvent&)` with every event of a world in order of arrival.
template <typename Visit>
void for_each_event(World& world, Visit&& visit) {
    EventWriter writer(world);
    while (const Planned* planned = world.next()) visit(writer.write(*planned));
}

}  // namespace throughline::simulate
