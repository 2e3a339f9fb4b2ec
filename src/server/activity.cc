#include "server/activity.h"

#include <algorithm>
#include <vector>

#include "server/profile_json.h"
#include "server/write_fields.h"

namespace throughline::server {

using model::Decimal;
using model::DocView;
using model::DocWriter;

namespace {

constexpr size_t kPage = 500;
constexpr size_t kKindsMost = 200;         // Names told; a person with more has made them up.
constexpr size_t kCurrencyBytesMost = 16;  // Three letters; what is longer is no currency.
constexpr size_t kOrderIdBytesMost = 256;

std::optional<Decimal> amount_of(DocView properties) {
    const auto revenue = properties.find("revenue").as_decimal();
    return revenue ? revenue : properties.find("total").as_decimal();
}

std::string currency_of(DocView properties) {
    const std::string_view currency = properties.find("currency").as_string();
    return currency.size() <= kCurrencyBytesMost ? std::string(currency) : std::string();
}

bool went_back(std::string_view name) {
    constexpr std::string_view kEnds[] = {" Cancelled", " Canceled", " Refunded", " Returned"};
    return std::ranges::any_of(kEnds, [&](std::string_view end) { return name.ends_with(end); });
}

void add_to(SumsByCurrency& sums, const std::string& currency, Decimal amount) {
    AmountSum& sum = sums[currency];
    sum.sum.add(amount);
    ++sum.events;
}

void write_sums(const SumsByCurrency& sums, std::string_view key, DocWriter& out) {
    out.key(key);
    const size_t list = out.open_array();
    for (const auto& [currency, sum] : sums) {
        const size_t mark = out.open_object();
        write_text(out, "currency", currency);
        std::string digits;
        sum.sum.append_to(digits);
        out.key("sum");
        out.number_text(digits);
        write_count(out, "events", sum.events);
        out.close(mark);
    }
    out.close(list);
}

}  // namespace

void Activity::add(const model::EventView& event) {
    ++counted_;
    Kind& kind = kinds_[{std::string(event_title(event)), event.type()}];
    ++kind.count;
    kind.first = event.time();
    if (kind.last == kNoTime) kind.last = event.time();
    if (event.type() != model::EventType::Track) return;
    const DocView properties = event.doc().find("properties");
    const auto amount = amount_of(properties);
    if (!amount) return;
    const std::string currency = currency_of(properties);
    add_to(kind.amounts, currency, *amount);
    add_order(event, currency, *amount);
}

void Activity::add_order(const model::EventView& event, const std::string& currency,
                         Decimal amount) {
    const std::string_view name = event.name();
    if (!name.starts_with("Order ") || name == "Order Updated") return;
    const std::string id =
        event.doc().at_path("properties.order_id").as_text().value_or(std::string());
    if (id.size() > kOrderIdBytesMost) return;
    const bool is_completed = name == "Order Completed";
    if (id.empty()) {
        orders_.nameless += is_completed;
    } else {
        if (is_completed && !orders_.completed.insert(id).second) return;
        orders_.ids.insert(id);
    }
    // Some senders say a refund as 20, others as -20.
    if (went_back(name) && amount.units > 0) amount.units = -amount.units;
    ++orders_.events;
    if (orders_.last == kNoTime) orders_.last = event.time();
    add_to(orders_.revenue, currency, amount);
}

void Activity::write(std::string_view profile, bool is_complete, DocWriter& out) const {
    std::vector<const decltype(kinds_)::value_type*> most;
    for (const auto& kind : kinds_) most.push_back(&kind);
    std::ranges::stable_sort(most, std::greater<>(),
                             [](const auto* kind) { return kind->second.count; });
    if (most.size() > kKindsMost) most.resize(kKindsMost);

    const size_t object = out.open_object();
    out.field("profile", profile);
    write_count(out, "events_counted", counted_);
    write_flag(out, "complete", is_complete);
    out.key("orders");
    const size_t orders = out.open_object();
    write_count(out, "count", orders_.ids.size() + orders_.nameless);
    write_count(out, "events", orders_.events);
    write_time(out, "last_at", orders_.last);
    write_sums(orders_.revenue, "revenue", out);
    out.close(orders);
    out.key("events");
    const size_t list = out.open_array();
    for (const auto* kind : most) {
        const size_t mark = out.open_object();
        out.field("name", kind->first.first);
        out.field("type", model::event_type_name(kind->first.second));
        write_count(out, "count", kind->second.count);
        write_time(out, "first_at", kind->second.first);
        write_time(out, "last_at", kind->second.last);
        write_sums(kind->second.amounts, "amounts", out);
        out.close(mark);
    }
    out.close(list);
    out.close(object);
}

Result<std::string> activity_doc(const engine::View& view, const engine::Person& person) {
    const auto members = person.members();
    Activity activity;
    std::string cursor;
    size_t left = kActivityEventsMost;
    do {
        TL_TRY_ASSIGN(auto page, view.history->timeline(members, cursor, std::min(left, kPage)));
        for (const sequence::StoredEvent& stored : page.events) activity.add(stored.event());
        left -= page.events.size();
        cursor = std::move(page.next);
    } while (!cursor.empty() && left > 0);
    std::string doc;
    DocWriter out(doc);
    activity.write(person.public_id(view), cursor.empty(), out);
    return doc;
}

}  // namespace throughline::server
