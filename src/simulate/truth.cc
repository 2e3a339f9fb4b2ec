#include "simulate/truth.h"

#include "base/json_text.h"

namespace throughline::simulate {

namespace {

constexpr uint8_t bit_of(Slot slot) {
    return static_cast<uint8_t>(1u << static_cast<unsigned>(slot));
}

// One object a line; what is written needs no escapes but names, which append_json_string makes.
class Line {
public:
    explicit Line(std::string& out) : out_(out) { out_ += '{'; }
    void text(std::string_view key, std::string_view value) {
        begin(key);
        append_json_string(out_, value);
    }
    void number(std::string_view key, uint64_t value) {
        begin(key);
        append_digits(out_, value, 1);
    }
    void money(std::string_view key, int64_t hundredths) {
        begin(key);
        append_money(out_, hundredths);
    }
    void raw(std::string_view key, std::string_view json) {
        begin(key);
        out_.append(json);
    }
    void end() { out_ += "}\n"; }

private:
    void begin(std::string_view key) {
        if (!is_first_) out_ += ',';
        is_first_ = false;
        append_json_string(out_, key);
        out_ += ':';
    }
    std::string& out_;
    bool is_first_ = true;
};

std::string order_id_of(const Planned& planned) {
    std::string id = planned.origin == Origin::Stores ? "S-" : "W-";
    append_digits(id, planned.number, 8);
    return id;
}

std::string touch_of(const Planned& order) {
    if (order.channel == Channel::Direct) return "null";
    std::string campaign;
    append_campaign_name(campaign, order.campaign);
    std::string json = R"({"channel":")" + std::string(channel_name(order.channel)) + "\"";
    if (!campaign.empty()) json += R"(,"campaign":")" + campaign + "\"";
    return json + R"(,"seconds_before":)" + std::to_string(order.touch_age) + "}";
}

}  // namespace

void append_money(std::string& out, int64_t hundredths) {
    if (hundredths < 0) out += '-';
    const auto size = static_cast<uint64_t>(hundredths < 0 ? -hundredths : hundredths);
    append_digits(out, size / 100, 1);
    out += '.';
    append_digits(out, size % 100, 2);
}

void Truth::note(const SimulatedEvent& event, std::string& orders, std::string& tickets) {
    const Planned& planned = *event.planned;
    if (planned.is_repeat) {
        ++repeats_;
        return;
    }
    note_person(planned, event.amounts);
    note_day(planned, event.amounts);
    if (planned.kind == Kind::OrderCompleted) append_order(orders, event);
    if (planned.kind == Kind::TicketOpened) append_ticket(tickets, planned);
}

void Truth::note_person(const Planned& planned, const Amounts& amounts) {
    if (planned.person >= people_.size()) people_.resize(planned.person + size_t{1});
    Person& person = people_[planned.person];
    ++person.events;
    person.seen |= bit_of(planned.slot);
    if (planned.is_known) {
        person.seen |= bit_of(Slot::Account);
        person.known |= bit_of(planned.slot);
    }
    if (planned.kind == Kind::Identify) {
        (planned.is_known ? person.is_identified : person.is_enrolled) = true;
    }
    if (planned.origin == Origin::Email) person.is_emailed = true;
    if (planned.kind != Kind::OrderCompleted) return;
    ++person.orders;
    person.revenue += amounts.revenue;
}

void Truth::note_day(const Planned& planned, const Amounts& amounts) {
    const auto place = static_cast<size_t>((planned.at - world_.options().from) / kDay);
    if (place >= days_.size()) days_.resize(place + 1);
    Day& day = days_[place];
    const auto origin = static_cast<size_t>(planned.origin);
    const auto country = static_cast<size_t>(world_.population().country(planned.person));
    Tally& tally = day.events[origin][static_cast<size_t>(planned.kind)];
    ++tally.events;
    tally.late += planned.is_late() ? 1 : 0;
    if (planned.kind == Kind::OrderCompleted) day.revenue[origin][country] += amounts.revenue;
    if (planned.kind == Kind::OrderRefunded) day.refunded[origin][country] += amounts.total;
}

