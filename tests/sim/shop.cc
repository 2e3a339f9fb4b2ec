#include "sim/shop.h"

#include <algorithm>

#include "catalog/shipped.h"
#include "engine/items/test_items.h"
#include "journey/shipped.h"
#include "model/json.h"
#include "model/yaml.h"
#include "sim/reference.h"

namespace throughline::sim {

namespace {

using engine::testing::definition_record;
using engine::testing::EventSpec;

constexpr std::string_view kStarts[] = {
    "2026-03-05T08:00:00Z",   // Nothing is special.
    "2026-03-28T05:00:00Z",   // Bucharest skips an hour in the night that follows,
    "2026-10-24T05:00:00Z",   // shows one twice,
    "2026-03-07T12:00:00Z"};  // and New York skips one.
constexpr std::string_view kZones[] = {"Europe/Bucharest", "Europe/Istanbul", "America/New_York"};
constexpr QuietHours kQuiet[] = {
    {21 * kHour, 9 * kHour}, {22 * kHour, 3 * kHour + kHour / 2}, {20 * kHour, 10 * kHour}};
constexpr privacy::Cap kOffers[] = {{2, 2 * kDay}, {1, 20 * kHour}, {1, 3 * kDay}};

std::string cap_json(const privacy::Cap& cap) {
    return R"([{"messages":)" + std::to_string(cap.messages) + R"(,"within":")" +
           std::to_string(cap.within / kHour) + "h\"}]";
}

std::string time_of_day(Micros time) {
    const auto digits = [](Micros number) {
        return std::string(number < 10 ? "0" : "") + std::to_string(number);
    };
    return digits(time / kHour) + ":" + digits(time % kHour / kMinute);
}

std::string publish_record(std::string_view key) {
    return engine::testing::journey_decision(std::string(key), R"("publish")");
}

std::string shipped_record(std::string_view key) {
    const auto document = model::doc_from_yaml(journey::shipped_journey(key));
    TL_ASSERT(document.is_ok());
    return engine::testing::journey_record(std::string(key),
                                           model::to_json(model::DocView(*document)));
}

/// Writes what one shopper does.
class Shopper {
public:
    Shopper(SeededRandom& random, int number, Micros span)
        : random_(random), number_(number), span_(span) {}

    std::vector<Said> days() {
        const Micros come = within(2 * kHour);
        say(come, {.type = model::EventType::Identify, .user = user(), .email = mail_of(number_)});
        say(come + kSecond, {.type = model::EventType::Identify, .user = user(), .phone = phone()});
        say(come + 2 * kSecond, {.type = model::EventType::Identify,
                                 .user = user(),
                                 .extra = R"({"traits":{"timezone":")" + zone_name_of(number_) +
                                          R"(","firstName":"Ana"}})"});
        if (random_.chance(0.85)) consent(come + 3 * kSecond, true);
        for (uint64_t left = 4 + random_.below(9); left > 0; --left) {
            act(come + kMinute + within(span_));
        }
        return std::move(said_);
    }

private:
    std::string user() const { return "u" + std::to_string(number_); }
    std::string phone() const { return random_.chance(0.9) ? phone_of(number_) : ""; }
    Micros within(Micros most) {
        return static_cast<Micros>(random_.below(static_cast<uint64_t>(most)));
    }

    void say(Micros after, EventSpec spec) {
        spec.message_id = user() + "-" + std::to_string(said_.size());
        said_.push_back({after, [spec](Micros now) {
                             EventSpec as_of = spec;
                             as_of.time = now;
                             return engine::testing::event_payload(as_of, kSecret);
                         }});
    }
    void track(Micros after, const std::string& name, const std::string& properties = "{}") {
        say(after, {.user = user(), .name = name, .extra = R"({"properties":)" + properties + "}"});
    }
    void speak(Micros after, const std::string& name, const std::string& properties) {
        say(after, {.user = user(),
                    .name = name,
                    .extra = R"({"properties":)" + properties + "}",
                    .flags = privacy::kEventConsent});
    }
    void consent(Micros after, bool gives) {
        speak(after, gives ? "Consent Given" : "Consent Withdrawn", R"({"purpose":"marketing"})");
    }

    void act(Micros after) {
        const double dice = random_.unit();
        if (dice < 0.28) return track(after, "Product Added", R"({"name":"Shirt"})");
        if (dice < 0.33) return track(after, "Product Removed");
        if (dice < 0.38) return track(after, "Cart Viewed");
        if (dice < 0.42) return track(after, "Email Link Clicked");
        if (dice < 0.48) return track(after, "Order Completed");
        if (dice < 0.58) return consent(after, random_.chance(0.5));
        if (dice < 0.64) {
            const bool gives = random_.chance(0.4);
            return speak(after, gives ? "Topic Subscribed" : "Topic Unsubscribed",
                         R"({"topic":"offers"})");
        }
        if (dice < 0.70) return browse(after);
        dice < 0.85 ? order(after) : ship(after);
    }

    /// In a browser that turns out to be hers.
    void browse(Micros after) {
        const std::string browser = "a" + std::to_string(number_);
        say(after, {.anonymous = browser, .name = "Product Added"});
        say(after + within(2 * kDay),
            {.type = model::EventType::Identify, .user = user(), .anonymous = browser});
    }

    void item(Micros after, const std::string& catalog, const std::string& id,
              const std::string& state, const std::string& due = "", Micros in = 0) {
        const std::string head = R"({"action":"item","actor":"t","catalog":")" + catalog +
                                 R"(","id":")" + id + R"(","fields":{"customer_id":")" + user() +
                                 R"(","state":")" + state + "\"";
        said_.push_back({after, [head, due, in](Micros now) {
                             const std::string when =
                                 R"(,")" + due + R"(":")" + format_instant_exact(now + in) + "\"";
                             return engine::testing::decision_record(
                                 head + (due.empty() ? "" : when) + "}}");
                         }});
    }
    void order(Micros after) {
        const std::string id = user() + "-o" + std::to_string(said_.size());
        const Micros ready = after + 5 * kMinute + within(10 * kHour);
        item(after, "order", id, "placed", "ready_by", within(kDay));
        item(ready, "order", id, "ready");
        if (random_.chance(0.25)) return;
        item(ready + within(9 * kDay), "order", id,
             random_.chance(0.8) ? "handed_over" : "cancelled");
    }
    void ship(Micros after) {
        const std::string id = user() + "-s" + std::to_string(said_.size());
        item(after, "shipment", id, "in_transit", "promised_at", kHour + within(20 * kHour));
        if (random_.chance(0.2)) return;
        item(after + within(6 * kDay), "shipment", id,
             random_.chance(0.9) ? "delivered" : "returned");
    }

    SeededRandom& random_;
    const int number_;
    const Micros span_;
    std::vector<Said> said_;
};

}  // namespace

