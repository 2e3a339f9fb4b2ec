// One event before it is written: who does what, when, and when it arrives.
//
// Layer 4. Immutable.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/time.h"
#include "model/event.h"
#include "simulate/population.h"
#include "simulate/touch.h"

namespace throughline::simulate {

/// Where events come from: each is a source of its own.
enum class Origin : uint8_t { Web, App, Stores, Email, Service };
inline constexpr size_t kOrigins = 5;
/// `shop-web`: the source's key, and the name of its file.
std::string_view origin_key(Origin origin);

enum class Kind : uint8_t {
    HomePage,
    CategoryPage,
    ProductPage,
    CartPage,
    CheckoutPage,
    AccountPage,
    HomeScreen,
    CategoryScreen,
    AccountScreen,
    Identify,  // Signing in, on the web, in the app, or with the card at the till.
    SignedUp,
    SignedIn,
    ApplicationOpened,
    PushTapped,
    ProductListViewed,
    ProductsSearched,
    ProductViewed,
    ProductWished,
    ProductAdded,
    ProductRemoved,
    CartViewed,
    CheckoutStarted,
    PaymentEntered,
    OrderCompleted,
    EmailSent,
    EmailOpened,
    EmailClicked,
    Unsubscribed,
    OrderShipped,
    OrderDelivered,
    SurveyAnswered,
    CallReceived,
    TicketOpened,
    TicketClosed,
    ReturnRequested,
    OrderRefunded,
    ConsentGiven,       // To marketing, with signing up.
    TopicUnsubscribed,  // What an unsubscribing means.
    OrderReady,         // In the store; then somebody comes for it, or nobody does.
    OrderPickedUp,
    OrderCancelled,
};
inline constexpr size_t kKinds = 41;

/// On which page it happens, if it happens on the web.
enum class Place : uint8_t { Front, Category, Product, Search, Cart, Checkout, Thanks, Account };

/// What its properties say.
enum class Content : uint8_t {
    Nothing,
    Traits,    // Of identify.
    Page,      // Path and title.
    Category,  // The one of a product.
    Query,     // What was searched for.
    Product,
    Cart,     // What lies in it, and its value.
    Payment,  // Its value.
    Order,    // Products and all amounts.
    Refund,   // Of the first line of an order.
    Opened,   // How the app was.
    Push,     // The campaign of a notification.
    Method,   // Of signing in.
    Email,
    Call,
    Ticket,
    Survey,
    Shipping,
    Delivery,
    Consent,
    Topic,
    Pickup,  // Order and store.
    OrderId,
};

struct KindFacts {
    model::EventType type;
    std::string_view name;  // Of the event, the page or the screen; empty: identify.
    Place place = Place::Front;
    Content content = Content::Nothing;
};
const KindFacts& facts_of(Kind kind);

// What people consent to when they sign up, and unsubscribe from later.
inline constexpr std::string_view kMarketingPurpose = "marketing";
inline constexpr std::string_view kOffersTopic = "offers";

/// Why somebody turns to the service desk.
enum class Complaint : uint8_t { None, LateDelivery, Damaged, WrongItem, Question };
std::string_view complaint_name(Complaint complaint);

struct Planned {
    Micros arrival = 0;  // Later than `at` when it is late.
    Micros at = 0;
    uint64_t sequence = 0;   // Parts events that arrive in one instant; then its number, from 0.
    uint64_t repeat_of = 0;  // The number that a repeat had the first time.
    uint64_t choice = 0;     // Seed of the basket, of click ids and of other details.
    PersonNumber person = 0;
    uint32_t number = 0;      // Of the order, e-mail, call or ticket.
    uint32_t touch_age = 0;   // OrderCompleted: seconds since the touch.
    uint32_t promise_ms = 0;  // OrderShipped: from now until it is promised.
    uint16_t detail = 0;      // Product, score, hours off the promise, seconds of a call.
    Kind kind = Kind::HomePage;
    Origin origin = Origin::Web;
    Slot slot = Slot::Laptop;
    Channel channel = Channel::Direct;  // Of the session's first page; of an order's touch.
    Campaign campaign = 0;
    uint8_t line = 0;  // Of the basket; 1 means: OrderCompleted for pickup, OrderDelivered late,
                       // SurveyAnswered CSAT.
    Complaint complaint = Complaint::None;
    bool is_known = false;    // Carries the user id.
    bool is_landing = false;  // On the first page, whose address names the campaign.
    bool is_later = false;    // Comes of something that happened before.
    bool is_repeat = false;   // Arrived before: a client that heard no answer sent it again.

    bool is_late() const { return arrival != at; }
    /// Ordered on the web or in the app, to be picked up in a store.
    bool is_for_pickup() const {
        return kind == Kind::OrderCompleted && origin != Origin::Stores && line == 1;
    }
};

}  // namespace throughline::simulate
