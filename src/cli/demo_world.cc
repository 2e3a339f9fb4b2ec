#include "cli/demo_world.h"

namespace throughline::cli {

namespace {

constexpr size_t kWeb = 0;
constexpr size_t kTill = 1;
constexpr uint64_t kDays = 60;

constexpr std::array<std::string_view, 12> kFirstNames{"Ada",  "Ayşe",     "Çınar",  "Elena",
                                                       "Ilie", "İpek",     "Maria",  "Noor",
                                                       "Olga", "Ruxandra", "Ștefan", "Yusuf"};
constexpr std::array<std::string_view, 10> kLastNames{"Aydın", "Bell",  "Ionescu", "Kaya",  "Moore",
                                                      "Popa",  "Reyes", "Şahin",   "Țepeș", "Wood"};
constexpr std::array<std::string_view, 8> kProducts{"lamp",  "mug", "kettle", "clock",
                                                    "chair", "rug", "vase",   "tray"};

std::string text(std::string_view name, std::string_view value) {
    return "\"" + std::string(name) + "\":\"" + std::string(value) + "\"";
}

}  // namespace

struct DemoWorld::Person {
    std::string number;
    std::string device;
    bool signs_in = false;
    bool has_card = false;  // Shows the e-mail address at the till.
    std::string first_name;
    std::string last_name;

    std::string user() const { return text("userId", "user-" + number); }
    std::string email() const { return text("email", "person" + number + "@example.com"); }
};

DemoWorld::DemoWorld(uint64_t seed, Micros now) : random_(seed) {
    for (size_t i = 0; i < kPeople; ++i) {
        const std::string number = std::to_string(i + 1);
        // Every fortieth uses the tablet of the one before: a shared device switches person.
        const std::string device = "device-" + (i % 40 == 39 ? std::to_string(i) : number);
        const Person person{
            .number = number,
            .device = device,
            .signs_in = random_.chance(0.55) || i % 40 >= 38,
            .has_card = random_.chance(0.3),
            .first_name = std::string(kFirstNames[random_.below(kFirstNames.size())]),
            .last_name = std::string(kLastNames[random_.below(kLastNames.size())])};
        const uint64_t visits = 1 + random_.below(6);
        for (uint64_t visit_number = 0; visit_number < visits; ++visit_number) {
            visit(person, now - static_cast<Micros>(random_.below(kDays * 24 * 60)) * kMinute);
        }
        if (person.has_card) {
            buy_at_till(person, now - static_cast<Micros>(random_.below(kDays * 24)) * kHour);
        }
        if (i % 25 == 0) misbehave(now - static_cast<Micros>(random_.below(kDays)) * kDay);
    }
}

void DemoWorld::add(size_t source, Micros at, const std::string& fields) {
    events_[source].push_back("{" + text("messageId", "demo-" + std::to_string(++messages_)) + "," +
                              text("timestamp", format_instant(at)) + "," + fields + "}");
}

void DemoWorld::visit(const Person& person, Micros at) {
    const std::string device = text("anonymousId", person.device);
    const std::string_view product = kProducts[random_.below(kProducts.size())];
    const auto step = [&] { return at += static_cast<Micros>(5 + random_.below(90)) * kSecond; };
    add(kWeb, at, device + R"(,"type":"page","name":"Home","properties":{"path":"/"})");
    add(kWeb, step(),
        device + R"(,"type":"track","event":"Product Viewed","properties":{)" +
            text("sku", product) + "}");
    if (!person.signs_in || random_.chance(0.3)) return;
    add(kWeb, step(),
        device + "," + person.user() + R"(,"type":"identify","traits":{)" + person.email() + "," +
            text("first_name", person.first_name) + "," + text("last_name", person.last_name) +
            "}");
    if (random_.chance(0.4)) return;
    const std::string price = std::to_string(5 + random_.below(95)) + ".90";
    add(kWeb, step(),
        device + "," + person.user() +
            R"(,"type":"track","event":"Order Completed","properties":{)" +
            text("order_id", "web-" + std::to_string(messages_)) + R"(,"revenue":)" + price +
            R"(,"currency":"EUR"})");
}

// Known by the e-mail address alone: it joins the till's customer with the shop's user.
void DemoWorld::buy_at_till(const Person& person, Micros at) {
    const std::string price = std::to_string(3 + random_.below(60)) + ".50";
    add(kTill, at,
        text("anonymousId", "card-" + person.number) + R"(,"type":"identify","traits":{)" +
            person.email() + "}");
    add(kTill, at + kMinute,
        text("anonymousId", "card-" + person.number) +
            R"(,"type":"track","event":"Order Completed","properties":{)" +
            text("order_id", "till-" + std::to_string(messages_)) + R"(,"revenue":)" + price +
            R"(,"currency":"EUR"})");
}

// What real clients send, too: these stand in quarantine with their reasons.
void DemoWorld::misbehave(Micros at) {
    add(kWeb, at, R"("type":"track","event":"Product Viewed")");  // Nobody's.
    add(kWeb, at, R"("userId":"user-1","type":"track")");         // Without a name.
    add(kTill, at, R"("userId":"user-2","type":"trakc","event":"Order Completed")");
}

std::optional<DemoBatch> DemoWorld::next(size_t events_max) {
    while (source_ < events_.size() && place_ == events_[source_].size()) {
        ++source_;
        place_ = 0;
    }
    if (source_ == events_.size()) return {};
    DemoBatch batch{.source = std::string(kSources[source_]), .body = R"({"batch":[)"};
    const size_t begin = place_;
    for (; place_ < events_[source_].size() && place_ - begin < events_max; ++place_) {
        if (place_ > begin) batch.body += ",";
        batch.body += events_[source_][place_];
    }
    batch.body += "]}";
    return batch;
}

}  // namespace throughline::cli