ShopRules::ShopRules(uint64_t seed) {
    SeededRandom random(mix(seed));
    start = *parse_instant(kStarts[random.below(std::size(kStarts))]);
    quiet = kQuiet[random.below(std::size(kQuiet))];
    all = {2 + static_cast<uint32_t>(random.below(2)), 3 * kDay};
    offers = kOffers[random.below(std::size(kOffers))];
    is_service_quiet = random.chance(0.5);
    heeds_key = random.chance(0.5);
}

std::string zone_name_of(int shopper) {
    return std::string(kZones[static_cast<size_t>(shopper) % std::size(kZones)]);
}
TimeZone zone_of(int shopper) {
    return TimeZone::find(zone_name_of(shopper)).value();
}
std::string mail_of(int shopper) {
    return "u" + std::to_string(shopper) + "@shop.example";
}
std::string phone_of(int shopper) {
    return "+4072100000" + std::to_string(shopper);
}

std::vector<std::string> shop_definitions(const ShopRules& rules) {
    const std::string quiet = R"({"from":")" + time_of_day(rules.quiet.from) + R"(","to":")" +
                              time_of_day(rules.quiet.to) + "\"}";
    std::vector<std::string> all = {
        definition_record("settings", "installation", R"({"timezone":"Europe/Istanbul"})"),
        definition_record("settings", "links", R"({"base_url":"https://news.shop.example/"})"),
        definition_record("settings", "messaging",
                          R"({"caps":)" + cap_json(rules.all) + R"(,"quiet_hours":)" + quiet + "}"),
        definition_record("purposes", "marketing", R"({"name":"Offers"})"),
        definition_record("purposes", "service",
                          std::string(R"({"name":"Orders","basis":"contract","capped":false,)") +
                              R"("quiet":)" + (rules.is_service_quiet ? "true" : "false") + "}"),
        definition_record(
            "topics", "offers",
            R"({"name":"Offers","purpose":"marketing","default":"subscribed","caps":)" +
                cap_json(rules.offers) + "}"),
        definition_record(
            "settings", "senders",
            std::string(R"({"email":{"type":"smtp","host":"smtp.shop.example","connections":2},)") +
                R"("sms":{"type":"webhook","url":"https://gateway.example/sms","connections":2,)" +
                R"("secret":"whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0",)" + R"("heeds_key":)" +
                (rules.heeds_key ? "true" : "false") + "}}")};
    for (const char* const key : {"order", "shipment"}) {
        all.push_back(engine::testing::catalog_record(key));
    }
    for (const char* const key : {"cart-reminder", "cart-last-reminder", "order-still-ready",
                                  "order-put-back", "delivery-late", "satisfaction-after-delay"}) {
        all.push_back(definition_record(
            "templates", key,
            R"({"channel":"email","subject":"x","text":"{{ person.traits.firstName }}: )" +
                std::string(key) + R"(","from":"shop@shop.example"})"));
    }
    all.push_back(
        definition_record("templates", "order-ready",
                          R"({"channel":"sms","text":"{{ event.properties.item }} is ready"})"));
    for (const std::string_view key : journey::shipped_journeys()) {
        all.push_back(shipped_record(key));
        all.push_back(publish_record(key));
    }
    return all;
}

std::vector<Said> shopping(SeededRandom& random, Micros span) {
    std::vector<Said> all;
    for (int number = 0; number < kShoppers; ++number) {
        std::ranges::move(Shopper(random, number, span).days(), std::back_inserter(all));
    }
    std::ranges::stable_sort(all, {}, &Said::after);
    return all;
}

}  // namespace throughline::sim
