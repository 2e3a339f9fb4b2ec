// Who lives in a simulated world. Everything about a person follows from the seed and her number,
// so nothing is kept: names, addresses, devices, household.
//
// Layer 4. Immutable.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "simulate/dice.h"
#include "simulate/rhythm.h"

namespace throughline::simulate {

using PersonNumber = uint32_t;
inline constexpr uint64_t kPeopleMax = 50'000'000;  // As many as have telephone numbers.

/// What a person may become.
enum class Nature : uint8_t {
    Visitor,   // Looks at the shop from one browser and never says who she is.
    Payer,     // Buys in stores; only the token of her bank card is known.
    Customer,  // May sign up, use an app, carry a loyalty card; many do so late.
};

/// By which of her things a person is met; each has an anonymous id of its own.
enum class Slot : uint8_t {
    Laptop,    // A browser.
    Phone,     // A second browser.
    App,       // The shop's app.
    Tablet,    // A browser that the household shares: everybody signs in on it.
    Card,      // The loyalty card, at the till.
    BankCard,  // Its token, at the till.
    Call,      // Her file at the service desk.
    Account,   // None: the user id alone, as e-mail and deliveries know it.
};
inline constexpr size_t kSlots = 8;

struct CountryFacts {
    std::string_view code;       // ISO 3166
    std::string_view currency;   // ISO 4217
    std::string_view locale;     // BCP 47
    std::string_view time_zone;  // IANA
    std::string_view language;   // Of its pages.
};
const CountryFacts& facts_of(Country country);

/// Where people buy and pick up; one in each city.
struct StoreFacts {
    std::string_view id;  // `cluj-napoca`
    std::string_view city;
    Country country = Country::Turkey;
};
inline constexpr size_t kStores = 12;
/// Of both countries, those of Turkey first.
const StoreFacts& store_facts(size_t place);

class Population {
public:
    Population(uint64_t seed, uint64_t people) : seed_(seed), people_(people) {}

    uint64_t size() const { return people_; }
    Country country(PersonNumber person) const;
    Nature nature(PersonNumber person) const;

    bool has_second_browser(PersonNumber person) const { return share(person, 1, 45); }
    bool has_app(PersonNumber person) const { return share(person, 2, 45); }
    bool has_card(PersonNumber person) const { return share(person, 3, 35); }
    bool has_phone_number(PersonNumber person) const { return share(person, 4, 60); }
    /// To e-mails that sell something, when she signs up.
    bool gives_consent(PersonNumber person) const { return share(person, 6, 75); }
    /// Two of three households of two and more have one.
    bool has_tablet(PersonNumber person) const;

    /// Of one to four people; the number of its first member's place.
    uint64_t household(PersonNumber person) const;

    void append_user_id(std::string& out, PersonNumber person) const;
    void append_email(std::string& out, PersonNumber person) const;
    /// In E.164. Made up, and not to be dialled.
    void append_phone_number(std::string& out, PersonNumber person) const;
    void append_card_number(std::string& out, PersonNumber person) const;
    /// Requires: not Slot::Account.
    void append_anonymous_id(std::string& out, PersonNumber person, Slot slot) const;
    void append_device_id(std::string& out, PersonNumber person) const;

    std::string_view first_name(PersonNumber person) const;
    std::string_view last_name(PersonNumber person) const;
    /// The store of her city.
    const StoreFacts& store(PersonNumber person) const;
    std::string_view city(PersonNumber person) const { return store(person).city; }
    /// Which of `count` kinds of device she has.
    uint64_t variant(PersonNumber person, Slot slot, uint64_t count) const;

private:
    bool share(PersonNumber person, uint64_t question, uint64_t percent) const {
        return scaled(trait_of(seed_, person, question), 100) < percent;
    }

    uint64_t seed_;
    uint64_t people_;
};

/// Appends `number` with at least `digits` digits.
void append_digits(std::string& out, uint64_t number, size_t digits);

}  // namespace throughline::simulate
