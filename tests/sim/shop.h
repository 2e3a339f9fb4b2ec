// A shop whose three journeys are live, and what its shoppers do: carts, orders that become ready,
// shipments that are late, consents given and withdrawn, browsers that turn out to be somebody's.
//
// Layer: test. Pure: the same seed, the same shop.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/civil.h"
#include "base/random.h"
#include "privacy/cap.h"

namespace throughline::sim {

inline constexpr int kShoppers = 5;

/// What is drawn for a shop.
struct ShopRules {
    explicit ShopRules(uint64_t seed);

    Micros start = 0;     // Often the day before clocks change somewhere.
    QuietHours quiet;     // Some end in an hour that clocks skip or show twice.
    privacy::Cap all;     // For all messages that count,
    privacy::Cap offers;  // and for those of the topic.
    bool is_service_quiet = false;
    bool heeds_key = false;  // Who takes text messages.
};

/// The zone of a shopper, who is told by the number in her address and in her telephone's.
TimeZone zone_of(int shopper);
std::string zone_name_of(int shopper);
std::string mail_of(int shopper);
std::string phone_of(int shopper);

/// The records that set the shop up.
std::vector<std::string> shop_definitions(const ShopRules& rules);

/// Something that is said, so long after the start. The record is of the time at which it is said.
struct Said {
    Micros after = 0;
    std::function<std::string(Micros now)> record;
};

/// What all shoppers do, in order, within `span`; some of it comes days later.
std::vector<Said> shopping(SeededRandom& random, Micros span);

}  // namespace throughline::sim
