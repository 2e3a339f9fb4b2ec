// A retailer's world: who comes when, and what comes of it.
//
// It goes minute by minute. By the end of a minute as much has been planned as the rhythm of hours
// and weekdays says (of all events the same share as of all busyness), so a world has exactly the
// events it was asked for. People are met one after the other; who comes back follows Zipf's law.
// What is planned is told for certain, so what is counted at planning is true of the events.
//
// Layer 4. Used by one thread. Memory: 20 bytes a person, and what is under way: sessions, and at
// most four events a person that come days later. Cost: about 0.2 us an event.
#pragma once

#include <vector>

#include "base/result.h"
#include "simulate/catalog.h"
#include "simulate/plan.h"
#include "simulate/queue.h"

namespace throughline::simulate {

struct WorldOptions {
    uint64_t seed = 1;
    uint64_t people = 2'000;  // 1..kPeopleMax
    uint64_t events = 100'000;
    Micros from = 0;  // Midnight UTC of the first day.
    uint32_t days = 90;
    uint32_t late_permille = 30;
    uint32_t repeat_permille = 0;  // Sent twice, which is not counted in `events`.
    bool never_ends = false;       // After the last day it goes on at the same pace.
};

class World {
public:
    /// Errors: InvalidArgument for numbers out of their range, and for more than 200 events a
    /// person and day.
    static Result<World> make(const WorldOptions& options);

    /// The next event in order of arrival; null at the end. It stays until the next call.
    const Planned* next();

    const WorldOptions& options() const { return options_; }
    const Population& population() const { return population_; }
    const Catalog& catalog() const { return catalog_; }

private:
    friend class Session;
    friend class FollowUps;

    // What the world remembers of a person.
    struct Memory {
        uint32_t touch_at = 0;    // Minute of the last campaign or search; 0: none.
        uint32_t busy_until = 0;  // Minute.
        uint32_t cart = 0;        // Seed of what she left in it; 0: nothing.
        uint16_t sessions = 0;
        uint8_t linked = 0;  // Slots that know her account, a bit each.
        Channel touch_channel = Channel::Direct;
        Campaign touch_campaign = 0;
        bool is_several = false;  // Has identifiers beside her first.
        bool takes_emails = true;
    };

    explicit World(const WorldOptions& options);
    void begin_hour();
    void repeat_present();
    void plan_minute();
    uint64_t people_met_by(uint64_t done, uint64_t all) const;
    PersonNumber draw_person();
    void start(PersonNumber person, Micros at, bool is_new);
    void start_for_customer(PersonNumber person, Micros at, bool is_new);
    void start_session(PersonNumber person, Micros at, Slot slot);
    void visit_store(PersonNumber person, Micros at, Slot slot);
    bool may_become_several() const;
    void become_several(PersonNumber person);

    // Plans an event unless the world ends before it or has all its events; tells which.
    bool plan(Planned planned);
    // The same for what comes later of something; not beyond four a person.
    bool plan_later(Planned planned);
    bool has_room() const { return options_.never_ends || planned_ < options_.events; }
    Micros end() const;
    uint32_t minute_of(Micros at) const {
        return static_cast<uint32_t>((at - options_.from) / kMinute);
    }

    WorldOptions options_;
    Population population_;
    Catalog catalog_;
    Dice dice_;
    ArrivalQueue queue_;
    std::vector<Memory> memory_;

    int64_t minute_ = 0;            // The next to be planned.
    uint64_t busyness_before_ = 0;  // Of the hours before this one.
    uint64_t busyness_of_all_ = 0;
    uint64_t hour_[kCountries] = {};  // Of this hour, by country.
    uint64_t planned_ = 0;
    uint64_t met_ = 0;      // People, from number 0.
    uint64_t several_ = 0;  // Of them.
    uint32_t numbers_ = 0;  // Of orders, e-mails, calls, tickets.
    uint64_t later_ = 0;    // Planned for later and not yet due, at most.
    uint64_t told_ = 0;     // Repeats apart.

    const std::vector<Planned>* minute_events_ = nullptr;
    size_t place_ = 0;
    Planned present_;
};

}  // namespace throughline::simulate
