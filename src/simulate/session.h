// One visit to the shop, on the web or in the app: from the first page to the last step.
//
// Sessions have eight events on average. Intent grows with being signed in and with a touch of the
// last seven days; who cannot sign in at the checkout leaves the cart behind, as others do.
//
// Layer 4. Used by one thread.
#pragma once

#include "simulate/world.h"

namespace throughline::simulate {

class Session {
public:
    Session(World& world, PersonNumber person, Micros at, Slot slot);

    /// What brought her; without it, the session is direct.
    void come_by(Channel channel, Campaign campaign);
    /// Plans all of it.
    void run();

private:
    void arrive();
    void consider_signing_in();
    void sign_in();
    void browse();
    bool has_intent();
    void shop();
    bool check_out();
    void order();
    void leave_cart();
    void step(Kind kind, uint16_t detail = 0, uint8_t line = 0);
    bool is_app() const { return slot_ == Slot::App; }
    uint16_t any_product() { return static_cast<uint16_t>(dice_.popular(Catalog::kProducts)); }

    World& world_;
    Dice& dice_;
    PersonNumber person_;
    World::Memory& memory_;
    Micros begin_;
    Micros at_;
    Slot slot_;
    bool is_known_;
    bool is_landing_ = true;
    Channel channel_ = Channel::Direct;
    Campaign campaign_ = 0;
    uint64_t choice_;    // Click ids and the like.
    uint32_t cart_ = 0;  // Seed of the basket.
};

}  // namespace throughline::simulate