void Truth::append_order(std::string& out, const SimulatedEvent& event) const {
    const Planned& planned = *event.planned;
    Line line(out);
    line.text("order_id", order_id_of(planned));
    line.number("person", planned.person);
    line.text("at", format_instant(planned.at));
    line.text("source", origin_key(planned.origin));
    line.text("currency", facts_of(world_.population().country(planned.person)).currency);
    line.money("revenue", event.amounts.revenue);
    line.money("total", event.amounts.total);
    line.raw("touch", touch_of(planned));
    line.end();
}

void Truth::append_ticket(std::string& out, const Planned& planned) const {
    Line line(out);
    std::string id = "t-";
    append_digits(id, planned.number, 8);
    line.text("ticket_id", id);
    line.number("person", planned.person);
    line.text("at", format_instant(planned.at));
    line.text("cause", complaint_name(planned.complaint));
    if (planned.complaint != Complaint::Question) line.text("order_id", order_id_of(planned));
    line.end();
}

// --- people

// The account, the card at the till and the file at the service desk meet in e-mail, phone and card
// number; browsers, the app and bank cards meet the account by its user id only.
std::vector<Truth::Profile> Truth::profiles_of(PersonNumber number) const {
    const Person& person = people_[number];
    const Population& population = world_.population();
    const auto has_seen = [&](Slot slot) { return (person.seen & bit_of(slot)) != 0; };
    const auto add = [&](Profile& profile, std::string_view space, auto append) {
        std::string text(space);
        append(text);
        profile.identifiers.push_back(std::move(text));
    };
    const auto add_slot = [&](Profile& profile, Slot slot) {
        add(profile, "anonymous_id:", [&](std::string& out) {
            population.append_anonymous_id(out, number, slot);
        });
        if (slot != Slot::App) return;
        add(profile,
            "device_id:", [&](std::string& out) { population.append_device_id(out, number); });
    };
    const auto add_addresses = [&](Profile& profile, bool with_phone) {
        add(profile, "email:", [&](std::string& out) { population.append_email(out, number); });
        if (!with_phone || !population.has_phone_number(number)) return;
        add(profile,
            "phone:", [&](std::string& out) { population.append_phone_number(out, number); });
    };
    const auto add_card = [&](Profile& profile) {
        add(profile,
            "loyalty_card:", [&](std::string& out) { population.append_card_number(out, number); });
    };

    std::vector<Profile> profiles;
    const bool has_account = has_seen(Slot::Account);
    const bool card_meets_account =
        has_account && (person.is_identified || (person.is_enrolled && person.is_emailed));
    if (has_account) {
        Profile& account = profiles.emplace_back(Profile{.is_known = true, .identifiers = {}});
        add(account, "user_id:", [&](std::string& out) { population.append_user_id(out, number); });
        const bool has_all = person.is_identified || (card_meets_account && has_seen(Slot::Card));
        if (person.is_identified || person.is_emailed) add_addresses(account, has_all);
        if (person.is_identified && population.has_card(number)) {
            add_card(account);
        } else if (card_meets_account && has_seen(Slot::Card)) {
            add_card(account);
        }
        if (has_seen(Slot::Card) && card_meets_account) add_slot(account, Slot::Card);
        if (has_seen(Slot::Call) && has_all) add_slot(account, Slot::Call);
        for (const Slot slot : {Slot::Laptop, Slot::Phone, Slot::App, Slot::Tablet}) {
            if ((person.known & bit_of(slot)) != 0) add_slot(account, slot);
        }
    }
    if (has_seen(Slot::Card) && !card_meets_account) {
        Profile& card = profiles.emplace_back(Profile{.is_known = true, .identifiers = {}});
        add_card(card);
        add_slot(card, Slot::Card);
        if (person.is_enrolled) add_addresses(card, true);
    }
    for (const Slot slot : {Slot::Laptop, Slot::Phone, Slot::App, Slot::BankCard}) {
        if (!has_seen(slot) || (person.known & bit_of(slot)) != 0) continue;
        add_slot(profiles.emplace_back(), slot);
    }
    return profiles;
}

