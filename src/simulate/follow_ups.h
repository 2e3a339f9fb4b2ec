// What comes of things later: deliveries, returns, tickets, surveys, e-mails.
//
// Every eighth delivery is late. Of those nearly half end in a complaint, of the others three in a
// hundred; scores fall likewise. That is the truth an analysis should find again. A quarter of the
// orders waits in a store: one in twenty-five of those nobody comes for.
//
// Layer 4. Used by one thread.
#pragma once

#include "simulate/world.h"

namespace throughline::simulate {

/// By when an order is to be ready in the store: eight hours later or when it opens, and an hour.
/// Every eighth is late.
Micros pickup_promise(Country country, Micros ordered);

class FollowUps {
public:
    explicit FollowUps(World& world) : world_(world), dice_(world.dice_) {}

    /// From the parcel to the last word about it. Requires: `order` was planned.
    void deliver(const Planned& order);
    /// The same where she comes for it herself.
    void prepare(const Planned& order);
    /// Something bought in a store comes back.
    void return_to_store(const Planned& order);
    /// The e-mail about a cart left behind.
    void remind(PersonNumber person, Micros at, uint32_t cart);
    /// This week's newsletter, and the visit that it may lead to.
    void send_newsletter(PersonNumber person, Micros at);
    void call(PersonNumber person, Micros at);

private:
    void send(Planned email, uint64_t opened_percent, uint64_t clicked_percent);
    bool writes_to(PersonNumber person) const;
    void complain(const Planned& delivery);
    void close_ticket(const Planned& opened);
    void ask(const Planned& delivery);
    void send_back(const Planned& delivery);
    Micros between(Micros least, Micros most) {
        return least +
               static_cast<Micros>(dice_.below(static_cast<uint64_t>(most - least) / 1000)) * 1000;
    }

    World& world_;
    Dice& dice_;
};

}  // namespace throughline::simulate
