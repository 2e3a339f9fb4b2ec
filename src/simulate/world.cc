#include "simulate/world.h"

#include "simulate/follow_ups.h"
#include "simulate/session.h"

namespace throughline::simulate {

namespace {

constexpr uint32_t kMinutesADay = 24 * 60;
constexpr uint32_t kDaysMax = 36'525;
constexpr uint64_t kEventsADayMax = 200;  // Of a person.
constexpr uint64_t kSeveralPercent = 40;  // Of the people: with several identifiers.
constexpr uint64_t kLaterAPerson = 4;

// How gladly people come back, by Nature.
constexpr std::array<uint64_t, 3> kReturns{50, 25, 100};

// How sessions on the web come about. E-mail brings its own.
constexpr std::array<uint32_t, kChannels> kWebChannels{34, 24, 14, 13, 6, 0, 5, 4, 0};

// `whole * part / of` without overflow.
uint64_t share_of(uint64_t whole, uint64_t part, uint64_t of) {
    return static_cast<uint64_t>(static_cast<unsigned __int128>(whole) * part / of);
}

}  // namespace

Result<World> World::make(const WorldOptions& options) {
    if (options.people < 1 || options.people > kPeopleMax) {
        return Error::invalid("simulate: people: need 1 to " + std::to_string(kPeopleMax));
    }
    if (options.days < 1 || options.days > kDaysMax) {
        return Error::invalid("simulate: days: need 1 to " + std::to_string(kDaysMax));
    }
    if (options.from < 10'957 * kDay || options.from % kDay != 0) {
        return Error::invalid("simulate: from: need a day from 2000-01-01 on");
    }
    if (options.late_permille > 1000 || options.repeat_permille > 1000) {
        return Error::invalid("simulate: late, duplicates: at most 100 percent");
    }
    if (options.events < 1 ||
        (options.events - 1) / kEventsADayMax / options.days >= options.people) {
        return Error::invalid("simulate: events: need 1, and at most " +
                              std::to_string(kEventsADayMax) + " a person and day");
    }
    return World(options);
}

World::World(const WorldOptions& options)
    : options_(options),
      population_(options.seed, options.people),
      dice_(mix(options.seed)),
      queue_(options.from) {
    memory_.reserve(options.people);
    for (Micros hour = 0; hour < Micros{options.days} * kDay; hour += kHour) {
        busyness_of_all_ += busyness(Country::Turkey, options.from + hour);
        busyness_of_all_ += busyness(Country::Romania, options.from + hour);
    }
}

Micros World::end() const {
    constexpr Micros kFarAway = 36'525 * kDay;
    return options_.from + (options_.never_ends ? kFarAway : Micros{options_.days} * kDay);
}

const Planned* World::next() {
    while (minute_events_ == nullptr || place_ == minute_events_->size()) {
        if (!options_.never_ends && minute_ == int64_t{options_.days} * kMinutesADay) {
            TL_ASSERT(queue_.size() == 0 && planned_ == options_.events);
            return nullptr;
        }
        plan_minute();
        minute_events_ = &queue_.take();
        place_ = 0;
    }
    present_ = (*minute_events_)[place_++];
    if (present_.is_later) --later_;
    present_.sequence = present_.is_repeat ? present_.repeat_of : told_++;
    if (options_.repeat_permille > 0 && !present_.is_repeat) repeat_present();
    return &present_;
}

// Dice of their own: a world with repeats is otherwise the same world.
void World::repeat_present() {
    const uint64_t choice = trait_of(options_.seed, present_.sequence, 50);
    if (scaled(choice, 1000) >= options_.repeat_permille) return;
    Planned repeat = present_;
    repeat.arrival += static_cast<Micros>(60 + choice % 600) * kSecond;
    if (repeat.arrival >= end()) return;
    repeat.is_repeat = true;
    repeat.is_later = false;
    repeat.repeat_of = present_.sequence;
    queue_.add(repeat);
}

void World::begin_hour() {
    const Micros at = options_.from + minute_ * kMinute;
    busyness_before_ += hour_[0] + hour_[1];
    hour_[0] = busyness(Country::Turkey, at);
    hour_[1] = busyness(Country::Romania, at);
}

void World::plan_minute() {
    if (minute_ % 60 == 0) begin_hour();
    const uint64_t done =
        busyness_before_ * 60 + (hour_[0] + hour_[1]) * static_cast<uint64_t>(minute_ % 60 + 1);
    const uint64_t all = busyness_of_all_ * 60;
    const uint64_t wanted = share_of(options_.events, done, all);
    const uint64_t met_by_now = people_met_by(done, all);
    while (planned_ < wanted) {
        const Micros at =
            options_.from + minute_ * kMinute + static_cast<Micros>(dice_.below(60'000)) * 1'000;
        if (met_ < met_by_now) {
            memory_.emplace_back();
            start(static_cast<PersonNumber>(met_++), at, true);
        } else {
            start(draw_person(), at, false);
        }
    }
    ++minute_;
}

// Three tenths are customers from before, who show up again within the first twentieth of the
// time; the others come one by one, and the last of them a tenth before the end.
uint64_t World::people_met_by(uint64_t done, uint64_t all) const {
    const uint64_t old = share_of(options_.people, done * 6, all);
    const uint64_t with_new = share_of(options_.people, all * 25 + done * 83, all * 100);
    return std::min({options_.people, old + 1, with_new + 1});
}

PersonNumber World::draw_person() {
    const Country country =
        dice_.below(hour_[0] + hour_[1]) < hour_[0] ? Country::Turkey : Country::Romania;
    for (int tries = 0;; ++tries) {
        const auto person = static_cast<PersonNumber>(dice_.popular(met_));
        // In a small world everybody suitable may be busy: then anybody will do.
        if (tries < 8 && population_.country(person) != country) continue;
        if (tries < 16 && memory_[person].busy_until > minute_) continue;
        if (tries < 16 && !dice_.percent(kReturns[static_cast<size_t>(population_.nature(person))]))
            continue;
        return person;
    }
}

bool World::may_become_several() const {
    return several_ * 100 < met_ * kSeveralPercent;
}

void World::become_several(PersonNumber person) {
    several_ += memory_[person].is_several ? 0 : 1;
    memory_[person].is_several = true;
}

void World::start(PersonNumber person, Micros at, bool is_new) {
    switch (population_.nature(person)) {
        case Nature::Visitor:
            return start_session(person, at, Slot::Laptop);
        case Nature::Payer:
            return visit_store(person, at, Slot::BankCard);
        case Nature::Customer:
            return start_for_customer(person, at, is_new);
    }
}

void World::start_for_customer(PersonNumber person, Micros at, bool is_new) {
    static constexpr std::array<uint32_t, 7> kKnown{24, 18, 24, 10, 8, 13, 3};
    enum Choice : size_t { kLaptop, kPhone, kApp, kTablet, kStore, kNewsletter, kCall };
    Memory& memory = memory_[person];
    if (!memory.is_several) {
        const uint64_t way = dice_.below(100);
        const bool may = may_become_several();
        if (may && way < 10 && population_.has_card(person)) {
            return visit_store(person, at, Slot::Card);
        }
        const bool takes_app = way >= 10 && way < (is_new ? 20 : 30);
        const bool by_app = may && takes_app && population_.has_app(person);
        return start_session(person, at, by_app ? Slot::App : Slot::Laptop);
    }
    const size_t choice = dice_.pick(kKnown);
    const bool has_account = (memory.linked & 0b1111) != 0;
    if (choice == kPhone && population_.has_second_browser(person)) {
        start_session(person, at, Slot::Phone);
    } else if (choice == kApp && population_.has_app(person)) {
        start_session(person, at, Slot::App);
    } else if (choice == kTablet && population_.has_tablet(person)) {
        start_session(person, at, Slot::Tablet);
    } else if (choice == kStore && population_.has_card(person)) {
        visit_store(person, at, Slot::Card);
    } else if (choice == kNewsletter && has_account && memory.takes_emails) {
        FollowUps(*this).send_newsletter(person, at);
    } else if (choice == kCall && has_account) {
        FollowUps(*this).call(person, at);
    } else {
        start_session(person, at, Slot::Laptop);
    }
}

void World::start_session(PersonNumber person, Micros at, Slot slot) {
    Channel channel = static_cast<Channel>(dice_.pick(kWebChannels));
    if (slot == Slot::App) channel = dice_.percent(15) ? Channel::Push : Channel::Direct;
    Session session(*this, person, at, slot);
    session.come_by(channel, campaign_of(channel, at, dice_.bits()));
    session.run();
}

void World::visit_store(PersonNumber person, Micros at, Slot slot) {
    const Country country = population_.country(person);
    Micros opened = at;
    while (!is_store_open(country, opened)) opened += kHour;
    // On the last evening nobody can wait for the next morning.
    Planned visit{.at = opened < end() ? opened : at,
                  .choice = dice_.bits() | 1,
                  .person = person,
                  .kind = Kind::Identify,
                  .origin = Origin::Stores,
                  .slot = slot};
    Memory& memory = memory_[person];
    const auto bit = static_cast<uint8_t>(1u << static_cast<unsigned>(slot));
    if (slot == Slot::Card) {
        if ((memory.linked & bit) == 0) plan(visit);  // The till takes up the card.
        memory.linked |= bit;
        become_several(person);
    }
    visit.at += 30 * kSecond;
    visit.kind = Kind::OrderCompleted;
    visit.number = ++numbers_;
    if (plan(visit)) FollowUps(*this).return_to_store(visit);
}

bool World::plan(Planned planned) {
    if (planned.at >= end() || !has_room()) return false;
    // Most of what is late comes within the hour, some after days: phones without a network.
    static constexpr std::array<uint32_t, 3> kDelays{50, 35, 15};
    static constexpr std::array<Micros, 3> kDelayMost{kHour, kDay, 3 * kDay};
    planned.arrival = planned.at;
    if (dice_.permille(options_.late_permille) && later_ < kLaterAPerson * options_.people) {
        const auto most = static_cast<uint64_t>(kDelayMost[dice_.pick(kDelays)] / kSecond);
        Micros delay = static_cast<Micros>(60 + dice_.below(most)) * kSecond;
        // What would come after the end comes before it.
        if (planned.at + delay >= end()) delay = (end() - planned.at) / 2;
        planned.arrival += delay;
        later_ += planned.is_later ? 0 : 1;
        planned.is_later = true;
    }
    queue_.add(planned);
    ++planned_;
    return true;
}

bool World::plan_later(Planned planned) {
    if (later_ >= kLaterAPerson * options_.people) return false;
    planned.is_later = true;
    if (!plan(planned)) return false;
    ++later_;
    return true;
}

}  // namespace throughline::simulate