void Truth::append_person(std::string& out, PersonNumber number) const {
    const Person& person = people_[number];
    const Population& population = world_.population();
    const CountryFacts& country = facts_of(population.country(number));
    std::string profiles = "[";
    for (const Profile& profile : profiles_of(number)) {
        if (profiles.size() > 1) profiles += ',';
        profiles += profile.is_known ? R"({"known":true,"identifiers":[)"
                                     : R"({"known":false,"identifiers":[)";
        for (size_t i = 0; i < profile.identifiers.size(); ++i) {
            if (i > 0) profiles += ',';
            append_json_string(profiles, profile.identifiers[i]);
        }
        profiles += "]}";
    }
    profiles += ']';

    Line line(out);
    line.number("person", number);
    line.number("household", population.household(number));
    line.text("country", country.code);
    line.number("events", person.events);
    line.number("orders", person.orders);
    line.money("revenue", person.revenue);
    line.text("currency", country.currency);
    line.raw("profiles", profiles);
    line.end();
}

// --- sums

void Truth::append_day(std::string& out, size_t place, size_t origin) const {
    const Day& day = days_[place];
    const std::string date =
        format_instant(world_.options().from + static_cast<Micros>(place) * kDay).substr(0, 10);
    for (size_t kind = 0; kind < kKinds; ++kind) {
        const Tally& tally = day.events[origin][kind];
        if (tally.events == 0) continue;
        const KindFacts& facts = facts_of(static_cast<Kind>(kind));
        Line line(out);
        line.text("day", date);
        line.text("source", origin_key(static_cast<Origin>(origin)));
        line.text("type", model::event_type_name(facts.type));
        line.text("event", facts.name);
        line.number("events", tally.events);
        line.number("late", tally.late);
        for (const Country country : {Country::Turkey, Country::Romania}) {
            const std::string currency(facts_of(country).currency);
            const auto at = static_cast<size_t>(country);
            if (static_cast<Kind>(kind) == Kind::OrderCompleted) {
                line.money("revenue_" + currency, day.revenue[origin][at]);
            } else if (static_cast<Kind>(kind) == Kind::OrderRefunded) {
                line.money("refunded_" + currency, day.refunded[origin][at]);
            }
        }
        line.end();
    }
}

void Truth::append_totals(std::string& out) const {
    for (size_t day = 0; day < days_.size(); ++day) {
        for (size_t origin = 0; origin < kOrigins; ++origin) append_day(out, day, origin);
    }
}

Truth::Summary Truth::summary() const {
    Summary sum;
    sum.repeats = repeats_;
    for (size_t number = 0; number < people_.size(); ++number) {
        const Person& person = people_[number];
        if (person.events == 0) continue;
        ++sum.people;
        sum.orders += person.orders;
        sum.revenue[static_cast<size_t>(
            world_.population().country(static_cast<PersonNumber>(number)))] += person.revenue;
        bool has_several = false;
        for (const Profile& profile : profiles_of(static_cast<PersonNumber>(number))) {
            ++(profile.is_known ? sum.known_profiles : sum.unknown_profiles);
            has_several |= profile.identifiers.size() > 1;
        }
        sum.people_with_several_identifiers += has_several ? 1 : 0;
    }
    for (const Day& day : days_) {
        for (size_t origin = 0; origin < kOrigins; ++origin) {
            for (const Tally& tally : day.events[origin]) {
                sum.events += tally.events;
                sum.late += tally.late;
            }
            for (size_t country = 0; country < kCountries; ++country) {
                sum.refunded[country] += day.refunded[origin][country];
            }
        }
    }
    return sum;
}

std::string Truth::summary_json() const {
    const Summary sum = summary();
    const WorldOptions& options = world_.options();
    std::string out;
    Line line(out);
    line.number("seed", options.seed);
    line.text("from", format_instant(options.from).substr(0, 10));
    line.number("days", options.days);
    line.number("events", sum.events);
    line.number("late", sum.late);
    line.number("repeats", sum.repeats);
    line.number("people", sum.people);
    line.number("people_with_several_identifiers", sum.people_with_several_identifiers);
    line.number("known_profiles", sum.known_profiles);
    line.number("unknown_profiles", sum.unknown_profiles);
    line.number("orders", sum.orders);
    for (const Country country : {Country::Turkey, Country::Romania}) {
        const std::string currency(facts_of(country).currency);
        line.money("revenue_" + currency, sum.revenue[static_cast<size_t>(country)]);
        line.money("refunded_" + currency, sum.refunded[static_cast<size_t>(country)]);
    }
    line.end();
    return out;
}

}  // namespace throughline::simulate
