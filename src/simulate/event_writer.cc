#include "simulate/event_writer.h"

#include <cstring>

namespace throughline::simulate {

namespace {

constexpr std::string_view kHome = "https://www.meridian.example";

constexpr std::array<std::string_view, 8> kUserAgents{
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/139.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:142.0) Gecko/20100101 Firefox/142.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.6 Safari/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/139.0.0.0 Safari/537.36 Edg/139.0.0.0",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/139.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
    "SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.6 Mobile/15E148 Safari/604.1"};
constexpr size_t kDesktopBrowsers = 4;  // The first ones.
constexpr size_t kMobileBrowsers = 3;   // After them; the last is the tablet's.

struct PhoneFacts {
    std::string_view manufacturer;
    std::string_view model;
    std::string_view os;
    std::string_view os_version;
    int64_t width;
    int64_t height;
};
constexpr std::array<PhoneFacts, 6> kPhones{{{"Apple", "iPhone15,2", "iOS", "18.6", 393, 852},
                                             {"Apple", "iPhone14,7", "iOS", "18.5", 390, 844},
                                             {"Apple", "iPhone17,1", "iOS", "18.6", 402, 874},
                                             {"samsung", "SM-S921B", "Android", "15", 412, 915},
                                             {"samsung", "SM-A556E", "Android", "14", 412, 915},
                                             {"Xiaomi", "23129RAA4G", "Android", "14", 393, 873}}};

void write_zone(model::DocWriter& out, const CountryFacts& country) {
    out.field("locale", country.locale);
    out.field("timezone", country.time_zone);
}

std::string browser_context(const CountryFacts& country, std::string_view user_agent) {
    std::string fields;
    model::DocWriter out(fields);
    out.key("library");
    const size_t library = out.open_object();
    out.field("name", "analytics.js");
    out.field("version", "npm:next-1.81.0");
    out.close(library);
    out.field("userAgent", user_agent);
    write_zone(out, country);
    return fields;
}

std::string phone_context(const CountryFacts& country, const PhoneFacts& phone) {
    std::string fields;
    model::DocWriter out(fields);
    const bool is_apple = phone.os == "iOS";
    out.key("app");
    const size_t app = out.open_object();
    out.field("name", "Meridian");
    out.field("version", "4.12.0");
    out.field("build", "4120");
    out.field("namespace", "example.meridian.app");
    out.close(app);
    out.key("os");
    const size_t os = out.open_object();
    out.field("name", phone.os);
    out.field("version", phone.os_version);
    out.close(os);
    out.key("screen");
    const size_t screen = out.open_object();
    out.field("width", phone.width);
    out.field("height", phone.height);
    out.close(screen);
    out.key("library");
    const size_t library = out.open_object();
    out.field("name", is_apple ? "analytics-swift" : "analytics-kotlin");
    out.field("version", is_apple ? "1.7.3" : "1.19.2");
    out.close(library);
    write_zone(out, country);
    return fields;
}

std::string head_of(Kind kind) {
    const KindFacts& facts = facts_of(kind);
    std::string fields;
    model::DocWriter out(fields);
    out.field("type", model::event_type_name(facts.type));
    if (facts.name.empty()) return fields;
    out.field(facts.type == model::EventType::Track ? "event" : "name", facts.name);
    return fields;
}

struct Page {
    std::string_view path;
    std::string_view title;
};

// Where somebody stands when it happens.
Page page_of(const Planned& planned, const Catalog& catalog) {
    const Product& product = catalog.product(planned.detail);
    const Category& category = Catalog::category(product.category);
    switch (facts_of(planned.kind).place) {
        case Place::Front:
            return {"/", "Meridian Home"};
        case Place::Category:
            return {category.path, category.name};
        case Place::Product:
            return {product.path, product.name};
        case Place::Search:
            return {"/search", "Search"};
        case Place::Cart:
            return {"/cart", "Cart"};
        case Place::Checkout:
            return {"/checkout", "Checkout"};
        case Place::Thanks:
            return {"/checkout/done", "Thank you"};
        case Place::Account:
            return {"/account", "My account"};
    }
    return {};
}

void put_digits(char* at, uint64_t number, size_t digits) {
    for (size_t i = digits; i-- > 0; number /= 10) at[i] = static_cast<char>('0' + number % 10);
}

}  // namespace

EventWriter::EventWriter(const World& world) : world_(world), population_(world.population()) {
    for (const Country country : {Country::Turkey, Country::Romania}) {
        for (const auto agent : kUserAgents) {
            browsers_.push_back(browser_context(facts_of(country), agent));
        }
        for (const auto& phone : kPhones) {
            phones_.push_back(phone_context(facts_of(country), phone));
        }
    }
    for (size_t kind = 0; kind < kKinds; ++kind) heads_[kind] = head_of(static_cast<Kind>(kind));
    message_room_ = "sim" + std::to_string(world.options().seed) + "-";
}

