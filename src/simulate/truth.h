// What is true of a world: who is who, what caused what, and how much of everything there is.
//
// It is counted from the events as they are told, so that it says no more than they do. A profile
// is what their identifiers join: a browser on which nobody signed in is one of its own, although
// the world knows whose it is.
//
// Layer 4. Used by one thread. Memory: 24 bytes a person, 3 KiB a day.
#pragma once

#include <string>
#include <vector>

#include "simulate/event_writer.h"

namespace throughline::simulate {

class Truth {
public:
    /// Requires: `world` stays.
    explicit Truth(const World& world) : world_(world) {}

    /// Counts an event. Orders and tickets append a line of JSON each, with their cause.
    void note(const SimulatedEvent& event, std::string& orders, std::string& tickets);

    struct Summary {
        uint64_t events = 0;
        uint64_t late = 0;
        uint64_t repeats = 0;  // Beside the events.
        uint64_t people = 0;   // With an event.
        uint64_t people_with_several_identifiers = 0;
        uint64_t known_profiles = 0;
        uint64_t unknown_profiles = 0;
        uint64_t orders = 0;
        std::array<int64_t, kCountries> revenue{};  // Hundredths, by the country's currency.
        std::array<int64_t, kCountries> refunded{};
    };
    /// Cost: a walk over all people.
    Summary summary() const;
    /// `summary` and the world's options, as JSON for people.
    std::string summary_json() const;

    /// Calls `write` with a line of JSON for each person that has an event.
    template <typename Write>
    void for_each_person(Write&& write) const {
        std::string line;
        for (size_t person = 0; person < people_.size(); ++person) {
            if (people_[person].events == 0) continue;
            line.clear();
            append_person(line, static_cast<PersonNumber>(person));
            write(std::string_view(line));
        }
    }

    /// A line of JSON for each day (UTC), source and event.
    void append_totals(std::string& out) const;

private:
    struct Person {
        int64_t revenue = 0;
        uint32_t events = 0;
        uint32_t orders = 0;
        uint8_t seen = 0;   // Slots, a bit each.
        uint8_t known = 0;  // Slots with the user id beside them.
        bool is_identified =
            false;                 // Signed in: e-mail, phone and card are known with the user id.
        bool is_enrolled = false;  // At the till: e-mail and phone are known with the card.
        bool is_emailed = false;   // E-mail is known with the user id.
    };
    struct Tally {
        uint64_t events = 0;
        uint64_t late = 0;
    };
    struct Day {
        std::array<std::array<Tally, kKinds>, kOrigins> events{};
        std::array<std::array<int64_t, kCountries>, kOrigins> revenue{};
        std::array<std::array<int64_t, kCountries>, kOrigins> refunded{};
    };
    struct Profile {
        bool is_known = false;
        std::vector<std::string> identifiers;
    };

    void note_person(const Planned& planned, const Amounts& amounts);
    void note_day(const Planned& planned, const Amounts& amounts);
    void append_order(std::string& out, const SimulatedEvent& event) const;
    void append_ticket(std::string& out, const Planned& planned) const;
    void append_person(std::string& out, PersonNumber person) const;
    void append_day(std::string& out, size_t day, size_t origin) const;
    std::vector<Profile> profiles_of(PersonNumber person) const;

    const World& world_;
    std::vector<Person> people_;
    std::vector<Day> days_;
    uint64_t repeats_ = 0;
};

/// `12.50`, exact.
void append_money(std::string& out, int64_t hundredths);

}  // namespace throughline::simulate
