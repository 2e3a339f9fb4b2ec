#include "simulate/follow_ups.h"

#include "simulate/session.h"

namespace throughline::simulate {

namespace {

constexpr uint64_t kLatePercent = 12;
constexpr uint64_t kLateComplaintPercent = 45;
constexpr uint64_t kOtherComplaintPercent = 3;
constexpr uint64_t kNobodyComesPercent = 4;
constexpr Micros kPickupHours = 8 * kHour;

Micros when_open(Country country, Micros at) {
    while (!is_store_open(country, at)) at += kHour;
    return at;
}

// As the service desk knows her: by the account.
Planned service_event(const Planned& cause, Kind kind, Micros at) {
    return {.at = at,
            .choice = cause.choice,
            .person = cause.person,
            .number = cause.number,
            .kind = kind,
            .origin = Origin::Service,
            .slot = Slot::Account,
            .line = cause.line,
            .complaint = cause.complaint,
            .is_known = true};
}

}  // namespace

Micros pickup_promise(Country country, Micros ordered) {
    return when_open(country, ordered + kPickupHours) + kHour;
}

void FollowUps::deliver(const Planned& order) {
    const Micros shipped = order.at + between(8 * kHour, 30 * kHour);
    const Micros promised = order.at + 3 * kDay;
    Planned parcel = service_event(order, Kind::OrderShipped, shipped);
    parcel.promise_ms = static_cast<uint32_t>((promised - shipped) / 1'000);
    world_.plan_later(parcel);
    const bool is_late = dice_.percent(kLatePercent);
    const auto hours = static_cast<uint16_t>(is_late ? 12 + dice_.below(84) : dice_.below(36));
    const Micros at = promised + (is_late ? hours : -Micros{hours}) * kHour;
    Planned delivery = service_event(order, Kind::OrderDelivered, at);
    delivery.detail = hours;
    delivery.line = is_late ? 1 : 0;
    if (!world_.plan_later(delivery)) return;
    complain(delivery);
    ask(delivery);
    send_back(delivery);
}

void FollowUps::prepare(const Planned& order) {
    const Country country = world_.population_.country(order.person);
    const bool is_late = dice_.percent(kLatePercent);
    const Micros ready = is_late ? pickup_promise(country, order.at) + between(kHour, 8 * kHour)
                                 : order.at + between(kHour, kPickupHours);
    const Planned shelf = service_event(order, Kind::OrderReady, when_open(country, ready));
    if (!world_.plan_later(shelf)) return;
    if (dice_.percent(kNobodyComesPercent)) {
        const Micros put_back = when_open(country, shelf.at + 8 * kDay);
        world_.plan_later(service_event(order, Kind::OrderCancelled, put_back));
        return;
    }
    const Micros picked_up = when_open(country, shelf.at + between(kHour, 4 * kDay));
    world_.plan_later(service_event(order, Kind::OrderPickedUp, picked_up));
}

void FollowUps::complain(const Planned& delivery) {
    const bool is_late = delivery.line == 1;
    if (!dice_.percent(is_late ? kLateComplaintPercent : kOtherComplaintPercent)) return;
    Planned ticket =
        service_event(delivery, Kind::TicketOpened, delivery.at + between(kHour, 20 * kHour));
    ticket.complaint = is_late             ? Complaint::LateDelivery
                       : dice_.percent(50) ? Complaint::Damaged
                                           : Complaint::WrongItem;
    if (world_.plan_later(ticket)) close_ticket(ticket);
}

void FollowUps::close_ticket(const Planned& opened) {
    world_.plan_later(
        service_event(opened, Kind::TicketClosed, opened.at + between(2 * kHour, 48 * kHour)));
}

void FollowUps::ask(const Planned& delivery) {
    // Scores of 0 to 10 by how often they are given; late first.
    static constexpr std::array<std::array<uint32_t, 11>, 2> kScores{
        {{1, 1, 1, 2, 2, 4, 6, 14, 22, 24, 23}, {12, 8, 10, 12, 12, 14, 12, 10, 6, 2, 2}}};
    if (!dice_.percent(25)) return;
    Planned answer =
        service_event(delivery, Kind::SurveyAnswered, delivery.at + between(kDay, 2 * kDay));
    const size_t score = dice_.pick(kScores[delivery.line]);
    const bool is_csat = dice_.percent(40);
    answer.line = is_csat ? 1 : 0;
    answer.detail = static_cast<uint16_t>(is_csat ? 1 + score * 4 / 10 : score);
    world_.plan_later(answer);
}

void FollowUps::send_back(const Planned& delivery) {
    if (!dice_.percent(8)) return;
    Planned request =
        service_event(delivery, Kind::ReturnRequested, delivery.at + between(kDay, 10 * kDay));
    if (!world_.plan_later(request)) return;
    world_.plan_later(
        service_event(request, Kind::OrderRefunded, request.at + between(2 * kDay, 5 * kDay)));
}

void FollowUps::return_to_store(const Planned& order) {
    if (!dice_.percent(4)) return;
    Planned refund = order;
    refund.kind = Kind::OrderRefunded;
    refund.at += static_cast<Micros>(1 + dice_.below(14)) * kDay;  // At the same time of day.
    world_.plan_later(refund);
}

bool FollowUps::writes_to(PersonNumber person) const {
    return world_.memory_[person].takes_emails && world_.population_.gives_consent(person);
}

void FollowUps::remind(PersonNumber person, Micros at, uint32_t cart) {
    if (!writes_to(person) || !dice_.percent(50)) return;
    send({.at = at + between(kHour, 6 * kHour),
          .choice = cart,
          .person = person,
          .campaign = kCartReminder},
         50, 45);
}

void FollowUps::send_newsletter(PersonNumber person, Micros at) {
    if (!writes_to(person)) return;
    const uint64_t choice = dice_.bits();
    send({.at = at,
          .choice = choice,
          .person = person,
          .campaign = campaign_of(Channel::Email, at, choice)},
         35, 22);
}

void FollowUps::send(Planned email, uint64_t opened_percent, uint64_t clicked_percent) {
    email.number = ++world_.numbers_;
    email.origin = Origin::Email;
    email.slot = Slot::Account;
    email.channel = Channel::Email;
    email.is_known = true;
    email.kind = Kind::EmailSent;
    if (!world_.plan(email) || !dice_.percent(opened_percent)) return;
    email.kind = Kind::EmailOpened;
    email.at += between(2 * kMinute, 8 * kHour);
    if (!world_.plan(email)) return;
    if (dice_.percent(1)) {
        email.kind = Kind::Unsubscribed;
        email.at += between(5 * kSecond, kMinute);
        if (!world_.plan(email)) return;
        world_.memory_[email.person].takes_emails = false;
        email.kind = Kind::TopicUnsubscribed;
        world_.plan(email);
        return;
    }
    if (!dice_.percent(clicked_percent)) return;
    email.kind = Kind::EmailClicked;
    email.at += between(3 * kSecond, kMinute);
    if (!world_.plan(email)) return;
    const bool on_laptop = (world_.memory_[email.person].linked & 1) != 0;
    const bool on_phone = world_.population_.has_second_browser(email.person) && dice_.percent(50);
    Session session(world_, email.person, email.at + 2 * kSecond,
                    on_phone && !on_laptop ? Slot::Phone : Slot::Laptop);
    session.come_by(Channel::Email, email.campaign);
    session.run();
}

void FollowUps::call(PersonNumber person, Micros at) {
    const bool by_phone = world_.population_.has_phone_number(person);
    Planned call{.at = at,
                 .choice = dice_.bits(),
                 .person = person,
                 .number = ++world_.numbers_,
                 .detail = static_cast<uint16_t>(40 + dice_.below(300) + dice_.below(300)),
                 .kind = Kind::CallReceived,
                 .origin = Origin::Service,
                 .slot = by_phone ? Slot::Call : Slot::Account,
                 .complaint = Complaint::Question,
                 .is_known = !by_phone};
    if (!world_.plan(call) || !dice_.percent(40)) return;
    const Planned ticket = service_event(call, Kind::TicketOpened, at + between(kMinute, kHour));
    if (world_.plan_later(ticket)) close_ticket(ticket);
}

}  // namespace throughline::simulate