const SimulatedEvent& EventWriter::write(const Planned& planned) {
    doc_.clear();
    identity_count_ = 0;
    country_ = population_.country(planned.person);
    event_ = {};
    event_.planned = &planned;
    event_.name = facts_of(planned.kind).name;
    const size_t prefix = message_room_.find('-') + 1;
    message_room_.resize(prefix);
    append_digits(message_room_, planned.sequence, 1);
    event_.message_id = message_room_;

    const size_t whole = out_.open_object();
    doc_.append(heads_[static_cast<size_t>(planned.kind)]);
    field("messageId", event_.message_id);
    write_ids(planned);
    write_times(planned);
    write_context(planned);
    write_content(planned);
    out_.close(whole);

    sort_identities();
    event_.identities = {identities_.data(), identity_count_};
    event_.doc = model::DocView(doc_);
    return event_;
}

// Strongest first, as the built-in namespaces are ranked: those of a person by their numbers, then
// devices, then anonymous ids. At most six, nearly in order.
void EventWriter::sort_identities() {
    const auto rank = [](const Identity& identity) {
        if (identity.space == model::kDeviceId) return 100;
        return identity.space == model::kAnonymousId ? 101 : int{identity.space};
    };
    for (size_t i = 1; i < identity_count_; ++i) {
        for (size_t k = i; k > 0 && rank(identities_[k]) < rank(identities_[k - 1]); --k) {
            std::swap(identities_[k], identities_[k - 1]);
        }
    }
}

std::string_view EventWriter::keep(model::NamespaceId space, std::string_view value) {
    values_[identity_count_].assign(value);
    identities_[identity_count_] = {space, values_[identity_count_]};
    return identities_[identity_count_++].value;
}

void EventWriter::write_ids(const Planned& planned) {
    if (planned.slot != Slot::Account) {
        room_.clear();
        population_.append_anonymous_id(room_, planned.person, planned.slot);
        field("anonymousId", keep(model::kAnonymousId, room_));
    }
    if (!planned.is_known) return;
    room_.clear();
    population_.append_user_id(room_, planned.person);
    field("userId", keep(model::kUserId, room_));
}

