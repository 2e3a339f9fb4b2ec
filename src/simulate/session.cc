#include "simulate/session.h"

#include "simulate/follow_ups.h"

namespace throughline::simulate {

namespace {

constexpr uint32_t kTouchMinutes = 7 * 24 * 60;  // How long a touch moves people.
constexpr uint8_t kAccountSlots = 0b1111;        // Laptop, Phone, App, Tablet.
constexpr uint64_t kPickupPercent = 25;          // Of the orders.

uint8_t bit_of(Slot slot) {
    return static_cast<uint8_t>(1u << static_cast<unsigned>(slot));
}

}  // namespace

Session::Session(World& world, PersonNumber person, Micros at, Slot slot)
    : world_(world),
      dice_(world.dice_),
      person_(person),
      memory_(world.memory_[person]),
      begin_(at),
      at_(at),
      slot_(slot),
      is_known_(slot == Slot::Tablet || (memory_.linked & bit_of(slot)) != 0),
      choice_(dice_.bits()) {}

void Session::come_by(Channel channel, Campaign campaign) {
    channel_ = channel;
    campaign_ = campaign;
    if (channel == Channel::Direct) return;
    memory_.touch_at = world_.minute_of(at_) + 1;
    memory_.touch_channel = channel;
    memory_.touch_campaign = campaign;
}

void Session::run() {
    arrive();
    consider_signing_in();
    browse();
    if (has_intent()) shop();
    ++memory_.sessions;
    memory_.busy_until = std::max(memory_.busy_until, world_.minute_of(at_) + 1);
}

void Session::step(Kind kind, uint16_t detail, uint8_t line) {
    world_.plan({.at = at_,
                 .choice = cart_ != 0 ? cart_ : choice_,
                 .person = person_,
                 .detail = detail,
                 .kind = kind,
                 .origin = is_app() ? Origin::App : Origin::Web,
                 .slot = slot_,
                 .channel = channel_,
                 .campaign = campaign_,
                 .line = line,
                 .is_known = is_known_,
                 .is_landing = is_landing_ && !is_app()});
    is_landing_ = false;
    at_ += static_cast<Micros>(4'000 + dice_.below(36'000) + dice_.below(36'000)) * 1'000;
}

void Session::arrive() {
    if (is_app()) {
        step(Kind::ApplicationOpened);
        if (channel_ == Channel::Push) step(Kind::PushTapped);
        step(Kind::HomeScreen);
        return;
    }
    // Advertisements lead to a product; the rest mostly to the front page.
    const bool is_deep = dice_.percent(channel_ == Channel::Direct ? 20 : 60);
    const uint16_t product = any_product();
    if (!is_deep) return step(dice_.percent(75) ? Kind::HomePage : Kind::CategoryPage, product);
    step(Kind::ProductPage, product);
    is_landing_ = true;  // Still on the same page.
    step(Kind::ProductViewed, product);
}

void Session::consider_signing_in() {
    if (slot_ == Slot::Tablet) return sign_in();  // Somebody else's session was on it.
    if (is_known_ || world_.population_.nature(person_) != Nature::Customer) return;
    if (memory_.is_several) {
        if (is_app() || dice_.percent(60)) sign_in();
        return;
    }
    if (!world_.may_become_several()) return;
    if (is_app() || dice_.percent(memory_.sessions == 0 ? 45 : 70)) sign_in();
}

void Session::sign_in() {
    const bool has_account = (memory_.linked & kAccountSlots) != 0;
    step(is_app() ? Kind::AccountScreen : Kind::AccountPage);
    is_known_ = true;
    step(Kind::Identify);
    step(has_account ? Kind::SignedIn : Kind::SignedUp);
    if (!has_account && world_.population_.gives_consent(person_)) step(Kind::ConsentGiven);
    memory_.linked |= bit_of(slot_);
    world_.become_several(person_);
}

void Session::browse() {
    static constexpr std::array<uint32_t, 6> kSteps{52, 14, 14, 8, 4, 8};
    const Kind category = is_app() ? Kind::CategoryScreen : Kind::CategoryPage;
    while (dice_.percent(82)) {
        const uint16_t product = any_product();
        switch (dice_.pick(kSteps)) {
            case 0:
                step(Kind::ProductViewed, product);
                break;
            case 1:
                step(category, product);
                break;
            case 2:
                step(Kind::ProductListViewed, product);
                break;
            case 3:
                step(Kind::ProductsSearched, product);
                break;
            case 4:
                step(Kind::ProductWished, product);
                break;
            default:
                step(is_app() ? Kind::HomeScreen : Kind::HomePage);
        }
    }
}

bool Session::has_intent() {
    const uint32_t now = world_.minute_of(at_) + 1;
    const bool is_touched =
        memory_.touch_at != 0 && memory_.touch_at <= now && now - memory_.touch_at <= kTouchMinutes;
    uint64_t chance = 12;
    if (is_known_) chance += 12;
    if (is_touched) chance += 10;
    if (campaign_ == kCartReminder) chance += 30;
    return dice_.percent(chance);
}

void Session::shop() {
    const bool has_cart = memory_.cart != 0 && (campaign_ == kCartReminder || dice_.percent(50));
    cart_ = has_cart ? memory_.cart : static_cast<uint32_t>(dice_.bits() | 1);
    if (!has_cart) {
        const Basket basket = Catalog::basket(cart_);
        for (size_t line = 0; line < basket.size; ++line) {
            step(Kind::ProductAdded, basket.lines[line].product, static_cast<uint8_t>(line));
        }
        if (dice_.percent(6)) {  // She changes her mind about one, and back.
            step(Kind::ProductRemoved, basket.lines[0].product);
            step(Kind::ProductAdded, basket.lines[0].product);
        }
    }
    if (!is_app()) step(Kind::CartPage);
    step(Kind::CartViewed);
    if (!check_out()) leave_cart();
}

bool Session::check_out() {
    if (!dice_.percent(65)) return false;
    if (!is_known_) {
        const bool may_sign_in = memory_.is_several || world_.may_become_several();
        if (world_.population_.nature(person_) != Nature::Customer || !may_sign_in) return false;
        sign_in();
    }
    if (!is_app()) step(Kind::CheckoutPage);
    step(Kind::CheckoutStarted);
    if (!dice_.percent(82)) return false;
    step(Kind::PaymentEntered);
    if (!dice_.percent(90)) return false;
    order();
    return true;
}

void Session::order() {
    const uint32_t now = world_.minute_of(at_) + 1;
    const bool is_touched =
        memory_.touch_at != 0 && memory_.touch_at <= now && now - memory_.touch_at <= kTouchMinutes;
    const bool is_for_pickup = dice_.percent(kPickupPercent);
    Planned order{.at = at_,
                  .choice = cart_,
                  .person = person_,
                  .number = ++world_.numbers_,
                  .kind = Kind::OrderCompleted,
                  .origin = is_app() ? Origin::App : Origin::Web,
                  .slot = slot_,
                  .line = static_cast<uint8_t>(is_for_pickup ? 1 : 0),
                  .is_known = true};
    if (is_touched) {
        order.touch_age = (now - memory_.touch_at) * 60;
        order.channel = memory_.touch_channel;
        order.campaign = memory_.touch_campaign;
    }
    memory_.cart = 0;
    if (!world_.plan(order)) return;
    FollowUps follow_ups(world_);
    is_for_pickup ? follow_ups.prepare(order) : follow_ups.deliver(order);
}

void Session::leave_cart() {
    memory_.cart = cart_;
    if (is_known_) FollowUps(world_).remind(person_, at_, cart_);
}

}  // namespace throughline::simulate
