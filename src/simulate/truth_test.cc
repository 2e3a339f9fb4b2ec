#include "simulate/truth.h"

#include <gtest/gtest.h>

#include "simulate/recount.h"

namespace throughline::simulate {
namespace {

using model::DocView;
using testing::Components;
using testing::identifiers_of;
using testing::small_world;

// What a world's events say, and what its truth says.
struct Both {
    std::vector<std::string> events;  // As JSON.
    std::vector<Planned> planned;
    std::string orders, tickets, totals;
    std::vector<std::string> people;
    Truth::Summary summary;
};

Both both_of(const WorldOptions& options) {
    auto world = World::make(options);
    EXPECT_TRUE(world.is_ok());
    Truth truth(*world);
    Both both;
    for_each_event(*world, [&](const SimulatedEvent& event) {
        both.events.push_back(model::to_json(event.doc));
        both.planned.push_back(*event.planned);
        truth.note(event, both.orders, both.tickets);
    });
    truth.append_totals(both.totals);
    truth.for_each_person([&](std::string_view line) { both.people.emplace_back(line); });
    both.summary = truth.summary();
    return both;
}

std::vector<std::string> docs_of(std::string_view lines) {
    std::vector<std::string> docs;
    while (!lines.empty()) {
        const size_t end = lines.find('\n');
        auto doc = model::doc_from_json(lines.substr(0, end));
        EXPECT_TRUE(doc.is_ok());
        docs.push_back(*std::move(doc));
        lines.remove_prefix(end + 1);
    }
    return docs;
}

int64_t hundredths(DocView value) {
    const auto decimal = value.as_decimal();
    EXPECT_TRUE(decimal && decimal->scale == 2);
    return decimal ? decimal->units : 0;
}

class TruthOf : public ::testing::TestWithParam<uint64_t> {
protected:
    const Both both_ = both_of(small_world(GetParam()));
};

TEST_P(TruthOf, ProfilesAreWhatTheIdentifiersOfTheEventsJoin) {
    // A tablet changes hands: it says nothing about who is whom.
    std::map<std::string, std::set<std::string>> users;
    std::vector<std::vector<std::string>> all;
    for (const std::string& json : both_.events) {
        const auto doc = model::doc_from_json(json);
        all.push_back(identifiers_of(DocView(*doc)));
        const DocView user = DocView(*doc).find("userId");
        const DocView device = DocView(*doc).find("anonymousId");
        if (user.is_string()) {
            users[std::string(device.as_string())].insert(std::string(user.as_string()));
        }
    }
    std::set<std::string> shared;
    for (const auto& [device, owners] : users) {
        if (!device.empty() && owners.size() > 1) shared.insert("anonymous_id:" + device);
    }
    Components components;
    for (auto& identifiers : all) {
        std::erase_if(identifiers, [&](const auto& id) { return shared.contains(id); });
        ASSERT_FALSE(identifiers.empty());
        components.join(identifiers);
    }

    std::set<std::set<std::string>> told;
    size_t known = 0;
    size_t several = 0;
    for (const std::string& line : both_.people) {
        const auto doc = model::doc_from_json(line);
        bool has_several = false;
        for (const DocView profile : DocView(*doc).find("profiles").items()) {
            std::set<std::string> ids;
            for (const DocView id : profile.find("identifiers").items()) {
                if (!shared.contains(std::string(id.as_string()))) {
                    ids.insert(std::string(id.as_string()));
                }
            }
            known += profile.find("known").as_bool() ? 1 : 0;
            has_several |= ids.size() > 1;
            told.insert(ids);
        }
        several += has_several ? 1 : 0;
    }
    EXPECT_EQ(told, components.all());
    EXPECT_FALSE(shared.empty());
    EXPECT_EQ(known, both_.summary.known_profiles);
    EXPECT_EQ(told.size(), both_.summary.known_profiles + both_.summary.unknown_profiles);
    EXPECT_EQ(both_.people.size(), both_.summary.people);
    EXPECT_EQ(several, both_.summary.people_with_several_identifiers);
}

TEST_P(TruthOf, TotalsOrdersAndRevenueAreThoseOfTheEvents) {
    std::map<std::vector<std::string>, int64_t> counted;
    std::map<std::string, int64_t> revenue;
    std::map<std::string, std::pair<std::string, int64_t>> orders;
    for (size_t i = 0; i < both_.events.size(); ++i) {
        const auto doc = model::doc_from_json(both_.events[i]);
        const DocView event(*doc);
        const bool is_track = event.find("type").as_string() == "track";
        const DocView name = event.find(is_track ? "event" : "name");
        ++counted[{std::string(event.find("timestamp").as_string().substr(0, 10)),
                   std::string(origin_key(both_.planned[i].origin)),
                   std::string(event.find("type").as_string()), std::string(name.as_string())}];
        if (name.as_string() != "Order Completed") continue;
        const DocView properties = event.find("properties");
        const std::string currency(properties.find("currency").as_string());
        revenue[currency] += hundredths(properties.find("revenue"));
        orders[std::string(properties.find("order_id").as_string())] = {
            currency, hundredths(properties.find("revenue"))};
    }
    std::map<std::vector<std::string>, int64_t> told;
    std::map<std::string, int64_t> told_revenue;
    for (const std::string& doc : docs_of(both_.totals)) {
        const DocView line(doc);
        std::vector<std::string> key;
        for (const char* field : {"day", "source", "type", "event"}) {
            key.emplace_back(line.find(field).as_string());
        }
        told[key] += line.find("events").as_integer().value_or(0);
        for (const char* currency : {"TRY", "RON"}) {
            const DocView money = line.find("revenue_" + std::string(currency));
            if (!money.is_missing()) told_revenue[currency] += hundredths(money);
        }
    }
    EXPECT_EQ(told, counted);
    EXPECT_EQ(told_revenue, revenue);
    EXPECT_EQ(both_.summary.revenue[0], revenue["TRY"]);
    EXPECT_EQ(both_.summary.revenue[1], revenue["RON"]);
    EXPECT_EQ(both_.summary.orders, orders.size());
    for (const std::string& doc : docs_of(both_.orders)) {
        const DocView line(doc);
        const auto& order = orders.at(std::string(line.find("order_id").as_string()));
        EXPECT_EQ(line.find("currency").as_string(), order.first);
        EXPECT_EQ(hundredths(line.find("revenue")), order.second);
    }
}

TEST_P(TruthOf, SharesAreWithinTheirBounds) {
    const auto share = [](uint64_t part, uint64_t whole) {
        return static_cast<double>(part) / static_cast<double>(whole);
    };
    const Truth::Summary& summary = both_.summary;
    EXPECT_EQ(summary.events, small_world().events);
    EXPECT_EQ(summary.people, small_world().people);
    // 40 % by construction, but for who would have to come once more.
    EXPECT_NEAR(share(summary.people_with_several_identifiers, summary.people), 0.40, 0.01);
    // 3 %: five standard deviations of 30,000 draws.
    EXPECT_NEAR(share(summary.late, summary.events), 0.03, 0.005);

    std::map<std::pair<PersonNumber, Slot>, std::vector<Micros>> visits;
    uint64_t delivered = 0, delivered_late = 0, complaints = 0, late_complaints = 0;
    for (const Planned& planned : both_.planned) {
        if (planned.origin == Origin::Web || planned.origin == Origin::App) {
            visits[{planned.person, planned.slot}].push_back(planned.at);
        }
        if (planned.kind == Kind::OrderDelivered) {
            ++delivered;
            delivered_late += planned.line;
        }
        if (planned.kind == Kind::TicketOpened && planned.complaint != Complaint::Question) {
            ++complaints;
            late_complaints += planned.complaint == Complaint::LateDelivery ? 1 : 0;
        }
    }
    uint64_t sessions = 0, events = 0;
    for (auto& [who, times] : visits) {
        std::ranges::sort(times);
        for (size_t i = 0; i < times.size(); ++i) {
            sessions += i == 0 || times[i] - times[i - 1] > 30 * kMinute ? 1 : 0;
        }
        events += times.size();
    }
    EXPECT_NEAR(share(events, sessions), 8.0, 0.5);
    ASSERT_GT(delivered, 100u);
    EXPECT_NEAR(share(delivered_late, delivered), 0.12, 0.08);
    ASSERT_GT(complaints, 10u);
    EXPECT_GT(share(late_complaints, complaints), 0.4);  // 0.12 * 0.45 against 0.88 * 0.03.
}

TEST_P(TruthOf, NobodyVisitsAStoreThatIsClosedAndTheEveningIsBusiest) {
    std::array<uint64_t, 24> hours{};
    auto world = World::make(small_world(GetParam()));
    ASSERT_TRUE(world.is_ok());
    for (const Planned& planned : both_.planned) {
        const Country country = world->population().country(planned.person);
        if (planned.origin == Origin::Web) ++hours[wall_hour(country, planned.at)];
        if (planned.origin != Origin::Stores || planned.kind != Kind::OrderCompleted) continue;
        // Whoever comes on the last night can not wait for the morning.
        if (planned.at > world->options().from + 60 * kDay - 12 * kHour) continue;
        EXPECT_TRUE(is_store_open(country, planned.at - 30 * kSecond));
    }
    EXPECT_GT(hours[20], 5 * hours[4]);
    EXPECT_GT(hours[20], hours[12]);
}

INSTANTIATE_TEST_SUITE_P(Seeds, TruthOf, ::testing::Values(1, 2, 3));

}  // namespace
}  // namespace throughline::simulate