// 2026-01-31T09:15:00.123Z; the day changes seldom.
std::string_view EventWriter::instant(Micros at) {
    const int64_t day = floor_div(at, kDay);
    if (day != instant_day_) {
        std::memcpy(instant_, format_instant(day * kDay).data(), sizeof instant_);
        instant_day_ = day;
    }
    const auto millis = static_cast<uint64_t>((at - day * kDay) / 1'000);
    put_digits(instant_ + 11, millis / 3'600'000, 2);
    put_digits(instant_ + 14, millis / 60'000 % 60, 2);
    put_digits(instant_ + 17, millis / 1'000 % 60, 2);
    put_digits(instant_ + 20, millis % 1'000, 3);
    return {instant_, sizeof instant_};
}

void EventWriter::write_times(const Planned& planned) {
    field("timestamp", instant(planned.at));
    if (planned.is_late() && !planned.is_repeat) field("receivedAt", instant(planned.arrival));
}

void EventWriter::money(std::string_view key, int64_t hundredths) {
    out_.key(key);
    out_.decimal({hundredths, 2});
}

std::string_view EventWriter::order_id(const Planned& planned) {
    room_ = planned.origin == Origin::Stores ? "S-" : "W-";
    append_digits(room_, planned.number, 8);
    return room_;
}

// --- context

void EventWriter::write_context(const Planned& planned) {
    out_.key("context");
    const size_t context = out_.open_object();
    switch (planned.origin) {
        case Origin::Web:
            write_web_context(planned);
            break;
        case Origin::App:
            write_app_context(planned);
            break;
        case Origin::Stores:
        case Origin::Email:
        case Origin::Service:
            write_zone(out_, facts_of(country_));
            break;
    }
    const bool has_card = population_.has_card(planned.person);
    if (planned.slot == Slot::Card || (planned.kind == Kind::Identify && has_card)) {
        write_card(planned);
    }
    if (planned.origin == Origin::Email || planned.slot == Slot::Call) {
        const bool is_email = planned.origin == Origin::Email;
        out_.key("traits");
        const size_t traits = out_.open_object();
        room_.clear();
        if (is_email) {
            population_.append_email(room_, planned.person);
            field("email", keep(model::kEmail, room_));
        } else {
            population_.append_phone_number(room_, planned.person);
            field("phone", keep(model::kPhone, room_));
        }
        out_.close(traits);
    }
    out_.close(context);
}

void EventWriter::write_web_context(const Planned& planned) {
    size_t variant = kUserAgents.size() - 1;
    if (planned.slot == Slot::Laptop) {
        variant = population_.variant(planned.person, planned.slot, kDesktopBrowsers);
    } else if (planned.slot == Slot::Phone) {
        variant =
            kDesktopBrowsers + population_.variant(planned.person, planned.slot, kMobileBrowsers);
    }
    doc_.append(browsers_[static_cast<size_t>(country_) * kUserAgents.size() + variant]);
    write_page(planned);
    const CampaignFacts facts = campaign_facts(planned.channel, planned.choice);
    if (!planned.is_landing || facts.source.empty()) return;
    out_.key("campaign");
    const size_t campaign = out_.open_object();
    room_.clear();
    append_campaign_name(room_, planned.campaign);
    field("name", room_);
    field("source", facts.source);
    field("medium", facts.medium);
    field("content", facts.content);
    if (!facts.term.empty()) field("term", facts.term);
    out_.close(campaign);
}

void EventWriter::write_page(const Planned& planned) {
    const Page at = page_of(planned, world_.catalog());
    out_.key("page");
    const size_t page = out_.open_object();
    field("path", at.path);
    if (planned.is_landing) {
        field("referrer", referrer_of(planned.channel, planned.choice));
        room_.clear();
        append_search(room_, planned.channel, planned.campaign, planned.choice);
        field("search", room_);
    } else {
        field("referrer", "https://www.meridian.example/");
        room_.clear();
        field("search", "");
    }
    field("title", at.title);
    room_.insert(0, at.path);
    room_.insert(0, kHome);
    field("url", room_);
    out_.close(page);
}

void EventWriter::write_app_context(const Planned& planned) {
    const size_t variant = population_.variant(planned.person, planned.slot, kPhones.size());
    const PhoneFacts& facts = kPhones[variant];
    out_.key("device");
    const size_t device = out_.open_object();
    room_.clear();
    population_.append_device_id(room_, planned.person);
    field("id", keep(model::kDeviceId, room_));
    field("manufacturer", facts.manufacturer);
    field("model", facts.model);
    field("type", facts.os == "iOS" ? "ios" : "android");
    out_.close(device);
    doc_.append(phones_[static_cast<size_t>(country_) * kPhones.size() + variant]);
}

void EventWriter::write_card(const Planned& planned) {
    out_.key("externalIds");
    const size_t ids = out_.open_array();
    const size_t id = out_.open_object();
    room_.clear();
    population_.append_card_number(room_, planned.person);
    field("id", keep(model::kLoyaltyCard, room_));
    field("type", "loyalty_card");
    field("collection", "users");
    field("encoding", "none");
    out_.close(id);
    out_.close(ids);
}

// --- what was said

void EventWriter::write_traits(const Planned& planned) {
    out_.key("traits");
    const size_t traits = out_.open_object();
    room_.clear();
    population_.append_email(room_, planned.person);
    field("email", keep(model::kEmail, room_));
    if (population_.has_phone_number(planned.person)) {
        room_.clear();
        population_.append_phone_number(room_, planned.person);
        field("phone", keep(model::kPhone, room_));
    }
    field("firstName", population_.first_name(planned.person));
    field("lastName", population_.last_name(planned.person));
    out_.key("address");
    const size_t address = out_.open_object();
    field("city", population_.city(planned.person));
    field("country", facts_of(country_).code);
    out_.close(address);
    write_zone(out_, facts_of(country_));
    out_.close(traits);
}

void EventWriter::write_content(const Planned& planned) {
    const Content content = facts_of(planned.kind).content;
    if (content == Content::Traits) return write_traits(planned);
    out_.key("properties");
    const size_t properties = out_.open_object();
    write_properties(planned, content);
    out_.close(properties);
}

void EventWriter::write_properties(const Planned& planned, Content content) {
    switch (content) {
        case Content::Nothing:
        case Content::Traits:
            return;
        case Content::Page: {
            const Page page = page_of(planned, world_.catalog());
            field("path", page.path);
            return field("title", page.title);
        }
        case Content::Category:
        case Content::Query:
        case Content::Product:
            return write_product(planned, content);
        case Content::Cart:
        case Content::Payment:
        case Content::Order:
            return write_order(planned, content);
        case Content::Refund:
            return write_refund(planned);
        case Content::Opened:
            field("version", "4.12.0");
            field("build", "4120");
            out_.key("from_background");
            return out_.boolean(planned.choice % 2 == 0);
        case Content::Push:
            room_.clear();
            append_campaign_name(room_, planned.campaign);
            field("campaign", room_);
            return field("action", "open");
        case Content::Method:
            return field("method", "password");
        case Content::Email:
            return write_email(planned);
        case Content::Call:
        case Content::Ticket:
            return write_desk(planned, content);
        case Content::Survey:
            field("survey", planned.line == 1 ? "csat" : "nps");
            field("score", int64_t{planned.detail});
            return field("order_id", order_id(planned));
        case Content::Shipping:
            return write_shipping(planned);
        case Content::Delivery:
            return write_delivery(planned);
        case Content::Consent:
            return write_consent(planned);
        case Content::Topic:
            return field("topic", kOffersTopic);
        case Content::Pickup:
            field("order_id", order_id(planned));
            return field("store_id", population_.store(planned.person).id);
        case Content::OrderId:
            return field("order_id", order_id(planned));
    }
}

void EventWriter::write_product(const Planned& planned, Content content) {
    const Product& product = world_.catalog().product(planned.detail);
    const Category& category = Catalog::category(product.category);
    if (content == Content::Query) return field("query", product.name);
    if (content == Content::Category) {
        field("list_id", category.path.substr(3));
        return field("category", category.name);
    }
    doc_.append(product.fields[static_cast<size_t>(country_)]);
    field("currency", facts_of(country_).currency);
    if (planned.kind == Kind::ProductAdded) {
        field("quantity", Catalog::basket(planned.choice).lines[planned.line].quantity);
    }
}

void EventWriter::write_order(const Planned& planned, Content content) {
    const Basket basket = Catalog::basket(planned.choice);
    const Amounts amounts = world_.catalog().amounts(basket, country_);
    if (content == Content::Order) {
        event_.amounts = amounts;
        field("order_id", order_id(planned));
        if (planned.origin == Origin::Stores) {
            field("store_id", facts_of(country_).code);
            field("payment_method", planned.choice % 4 == 0 ? "cash" : "card");
        }
        if (planned.is_for_pickup()) field("store_id", population_.store(planned.person).id);
        money("revenue", amounts.revenue);
        money("total", amounts.total);
        money("subtotal", amounts.subtotal);
        money("shipping", amounts.shipping);
        money("tax", amounts.tax);
        money("discount", amounts.discount);
        if (basket.has_coupon) field("coupon", kCoupon);
    } else {
        money("value", amounts.subtotal);
    }
    field("currency", facts_of(country_).currency);
    if (content != Content::Payment) write_products(basket, country_);
}

void EventWriter::write_products(const Basket& basket, Country country) {
    out_.key("products");
    const size_t products = out_.open_array();
    for (size_t i = 0; i < basket.size; ++i) {
        const BasketLine& line = basket.lines[i];
        const size_t product = out_.open_object();
        doc_.append(world_.catalog().product(line.product).fields[static_cast<size_t>(country)]);
        field("quantity", line.quantity);
        out_.close(product);
    }
    out_.close(products);
}

void EventWriter::write_refund(const Planned& planned) {
    Basket basket = Catalog::basket(planned.choice);
    event_.amounts.total = world_.catalog().refund(basket, country_);
    field("order_id", order_id(planned));
    money("total", event_.amounts.total);
    field("currency", facts_of(country_).currency);
    basket.size = 1;
    write_products(basket, country_);
}

void EventWriter::write_email(const Planned& planned) {
    room_ = "e-";
    append_digits(room_, planned.number, 8);
    field("email_id", room_);
    room_.clear();
    append_campaign_name(room_, planned.campaign);
    field("campaign_id", room_);
    field("email_subject", planned.campaign == kCartReminder ? "You left something behind"
                                                             : "New at Meridian this week");
    if (planned.kind != Kind::EmailClicked) return;
    room_ = std::string(kHome) + "/";
    append_search(room_, Channel::Email, planned.campaign, planned.choice);
    field("link_url", room_);
}

void EventWriter::write_desk(const Planned& planned, Content content) {
    const bool is_call = content == Content::Call;
    room_ = is_call ? "c-" : "t-";
    append_digits(room_, planned.number, 8);
    field(is_call ? "call_id" : "ticket_id", room_);
    field("reason", complaint_name(planned.complaint));
    if (is_call) return field("duration_seconds", int64_t{planned.detail});
    if (planned.complaint != Complaint::Question) field("order_id", order_id(planned));
}

void EventWriter::write_shipping(const Planned& planned) {
    field("order_id", order_id(planned));
    field("promised_at", instant(planned.at + Micros{planned.promise_ms} * 1'000));
}

void EventWriter::write_consent(const Planned& planned) {
    field("purpose", kMarketingPurpose);
    field("basis", "consent");
    field("notice_version", "2026-01");
    field("channel", planned.origin == Origin::App ? "app" : "web");
    field("evidence", "form for signing up");
}

void EventWriter::write_delivery(const Planned& planned) {
    const bool is_late = planned.line == 1;
    const Micros off = Micros{planned.detail} * kHour;
    field("order_id", order_id(planned));
    field("promised_at", instant(is_late ? planned.at - off : planned.at + off));
    out_.key("late");
    out_.boolean(is_late);
    field("hours_late", is_late ? int64_t{planned.detail} : 0);
}

}  // namespace throughline::simulate
